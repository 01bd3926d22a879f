"""The demonstration's topic that is talked about now: raised by a resident, two camps, a draft, answers, a digest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.test import Client

from consultation.topics.following.models import Digest, DigestMessage
from consultation.topics.models import Topic
from consultation.topics.needs.models import CommonNeed
from consultation.topics.statements.queries import results_of
from governance.calendar import clock
from governance.portal.demonstration import loop, steps, talking
from governance.portal.demonstration.steps import Scene

pytestmark = pytest.mark.django_db


def test_where_to_charge_electric_bikes() -> None:
    scene = Scene(now=clock.now())
    for step in (
        steps.open_district,
        steps.open_calendar,
        steps.publish_rules,
        steps.seat_officials,
        steps.register_residents,
        lambda scene: loop.neighbours(scene.ago(150)),
        talking.talk,
        talking.talk,
    ):
        step(scene)

    topic = Topic.objects.get(title=talking.TITLE)
    found = results_of(topic, scene.now)
    assert found is not None
    assert (topic.status, topic.list_item_name) == ("DELIBERATED", "停车、宠物与公共秩序")
    assert (found.picture.people, len(found.groups)) == (26, 2)
    assert {line.text for line in found.dividing} >= {talking.STATEMENTS[2][0], talking.STATEMENTS[3][0]}
    assert talking.STATEMENTS[0][0] in {line.text for line in found.uniting}
    assert Topic.objects.get(title=talking.WAITING).status == "RAISED"
    assert CommonNeed.objects.get().bundled.count() == 2
    digest = Digest.objects.get()
    assert DigestMessage.objects.filter(digest=digest).count() == 3
    client = Client()
    document = topic.texts.get()
    pages = (
        topic.get_absolute_url(),
        f"{topic.get_absolute_url()}statements/",
        document.get_absolute_url(),
        digest.get_absolute_url(),
        f"/divisions/{topic.division_id}/topics/",
    )
    for number, path in enumerate(pages):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert len(answer.content) < 80_000
        if folder := os.environ.get("KEEP_PAGES"):
            Path(folder, f"{number}.html").write_bytes(answer.content)
