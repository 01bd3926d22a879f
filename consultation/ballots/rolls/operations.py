"""Units and their owners, written proxies, and slips with a one-time code."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.notices.models import Visibility
from communities.people.models import ADULT_YEARS
from communities.people.operations import IdentityWrong
from communities.people.policy import latest_birth, read_identity
from communities.policy.policy import declare, whole
from communities.policy.queries import value
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot, RollEntry
from consultation.ballots.policy import new_receipt
from consultation.ballots.queries import has_voted
from consultation.ballots.rolls.models import MOST_PROXIES, CodeSlip, OwnedUnit, Proxy, Relation, UnitUse
from consultation.ballots.voting import VotedAlready, hash_of_code
from governance.accounts.secrets import keyed_hash
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotAllowed, NotNow, constraint_of
from governance.lifecycle import ReasonMissing

if TYPE_CHECKING:
    from communities.notices.models import Attachment
    from communities.territory.models import Division
    from governance.accounts.models import User

PROXIES_PER_HOLDER = declare(
    "ballot.proxies_per_holder",
    _("One person votes as a proxy for at most"),
    unit="persons",
    read=whole,
    default=MOST_PROXIES,
    basis="Organic Law of Villagers' Committees art. 15",
)


class OwnerIsMinor(Invalid):
    """Under eighteen people are represented and do not vote."""

    code = "owner_is_minor"
    message = _("The owner is under eighteen and does not vote. Enter the guardian who represents them.")


class UnitKnown(Conflict):
    """A unit has one owner at a time, and a certificate is for one unit."""

    code = "unit_known"
    message = _("This unit or this certificate is registered already. End the present ownership first.")


class AreaMissing(Invalid):
    """What has a certificate has the floor area that stands in it."""

    code = "unit_area_missing"
    message = _("Enter the floor area of the certificate; it is above zero.")


class OwnershipRunsForward(Invalid):
    """Nobody sells before they own."""

    code = "ownership_runs_forward"
    message = _("The ownership began on %(begun)s and cannot end before that day.")


class OwnershipEnded(NotNow):
    """An ownership ends once."""

    code = "ownership_ended"
    message = _("This ownership has already ended.")


class ProxiesNotAllowed(NotNow):
    """The rule knows no proxies."""

    code = "proxies_not_allowed"
    message = _("The rule “%(rule)s” knows no voting by proxy.")


class ProxiesPosted(NotNow):
    """The list of proxies is posted before the first vote."""

    code = "proxies_posted"
    message = _(
        "Proxies are registered after the freeze and before the ballot opens: their list is posted before the first vote."
    )


class TooManyProxies(NotNow):
    """One person votes for a few others only."""

    code = "too_many_proxies"
    message = _("This person already votes for %(count)s others; more than %(most)s is not allowed.")


class ProxyImpossible(Invalid):
    """Both stand on this roll, and nobody represents themselves or hands a proxy on."""

    code = "proxy_impossible"
    message = _(
        "A proxy is held by another person on the same roll, and by somebody who has not given their own vote away."
    )


class ProxyKnown(Conflict):
    """Somebody is represented by one person."""

    code = "proxy_known"
    message = _("This person is already represented. Withdraw that proxy first.")


class PaperMissing(Invalid):
    """A proxy is written."""

    code = "proxy_paper_missing"
    message = _("A proxy is written: store its photo sealed, and yourself.")


class SlipKnown(Conflict):
    """One valid slip for each person."""

    code = "slip_known"
    message = _("A slip has already been printed for this person. Declare it void before you print another.")


class SlipsClosed(NotNow):
    """A code is of use until the ballot closes."""

    code = "slips_closed"
    message = _("Slips are printed from the freeze of a ballot until it closes.")


# --- Units -----------------------------------------------------------------------------------------------------------


def register_unit(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    label: str,
    owner_name: str,
    owner_identity: str,
    area: Decimal,
    certificate_number: str = "",
    use: str = UnitUse.HOME,
    user: User | None = None,
    valid_from: dt.date | None = None,
) -> OwnedUnit:
    """Enter a unit with its owner; of the identity number only a keyed hash is kept.

    Raises:
        NotAllowed: `by` does not keep this register.
        IdentityWrong: the identity number is none.
        OwnerIsMinor, UnitKnown.
        AreaMissing: there is a certificate and no area.
    Basis: Civil Code art. 278: owners vote by heads and by the area of their certificates.
    """
    if not by.has_perm("consultation.keep_units", division):
        raise NotAllowed
    try:
        number, born_on = read_identity(owner_identity)
    except ValueError as error:
        raise IdentityWrong(field="owner_identity") from error
    today = timezone.localdate(now)
    if born_on > latest_birth(today, ADULT_YEARS):
        raise OwnerIsMinor(field="owner_identity")
    if certificate_number.strip() and area <= 0:
        raise AreaMissing(field="area")
    row = OwnedUnit(
        division=division,
        label=label.strip(),
        use=use,
        certificate_number=certificate_number.strip(),
        area=area,
        owner_name=owner_name.strip(),
        owner_hash=keyed_hash(number),
        user=user,
        valid_from=valid_from or today,
        registered_at=now,
        registered_by=by,
    )
    try:
        with transaction.atomic():
            row.full_clean(validate_constraints=False)
            row.save()
            after = {"division": division.pk, "label": row.label, "area": str(area)}
            audit.record(by=by, verb="consultation.owned_unit.registered", row=row, now=now, after=after)
    except IntegrityError as error:
        if constraint_of(error) in {"ownedunit_one_owner_at_a_time", "ownedunit_certificate_is_unique"}:
            raise UnitKnown(field="label") from error
        raise
    return row


def end_unit(*, by: User, now: dt.datetime, unit: OwnedUnit, on: dt.date) -> OwnedUnit:
    """End an ownership on a day, as when the unit is sold; rolls that were frozen keep it.

    Raises:
        NotAllowed.
        OwnershipEnded: it ended before.
        OwnershipRunsForward: it began later.
    """
    with transaction.atomic():
        row = OwnedUnit.objects.select_for_update(of=("self",)).select_related("division").get(pk=unit.pk)
        if not by.has_perm("consultation.keep_units", row.division):
            raise NotAllowed
        if row.valid_to is not None:
            raise OwnershipEnded
        if on < row.valid_from:
            raise OwnershipRunsForward(field="on", begun=row.valid_from)
        row.valid_to = on
        row.save(update_fields=["valid_to"])
        audit.record(by=by, verb="consultation.owned_unit.ended", row=row, now=now, after={"valid_to": on})
        return row


# --- Proxies ---------------------------------------------------------------------------------------------------------


def register_proxy(
    *,
    by: User,
    now: dt.datetime,
    ballot: Ballot,
    principal: RollEntry,
    holder: RollEntry,
    relation: str,
    paper: Attachment | None,
) -> Proxy:
    """Register a written proxy of a near relative; the list is posted on the ballot's page.

    Raises:
        NotAllowed: `by` takes no votes in here, or is one of the two.
        ProxiesNotAllowed, ProxiesPosted: the rule knows none, or the ballot is not between freeze and opening.
        ProxyImpossible, ProxyKnown, PaperMissing: what was entered cannot be.
        TooManyProxies: the holder has as many as one may hold.
    Basis: Organic Law of Villagers' Committees art. 15.
    """
    with transaction.atomic():
        rows = Ballot.objects.select_for_update(of=("self",), no_key=True).select_related("rule", "division")
        row = rows.get(pk=ballot.pk)
        if not by.has_perm("consultation.enter_paper_vote", row) or by.pk in {principal.user_id, holder.user_id}:
            raise NotAllowed
        if not row.rule.allows_proxies:
            raise ProxiesNotAllowed(rule=row.rule.name)
        if row.status != BallotStatus.FROZEN or now >= row.opens_at:
            raise ProxiesPosted
        if (
            {principal.ballot_id, holder.ballot_id} != {row.pk}
            or principal.pk == holder.pk
            or relation not in Relation.values
        ):
            raise ProxyImpossible(field="holder")
        if paper is None or paper.visibility != Visibility.SEALED or paper.uploaded_by_id != by.pk:
            raise PaperMissing(field="paper")
        given = Proxy.objects.in_force().filter(ballot=row)
        if given.filter(principal=principal).exists():
            raise ProxyKnown(field="principal")
        if given.filter(principal=holder).exists() or given.filter(holder=principal).exists():
            raise ProxyImpossible(field="holder")
        taken = set(given.filter(holder=holder).values_list("place", flat=True))
        most = min(value(PROXIES_PER_HOLDER, row.division, timezone.localdate(now)), MOST_PROXIES)
        if len(taken) >= most:
            raise TooManyProxies(field="holder", count=len(taken), most=most)
        proxy = Proxy.objects.create(
            ballot=row,
            principal=principal,
            holder=holder,
            relation=relation,
            place=min(set(range(1, MOST_PROXIES + 1)) - taken),
            paper=paper,
            registered_at=now,
            registered_by=by,
        )
        after = {"ballot": row.pk, "principal": principal.number, "holder": holder.number, "relation": relation}
        audit.record(by=by, verb="consultation.proxy.registered", row=proxy, now=now, after=after)
        return proxy


def revoke_proxy(*, by: User, now: dt.datetime, proxy: Proxy, reason: str) -> Proxy:
    """Withdraw a proxy, as its giver asks; a vote that was cast by it stands.

    Raises:
        NotAllowed, ReasonMissing.
    """
    with transaction.atomic():
        row = Proxy.objects.select_for_update(of=("self",)).select_related("ballot__division").get(pk=proxy.pk)
        if not by.has_perm("consultation.enter_paper_vote", row.ballot):
            raise NotAllowed
        if not reason.strip():
            raise ReasonMissing(field="reason")
        row.revoked_at, row.revoked_by = now, by
        row.save(update_fields=["revoked_at", "revoked_by"])
        audit.record(by=by, verb="consultation.proxy.revoked", row=row, now=now, after={}, reason=reason)
        return row


# --- Slips -----------------------------------------------------------------------------------------------------------


def print_slip(*, by: User, now: dt.datetime, entry: RollEntry) -> tuple[CodeSlip, str]:
    """Make the one-time code of somebody without a log-in; it is returned once, for the paper, and kept nowhere.

    Raises:
        NotAllowed: `by` takes no votes in here, or it is their own.
        NotNow: the ballot is not frozen or open.
        VotedAlready, SlipKnown.
    """
    code = new_receipt()
    try:
        with transaction.atomic():
            rows = RollEntry.objects.select_for_update(of=("self",), no_key=True).select_related("ballot__division")
            row = rows.get(pk=entry.pk)
            if not by.has_perm("consultation.enter_paper_vote", row.ballot) or row.user_id == by.pk:
                raise NotAllowed
            if row.ballot.status not in {BallotStatus.FROZEN, BallotStatus.OPEN}:
                raise SlipsClosed
            if has_voted(row):
                raise VotedAlready
            slip = CodeSlip.objects.create(
                ballot=row.ballot, entry=row, code_hash=hash_of_code(code), printed_at=now, printed_by=by
            )
            after = {"ballot": row.ballot_id, "number": row.number}
            audit.record(by=by, verb="consultation.code_slip.printed", row=slip, now=now, after=after)
    except IntegrityError as error:
        if constraint_of(error) == "codeslip_one_valid_for_each_entry":
            raise SlipKnown(field="entry") from error
        raise
    return slip, code


def void_slip(*, by: User, now: dt.datetime, slip: CodeSlip, reason: str) -> CodeSlip:
    """Declare a slip void that was lost or spoilt; another one may then be printed.

    Raises:
        NotAllowed, ReasonMissing.
    """
    with transaction.atomic():
        row = CodeSlip.objects.select_for_update(of=("self",)).select_related("ballot__division").get(pk=slip.pk)
        if not by.has_perm("consultation.enter_paper_vote", row.ballot):
            raise NotAllowed
        if not reason.strip():
            raise ReasonMissing(field="reason")
        row.voided_at, row.void_reason = now, reason.strip()[:200]
        row.save(update_fields=["voided_at", "void_reason"])
        audit.record(by=by, verb="consultation.code_slip.voided", row=row, now=now, after={}, reason=reason)
        return row
