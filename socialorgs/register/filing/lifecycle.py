"""How a community organization is filed with the street, and confirmed year by year."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

BASIS = "Opinions on Cultivating Community Social Organizations"


class FilingStatus(models.TextChoices):
    """Where a filing stands."""

    SUBMITTED = "SUBMITTED", pgettext_lazy("filing", "submitted")
    RECOMMENDED = "RECOMMENDED", _("recommended by the community")
    FILED = "FILED", pgettext_lazy("filing", "filed")
    RETURNED = "RETURNED", _("returned for correction")
    REFUSED = "REFUSED", pgettext_lazy("filing", "refused")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("filing", "withdrawn")


UNDER_WAY = frozenset({FilingStatus.SUBMITTED, FilingStatus.RECOMMENDED})

FILING = Lifecycle(
    "socialorgs.Filing",
    initial=FilingStatus.SUBMITTED,
    terminal=frozenset({FilingStatus.FILED, FilingStatus.REFUSED, FilingStatus.WITHDRAWN}),
    moves=(
        Move(
            "recommend",
            frozenset({FilingStatus.SUBMITTED}),
            FilingStatus.RECOMMENDED,
            permission="socialorgs.recommend_filing",
            label=_("Give the community's opinion"),
            verb="socialorgs.filing.recommended",
            basis=BASIS,
            stamp="recommended",
            apart_from=("submitted",),
            fields=("opinion",),
        ),
        Move(
            "file",
            frozenset({FilingStatus.RECOMMENDED}),
            FilingStatus.FILED,
            permission="socialorgs.file_filing",
            label=_("File it under a number"),
            verb="socialorgs.filing.filed",
            basis=BASIS,
            stamp="filed",
            apart_from=("submitted", "recommended"),
            fields=("number", "organization"),
            event="socialorgs.filing.filed",
        ),
        Move(
            "send_back",
            UNDER_WAY,
            FilingStatus.RETURNED,
            permission="socialorgs.check_filing",
            label=_("Return for correction"),
            verb="socialorgs.filing.returned",
            needs_reason=True,
            fields=("remark",),
            event="socialorgs.filing.returned",
        ),
        Move(
            "resubmit",
            frozenset({FilingStatus.RETURNED}),
            FilingStatus.SUBMITTED,
            permission="socialorgs.submit_filing",
            label=_("Submit again"),
            verb="socialorgs.filing.resubmitted",
            fields=(
                "name",
                "form",
                "service_class",
                "purpose",
                "activity_place",
                "head_name",
                "contact",
                "members",
                "rules_text",
                "remark",
            ),
        ),
        Move(
            "refuse",
            frozenset({FilingStatus.RECOMMENDED}),
            FilingStatus.REFUSED,
            permission="socialorgs.file_filing",
            label=_("Refuse the filing"),
            verb="socialorgs.filing.refused",
            needs_reason=True,
            fields=("remark",),
            event="socialorgs.filing.refused",
        ),
        Move(
            "withdraw",
            frozenset({FilingStatus.SUBMITTED, FilingStatus.RECOMMENDED, FilingStatus.RETURNED}),
            FilingStatus.WITHDRAWN,
            permission="socialorgs.submit_filing",
            label=_("Withdraw"),
            verb="socialorgs.filing.withdrawn",
            waits=False,
        ),
    ),
)


class ConfirmationStatus(models.TextChoices):
    """Where the confirmation of a year stands."""

    REPORTED = "REPORTED", _("reported")
    CONFIRMED = "CONFIRMED", pgettext_lazy("year", "confirmed")
    RETURNED = "RETURNED", _("returned for correction")


CONFIRMATION = Lifecycle(
    "socialorgs.FilingConfirmation",
    initial=ConfirmationStatus.REPORTED,
    terminal=frozenset({ConfirmationStatus.CONFIRMED, ConfirmationStatus.RETURNED}),
    moves=(
        Move(
            "confirm",
            frozenset({ConfirmationStatus.REPORTED}),
            ConfirmationStatus.CONFIRMED,
            permission="socialorgs.confirm_filed_organization",
            label=_("Confirm the filing for the year"),
            verb="socialorgs.filing_confirmation.confirmed",
            basis=BASIS,
            stamp="decided",
            apart_from=("reported",),
            event="socialorgs.filing_confirmation.confirmed",
        ),
        Move(
            "send_back",
            frozenset({ConfirmationStatus.REPORTED}),
            ConfirmationStatus.RETURNED,
            permission="socialorgs.confirm_filed_organization",
            label=_("Return for correction"),
            verb="socialorgs.filing_confirmation.returned",
            needs_reason=True,
            stamp="decided",
            fields=("remark",),
        ),
    ),
)
