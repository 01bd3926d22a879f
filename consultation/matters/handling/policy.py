"""The clocks of the kinds of matters, and the days of everything that happens after a matter is in (pure)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole

CITIES = "Default of this platform, in the range of the cities' rules for 12345 work orders"
PETITIONS = "Regulations on the Handling of Petitions 2022"
OWN = "Default of this platform"

HOURS = "hours"
WORKING_DAYS = "working days"


def _due(kind: str, label: Any, default: int, unit: str = WORKING_DAYS) -> Any:
    return declare(f"matter.due.{kind}", label, unit=unit, read=whole, default=default, basis=CITIES)


DUE_OF_KIND: dict[str, Any] = {
    "CONSULTATION": _due("consultation", _("A question is answered within"), 3),
    "HELP": _due("help", _("A request for help is answered within"), 5),
    "SUGGESTION": _due("suggestion", _("A suggestion is answered within"), 5),
    "COMPLAINT": _due("complaint", _("A complaint is answered within"), 15),
    "REPORT": _due("report", _("A tip-off is answered within"), 15),
    "UTILITY": _due("utility", _("Water, power, gas or heat that is out is seen to within"), 24, HOURS),
    "DANGER": _due("danger", _("Danger to life or property is seen to within"), 2, HOURS),
}
"""Counted from the moment the matter came in; other kinds follow the clock of their class."""

CONTEST_DAYS = declare(
    "matter.contest_days",
    _("The street decides on a contested sorting within"),
    unit=WORKING_DAYS,
    read=whole,
    default=3,
    basis="Report on Pengshui: sorting in three ways",
)
DISPUTE_DAYS = declare(
    "matter.dispute_days",
    _("An office may dispute what was handed to it within"),
    unit=WORKING_DAYS,
    read=whole,
    default=1,
    basis=CITIES,
)
EXTENSION_DAYS = declare(
    "matter.extension_days",
    _("The answer to a matter is put off, once, by at most"),
    unit=WORKING_DAYS,
    read=whole,
    default=5,
    basis=CITIES,
)
PAUSE_DAYS = declare(
    "matter.pause_days",
    _("The clock of a matter rests for at most"),
    unit="days",
    read=whole,
    default=30,
    basis=OWN,
)
ESCALATE_DAYS = declare(
    "matter.escalate_days",
    _("A matter that is overdue goes on from the street to the district after"),
    unit=WORKING_DAYS,
    read=whole,
    default=3,
    basis=OWN,
)
ESCALATE_HOURS = declare(
    "matter.escalate_hours",
    _("A matter whose clock counts hours goes on from the street to the district after"),
    unit=HOURS,
    read=whole,
    default=2,
    basis=OWN,
)
FEEDBACK_DAYS = declare(
    "matter.feedback_days",
    _("While a matter is in hand the person is told how it stands every"),
    unit="days",
    read=whole,
    default=7,
    basis=OWN,
)
CALL_BACK_DAYS = declare(
    "matter.call_back_days",
    _("After a matter was closed without the person's word, the person is called within"),
    unit=WORKING_DAYS,
    read=whole,
    default=5,
    basis=CITIES,
)
ASK_AGAIN_DAYS = declare(
    "matter.ask_again_days",
    _("After a matter was closed, the person is asked whether it is still fixed after"),
    unit="days",
    read=whole,
    default=28,
    basis=OWN,
)
ASK_OPEN_DAYS = declare(
    "matter.ask_open_days",
    _("The question whether a matter is still fixed stays open for"),
    unit="days",
    read=whole,
    default=14,
    basis=OWN,
)

PETITION_TELL_DAYS = declare(
    "petition.tell_days",
    _("A petitioner is told whether the petition is taken up within"),
    unit="days",
    read=whole,
    default=15,
    basis=PETITIONS,
)
PETITION_FINISH_DAYS = declare(
    "petition.finish_days",
    _("A petition is finished within"),
    unit="days",
    read=whole,
    default=60,
    basis=PETITIONS,
)
PETITION_DISPUTE_DAYS = declare(
    "petition.dispute_days",
    _("An authority to which a petition was transferred may dispute it within"),
    unit=WORKING_DAYS,
    read=whole,
    default=5,
    basis=PETITIONS,
)
PETITION_EXTENSION_DAYS = declare(
    "petition.extension_days",
    _("A petition is put off with leave, once, by"),
    unit="days",
    read=whole,
    default=30,
    basis=PETITIONS,
)
PETITION_ASK_DAYS = declare(
    "petition.ask_days",
    _("A petitioner may ask for a review or a second review within"),
    unit="days",
    read=whole,
    default=30,
    basis=PETITIONS,
)
PETITION_REVIEW_DAYS = declare(
    "petition.review_days",
    _("A review or a second review of a petition is finished within"),
    unit="days",
    read=whole,
    default=30,
    basis=PETITIONS,
)

REMINDERS = (80, 50)
"""Percent of its time after which who handles a matter is reminded, the greater first; then it is overdue."""

SATISFIED = 4
"""From this mark of five on a person counts as satisfied."""
