"""What no ballot of a participatory budget could be held with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from consultation.ballots.policy import MOST_OPTIONS, MOST_POINTS, BallotMethod
from funds.budgeting import refusals
from funds.budgeting.policy import PER_MILLE

if TYPE_CHECKING:
    from funds.budgeting.models import BudgetRound


def check_marks(row: BudgetRound) -> None:
    """Refuse at once what no ballot could be held with."""
    most = MOST_POINTS if row.ballot_method == BallotMethod.POINTS else MOST_OPTIONS
    if not 1 <= row.most_choices <= most:
        reason = _("A voter marks between 1 and %(most)s.") % {"most": most}
        raise refusals.RoundUnfit(field="most_choices", reason=reason)
    if row.threshold_per_mille > PER_MILLE:
        reason = _("At most 1,000 of every 1,000 people on the roll can be asked for.")
        raise refusals.RoundUnfit(field="threshold_per_mille", reason=reason)
