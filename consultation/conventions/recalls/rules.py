"""Who may do what in recalls: the community takes the demand and holds the vote, the street checks the signatures."""

import rules

from communities.people.rules import community_staff, reader, street_reviewer

rules.add_perm("consultation.view_recall", reader)
rules.add_perm("consultation.view_recallsignature", reader)
rules.add_perm("consultation.run_recall", community_staff)
rules.add_perm("consultation.review_recall", street_reviewer)
