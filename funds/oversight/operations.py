"""Watching over funds: the monthly scan and what people decide on it, supervisors with their terms and opinions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.bodies import operations as bodies
from communities.bodies.models import BodyMembership, Seat
from communities.people.policy import refuse_personal_numbers
from funds.charity import seating
from funds.charity.committee import Seated
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.charity.policy import SUPERVISORS_MINIMUM
from funds.charity.seating import CommitteeNotNamed
from funds.oversight import queries
from funds.oversight.models import FundProposal, ProposalGround, ProposalKind, SupervisorOpinion
from funds.packs.queries import pack_on, rule_of
from governance import lifecycle
from governance.accounts.masking import mask_name
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Invalid, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from governance.accounts.models import User


class SupervisorsTooFew(NotNow):
    """A fund is never without its supervisors."""

    code = "supervisors_too_few"
    message = _("The fund needs at least %(fewest)s supervisors. Name another one first.")


class NotASupervisor(Invalid):
    """An opinion is that of who supervises the fund on the day."""

    code = "not_a_supervisor"
    message = _("This person does not supervise “%(fund)s” on %(day)s.")


class OpinionMissing(Invalid):
    """An opinion says on what occasion it was formed and what it is."""

    code = "opinion_missing"
    message = _("Enter the occasion and the opinion.")


class AttendedInFuture(Invalid):
    """An opinion is recorded after the fact."""

    code = "attended_in_future"
    message = _("%(day)s has not come yet.")


# --- The monthly clock -----------------------------------------------------------------------------------------------


def scan_funds(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Look at every living fund and propose what its rules ask for; return the ids of new proposals.

    After the months of warning without a posting: to put the fund right; after those of closing: to close it. Before
    the end of a committee's term, and when it became even or too small: a reminder to renew it; after the term: to put
    the fund right. People decide. What no longer holds lapses. Each fund in its own transaction; harmless when repeated.

    Basis: guides on community charity funds (Hubei 2023, Hunan 2025).
    """
    made = []
    for fund in queries.watched_funds().iterator(chunk_size=500):
        found = queries.findings_on(fund, fund.last_moved_on, today)  # type: ignore[attr-defined]  # annotated
        with transaction.atomic():
            CommunityFund.objects.select_for_update(of=("self",), no_key=True).get(pk=fund.pk)
            _let_lapse(fund, found, by=by, now=now)
            made += [row.pk for finding in found if (row := _propose(fund, finding, by=by, now=now))]
    return made


def _let_lapse(fund: CommunityFund, found: list[queries.Finding], *, by: User, now: dt.datetime) -> None:
    """Let proposals lapse whose ground is gone."""
    for row in FundProposal.objects.waiting().filter(fund=fund).order_by("pk"):
        if (row.kind, row.ground, row.since) not in found:
            lifecycle.move(row, "lapse", by=by, now=now)


def _propose(fund: CommunityFund, finding: queries.Finding, *, by: User, now: dt.datetime) -> FundProposal | None:
    """Make a proposal that was not made before."""
    kind, ground, since = finding
    if FundProposal.objects.filter(fund=fund, kind=kind, ground=ground, since=since).exists():
        return None
    row = FundProposal(fund=fund, kind=kind, ground=ground, since=since, proposed_at=now)
    row.full_clean()
    row.save()
    after = {"fund": fund.pk, "kind": kind, "ground": ground, "since": since}
    audit.record(by=by, verb="funds.fund_proposal.made", row=row, now=now, after=after)
    outbox.emit(by=by, topic="funds.fund_proposal.made", row=row, now=now, payload={"kind": kind, "ground": ground})
    return row


def confirm_proposal(*, by: User, proposal: FundProposal, now: dt.datetime) -> FundProposal:
    """Confirm a proposal: a fund that is to be put right is rectifying from now on; a closing may begin after its notice.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: as for every move, of the proposal and of the fund.
    """
    with transaction.atomic():
        row = lifecycle.move(proposal, "confirm", by=by, now=now)
        fund = CommunityFund.objects.get(pk=row.fund_id)
        if row.kind == ProposalKind.RECTIFY and fund.status == FundStatus.ACTIVE:
            reason = str(ProposalGround(row.ground).label)
            lifecycle.move(fund, "demand_rectification", by=by, now=now, reason=reason)
    return row


# --- Supervisors -----------------------------------------------------------------------------------------------------


def name_supervisor(
    *,
    by: User,
    fund: CommunityFund,
    name: str,
    valid_from: dt.date,
    now: dt.datetime,
    user: User | None = None,
    valid_to: dt.date | None = None,
) -> BodyMembership:
    """Name a supervisor beside a fund's committee for a term, at the longest until the committee's own ends.

    Raises:
        NotAllowed: no community staff or street staff of the place.
        CommitteeNotNamed: there is no committee, or its fund has ended.
        MemberAndSupervisor: the person has a seat in the committee at that time.
        SeatOutsideTerm: the term begins or ends outside the committee's.
        SeatHindered: the person acts for a body that may take no part.
    Basis: Hunan guide on community charity funds 2025 (trial).
    """
    require(by, "funds.name_supervisor", fund)
    with transaction.atomic():
        locked = _with_committee(fund)
        body = locked.committee
        assert body is not None  # noqa: S101 - as just checked
        end = valid_to or body.term_to
        if end is not None and body.term_to is not None and end > body.term_to:
            raise bodies.SeatOutsideTerm(field="valid_to", body=body, since=body.term_from)
        seated = Seated(name.strip(), Seat.SUPERVISOR, user)
        row = seating.fill(by=by, now=now, body=body, seated=seated, valid_from=valid_from, valid_to=end)
        after = {"name": mask_name(row.name), "valid_from": valid_from, "valid_to": end}
        audit.record(by=by, verb="funds.fund.supervisor_named", row=locked, now=now, after=after)
    return row


def _with_committee(fund: CommunityFund) -> CommunityFund:
    rows = CommunityFund.objects.select_for_update(of=("self",), no_key=True).select_related("committee", "division")
    locked = rows.get(pk=fund.pk)
    if locked.committee is None or locked.status == FundStatus.CLOSED:
        raise CommitteeNotNamed(fund=locked.short_name)
    return locked


def end_supervision(
    *, by: User, fund: CommunityFund, membership: BodyMembership, on: dt.date, reason: str, now: dt.datetime
) -> BodyMembership:
    """End the term of a supervisor early; the fund keeps as many as its rules ask for.

    Raises:
        NotAllowed: no community staff or street staff of the place.
        NotASupervisor: the seat is not that of a supervisor of this fund.
        SupervisorsTooFew: fewer would be left on that day.
        SeatEnded, SeatOutsideTerm, ReasonMissing: as for every seat.
    """
    require(by, "funds.name_supervisor", fund)
    with transaction.atomic():
        locked = _with_committee(fund)
        if membership.body_id != locked.committee_id or membership.seat != Seat.SUPERVISOR:
            raise NotASupervisor(fund=locked.short_name, day=on)
        body = locked.committee
        assert body is not None  # noqa: S101 - as just checked
        fewest = rule_of(SUPERVISORS_MINIMUM, pack_on(locked.rule_pack, on), locked.division, on)
        if queries.supervisors_of(body, on).exclude(pk=membership.pk).count() < fewest:
            raise SupervisorsTooFew(fewest=fewest)
        row = bodies.end_membership(by=by, membership=membership, on=on, reason=reason, now=now)
        after = {"name": mask_name(row.name), "valid_to": on}
        audit.record(by=by, verb="funds.fund.supervision_ended", row=locked, now=now, after=after, reason=reason)
    return row


def record_opinion(
    *,
    by: User,
    fund: CommunityFund,
    attended_on: dt.date,
    occasion: str,
    opinion: str,
    now: dt.datetime,
    membership: BodyMembership | None = None,
) -> SupervisorOpinion:
    """Record a supervisor's opinion after a meeting or a look at the books; it is public and stays.

    A supervisor records their own; staff of the place record that of a supervisor without a log-in, named by the seat.

    Raises:
        NotAllowed: neither a supervisor of the fund nor staff of the place.
        NotASupervisor: who is named did not supervise the fund on that day.
        AttendedInFuture, OpinionMissing, PersonalNumbersFound: what is entered cannot be right.
    Basis: Hunan guide on community charity funds 2025 (trial).
    """
    require(by, "funds.record_supervisor_opinion", fund)
    if attended_on > timezone.localdate(now):
        raise AttendedInFuture(field="attended_on", day=attended_on)
    if not occasion.strip() or not opinion.strip():
        raise OpinionMissing(field="opinion")
    refuse_personal_numbers(occasion=occasion, opinion=opinion)
    with transaction.atomic():
        locked = _with_committee(fund)
        body = locked.committee
        assert body is not None  # noqa: S101 - as just checked
        seats = queries.supervisors_of(body, attended_on)
        own = seats.filter(user=by).first()
        seat = own or (seats.filter(pk=membership.pk, user=None).first() if membership else None)
        if seat is None:
            raise NotASupervisor(field="membership", fund=locked.short_name, day=attended_on)
        row = SupervisorOpinion(
            fund=locked,
            membership=seat,
            attended_on=attended_on,
            occasion=occasion.strip(),
            opinion=opinion.strip(),
            recorded_at=now,
            recorded_by=by,
        )
        row.full_clean()
        row.save()
        after = {"fund": locked.pk, "attended_on": attended_on, "occasion": row.occasion[:100]}
        audit.record(by=by, verb="funds.supervisor_opinion.recorded", row=row, now=now, after=after)
    return row
