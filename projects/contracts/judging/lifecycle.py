"""How the remarks of a visit or a review are mended."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move


class ReviewStatus(models.TextChoices):
    """Where the remarks of a review stand."""

    OPEN = "OPEN", pgettext_lazy("review", "to be mended")
    ANSWERED = "ANSWERED", pgettext_lazy("review", "answered")
    SETTLED = "SETTLED", pgettext_lazy("review", "settled")


REVIEW = Lifecycle(
    "projects.ContractReview",
    initial=ReviewStatus.OPEN,
    terminal=frozenset({ReviewStatus.SETTLED}),
    also_begins=(ReviewStatus.SETTLED,),
    moves=(
        Move(
            "answer",
            frozenset({ReviewStatus.OPEN}),
            ReviewStatus.ANSWERED,
            permission="projects.act_for_implementer",
            label=_("Report what was mended"),
            verb="projects.review.answered",
            stamp="answered",
            fields=("answer",),
            event="projects.review.answered",
        ),
        Move(
            "settle",
            frozenset({ReviewStatus.ANSWERED}),
            ReviewStatus.SETTLED,
            permission="projects.review_contract",
            label=_("Confirm that it is mended"),
            verb="projects.review.settled",
            stamp="settled",
            apart_from=("answered",),
        ),
        Move(
            "return_answer",
            frozenset({ReviewStatus.ANSWERED}),
            ReviewStatus.OPEN,
            permission="projects.review_contract",
            label=_("Not mended yet"),
            verb="projects.review.returned",
            needs_reason=True,
        ),
    ),
)
