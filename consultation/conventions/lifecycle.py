"""How a version of a convention (居民公约、村规民约) comes into force and goes out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from consultation.ballots.models import Ballot
    from consultation.conventions.models import ConventionVersion

LAWS = "Organic Law of Urban Residents' Committees art. 15; Organic Law of Villagers' Committees art. 27"


class VersionStatus(models.TextChoices):
    """Where a version stands."""

    DRAFT = "DRAFT", _("drafted")
    CHECKED = "CHECKED", _("checked against the law")
    ANNOUNCED = "ANNOUNCED", _("shown to the residents")
    ADOPTED = "ADOPTED", _("passed, waits for filing")
    FILED = "FILED", _("passed and filed")
    CORRECTED = "CORRECTED", _("ordered to be corrected")
    SUPERSEDED = "SUPERSEDED", _("replaced by a later version")
    REPEALED = "REPEALED", _("repealed")
    DROPPED = "DROPPED", pgettext_lazy("convention", "given up")


IN_FORCE = (VersionStatus.ADOPTED, VersionStatus.FILED)
"""The residents' vote puts a version into force; the filing does not wait for it."""


def notice_has_closed(version: ConventionVersion) -> StrOrPromise | None:
    """Hold the vote back until the residents had their days, and every objection its answer."""
    notice = version.notice
    if notice is None or notice.closed_at is None:
        return _("The draft is still shown to the residents. They vote on it when its notice has closed.")
    if notice.objections.filter(outcome="UPHELD").exists():
        return _("An objection to the draft was upheld. Give this version up and draft a new one.")
    return None


def _passed(ballot: Ballot | None) -> StrOrPromise | None:
    if ballot is None:
        return _("The residents have not voted on it. Put it to the vote.")
    if ballot.status != "PUBLISHED":
        return _("The vote “%(question)s” has no published result yet.") % {"question": ballot.question}
    if not ballot.result.is_passed:
        return _("The vote “%(question)s” did not pass.") % {"question": ballot.question}
    return None


def vote_has_passed(version: ConventionVersion) -> StrOrPromise | None:
    """Hold the adoption back until the residents have passed this text."""
    return notice_has_closed(version) or _passed(version.ballot)


def repeal_has_passed(version: ConventionVersion) -> StrOrPromise | None:
    """Let what the residents' vote has made be ended by their vote only."""
    return _passed(version.repealing_ballot)


VERSION = Lifecycle(
    "consultation.ConventionVersion",
    initial=VersionStatus.DRAFT,
    terminal=frozenset(
        {VersionStatus.CORRECTED, VersionStatus.SUPERSEDED, VersionStatus.REPEALED, VersionStatus.DROPPED}
    ),
    moves=(
        Move(
            "pass_check",
            frozenset({VersionStatus.DRAFT}),
            VersionStatus.CHECKED,
            permission="consultation.check_convention",
            label=_("Confirm the legal check"),
            verb="consultation.convention.checked",
            basis=LAWS,
            stamp="checked",
            apart_from=("drafted",),
            fields=("check_opinion",),
            event="consultation.convention.checked",
        ),
        Move(
            "return_draft",
            frozenset({VersionStatus.CHECKED}),
            VersionStatus.DRAFT,
            permission="consultation.check_convention",
            label=_("Return to the drafters"),
            verb="consultation.convention.returned",
            needs_reason=True,
            waits=False,
        ),
        Move(
            "announce",
            frozenset({VersionStatus.CHECKED}),
            VersionStatus.ANNOUNCED,
            permission="consultation.manage_convention",
            label=_("Show the draft to the residents"),
            verb="consultation.convention.announced",
            basis=LAWS,
            stamp="announced",
            fields=("notice",),
            event="consultation.convention.announced",
        ),
        Move(
            "adopt",
            frozenset({VersionStatus.ANNOUNCED}),
            VersionStatus.ADOPTED,
            permission="consultation.manage_convention",
            label=_("Adopt by the residents' vote"),
            verb="consultation.convention.adopted",
            basis=LAWS,
            stamp="adopted",
            guard=vote_has_passed,
            fields=("effective_on", "filing_due_on"),
            event="consultation.convention.adopted",
        ),
        Move(
            "file",
            frozenset({VersionStatus.ADOPTED}),
            VersionStatus.FILED,
            permission="consultation.file_convention",
            label=_("Take into the file"),
            verb="consultation.convention.filed",
            basis=LAWS,
            stamp="filed",
            apart_from=("adopted",),
            fields=("filing_number",),
            event="consultation.convention.filed",
        ),
        Move(
            "order_correction",
            frozenset({VersionStatus.ADOPTED, VersionStatus.FILED}),
            VersionStatus.CORRECTED,
            permission="consultation.file_convention",
            label=_("Order a correction"),
            verb="consultation.convention.corrected",
            basis=LAWS,
            stamp="ended",
            needs_reason=True,
            fields=("end_reason",),
            event="consultation.convention.corrected",
            waits=False,
        ),
        Move(
            "supersede",
            frozenset({VersionStatus.ADOPTED, VersionStatus.FILED}),
            VersionStatus.SUPERSEDED,
            permission=SYSTEM,
            label=_("Replace by a later version"),
            verb="consultation.convention.superseded",
            stamp="ended",
            fields=("end_reason",),
        ),
        Move(
            "repeal",
            frozenset({VersionStatus.ADOPTED, VersionStatus.FILED}),
            VersionStatus.REPEALED,
            permission="consultation.manage_convention",
            label=_("Repeal by the residents' vote"),
            verb="consultation.convention.repealed",
            basis=LAWS,
            stamp="ended",
            guard=repeal_has_passed,
            needs_reason=True,
            fields=("end_reason",),
            event="consultation.convention.repealed",
            waits=False,
        ),
        Move(
            "drop",
            frozenset({VersionStatus.DRAFT, VersionStatus.CHECKED, VersionStatus.ANNOUNCED}),
            VersionStatus.DROPPED,
            permission="consultation.manage_convention",
            label=_("Give up"),
            verb="consultation.convention.dropped",
            stamp="ended",
            needs_reason=True,
            fields=("end_reason",),
            waits=False,
        ),
    ),
)
