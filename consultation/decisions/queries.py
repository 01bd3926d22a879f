"""What the residents say of results, counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from consultation.ballots.queries import percent_of
from consultation.decisions.lifecycle import DECISION
from consultation.decisions.models import ResultVerdict, Verdict
from governance.audit.models import AuditEntry

if TYPE_CHECKING:
    from decimal import Decimal

    from consultation.decisions.models import Decision


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How many residents said what of one report."""

    done: int = 0
    partly: int = 0
    not_done: int = 0

    @property
    def answered(self) -> int:
        """How many have answered."""
        return self.done + self.partly + self.not_done

    def lines(self) -> list[tuple[str, int, Decimal]]:
        """The answers by name with their shares in percent, for a picture and its table."""
        counts = ((Verdict.DONE, self.done), (Verdict.PARTLY, self.partly), (Verdict.NOT_DONE, self.not_done))
        return [(str(verdict.label), count, percent_of(count, self.answered)) for verdict, count in counts]


def why_given_back(decision: Decision) -> str:
    """Return why the last result was given back, as it stands in the trail; one query."""
    verbs = [DECISION.by_name[name].verb for name in ("return_result", "take_back_result")]
    rows = AuditEntry.objects.filter(
        object_label=decision._meta.label, object_key=str(decision.pk), verb__in=verbs
    ).order_by("-pk")
    return rows.values_list("reason", flat=True).first() or ""


def verdicts_of(decision: Decision) -> Verdicts:
    """Return what was said of the report that is or was shown last; one query."""
    if decision.result_notice_id is None:
        return Verdicts()
    rows = ResultVerdict.objects.filter(notice=decision.result_notice_id).values_list("verdict").annotate(Count("pk"))
    found = dict(rows)
    return Verdicts(found.get(Verdict.DONE, 0), found.get(Verdict.PARTLY, 0), found.get(Verdict.NOT_DONE, 0))
