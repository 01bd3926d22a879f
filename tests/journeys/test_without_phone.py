"""An old resident without a phone, an address or a log-in: a visit, a slip, a tablet in the community hall."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from consultation.ballots import operations as ballots
from consultation.ballots.models import RollEntry, Vote
from consultation.matters.intake.models import MatterSlip
from consultation.matters.models import Matter
from governance.calendar import clock
from tests.factories.consultation_ballots import HOUR, Place
from tests.people import sign_in

pytestmark = pytest.mark.django_db

NAME = "钟秀英"
SAID = {"title": "楼道灯不亮", "text": "三号楼二单元的楼道灯坏了一个月，晚上看不见台阶。"}


def test_somebody_without_phone_and_mail_is_heard_and_votes() -> None:
    cache.clear()
    place = Place(clock.now() - 2 * HOUR)
    place.populate(4)
    resident = place.resident(NAME, has_login=False, birth_on=dt.date(1944, 3, 5))
    worker, tablet = Client(), Client()
    sign_in(worker, place.staff)

    # At the door: the worker writes down what is said and leaves a slip.
    recorded = worker.post(
        reverse("consultation:matter-record", args=[place.division.pk]),
        {**SAID, "raised_for": NAME, "channel": "VISIT", "which": resident.pk},
    )
    matter, slip = Matter.objects.get(), MatterSlip.objects.get()
    assert recorded["Location"] == reverse("consultation:matter-slip", args=[matter.pk])

    # In the hall: the slip opens the matter on a tablet where nobody is signed in, and says no name.
    opened = tablet.post(reverse("consultation:matter-follow"), {"code": slip.code}, follow=True)
    assert opened.status_code == 200
    shown = opened.content.decode()
    assert matter.number in shown
    assert NAME not in shown
    assert SAID["text"] not in shown

    # The vote: a code on paper, the tablet in kiosk mode, once.
    ballot = place.open(method="SINGLE", options=[("加装扶手", ""), ("只更换感应灯", "")], question="楼梯怎样改造？")
    entry = RollEntry.objects.get(ballot=ballot, user=None)
    _printed, code = ballots.print_slip(by=place.staff, now=clock.now(), entry=entry)
    kiosk = reverse("consultation:ballot-kiosk", args=[ballot.pk])
    marks = tablet.post(kiosk, {"code": code, "turn": tablet.get(kiosk).context["turn"]})
    done = tablet.post(kiosk, {"code": code, "act": "cast", "choices": "2", "turn": marks.context["turn"]})
    again = tablet.post(kiosk, {"code": code, "turn": done.context["turn"]})

    vote = Vote.objects.get()
    assert (vote.entry, vote.channel, vote.choices) == (entry, "KIOSK", [2])
    assert (marks.status_code, done.status_code, again.status_code) == (200, 200, 409)
    assert vote.receipt in done.content.decode()
    assert "sessionid" not in tablet.cookies
