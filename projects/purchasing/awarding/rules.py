"""Who may do what with offers and awards: organizations offer, the committee judges, two people of the buyer award."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import district_admin, district_officer, reader, street, street_reviewer
from governance.pages import tell_of
from projects.purchasing.awarding.lifecycle import AwardStatus, OfferStatus
from projects.purchasing.awarding.models import CommitteeSeat, PurchaseAward, PurchaseOffer
from projects.purchasing.awarding.queries import awards_to
from socialorgs.register.rules import organization_person


@rules.predicate
def was_opened(user: Any, row: PurchaseOffer | None = None) -> bool:
    """Tell whether the offer lies open before the buyer: it was handed in and the offers were opened."""
    del user
    sealed = (OfferStatus.DRAFT, OfferStatus.WITHDRAWN)
    return row is None or (row.purchase.opened_at is not None and row.status not in sealed)


@rules.predicate
def sits_there(user: Any, row: Any = None) -> bool:
    """Tell whether the user sits in the committee of the purchase; one query."""
    if not getattr(user, "is_authenticated", False):
        return False
    seats = CommitteeSeat.objects.filter(user=user)
    if row is None:
        if getattr(user, "sits_in_committees", None) is None:  # once for each user object and request
            user.sits_in_committees = seats.exists()
        return bool(user.sits_in_committees)
    if isinstance(row, CommitteeSeat):
        return bool(row.user_id == user.pk)
    purchase: int = row.purchase_id if hasattr(row, "purchase_id") else row.pk
    return seats.filter(purchase=purchase).exists()


@rules.predicate
def was_published(user: Any, row: PurchaseAward | None = None) -> bool:
    """Tell whether everybody may see the award."""
    del user
    return row is None or row.status in (AwardStatus.PUBLISHED, AwardStatus.FINAL) or row.confirmed_at is not None


buying = street | district_officer | district_admin
confirming = street_reviewer | district_officer | district_admin
tell_of("socialorgs.SocialOrganization", awards_to)

rules.add_perm("projects.make_offer", organization_person)
rules.add_perm("projects.view_offer", (was_opened & (reader | sits_there)) | organization_person)
rules.add_perm("projects.judge_offer", was_opened & buying)
rules.add_perm("projects.appoint_committee", buying)
rules.add_perm("projects.score_offers", sits_there)
rules.add_perm("projects.view_committee", reader | sits_there)
rules.add_perm("projects.view_award", was_published | reader)
rules.add_perm("projects.view_award_file", reader)
rules.add_perm("projects.propose_award", buying)
rules.add_perm("projects.confirm_award", confirming)
rules.add_perm("projects.record_public_payment", buying)
