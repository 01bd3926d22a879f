"""What is read of rounds: ties of experts, what may be shown of scores, the review board, results."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from governance.calendar.days import months_later
from governance.money import ZERO
from projects.evaluation.gating import failures_of
from projects.evaluation.models import TieKind
from projects.grants.lifecycle import ApplicationStatus, AwardStatus, SheetStatus
from projects.grants.models import (
    RANKED,
    AwardSource,
    GrantApplication,
    GrantRound,
    PanelSeat,
    RoundFunding,
    ScoreSheet,
)
from projects.grants.refusals import ApplicantHindered
from socialorgs.register.barring.models import BanGround, ParticipationBan
from socialorgs.register.models import SocialOrganization, Standing
from socialorgs.register.queries import hindrances_by_body

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

TIES: dict[str, StrOrPromise] = {
    "APPOINTED": _("acts or acted for it"),
    **dict(TieKind.choices),
    "HOUSEHOLD": _("lives at the address of somebody who belongs to it"),
    "CONTRACT": _("had a hand in a contract with it"),
    "POST": _("holds a post in the landing community"),
    "DECLARED": _("said so"),
}
"""What keeps an expert from scoring, in words."""


def conflicts(
    round_: GrantRound, applications: Iterable[int], experts: Iterable[int], day: dt.date
) -> dict[int, dict[int, list[str]]]:
    """Return what ties experts to applicants on a day, as kinds by application and expert; one query.

    The database's own function, which its trigger asks as well. A tie that ended within the round's months counts.
    """
    since = months_later(day, -round_.recusal_months)
    found: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_id, user_id, kind FROM projects_grant_conflicts(%s::bigint[], %s::bigint[], %s) ORDER BY 1, 2, 3",
            [list(applications), list(experts), since],
        )
        for application, expert, kind in cursor.fetchall():
            found[application][expert].append(kind)
    return found


def expert_of(user: Any) -> bool:
    """Tell whether somebody sits in a panel; one query per user object and request."""
    if not getattr(user, "is_authenticated", False):
        return False
    known: bool | None = getattr(user, "sits_in_panels", None)
    if known is None:
        known = PanelSeat.objects.filter(expert=user).exists()
        user.sits_in_panels = known
    return known


# --- The gate


@dataclass(frozen=True, slots=True)
class Held:
    """What keeps a body from a grant of a round on a day; `outlasts` when a failed evaluation does so to the last day."""

    reasons: list[str]
    outlasts: bool

    def refusal(self, organization: SocialOrganization) -> ApplicantHindered:
        """What the body is told, before the form and when it submits."""
        return ApplicantHindered(organization=organization.name, reasons="; ".join(self.reasons))


def held_back(applicants: Mapping[SocialOrganization, str], round_: GrantRound, day: dt.date) -> dict[int, Held]:
    """Return by applicant what keeps it from a grant of a round on a day; those are missing whom nothing does.

    Each applicant comes with the credit code under which it applies; empty while a filed group has named none. The gate of
    the register (`hindrances_by_body`) and that of the grades (`failures_of`), for the applicant and for the registered
    body that answers for it, and the bans of other bodies that broke a grant under the same credit code. At most seven
    queries, however many they are.
    """
    codes = {code for code in applicants.values() if code}
    lent = codes - {body.credit_code for body in applicants}
    answering = SocialOrganization.objects.in_bulk(lent, field_name="credit_code") if lent else {}
    keys = {body.pk for body in (*applicants, *answering.values())}
    known, failed = hindrances_by_body(keys, day), failures_of(keys, round_.division, day)
    bans = _bans_under(codes, day)
    found = {}
    for body, code in applicants.items():
        behind = answering.get(code)
        asked = [body.pk] if behind is None else [body.pk, behind.pk]
        failures = [failed[key] for key in asked if key in failed]
        reasons = [text for key in asked for text in known[key]] + [one.said for one in failures]
        if body.standing == Standing.FILED and not round_.takes_filed:
            reasons.append(str(_("this round is for registered organizations")))
        reasons += [_banned(ban) for ban in bans[code] if body.pk != ban.organization_id][:1]
        if reasons:
            found[body.pk] = Held(reasons, any(one.free_on > round_.closes_on for one in failures))
    return found


def _bans_under(codes: Collection[str], day: dt.date) -> dict[str, list[Any]]:
    """Return by credit code the bans of other bodies that broke a grant under it, the longest first; one query."""
    found: dict[str, list[Any]] = defaultdict(list)
    rows = ParticipationBan.objects.running_on(day).filter(
        ground=BanGround.GRANT_BREACH,
        organization__grant_applications__credit_code__in=codes,
        organization__grant_applications__award__status=AwardStatus.REVOKED,
    )
    under: QuerySet[Any] = rows.annotate(under=F("organization__grant_applications__credit_code"))
    others = under.exclude(organization__credit_code=F("under")).select_related("organization")
    for ban in others.order_by("-ends_on", "-pk"):
        found[ban.under].append(ban)
    return found


def _banned(ban: ParticipationBan) -> str:
    text = _(
        "“%(organization)s”, which broke a grant under the same credit code, is barred until %(day)s; from that day on the "
        "code can be used again"
    )
    return str(text) % {"organization": ban.organization, "day": ban.ends_on}


def grant_hindrances(organization: SocialOrganization, credit_code: str, round_: GrantRound, day: dt.date) -> list[str]:
    """Return in words what keeps a body from a grant of a round on a day; empty when nothing. See `held_back`."""
    found = held_back({organization: credit_code}, round_, day).get(organization.pk)
    return found.reasons if found is not None else []


def require_unhindered(organization: SocialOrganization, credit_code: str, round_: GrantRound, day: dt.date) -> None:
    """Refuse an applicant whom the gate keeps from a grant of a round.

    Raises:
        ApplicantHindered: with every reason.
    """
    if found := held_back({organization: credit_code}, round_, day).get(organization.pk):
        raise found.refusal(organization)


# --- What is shown of scores


@dataclass(frozen=True, slots=True)
class Shown:
    """A score sheet as somebody may read it: without points, total and opinion where they are not to be known yet."""

    sheet: ScoreSheet
    is_own: bool
    total: int | None
    marks: dict[str, int] | None
    comment: str | None


def shown(sheet: ScoreSheet, user: User | AnonymousUser) -> Shown:
    """Return a sheet as a person may read it; the one gate of page, desk, API and log.

    One's own is always readable. Others' are read when the scores of the whole round are settled, and before that by
    nobody, whatever the post: from no score, mean, rank or sum can another be computed, since none is given out.
    """
    is_own = user.is_authenticated and sheet.expert_id == user.pk
    if is_own or sheet.application.round.settled_at is not None:
        return Shown(sheet, is_own, sheet.total, sheet.marks, sheet.comment)
    return Shown(sheet, is_own, None, None, None)


def others_totals(sheet: ScoreSheet) -> list[int] | None:
    """Return what the others gave, in order of size and without names; nothing before one's own is in and all are settled."""
    if sheet.status != SheetStatus.SUBMITTED or sheet.application.round.settled_at is None:
        return None
    rows = ScoreSheet.objects.filter(application=sheet.application_id, status=SheetStatus.SUBMITTED)
    totals = rows.exclude(pk=sheet.pk).values_list("total", flat=True)
    return sorted(total for total in totals if total is not None)


@dataclass(frozen=True, slots=True)
class Given:
    """A settled sheet among the others of its application."""

    sheet: ScoreSheet
    total: int | None
    comment: str
    is_left_out: bool


def sheets_of(application: GrantApplication, user: User | AnonymousUser) -> list[Given]:
    """Return the sheets of an application for its file: once settled the highest first, those left out of the mean marked.

    One query. Before that only who scores, as `shown` gives it out.
    """
    rows = application.sheets.select_related("expert", "application__round").order_by("pk")
    found = [shown(row, user) for row in rows]
    scored = sorted((one for one in found if one.total is not None), key=lambda one: -(one.total or 0))
    is_settled = application.round.settled_at is not None and application.counted == len(scored)
    out = application.left_out if is_settled else 0
    dropped = {one.sheet.pk for one in [*scored[:out], *scored[len(scored) - out :]]}
    ordered = [*scored, *(one for one in found if one.total is None)] if is_settled else found
    return [Given(one.sheet, one.total, one.comment or "", one.sheet.pk in dropped) for one in ordered]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an applicant reads of the review of its application."""

    score: Decimal | None
    rank: int | None
    counted: int | None
    in_the_mean: int
    comments: Sequence[str]


def outcome_for_applicant(application: GrantApplication) -> Outcome | None:
    """Return score, rank and opinions without names once the proposals are publicised; nothing before."""
    if not application.round.has_results or application.score is None:
        return None
    rows = application.sheets.all()
    comments = sorted(one.comment for one in rows if one.status == SheetStatus.SUBMITTED and one.comment)
    return Outcome(application.score, application.rank, application.counted, application.in_the_mean, comments)


# --- The review board


@dataclass(frozen=True, slots=True)
class Tally:
    """How many applications of a round stand where, and how many sheets are in; never what is on them."""

    by_status: list[tuple[str, StrOrPromise, int]]
    applications: int
    sheets: int
    sheets_in: int
    proposed_amount: Decimal
    money: Decimal


def tally(round_: GrantRound) -> Tally:
    """Return the head of the review board; two queries whatever the number of applications."""
    rows = (
        round_.applications.exclude(status=ApplicationStatus.DRAFT)
        .order_by()
        .values_list("status")
        .annotate(count=Count("pk"), amount=Coalesce(Sum("granted"), ZERO))
    )
    counts = {status: (count, amount) for status, count, amount in rows}
    sheets = ScoreSheet.objects.filter(application__round=OuterRef("pk")).order_by().values("application__round")
    money = RoundFunding.objects.filter(round=OuterRef("pk")).order_by().values("round").annotate(total=Sum("amount"))
    live = sheets.annotate(all=Count("pk", filter=~Q(status=SheetStatus.RECUSED)))
    handed = sheets.annotate(all=Count("pk", filter=Q(status=SheetStatus.SUBMITTED)))
    in_all, handed_in, money_in_all = (
        GrantRound.objects.filter(pk=round_.pk)
        .annotate(
            in_all=Coalesce(Subquery(live.values("all")), 0),
            handed_in=Coalesce(Subquery(handed.values("all")), 0),
            money=Coalesce(Subquery(money.values("total")), ZERO),
        )
        .values_list("in_all", "handed_in", "money")
        .get()
    )
    return Tally(
        [(key, label, counts[key][0]) for key, label in ApplicationStatus.choices if key in counts],
        sum(count for count, _amount in counts.values()),
        in_all,
        handed_in,
        sum((amount for key, (_count, amount) in counts.items() if key in RANKED), ZERO),
        money_in_all,
    )


BOARD_SIZE = 50


@dataclass(frozen=True, slots=True)
class Board:
    """One page of the review board."""

    rows: list[GrantApplication]
    next_key: int | None
    is_first: bool


def board(round_: GrantRound, *, status: str = "", lane: str = "", before: int | None = None) -> Board:
    """Return a page of the review board, newest first, with how many sheets of each row are in; one query."""
    rows = round_.applications.exclude(status=ApplicationStatus.DRAFT)
    if status in ApplicationStatus.values:
        rows = rows.filter(status=status)
    if lane:
        rows = rows.filter(lane=lane)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    rows = rows.annotate(assigned=_counted(~Q(status=SheetStatus.RECUSED)), handed_in=_counted(Q(status="SUBMITTED")))
    found = list(rows.select_related("organization", "division").order_by("-pk")[: BOARD_SIZE + 1])
    page = found[:BOARD_SIZE]
    return Board(page, page[-1].pk if len(found) > BOARD_SIZE else None, before is None)


def _counted(which: Q) -> Coalesce:
    """Return how many sheets of an application are such; counted for the rows of the page only."""
    rows = ScoreSheet.objects.filter(which, application=OuterRef("pk")).order_by().values("application")
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)


# --- Results


def results_of(round_: GrantRound) -> list[GrantApplication]:
    """Return what is proposed or awarded, by class and rank, for everybody; nothing before it is publicised.

    Two queries: the second for the sources that pay, once the grants are awarded.
    """
    if not round_.has_results:
        return []
    rows = round_.applications.filter(status__in=RANKED).select_related("round", "organization", "division", "award")
    sources = AwardSource.objects.select_related("funding__fund", "funding__foundation")
    return list(rows.prefetch_related(models.Prefetch("award__sources", sources)).order_by("lane", "rank", F("pk")))
