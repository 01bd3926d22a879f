"""An incubated group from its application to the register, over HTTP alone: each by the links and buttons they see.

Only the park stands already. Two groups apply, one comes in; it is planned for, reviewed, kept longer because it has
finished no project, filed by its community and its street, let go with success, and registered a little later.
"""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from governance.accounts.models import User
from governance.calendar import clock
from socialorgs.incubation.models import Incubator
from socialorgs.register.models import SocialOrganization
from tests.journeys.walking import Person
from tests.people import desk_client, sign_in
from tests.socialorgs.incubation.conftest import park, people
from tests.socialorgs.register.test_filing import CHOIR

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
__all__ = ["park", "people"]

GROUP, OTHER = "银发互助小组", "夜跑小组"
ENTRY = {"need": "20", "team": "20", "plan": "25", "benefit": "15"}
EXIT = {"projects": "25", "finances": "20", "governance": "20", "party": "15"}
KEPT = {"has_finances": ["on"], "has_party_work": ["on"]}
CODE = "52510302MJQ000015F"


def signed_in(user: User) -> Person:
    person = Person(name=user.display_name)
    sign_in(person.client, user)
    return person


def day(ahead: int) -> str:
    return str(clock.today() + dt.timedelta(days=ahead))


def applied(person: Person, park: Incubator, name: str) -> str:
    """Go from the directory to the park and apply; return the address of the stay."""
    person.go("/organizations/").follow("Incubation").follow(park.name).follow("Apply for a stay")
    person.press("Submit", kind="GROUP", name=name, idea="低龄老人照护高龄老人。").sees(name)
    return person.path


def test_a_group_goes_from_its_application_to_the_register(people: SimpleNamespace, park: Incubator) -> None:
    head, neighbor = signed_in(people.resident), signed_in(people.neighbor_resident)
    operator, district = signed_in(people.operator), signed_in(people.district_officer)

    # Two groups apply; the one that falls short is refused with the reason.
    stay, other = applied(head, park, GROUP), applied(neighbor, park, OTHER)
    neighbor.go(stay, status=404)
    operator.go(other).press("Score it and propose it", **{**ENTRY, "plan": "4"})
    district.go(other).press("Admit it into the shell", place="201", refused="at least 60 are needed")
    district.go(other).press("Refuse the application", reason="计划不具体")
    neighbor.go(other).sees("计划不具体")

    # The operator scores, the district gives a room; nobody does both.
    operator.go(stay).press("Score it and propose it", **ENTRY)
    assert not operator.offers("Admit it into the shell")
    assert not head.go(stay).offers("Admit it into the shell")
    district.go(stay).press("Admit it into the shell", place="201")

    # Planned, warmed, reviewed; everybody reads on the board who is in which shell.
    assert not operator.go(stay).offers("Begin to warm it")
    operator.press("Plan what it is to learn", title="建账", due_on=day(60)).press("Begin to warm it")
    operator.press("Enter what is done", item="建账", evidence="账簿一本。")
    operator.press("Enter a review", held_on=day(0), verdict="ON_TRACK", findings="按计划进行。")
    Person().go(park.get_absolute_url()).sees("warmed in the shell", GROUP)

    # It has finished no project: it stays longer and is warmed again.
    operator.go(stay).press("Score it for leaving", projects_done="0", **EXIT, **KEPT)
    district.go(stay).press("Let it leave with success", refused="it has finished too few projects")
    district.go(stay).press("Extend the stay", due_on=day(5000), reason="完成首个项目", refused="at most 24 months")
    district.go(stay).press("Extend the stay", due_on=day(500), reason="完成首个项目")

    organization = filed(people, head, stay)

    # Now nothing is missing, and the register knows it.
    operator.go(stay).press("Score it for leaving", projects_done="1", **EXIT, **KEPT)
    district.go(stay).press("Let it leave with success")
    assert "left with success" in head.go(stay).badges()
    head.follow(GROUP).sees(str(organization.filing_number))
    head.go("/my/organizations/").sees(GROUP)
    Person().go(park.get_absolute_url()).sees("Left with success / admitted 1 / 1", "leaving the shell 0", GROUP)

    # Later the registrar registers it: the same entry, with its code.
    desk = Person(desk_client(people.street_reviewer))
    desk.go(f"/desk/socialorgs/socialorganization/{organization.pk}/deeds/upgrade/")
    registered: dict[str, Any] = {"organization_type": "SOCIAL_SERVICE_AGENCY", "registrar": "自流井区民政局"}
    desk.press("Record its registration", **registered, credit_code=CODE[:-1] + "0", refused="last character")
    desk.press("Record its registration", **registered, credit_code=CODE, capital="30000")
    Person().go("/organizations/?standing=REGISTERED").follow(GROUP).sees(CODE, "registered")


def filed(people: SimpleNamespace, head: Person, stay: str) -> SocialOrganization:
    """Ask from the stay to be filed; the community recommends, the street gives the number."""
    said = {**CHOIR.plain(), "name": GROUP}
    head.go(stay).follow("Ask that the group be filed")
    head.press("Submit", **{**said, "members": "王小明"}, refused="members")
    head.press("Submit", **said)
    filing = head.path
    signed_in(people.neighbor_resident).go(filing, status=404)
    staff, street = signed_in(people.community_staff), signed_in(people.street_reviewer)
    staff.go(filing).press("Give the community's opinion", opinion="情况属实，同意备案。")
    assert not staff.offers("File it under a number")
    street.go(filing).press("File it under a number").follow("Its page in the register").sees(GROUP, "filed")
    return SocialOrganization.objects.get(name=GROUP)
