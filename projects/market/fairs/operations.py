"""Fairs, their lists of projects, what is intended there, and the contracts that came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.territory.models import Division
from funds.enterprises.models import CommunityEnterprise
from funds.enterprises.rules import enterprise_person
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotAllowed, NotNow
from governance.outbox import operations as outbox
from projects.contracts.lifecycle import SIGNED
from projects.contracts.models import Contract
from projects.market.fairs.lifecycle import FairStatus
from projects.market.fairs.models import FairIntention, FairProject, MatchFair
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import organizations_of, require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User


class FairDatesUnfit(Invalid):
    """A fair ends after it begins."""

    code = "fair_dates_unfit"
    message = _("The fair ends after it begins.")


class FairNotOpen(NotNow):
    """Intentions are noted while the fair is open."""

    code = "fair_not_open"
    message = _("The fair is not open for this.")


class FairListUnfit(Invalid):
    """The list names at least one project."""

    code = "fair_list_unfit"
    message = _("Name at least one project, each with its title, field and place.")


class IntentionNoted(Conflict):
    """One body notes one intention for a project."""

    code = "fair_intention_noted"
    message = _("This intention is noted already.")


class ContractUnfit(Invalid):
    """A contract is signed with the body that had the intention."""

    code = "fair_contract_unfit"
    message = _("Name a signed contract with this body, or the number of one outside the platform.")


@dataclass(frozen=True, slots=True)
class Listed:
    """One project for the list."""

    title: str
    field: str
    place: str
    amount: Decimal | None = None


def plan_fair(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    title: str,
    place: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
) -> MatchFair:
    """Plan a fair; its projects follow, then it is opened for intentions.

    Raises:
        NotAllowed: `by` holds no fairs here.
        FairDatesUnfit, PersonalNumbersFound.
    Basis: report S4 (315 projects offered, over 110 bodies took part).
    """
    require(by, "projects.manage_fair", division)
    refuse_personal_numbers(title=title, place=place)
    if ends_at <= starts_at:
        raise FairDatesUnfit(field="ends_at")
    row = MatchFair(
        title=title.strip(),
        division=division,
        place=place.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
        planned_at=now,
        planned_by=by,
    )
    row.full_clean(validate_constraints=False)
    with transaction.atomic():
        row.save()
        audit.record(by=by, verb="projects.match_fair.planned", row=row, now=now, after={"title": row.title})
    return row


def list_projects(*, by: User, now: dt.datetime, fair: MatchFair, listed: Sequence[Listed]) -> list[FairProject]:
    """Add projects to the list of a fair, numbered as they come; all or none.

    Raises:
        NotAllowed: `by` holds no fairs here.
        FairNotOpen: it is over.
        FairListUnfit, PersonalNumbersFound.
    """
    require(by, "projects.manage_fair", fair)
    if not listed:
        raise FairListUnfit(field="lines")
    refuse_personal_numbers(lines="\n".join(f"{one.title} {one.place}" for one in listed))
    with transaction.atomic():
        row = MatchFair.objects.select_for_update(of=("self",)).get(pk=fair.pk)
        if row.status not in (FairStatus.PLANNED, FairStatus.OPEN):
            raise FairNotOpen
        last = row.projects.aggregate(last=Max("number"))["last"] or 0
        made = [
            FairProject(
                fair=row,
                number=last + number,
                title=one.title.strip(),
                field=one.field,
                place=one.place.strip(),
                amount=one.amount,
            )
            for number, one in enumerate(listed, start=1)
        ]
        for project in made:
            project.full_clean(validate_constraints=False)
        FairProject.objects.bulk_create(made)
        audit.record(by=by, verb="projects.match_fair.listed", row=row, now=now, after={"projects": len(made)})
    return made


def note_intention(
    *,
    by: User,
    now: dt.datetime,
    project: FairProject,
    organization: SocialOrganization | None = None,
    enterprise: CommunityEnterprise | None = None,
    note: str = "",
) -> FairIntention:
    """Note that one's organization or enterprise wants to carry out a project.

    Raises:
        NotAllowed: `by` acts for neither, or names both.
        FairNotOpen: the fair is not open.
        OrganizationHindered: the organization may take no part.
        IntentionNoted, PersonalNumbersFound.
    Basis: report S4.
    """
    if (organization is None) == (enterprise is None):
        raise NotAllowed
    if organization is not None:
        if organization.pk not in organizations_of(by):
            raise NotAllowed
        require_good_standing(organization, timezone.localdate(now))
    elif not enterprise_person(by, enterprise):
        raise NotAllowed
    refuse_personal_numbers(note=note)
    with transaction.atomic():
        fair = MatchFair.objects.select_for_update(of=("self",), no_key=True).get(pk=project.fair_id)
        if fair.status != FairStatus.OPEN:
            raise FairNotOpen
        row = FairIntention(
            project=project,
            organization=organization,
            enterprise=enterprise,
            note=note.strip(),
            noted_at=now,
            noted_by=by,
        )
        row.full_clean(validate_constraints=False)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise IntentionNoted from error
        audit.record(by=by, verb="projects.fair_intention.noted", row=row, now=now, after={"project": project.pk})
        outbox.emit(by=by, topic="projects.fair_intention.noted", row=row, now=now)
    return row


def sign_intention(
    *, by: User, now: dt.datetime, intention: FairIntention, contract: Contract | None = None, reference: str = ""
) -> FairIntention:
    """Note the contract that came of an intention: one of the platform, or the number of one outside.

    Raises:
        ContractUnfit: neither is given, or the contract is not signed, or with another body.
        MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(intention, "sign", by=by)
    fits = contract is None or (contract.status in SIGNED and contract.organization_id == intention.organization_id)
    if not fits or (contract is None and not reference.strip()):
        raise ContractUnfit(field="contract")
    changes = {"contract": contract, "reference": reference.strip()}
    return lifecycle.move(intention, "sign", by=by, now=now, changes=changes)
