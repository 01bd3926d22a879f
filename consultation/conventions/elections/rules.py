"""Who may do what in elections: the community runs them for the election committee, the street reviews and files."""

import rules

from communities.people.rules import community_staff, reader, street, street_reviewer

rules.add_perm("consultation.view_committeeelection", reader)
rules.add_perm("consultation.view_electioncandidate", reader)
rules.add_perm("consultation.view_listedvoter", reader)
rules.add_perm("consultation.run_election", community_staff)
rules.add_perm("consultation.review_candidate", street_reviewer)
rules.add_perm("consultation.file_election", street)
