"""The pages of the consultation floor that the story never opens, on a phone: elections and questionnaires.

In standard and large type, in Chinese and English, by everybody and by those who work there; axe looks at the Chinese ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings

from governance.accounts.models import User
from governance.calendar import clock
from governance.portal.frame import ELDER_COOKIE
from tests.browser.examine import CHINESE, ENGLISH, faults, session_cookie
from tests.consultation.elections.conftest import Story
from tests.factories.consultation_ballots import DAY, Place
from tests.factories.consultation_surveys import SurveyFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CODES = {CHINESE: "zh-hans", ENGLISH: "en"}


def looks() -> list[tuple[str, User | None]]:
    """Return addresses, each with somebody who looks at it."""
    story = Story(Place(clock.now() - 40 * DAY))
    done, _moment = story.announced()
    other = story.set_up("VILLAGERS_COMMITTEE", "松林村村民委员会", story.now.date() - dt.timedelta(days=400))
    listed = story.post(body=other)
    story.nominate(listed.posts.get(number=1), story.residents[0])
    place, staff, neighbor = story.place.division, story.place.staff, story.place.voters[0]
    until = clock.today() + dt.timedelta(days=9)
    running = SurveyFactory(division=place, walked="OPEN", closes_on=until).get_absolute_url()
    closed = SurveyFactory(division=place, walked="CLOSED", closes_on=until).get_absolute_url()
    everybody = [f"/divisions/{place.pk}/elections/", done.get_absolute_url(), listed.get_absolute_url(), closed]
    everybody += [f"/divisions/{place.pk}/surveys/", running, f"{running}slip/"]
    return [
        *((address, None) for address in everybody),
        *((address, staff) for address in everybody),
        (listed.get_absolute_url(), story.officer),
        (running, neighbor),
        *((f"{running}{name}", staff) for name in ("slips/", "paper/", "visit/", "words/")),
        (f"/divisions/{place.pk}/surveys/new/", staff),
    ]


def test_elections_and_questionnaires_are_fit_for_a_phone(live_server: Any, on_phone: Callable[..., Any]) -> None:
    found = looks()
    sessions = {
        person.pk: session_cookie(person, live_server.url)
        for person in {person for _address, person in found if person is not None}
    }

    def visit(page: Any) -> list[str]:
        wrong = []
        for address, person in found:
            for language, is_large in ((CHINESE, False), (CHINESE, True), (ENGLISH, False)):
                page.context.clear_cookies()
                said = {django_settings.LANGUAGE_COOKIE_NAME: CODES[language], ELDER_COOKIE: str(int(is_large))}
                cookies = [{"name": name, "value": value, "url": live_server.url} for name, value in said.items()]
                page.context.add_cookies([*cookies, *([sessions[person.pk]] if person else [])])
                answer = page.goto(live_server.url + address)
                if answer.ok:
                    wrong += faults(page, language, is_examined=language == CHINESE)
                else:
                    wrong.append(f"{address} answers {person} with {answer.status}")
        return wrong

    if wrong := on_phone(visit):
        pytest.fail("\n".join(wrong))
