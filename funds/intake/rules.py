"""Who may take files of donations in: those who record donations upload, another officer of the charity confirms."""

import rules

from communities.people.rules import community_staff, reader, street
from funds.charity.rules import charity_officer

rules.add_perm("funds.view_donation_intake", reader | charity_officer)
rules.add_perm("funds.take_donations_in", community_staff | street | charity_officer)
rules.add_perm("funds.view_column_mapping", reader | charity_officer)
rules.add_perm("funds.save_column_mapping", charity_officer)
