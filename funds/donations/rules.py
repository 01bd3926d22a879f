"""Who may do what with donations (Basis: separation of duties)."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, street, supervisor
from funds.charity.rules import charity_officer, handler
from funds.donations.lifecycle import DonationStatus
from funds.donations.models import Donation


@rules.predicate
def is_published(user: Any, row: Donation | None = None) -> bool:
    """Tell whether everybody may see the donation."""
    del user
    return row is None or row.status == DonationStatus.PUBLISHED


rules.add_perm("funds.view_donation", is_published | handler)
rules.add_perm("funds.view_donation_file", handler)
rules.add_perm("funds.view_donor", community_staff | street | supervisor | charity_officer)
rules.add_perm("funds.record_donation", community_staff | street | charity_officer)
rules.add_perm("funds.receive_donation", charity_officer)


def donor_name_for(user: Any, donation: Donation) -> str:
    """Return the donor as this person may know them: in full for those who handle the donation in its place.

    Basis: Personal Information Protection Law art. 51. No query for rows of `for_list`.
    """
    if user.has_perm("funds.view_donor", donation):
        return donation.donor_name or donation.public_donor_name
    return donation.public_donor_name
