"""What is written with every matter, whichever way it comes in; called by `consultation.matters.operations`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.policy.queries import value
from consultation.matters.intake.models import MatterIntake
from consultation.matters.intake.policy import PER_PHONE_DAY, grams_of
from governance.accounts.phones import PhoneInvalid, normalize_phone
from governance.accounts.queries import system_actor
from governance.accounts.secrets import keyed_hash
from governance.errors import Invalid, NotNow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from communities.people.models import Resident
    from communities.territory.models import Division
    from consultation.matters.intake.models import Visit
    from consultation.matters.models import Matter
    from governance.accounts.models import User


class TooManyFromOnePhone(NotNow):
    """One telephone number fills the inbox through a partner system."""

    code = "too_many_from_one_phone"
    message = _("From this telephone number %(limit)s matters have come in today. Please go on tomorrow.")


class ResidentFromElsewhere(Invalid):
    """The resident on the register lives in another community, or has moved away."""

    code = "resident_from_elsewhere"
    message = _("This resident is not on the register of %(place)s.")


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of a matter besides its words: whose it is on the register, out of which visit, what need."""

    resident: Resident | None = None
    visit: Visit | None = None
    need_field: str = ""
    is_hardship: bool = False


def phone_hash_of(contact: str) -> str:
    """Return the key of the mobile number that was left as contact; empty where it is none."""
    try:
        return keyed_hash(normalize_phone(contact)) if contact else ""
    except PhoneInvalid:
        return ""


def known_actor(matter: Matter, by: User) -> User:
    """Return who stands in the trail for having brought a matter in: of a tip-off nobody reads there who gave it."""
    return system_actor() if matter.is_tip else by


def check_origin(division: Division, origin: Origin) -> None:
    """Refuse a person who is not on the register of the place.

    Raises:
        ResidentFromElsewhere: the resident lives elsewhere.
    """
    who = origin.resident
    if who is not None and (who.division_id != division.pk or who.left_on is not None):
        raise ResidentFromElsewhere(field="resident", place=division)


def check_phone(contact: str, division: Division, now: dt.datetime) -> None:
    """Count what came from one telephone number today; two at once wait for each other, other numbers do not.

    Raises:
        TooManyFromOnePhone: it is enough for today.
    """
    key = phone_hash_of(contact)
    if not key:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('consultation.matter.phone'), hashtext(%s))", [key])
    today = timezone.localdate(now)
    limit = value(PER_PHONE_DAY, division, today)
    begins = timezone.make_aware(dt.datetime.combine(today, dt.time()), timezone.get_default_timezone())
    if MatterIntake.objects.filter(phone_hash=key, matter__raised_at__gte=begins).count() >= limit:
        raise TooManyFromOnePhone(limit=limit)


def fill_missing_intakes(*, matters: Iterable[Matter]) -> int:
    """Write the intake of matters that came in before intakes were kept; harmless when repeated, returns how many."""
    rows = [_intake_of(matter, Origin()) for matter in matters if not hasattr(matter, "intake")]
    return len(MatterIntake.objects.bulk_create(rows, ignore_conflicts=True))


def record_intake(matter: Matter, origin: Origin) -> MatterIntake:
    """Write how the matter came in, and what it is compared by."""
    row = _intake_of(matter, origin)
    row.save(force_insert=True)
    return row


def _intake_of(matter: Matter, origin: Origin) -> MatterIntake:
    return MatterIntake(
        matter=matter,
        grams=grams_of(f"{matter.title}\n{matter.text}"),
        need_field=origin.need_field,
        is_hardship=origin.is_hardship,
        resident=origin.resident,
        visit=origin.visit,
        phone_hash=phone_hash_of(str(matter.contact)),
    )
