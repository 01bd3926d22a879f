"""Taking the roll of a ballot: one statement for each kind of electorate, on the day of the freeze."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from communities.people.models import Resident
from consultation.ballots.models import RollSource
from consultation.ballots.rolls.models import OwnedUnit
from governance.errors import NotNow

if TYPE_CHECKING:
    from consultation.ballots.models import Ballot


class AddressesMissing(NotNow):
    """Households are told apart by their addresses."""

    code = "addresses_missing"
    message = _(
        "%(count)s confirmed adults have no address in the register, so that their households can't be counted. Enter "
        "the addresses first."
    )


# One address, however it was typed: without spaces, full-width signs read as half-width ones.
PLAIN_ADDRESS = r"lower(regexp_replace(normalize(address, NFKC), '\s', '', 'g'))"

# A resident who is moving may stand twice in the register on one day; a log-in votes once.
PERSONS = """
    SELECT DISTINCT ON (coalesce(user_id, -id)) {resident} AS resident_id, user_id, name, {label} AS label,
        NULL::integer AS area
    FROM ({people}) AS people ORDER BY coalesce(user_id, -id), id DESC
"""
# For each address one adult: one with a log-in before one without, then the eldest.
HOUSEHOLDS = """
    SELECT DISTINCT ON (division_id, {plain}) id AS resident_id, user_id, name, left(address, 200) AS label,
        NULL::integer AS area
    FROM ({people}) AS people ORDER BY division_id, {plain}, user_id IS NULL, birth_on, id
"""
# One owner of several units is one head, with the areas of all of them.
OWNERS = """
    SELECT NULL::bigint AS resident_id, max(user_id) AS user_id, min(owner_name) AS name,
        left(string_agg(label, ', ' ORDER BY label), 200) AS label, sum(round(area * 100))::integer AS area
    FROM ({people}) AS units GROUP BY owner_hash
"""

OF_PERSON = ("id", "user_id", "name", "address", "birth_on", "division_id")
PERSON_LABEL = "left(concat_ws(' · ', nullif(address, ''), extract(year FROM birth_on)::text), 200)"

INSERT = """
    INSERT INTO consultation_rollentry (ballot_id, number, resident_id, user_id, name, label, area)
    SELECT %s, row_number() OVER (ORDER BY gen_random_uuid()), resident_id, user_id, name, label, area
    FROM ({entitled}) AS entitled
"""


def take_roll(ballot: Ballot, day: dt.date) -> tuple[int, int | None]:
    """Insert the roll by one statement, numbered in random order so that a number says nothing of its person.

    Returns how many are entitled, and the floor area of all of them where owners vote.

    Raises:
        AddressesMissing: households vote and somebody has no address.
    """
    statement, parameters = _entitled(ballot, day)
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(entitled=statement), [ballot.pk, *parameters])
        entitled = int(cursor.rowcount)
        if ballot.roll_source != RollSource.OWNERS:
            return entitled, None
        cursor.execute("SELECT sum(area) FROM consultation_rollentry WHERE ballot_id = %s", [ballot.pk])
        area = cursor.fetchone()[0]
    return entitled, int(area or 0)


def _entitled(ballot: Ballot, day: dt.date) -> tuple[str, Any]:
    if ballot.body is not None:
        members = ballot.body.memberships.voting_on(day).values_list("id", "user_id", "name")
        people, parameters = members.query.sql_with_params()
        return PERSONS.format(resident="NULL::bigint", label="''::text", people=people), parameters
    if ballot.roll_source == RollSource.VOTERS:
        return _listed(ballot)
    path = ballot.division.path
    if ballot.roll_source == RollSource.OWNERS:
        units = OwnedUnit.objects.counted_on(day).filter(division__path__startswith=path)
        columns = ("user_id", "owner_hash", "owner_name", "label", "area")
        people, parameters = units.values_list(*columns).query.sql_with_params()
        return OWNERS.format(people=people), parameters
    here = Resident.objects.on_rolls(day).filter(division__path__startswith=path)
    people, parameters = here.values_list(*OF_PERSON).query.sql_with_params()
    if ballot.roll_source == RollSource.HOUSEHOLDS:
        if missing := here.filter(address__regex=r"^\s*$").count():
            raise AddressesMissing(count=missing)
        return HOUSEHOLDS.format(plain=PLAIN_ADDRESS, people=people), parameters
    return PERSONS.format(resident="id", label=PERSON_LABEL, people=people), parameters


def _listed(ballot: Ballot) -> tuple[str, Any]:
    """Return the voters who stand on the ballot's list, whatever the register says of them by now."""
    standing = Resident.objects.filter(listings__voter_list__ballots__ballot=ballot, listings__struck_at=None)
    people, parameters = standing.values_list(*OF_PERSON).query.sql_with_params()
    return PERSONS.format(resident="id", label=PERSON_LABEL, people=people), parameters
