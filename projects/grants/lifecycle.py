"""How a grant round, an application, a score sheet and an award proceed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.lifecycle import NoticeStatus
from governance.lifecycle import SYSTEM, Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from projects.grants.models import GrantApplication, GrantRound


class GrantRoundStatus(models.TextChoices):
    """Where a round stands."""

    DRAFT = "DRAFT", _("draft")
    PUBLISHED = "PUBLISHED", pgettext_lazy("grant round", "called")
    OPEN = "OPEN", _("takes applications")
    CLOSED = "CLOSED", pgettext_lazy("grant round", "applications are checked")
    REVIEWING = "REVIEWING", pgettext_lazy("grant round", "in review")
    PUBLICISED = "PUBLICISED", pgettext_lazy("grant round", "proposals publicised")
    CONTRACTING = "CONTRACTING", pgettext_lazy("grant round", "contracts are signed")
    RUNNING = "RUNNING", pgettext_lazy("grant round", "projects run")
    CLOSING = "CLOSING", pgettext_lazy("grant round", "projects are reviewed and audited")
    ARCHIVED = "ARCHIVED", _("archived")
    CANCELLED = "CANCELLED", pgettext_lazy("grant round", "cancelled")


class ApplicationStatus(models.TextChoices):
    """Where an application stands."""

    DRAFT = "DRAFT", _("draft")
    SUBMITTED = "SUBMITTED", pgettext_lazy("grant application", "submitted")
    RETURNED = "RETURNED", _("sent back for correction")
    QUALIFIED = "QUALIFIED", pgettext_lazy("grant application", "admitted to the review")
    UNQUALIFIED = "UNQUALIFIED", pgettext_lazy("grant application", "not admitted")
    SCORED = "SCORED", _("scored")
    PROPOSED = "PROPOSED", pgettext_lazy("grant application", "proposed")
    AWARDED = "AWARDED", pgettext_lazy("grant application", "awarded")
    DECLINED = "DECLINED", pgettext_lazy("grant application", "not chosen")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("grant application", "withdrawn")


class SheetStatus(models.TextChoices):
    """Where a score sheet stands."""

    OPEN = "OPEN", pgettext_lazy("score sheet", "to be scored")
    SUBMITTED = "SUBMITTED", pgettext_lazy("score sheet", "submitted")
    RECUSED = "RECUSED", _("withdrawn for a tie")


class AwardStatus(models.TextChoices):
    """Where an award stands."""

    GRANTED = "GRANTED", pgettext_lazy("award", "granted")
    RENOUNCED = "RENOUNCED", pgettext_lazy("award", "renounced")
    REVOKED = "REVOKED", pgettext_lazy("award", "revoked")


R, A = GrantRoundStatus, ApplicationStatus


def _all_checked(row: GrantRound) -> StrOrPromise | None:
    """Nothing waits for the first check."""
    if row.applications.filter(status__in=(A.SUBMITTED, A.RETURNED)).exists():
        return _("An application has not been checked yet.")
    return None


def _scores_settled(row: GrantRound) -> StrOrPromise | None:
    """The scores are in, and something is proposed."""
    if row.settled_at is None:
        return _("The scores have not been settled.")
    if not row.applications.filter(status=A.PROPOSED).exists():
        return _("No application has been proposed.")
    return None


def _objection_upheld(row: GrantRound) -> StrOrPromise | None:
    if row.publicity is None or row.publicity.status != NoticeStatus.CLOSED_OBJECTION:
        return _("No objection to the proposals was upheld.")
    return None


def _publicity_clear(row: GrantRound) -> StrOrPromise | None:
    if row.publicity is None or row.publicity.status != NoticeStatus.CLOSED_CLEAR:
        return _("The publicity has not ended without an upheld objection.")
    return None


def _landing_agrees(row: GrantApplication) -> StrOrPromise | None:
    if row.consented_at is None:
        return _("The landing community has not agreed yet.")
    return None


def _round_takes_it(row: GrantApplication) -> StrOrPromise | None:
    """What is written when the round has closed stays a draft."""
    return None if row.round.status == R.OPEN else _("The round takes no applications now; the draft is kept.")


def _not_corrected_yet(row: GrantApplication) -> StrOrPromise | None:
    if row.returned_at is not None:
        return _("It was sent back once already; there is one correction.")
    return None


def _settled_together(row: GrantApplication) -> StrOrPromise | None:
    return _("Scores are settled for the whole round at once.") if row.score is None else None


def _awarded_together(row: GrantApplication) -> StrOrPromise | None:
    return None if hasattr(row, "award") else _("Grants are awarded for the whole round at once.")


GRANT_ROUND = Lifecycle(
    "projects.GrantRound",
    initial=R.DRAFT,
    terminal=frozenset({R.ARCHIVED, R.CANCELLED}),
    moves=(
        Move(
            "publish",
            frozenset({R.DRAFT}),
            R.PUBLISHED,
            permission="projects.publish_grant_round",
            label=_("Publish the call"),
            verb="projects.grant_round.published",
            stamp="published",
            apart_from=("drafted",),
            fields=("call",),
            event="projects.grant_round.published",
        ),
        Move(
            "open",
            frozenset({R.PUBLISHED}),
            R.OPEN,
            permission=SYSTEM,
            label=pgettext_lazy("grant round", "Open for applications"),
            verb="projects.grant_round.opened",
            stamp="opened",
            event="projects.grant_round.opened",
        ),
        Move(
            "close",
            frozenset({R.OPEN}),
            R.CLOSED,
            permission=SYSTEM,
            label=pgettext_lazy("grant round", "Close for applications"),
            verb="projects.grant_round.closed",
            stamp="closed",
            event="projects.grant_round.closed",
        ),
        Move(
            "start_review",
            frozenset({R.CLOSED}),
            R.REVIEWING,
            permission="projects.manage_grant_round",
            label=_("Begin the review"),
            verb="projects.grant_round.review_begun",
            stamp="review_begun",
            guard=_all_checked,
        ),
        Move(
            "publicise",
            frozenset({R.REVIEWING}),
            R.PUBLICISED,
            permission="projects.publish_grant_round",
            label=_("Publicise the proposals"),
            verb="projects.grant_round.publicised",
            basis="Rule of this platform: five working days of publicity",
            stamp="publicised",
            guard=_scores_settled,
            fields=("publicity",),
            event="projects.grant_round.publicised",
        ),
        Move(
            "reconsider",
            frozenset({R.PUBLICISED}),
            R.REVIEWING,
            permission="projects.manage_grant_round",
            label=_("Reconsider after an objection"),
            verb="projects.grant_round.reconsidered",
            guard=_objection_upheld,
            needs_reason=True,
        ),
        Move(
            "award",
            frozenset({R.PUBLICISED}),
            R.CONTRACTING,
            permission="projects.award_grants",
            label=_("Award the grants"),
            verb="projects.grant_round.awarded",
            stamp="awarded",
            apart_from=("publicised",),
            guard=_publicity_clear,
            event="projects.grant_round.awarded",
        ),
        Move(
            "run",
            frozenset({R.CONTRACTING}),
            R.RUNNING,
            permission="projects.manage_grant_round",
            label=_("Contracts are signed"),
            verb="projects.grant_round.running",
            stamp="running",
        ),
        Move(
            "wind_up",
            frozenset({R.RUNNING}),
            R.CLOSING,
            permission="projects.manage_grant_round",
            label=_("Begin the final reviews"),
            verb="projects.grant_round.closing",
            stamp="closing",
        ),
        Move(
            "archive",
            frozenset({R.CLOSING}),
            R.ARCHIVED,
            permission="projects.manage_grant_round",
            label=_("Archive"),
            verb="projects.grant_round.archived",
            stamp="archived",
            waits=False,
        ),
        Move(
            "cancel",
            frozenset({R.DRAFT, R.PUBLISHED, R.OPEN, R.CLOSED, R.REVIEWING}),
            R.CANCELLED,
            permission="projects.publish_grant_round",
            label=pgettext_lazy("grant round", "Cancel"),
            verb="projects.grant_round.cancelled",
            stamp="archived",
            needs_reason=True,
            event="projects.grant_round.cancelled",
        ),
    ),
)

APPLICATION = Lifecycle(
    "projects.GrantApplication",
    initial=A.DRAFT,
    terminal=frozenset({A.UNQUALIFIED, A.AWARDED, A.DECLINED, A.WITHDRAWN}),
    moves=(
        Move(
            "submit",
            frozenset({A.DRAFT}),
            A.SUBMITTED,
            permission="projects.apply_for_grant",
            label=_("Submit"),
            verb="projects.grant_application.submitted",
            stamp="submitted",
            guard=_round_takes_it,
            event="projects.grant_application.submitted",
        ),
        Move(
            "send_back",
            frozenset({A.SUBMITTED}),
            A.RETURNED,
            permission="projects.vet_grant_application",
            label=_("Send back for correction"),
            verb="projects.grant_application.returned",
            basis="Rule of this platform: one correction within three working days",
            stamp="returned",
            apart_from=("submitted",),
            guard=_not_corrected_yet,
            needs_reason=True,
            fields=("correct_by", "remark"),
            event="projects.grant_application.returned",
        ),
        Move(
            "resubmit",
            frozenset({A.RETURNED}),
            A.SUBMITTED,
            permission="projects.apply_for_grant",
            label=_("Submit the correction"),
            verb="projects.grant_application.corrected",
            stamp="submitted",
            event="projects.grant_application.submitted",
        ),
        Move(
            "qualify",
            frozenset({A.SUBMITTED}),
            A.QUALIFIED,
            permission="projects.vet_grant_application",
            label=_("Admit to the review"),
            verb="projects.grant_application.qualified",
            stamp="vetted",
            apart_from=("submitted",),
            guard=_landing_agrees,
        ),
        Move(
            "disqualify",
            frozenset({A.SUBMITTED}),
            A.UNQUALIFIED,
            permission="projects.vet_grant_application",
            label=_("Do not admit"),
            verb="projects.grant_application.disqualified",
            stamp="vetted",
            apart_from=("submitted",),
            needs_reason=True,
            fields=("remark",),
            event="projects.grant_application.disqualified",
        ),
        Move(
            "lapse",
            frozenset({A.RETURNED}),
            A.UNQUALIFIED,
            permission=SYSTEM,
            label=_("The days for the correction are over"),
            verb="projects.grant_application.lapsed",
            stamp="vetted",
            event="projects.grant_application.disqualified",
        ),
        Move(
            "score",
            frozenset({A.QUALIFIED}),
            A.SCORED,
            permission="projects.settle_grant_scores",
            label=_("Settle the score"),
            verb="projects.grant_application.scored",
            guard=_settled_together,
            waits=False,
        ),
        Move(
            "propose",
            frozenset({A.SCORED}),
            A.PROPOSED,
            permission="projects.manage_grant_round",
            label=_("Propose for a grant"),
            verb="projects.grant_application.proposed",
            stamp="proposed",
        ),
        Move(
            "decline",
            frozenset({A.SCORED, A.PROPOSED}),
            A.DECLINED,
            permission="projects.manage_grant_round",
            label=_("Do not choose"),
            verb="projects.grant_application.declined",
            needs_reason=True,
            fields=("remark",),
            event="projects.grant_application.declined",
        ),
        Move(
            "award",
            frozenset({A.PROPOSED}),
            A.AWARDED,
            permission="projects.award_grants",
            label=_("Award"),
            verb="projects.grant_application.awarded",
            guard=_awarded_together,
            event="projects.grant_application.awarded",
            waits=False,
        ),
        Move(
            "withdraw",
            frozenset({A.DRAFT, A.SUBMITTED, A.RETURNED, A.QUALIFIED, A.SCORED, A.PROPOSED}),
            A.WITHDRAWN,
            permission="projects.apply_for_grant",
            label=pgettext_lazy("grant application", "Withdraw"),
            verb="projects.grant_application.withdrawn",
            waits=False,
        ),
    ),
)

SHEET = Lifecycle(
    "projects.ScoreSheet",
    initial=SheetStatus.OPEN,
    terminal=frozenset({SheetStatus.SUBMITTED, SheetStatus.RECUSED}),
    moves=(
        Move(
            "hand_in",
            frozenset({SheetStatus.OPEN}),
            SheetStatus.SUBMITTED,
            permission="projects.score_application",
            label=_("Submit the score"),
            verb="projects.score_sheet.submitted",
            stamp="submitted",
            fields=("marks", "total", "comment"),
        ),
        Move(
            "recuse",
            frozenset({SheetStatus.OPEN}),
            SheetStatus.RECUSED,
            permission="projects.recuse_expert",
            label=_("Withdraw for a tie"),
            verb="projects.score_sheet.recused",
            stamp="submitted",
            needs_reason=True,
            fields=("marks", "total", "comment"),
            waits=False,
        ),
    ),
)

AWARD = Lifecycle(
    "projects.GrantAward",
    initial=AwardStatus.GRANTED,
    terminal=frozenset({AwardStatus.RENOUNCED, AwardStatus.REVOKED}),
    moves=(
        Move(
            "renounce",
            frozenset({AwardStatus.GRANTED}),
            AwardStatus.RENOUNCED,
            permission="projects.apply_for_grant",
            label=pgettext_lazy("award", "Renounce"),
            verb="projects.grant_award.renounced",
            stamp="ended",
            needs_reason=True,
            fields=("remark",),
            waits=False,
            event="projects.grant_award.renounced",
        ),
        Move(
            "revoke",
            frozenset({AwardStatus.GRANTED}),
            AwardStatus.REVOKED,
            permission="projects.award_grants",
            label=pgettext_lazy("award", "Revoke for breach, and propose a ban"),
            verb="projects.grant_award.revoked",
            stamp="ended",
            needs_reason=True,
            fields=("remark",),
            event="projects.grant_award.revoked",
        ),
        Move(
            "fall",
            frozenset({AwardStatus.GRANTED}),
            AwardStatus.REVOKED,
            permission=SYSTEM,
            label=pgettext_lazy("award", "Fall with the contract that was broken"),
            verb="projects.grant_award.fell",
            stamp="ended",
            needs_reason=True,
            fields=("remark",),
            event="projects.grant_award.revoked",
        ),
    ),
)
