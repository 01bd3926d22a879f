"""Who may do what with donations (Basis: separation of duties)."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, district_admin, street, street_reviewer, supervisor
from funds.charity.rules import charity_officer, handler
from funds.donations.lifecycle import DonationStatus, PromiseStatus
from funds.donations.models import Donation, PurposeChange
from funds.donations.promises import MatchingPromise
from governance.accounts.masking import mask_name
from governance.accounts.models import UserKind


@rules.predicate
def is_published(user: Any, row: Donation | None = None) -> bool:
    """Tell whether everybody may see the donation."""
    del user
    return row is None or row.status == DonationStatus.PUBLISHED


@rules.predicate
def is_own(user: Any, row: Any = None) -> bool:
    """Tell whether the row is, or is about, a donation that the user has pledged; without a row: there may be one."""
    donation = row.donation if isinstance(row, PurposeChange) else row
    if not user.is_authenticated:
        return False
    return donation is None or (isinstance(donation, Donation) and donation.donor_id == user.pk)


@rules.predicate
def takes_pledges(user: Any, row: Any = None) -> bool:
    """Tell whether the user may pledge: everybody who is signed in and not a machine."""
    del row
    return bool(user.is_authenticated and user.is_active and user.kind in {UserKind.RESIDENT, UserKind.STAFF})


@rules.predicate
def is_in_force(user: Any, row: MatchingPromise | None = None) -> bool:
    """Tell whether everybody may see the promise."""
    del user
    return row is None or row.status != PromiseStatus.PROPOSED


knows = community_staff | street | supervisor | charity_officer
records = community_staff | street | charity_officer

rules.add_perm("funds.view_donation", is_published | handler | is_own)
rules.add_perm("funds.view_donation_file", handler | is_own)
rules.add_perm("funds.view_donor", knows | is_own)
rules.add_perm("funds.record_donation", records)
rules.add_perm("funds.pledge_donation", takes_pledges)
rules.add_perm("funds.change_donor_consent", records | is_own)
rules.add_perm("funds.certify_donation", records | is_own)
rules.add_perm("funds.receive_donation", charity_officer)
rules.add_perm("funds.refund_donation", street_reviewer | district_admin)

rules.add_perm("funds.view_purpose_change", handler | is_own)
rules.add_perm("funds.confirm_purpose_change", charity_officer)

rules.add_perm("funds.view_promise", is_in_force | handler)


def donor_name_for(user: Any, donation: Donation) -> str:
    """Return the donor as this person may know them.

    In full for those who handle the donation in its place and with consent, masked for others who handle the file, not
    at all for everybody else. Basis: Charity Law art. 42; Personal Information Protection Law art. 51. No query for rows
    of `for_list`.
    """
    if user.has_perm("funds.view_donor", donation):
        return donation.donor_name or donation.public_donor_name
    if donation.donor_name and not donation.is_name_public and user.has_perm("funds.view_donation_file", donation):
        return mask_name(donation.donor_name)
    return donation.public_donor_name
