"""The whole loop as people live through it: from a resident's matter to the published account, over HTTP alone.

Residents, staff, the committee, the organization and a partner system use the pages, the desk and the API; days pass by
the demonstration's button, and the worker's queues are emptied after each. Only the district as it stood before is made
by the demonstration's own first steps.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

import funds.ledger.tasks
import governance.indicators.tasks
import governance.jobs.tasks
import governance.outbox.tasks
import governance.partners.tasks
import projects.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
from governance.accounts.masking import mask_name
from governance.accounts.models import User
from governance.calendar import clock
from governance.portal.demonstration import data, loop, money, steps
from governance.portal.demonstration.steps import Scene
from tests.consultation.pictures import photo, place_of
from tests.journeys.walking import Person
from tests.people import session_client, sign_in
from tests.receiver import Receiver, receiving

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

HOME = "檀木林社区居民委员会"
SPEAKER = next((phone, name) for phone, name, code in data.RESIDENTS if code == loop.COMMUNITY)
MANAGER = ("13990040001", "宋晓梅")
EXPERT = ("13990050001", "顾明远")
SECRETARY = ("13990050101", "龙书琴")
TITLE = "楼梯扶手和感应灯"
ORGANIZATION = "自贡市自流井区邻里照护服务中心"
INVITED = 36
ON_PAGES = 6
"""So many of the many vote and answer on the pages, the others through the API."""
MARKS = ((5, 5, 4, 5), (5, 4, 4, 4), (4, 4, 5, 5), (5, 5, 5, 5), (4, 3, 4, 4), (5, 4, 5, 5), (3, 4, 3, 3))


def day(ahead: int = 0) -> str:
    """Return a day so many days from the demonstration's today."""
    return str(clock.today() + dt.timedelta(days=ahead))


def midnight(ahead: int) -> str:
    """Return the beginning of such a day as the browser's control writes it."""
    return f"{day(ahead)}T00:00"


def wake() -> None:
    """Do what the worker does every few seconds, until its queues are empty."""
    while governance.jobs.tasks.run_due():
        pass
    while governance.outbox.tasks.relay():
        pass
    governance.partners.tasks.deliver()


@dataclass
class Story:
    """The people of the story and the addresses that they leave to one another."""

    people: dict[str, Person] = field(default_factory=dict)
    at: dict[str, str] = field(default_factory=dict)
    partner: APIClient = field(default_factory=APIClient)

    def __getitem__(self, name: str) -> Person:
        """Return somebody, who signs in on the first day that they are needed."""
        if name not in self.people:
            self.people[name] = staff_at_the_desk(name)
        return self.people[name]

    def neighbor(self, number: int) -> Person:
        """Return a neighbor by the place in the list of those who have a phone."""
        name = loop.NEIGHBOURS[number]
        if name not in self.people:
            self.people[name] = signed_in(User.objects.get(display_name=name))
        return self.people[name]

    def pass_days(self, count: int) -> None:
        """Let days pass by the button on the page, which does what a day brings; the worker does the rest."""
        passer_by = Person().go("/answers/")
        for _day in range(count):
            passer_by.press("Next day")
            wake()

    def pass_until(self, address: str, words: str, most: int = 30) -> None:
        """Let days pass until the page of this address says so to everybody."""
        for _day in range(most):
            self.pass_days(1)
            if words in Person().go(address).badges():
                return
        pytest.fail(f"{address} does not say “{words}” after {most} days")


def signed_in(user: User) -> Person:
    """Return somebody whose browser is signed in; how one signs in is told by those who come first."""
    person = Person(name=user.display_name)
    sign_in(person.client, user)
    return person


def resident_by_phone(phone: str) -> Person:
    """Sign in with a phone and the code that the demonstration shows in place of the message."""
    person = Person(name=phone).go("/account/").press("Send me a code", phone=phone)
    return person.press("Continue", code=code_for(person))


def newcomer(phone: str, name: str) -> Person:
    """Register with a phone, as people do whom the district does not know yet."""
    person = Person(name=name).go("/account/").follow("Register with your mobile number")
    person.press("Register", phone=phone, display_name=name, is_agreed=["on"])
    return person.press("Continue", code=code_for(person))


def staff_at_the_desk(name: str) -> Person:
    """Sign in with password and a second factor that is set up on the way."""
    person = Person(name=name).go("/desk/").press("Sign in", login=name, password=data.PASSWORD)
    return person.press("Switch on", code=code_for(person))


def code_for(person: Person) -> str:
    """Return the code that the demonstration shows in place of a phone."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", person.page.text)
    assert found, person.page.text
    return found[0]


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


@pytest.fixture
def story(settings: Any, tmp_path: Path) -> Story:
    """The district before the story: its places, rules, officials, funds with money in them, and the neighbors."""
    settings.DEMONSTRATION, settings.SMS_BACKEND = True, "governance.accounts.sms.show"
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    scene = Scene(now=clock.now())
    for step in (
        steps.open_district,
        steps.open_calendar,
        steps.publish_rules,
        steps.seat_officials,
        steps.register_residents,
    ):
        step(scene)
    money.open_charity(scene.ago(180))
    money.open_funds(scene.ago(180))
    money.receive_donations(scene.ago(160))
    loop.neighbours(scene.ago(150))
    return Story()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def test_the_loop_is_closed_once(story: Story, receiver: Receiver, tmp_path: Path) -> None:
    a_matter_is_raised_and_sorted(story)
    a_topic_is_deliberated(story)
    a_ballot_is_held(story, tmp_path)
    a_decision_becomes_final(story)
    the_fund_holds_the_money(story)
    an_organization_gets_the_contract(story)
    volunteers_serve(story)
    a_partner_asks_to_be_told(story, receiver)
    the_work_is_accepted(story)
    three_parties_judge(story)
    the_partner_has_heard(story, receiver)
    everybody_sees_the_whole_way(story)
    nothing_hangs_on_nothing(story)


# --- 1. The matter -------------------------------------------------------------------------------------------------


def a_matter_is_raised_and_sorted(story: Story) -> None:
    """A resident signs in by phone and raises a matter with a photo that tells its place; staff sort it."""
    speaker = story.people["speaker"] = resident_by_phone(SPEAKER[0])
    speaker.go("/").press("Search", q=HOME[:3]).follow(HOME)
    story.at["home"] = speaker.path
    taken = photo()
    assert place_of(taken)
    speaker.follow("Raise a matter")
    speaker.press(
        "Send",
        title=loop.MATTER_TITLE,
        text="12栋住的大多是老人，联系 13812345678。",
        place="12栋一单元楼梯间",
        refused="mobile number in line 1",
    )
    speaker.press(
        "Send",
        text="12栋住的大多是老人，楼梯没有扶手，三楼以上的感应灯坏了半年，上个月有邻居摔倒。",
        photos=upload("楼梯.jpg", taken),
    )
    story.at["matter"] = speaker.path
    speaker.hears("Your matter has been recorded").sees(loop.MATTER_TITLE, "12栋一单元楼梯间")
    kept = speaker.file(next(href for href, _text in speaker.page.links if "/photos/" in href))
    assert (place_of(kept), place_of(taken) != {}) == ({}, True)
    Person().go(story.at["matter"], status=404)

    staff = story["staff-tanmulin"].go(story.at["matter"])
    staff.press(
        "Sort",
        sorting="SMALL:DELIBERATION",
        reason="属于本社区公共设施的小修小改，由居民共同商量决定。",
        summary="12栋楼梯没有扶手、感应灯损坏，老人出行不便。",
    )
    speaker.go(story.at["matter"]).sees("属于本社区公共设施的小修小改")
    Person().go(story.at["matter"]).sees("老人出行不便").misses(SPEAKER[1], "上个月有邻居摔倒")


# --- 2. The topic --------------------------------------------------------------------------------------------------


def a_topic_is_deliberated(story: Story) -> None:
    """Staff prepare the topic from the matter, announce it, and neighbors say what they think once its notice is over."""
    staff = story["staff-tanmulin"].go(story.at["matter"]).follow("Prepare a topic from it")
    staff.press(
        "Save",
        title=loop.TOPIC_TITLE,
        text="12栋至15栋共四栋、八个单元，没有电梯。请大家说说要不要装扶手、换灯，怎样装、谁来管。",
        affected="12栋至15栋全体住户",
        discussion_opens_at=midnight(10),
        discussion_closes_at=midnight(14),
        vote_opens_at=midnight(15),
        vote_closes_at=midnight(22),
    )
    staff.follow(loop.TOPIC_TITLE)
    story.at["topic"] = staff.address("/topics/")
    Person().go(story.at["topic"], status=404)
    staff.go(story.at["topic"]).press("Announce")
    speaker = story.people["speaker"].go(story.at["topic"]).sees("announced")
    assert not speaker.offers("Give this opinion")
    speaker.go(story.at["matter"]).follow(loop.TOPIC_TITLE)

    story.pass_days(10)
    said = (
        (0, "我家老伴腿不好，每天上下五楼都提心吊胆，请尽快装扶手。", "FOR"),
        (1, "扶手要装双侧的，转角处也不能断。", "FOR"),
        (2, "先把灯修好，扶手可以明年再说，钱要省着用。", "AGAINST"),
        (3, "装好以后谁来维护？建议写进居民公约。", "NEUTRAL"),
    )
    for number, text, stance in said:
        story.neighbor(number).go(story.at["topic"]).press("Give this opinion", text=text, stance=stance)
    story.neighbor(5).go(story.at["topic"]).press("I find this convincing", refused="")
    visitor = Person().go(story.at["topic"]).sees(*(text for _number, text, _stance in said))
    visitor.misses(*loop.NEIGHBOURS[:4]).sees("张*珍")


# --- 3. The ballot -------------------------------------------------------------------------------------------------


def a_ballot_is_held(story: Story, tmp_path: Path) -> None:
    """Options and roll are frozen, neighbors vote by page and one on paper; anybody counts again."""
    staff, second = story["staff-tanmulin"], story["staff2-tanmulin"]
    staff.add("/desk/consultation/ballot/")
    opens, closes = midnight(5).split("T"), midnight(12).split("T")
    staff.press(
        "Save",
        division=HOME,
        topic=loop.TOPIC_TITLE,
        question=loop.QUESTION,
        rule_key="council_default",
        method="SINGLE",
        options="\n".join(f"{title}｜{text}" for title, text in loop.OPTIONS),
        opens_at_0=opens[0],
        opens_at_1=opens[1],
        closes_at_0=closes[0],
        closes_at_1=closes[1],
    )
    story.at["ballot"] = staff.go(story.at["topic"]).address("/ballots/")
    Person().go(story.at["ballot"], status=404)
    staff.go(story.at["ballot"]).press("Freeze roll and options")
    staff.misses("Count")
    frozen = staff.file(staff.link("What was frozen, as a file"))
    fingerprint = hashlib.sha256(frozen).hexdigest()
    staff.sees(":".join(fingerprint[start : start + 8] for start in range(0, 64, 8)))
    early = story.neighbor(0).go(story.at["ballot"])
    assert "Vote now" not in [text for _href, text in early.page.links]

    story.pass_days(5)
    receipts = {vote(story, number, choice) for number, choice in enumerate(loop.VOTES)}
    assert len(receipts) == len(loop.VOTES)
    story.neighbor(0).go(story.at["ballot"]).follow("Show my receipt").misses("Cast my vote")
    undecided = story.neighbor(len(loop.VOTES)).go(story.at["ballot"]).follow("Vote now")
    undecided.press("Only save my marks", choices="2").hears("You have not voted yet")
    Person().go(story.at["ballot"]).sees("28 of 35 entitled persons have voted").misses("Result")
    Person().go(story.at["ballot"] + "ballot.jsonl", status=409)
    vote_on_paper(story, staff, second)

    story.pass_days(7)
    story.neighbor(29).go(story.at["ballot"] + "vote/").sees("Voting is not possible now")
    staff.go(story.at["ballot"]).press("Count").misses("Result")
    assert not staff.offers("Publish the result")
    second.go(story.at["ballot"]).press("Publish the result")
    recount(story, fingerprint, tmp_path)


def vote(story: Story, number: int, choice: int) -> str:
    """Let a neighbor vote, most of them by an app of their own, and return the receipt."""
    if number >= ON_PAGES:
        user = User.objects.get(display_name=loop.NEIGHBOURS[number])
        cast = session_client(user).post(f"/api/v1{story.at['ballot']}cast", {"choices": [choice]}, format="json")
        return str(cast.json()["receipt"])
    neighbor = story.neighbor(number).go(story.at["ballot"]).follow("Vote now")
    neighbor.press("Cast my vote", choices=str(choice)).hears("Your vote has been cast")
    receipt = re.search(r"Receipt (\S+)", neighbor.page.text)
    assert receipt, neighbor.page.text
    return receipt[1]


def vote_on_paper(story: Story, staff: Person, second: Person) -> None:
    """A neighbor without a phone votes at the counter; two persons read the sheet, the second without seeing the first."""
    staff.go(f"/desk/consultation/rollentry/?q={loop.NEIGHBOURS[-1]}")
    number = re.search(r"(\d+) " + re.escape(mask_name(loop.NEIGHBOURS[-1])), staff.page.text)
    assert number, staff.page.text
    staff.add("/desk/consultation/papervote/")
    staff.press("Save", ballot=loop.QUESTION, number=number[1], serial_number="ZP-0001", marks="1")
    staff.go("/desk/consultation/papervote/").follow("ZP-0001")
    assert "Check the sheet …" not in [text for _href, text in staff.page.links]
    second.go("/desk/consultation/papervote/").follow("ZP-0001").follow("Check the sheet …")
    second.press("Check the sheet", marks="2", refused="do not agree").press("Check the sheet", marks="1")
    second.hears("The vote has been cast")


def recount(story: Story, fingerprint: str, tmp_path: Path) -> None:
    """Anybody downloads the recount file and the program from the ballot's page, and counts again."""
    visitor = Person().go(story.at["ballot"]).sees("29")
    content = visitor.file(visitor.link("All votes by number on the roll, as a file"))
    (tmp_path / "ballot.jsonl").write_bytes(content)
    program = visitor.file(visitor.link("The program that counts the file again (Python)"))
    (tmp_path / "verify_ballot.py").write_bytes(program)
    digest = hashlib.sha256(content).hexdigest()
    visitor.sees(":".join(digest[start : start + 8] for start in range(0, 64, 8)))
    ran = subprocess.run(
        [sys.executable, "-I", "verify_ballot.py", "ballot.jsonl", "--fingerprint", fingerprint, "--sha256", digest],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert not any(name in content.decode() for name in loop.NEIGHBOURS)


# --- 4. The decision -----------------------------------------------------------------------------------------------


def a_decision_becomes_final(story: Story) -> None:
    """The decision is posted; a neighbor objects on its notice and is answered; the clock makes it final."""
    staff, second = story["staff-tanmulin"], story["staff2-tanmulin"]
    staff.add("/desk/consultation/decision/")
    staff.press(
        "Save",
        ballot=loop.QUESTION,
        text="12栋至15栋楼梯加装双侧扶手96米、更换感应灯48盏，费用不超过24000元，向檀木林社区基金申请。",
        cost_estimate="24000",
    )
    story.at["decision"] = staff.go(story.at["topic"]).address("/decisions/")
    staff.go(story.at["decision"]).press("Post for objections")
    story.at["decision number"] = re.findall(r"JD\d{4}-\d{6}", staff.page.text)[0]
    notice = staff.address("/notices/")
    objector = story.neighbor(2).go(story.at["decision"]).go(notice)
    objector.press("Raise an objection", text="请说明为什么不先比价就定预算。")
    second.go(notice).press(
        "Answer", outcome="REJECTED", reply="24000元是上限，签约前将取得三家报价并公布，多出的钱退回基金。"
    )
    objector.go(notice).sees("签约前将取得三家报价并公布")
    Person().go(notice).misses(loop.NEIGHBOURS[2])
    staff.go(story.at["decision"]).sees("posted for objections")
    story.pass_until(story.at["decision"], "final")


# --- 5. The money --------------------------------------------------------------------------------------------------


def the_fund_holds_the_money(story: Story) -> None:
    """The decision asks the fund; the request is checked, resolved with a recusal, publicised, approved and held."""
    staff, second, street = story["staff-tanmulin"], story["staff2-tanmulin"], story["street002"]
    staff.go(story.at["decision"])
    number = story.at["decision number"]
    staff.follow("Ask the fund for money").press(
        "Save",
        decision=f"{number} {loop.TOPIC_TITLE}",
        title=TITLE,
        purpose="ENVIRONMENT",
        plan="四栋八个单元加装双侧扶手96米、更换感应灯48盏，工期三周。",
        beneficiaries="12栋至15栋128户，其中60岁以上老人97人",
        amount="24,000",
        lines="不锈钢扶手96米，16800\n感应灯48盏，5760\n安装，1440元",
    )
    story.at["request"] = staff.path
    staff.press("Submit")
    assert not staff.offers("Check")
    second.go(story.at["request"]).press("Check")
    street.go(story.at["request"]).follow("Record the committee's resolution")
    members = [name.removeprefix("stand_") for name in fields_of(street, "stand_")]
    assert len(members) == 5
    votes = {f"stand_{key}": "FOR" for key in members[:-1]}
    street.press("Save", **votes, supervisor_opinion="程序合规，同意。", refused="party committee")
    last = members[-1]
    street.press(
        "Save",
        **votes,
        **{f"stand_{last}": "RECUSED", f"reason_{last}": "家住12栋，本人回避。"},
        supervisor_opinion="程序合规，同意。",
        party_consent="社区党委会议同意",
    )
    staff.go(story.at["request"]).sees("resolved by the committee").press("Post for objections")
    story.pass_until(story.at["request"], "publicity over")
    story["charity"].go(story.at["request"]).press("Approve and hold the money").sees("approved, money held")


def fields_of(person: Person, start: str) -> list[str]:
    """Return the names of the fields of the page's forms that begin like this."""
    return [name for form in person.page.forms for name in form.controls if name.startswith(start)]


# --- 6. The organization and its contract --------------------------------------------------------------------------


def an_organization_gets_the_contract(story: Story) -> None:
    """An organization is entered and verified; its manager, who signs up by phone, agrees; the street signs."""
    street, reviewer = story["street002"], story["reviewer002"]
    manager = story.people["manager"] = newcomer(*MANAGER)
    street.add("/desk/socialorgs/socialorganization/")
    entry = {
        "division": "东兴寺街道",
        "name": ORGANIZATION,
        "standing": "REGISTERED",
        "organization_type": "SOCIAL_SERVICE_AGENCY",
        "service_class": "LIFE_SERVICE",
        "registrar": "自贡市自流井区民政局",
        "head_name": MANAGER[1],
        "scope": "居家照护、适老化小改造、邻里互助。",
        "founded_on": "2023-04-18",
    }
    street.press("Save", **entry, credit_code="52510302MJQ000015G", refused="is mistyped")
    street.press("Save", credit_code="52510302MJQ000015F")
    street.follow(ORGANIZATION)
    assert not street.offers("Check against the registrar's record")
    reviewer.go("/desk/socialorgs/socialorganization/").follow(ORGANIZATION)
    reviewer.press("Check against the registrar's record")
    reviewer.follow("Appoint a person …").press("Appoint a person", user=MANAGER[0], valid_from=day())
    Person().go("/").follow("Organizations").follow(ORGANIZATION).sees("52510302MJQ000015F")
    story.at["organization"] = Person().go("/organizations/").link(ORGANIZATION)

    street.add("/desk/projects/contract/")
    street.press(
        "Save",
        division=HOME,
        organization=story.at["organization"].strip("/").split("/")[-1],
        request=TITLE,
        title=TITLE,
        scope="按居民决定安装扶手和感应灯，组织志愿者清理楼道，保修两年。",
        amount="23,600",
        starts_on=day(),
        ends_on=day(80),
        instalments="50 SIGNING\n50 ACCEPTANCE",
        milestones=f"{day(6)} 扶手安装完成\n{day(8)} 感应灯更换完成",
    )
    story.at["contract"] = street.go(story.at["home"]).follow("Contracts").follow(TITLE).path
    street.press("Offer to the organization")
    Person().go(story.at["contract"], status=404)
    manager.go(story.at["contract"]).press("Sign for the organization")
    reviewer.go(story.at["contract"]).press("Sign for the street").sees("running")
    story["staff-tanmulin"].go(story.at["decision"]).press(
        "Begin to carry out", responsible="檀木林社区居委会", due_on=day(60)
    )
    pay(story, 1)


def pay(story: Story, number: int) -> None:
    """Release an instalment; three people request it, approve it and record that it has left the bank."""
    street, charity, second = story["street002"], story["charity"], story["charity2"]
    street.go(story.at["contract"]).press("Release the instalment", at=f"/instalments/{number}/")
    street.go(story.at["request"]).press("Request")
    assert not street.offers("Approve")
    charity.go(story.at["request"]).press("Approve")
    assert "Record as paid" not in [text for _href, text in charity.page.links]
    second.go(story.at["request"]).follow("Record as paid")
    second.press("Save", paid_on=day(), bank_reference=f"CSH{day()}-{number}")


# --- 7. Volunteers -------------------------------------------------------------------------------------------------


def volunteers_serve(story: Story) -> None:
    """Neighbors sign in by the code at the place and out, others write themselves on a sheet; half an hour is one point."""
    staff, verifier = story["staff-tanmulin"], story["staff2-tanmulin"]
    begins = timezone.localtime(clock.now()) + dt.timedelta(minutes=10)
    morning = begins.replace(hour=8, minute=0, second=0) + dt.timedelta(days=1)
    stairs = plan(story, "安装期间昼夜值守", begins, begins + dt.timedelta(hours=23, minutes=40))
    guiding = plan(story, "安装日秩序引导", morning, morning + dt.timedelta(hours=4))

    staff.go(stairs).follow("Code for the place")
    code = re.search(r"Code (\S+)", staff.page.text.split("sign in there.")[1])
    assert code, staff.page.text
    first, second, late = (story.neighbor(number) for number in (4, 5, 6))
    first.go(stairs).follow("Sign in at the place").press("Sign in now", code="AAAABBBBCCCCDDDD", refused="code")
    for volunteer in (first, second, late):
        volunteer.go(f"{stairs}sign-in/?code={code[1]}").press("Sign in now")
    Person().go(stairs).misses(loop.NEIGHBOURS[4])

    # Hours do not pass by the button: they go home the next day, of which eight hours count.
    story.pass_days(1)
    for volunteer in (first, second):
        volunteer.go(stairs).press("Sign out").sees("480 minutes")
    story.pass_days(1)
    staff.go(stairs).sees("end taken from the plan")
    lines = "\n".join(f"1399003{number:04d} 08:00 {until}" for number, until in ((7, "08:59"), (8, "10:30")))
    staff.go(guiding).press("Enter an attendance sheet", day=f"{morning:%Y-%m-%d}", lines=lines)
    assert not staff.offers("Verify")
    for activity, count in ((stairs, 3), (guiding, 2)):
        for _record in range(count):
            verifier.go(activity).press("Verify")
        staff.go(activity).press("End").sees("ended")
    story.pass_days(1)
    first.go("/passport/").sees("Points in 檀木林社区 16")
    story.neighbor(7).go("/passport/").sees("Points in 檀木林社区 1")
    story.neighbor(8).go("/passport/").sees("Points in 檀木林社区 5")


def plan(story: Story, title: str, begins: dt.datetime, ends: dt.datetime) -> str:
    """Plan an activity of the contract on the desk, open it for sign-in, and return the address of its page."""
    staff = story["staff-tanmulin"].add("/desk/projects/volunteeractivity/")
    staff.press(
        "Save",
        title=title,
        division=HOME,
        contract=TITLE,
        organization=story.at["organization"].strip("/").split("/")[-1],
        place="12栋一单元门口集合",
        starts_at_0=f"{begins:%Y-%m-%d}",
        starts_at_1=f"{begins:%H:%M:%S}",
        ends_at_0=f"{ends:%Y-%m-%d}",
        ends_at_1=f"{ends:%H:%M:%S}",
        places="20",
        risk_notice="楼道湿滑，请穿防滑鞋。",
        is_insured=["on"],
    )
    staff.go(story.at["home"]).follow("Volunteering").follow(title).press("Open for sign-in")
    return staff.path


# --- 8. Delivery and acceptance ------------------------------------------------------------------------------------


def the_work_is_accepted(story: Story) -> None:
    """Milestones are shown with evidence and confirmed; residents say whether they are content; the rest is paid."""
    staff, manager, street = story["staff-tanmulin"], story.people["manager"], story["street002"]
    contract = story.at["contract"]
    assert not street.go(contract).offers("Release the instalment")
    release = f"{contract}instalments/2/release/"
    for milestone in ("扶手安装完成", "感应灯更换完成"):
        manager.go(contract).press(
            "Report", report=f"{milestone}，见现场照片。", evidence=upload("现场.jpg", photo(with_place=True))
        )
        staff.go(contract).press("Confirm")
    evidence = next(href for href, text in Person().go(contract).page.links if text == "现场.jpg")
    assert place_of(Person().file(evidence)) == {}
    manager.go(contract).press("Report the delivery", report="扶手96米、感应灯48盏全部安装完毕，试用正常。")
    supervisor = story["supervisor-tanmulin"].go(contract)
    supervisor.press("Accept with the residents", refused="opinion")
    for number in range(9):
        neighbor = story.neighbor(number).go(contract)
        neighbor.press("Say whether you are content", is_satisfied="no" if number == 8 else "yes")
        neighbor.sees("You have given your opinion on this delivery")
    street.go(contract).forge(release, refused="Instalment 2 is due when the residents have accepted")
    supervisor.go(contract).press("Accept with the residents").sees("accepted")
    pay(story, 2)
    story["charity"].go(story.at["request"]).press("Complete and release what is left").sees("completed")
    staff.go(story.at["decision"]).press(
        "Report the result", text="扶手和感应灯已全部装好，结余400元退回基金。", uploads=upload("楼梯.jpg", photo())
    )
    story.pass_days(7)
    supervisor.go(story.at["decision"]).press("Accept for the residents", acceptance="FULL", shortfall="")
    staff.go(story.at["matter"]).press(
        "Answer", reply="楼梯扶手和感应灯已按居民表决结果装好，感谢您提出来。", outcome="FIXED"
    )
    story.people["speaker"].go(story.at["matter"]).sees("感谢您提出来").press(
        "Close", is_solved="yes", satisfaction="5"
    )


# --- 9. The evaluation ---------------------------------------------------------------------------------------------


def a_partner_asks_to_be_told(story: Story, receiver: Receiver) -> None:
    """A partner system is let in on the desk, gets its token and registers where it wants to be told of what."""
    district = story["district"].add("/desk/accounts/apiclient/")
    scopes = ["projects:read", "socialorgs:read", "partners:read", "partners:write", "portal:read"]
    district.press("Save", name="市级社会组织信息平台", scopes=scopes)
    said = re.search(r"Client ID: (\S+)\. Secret, shown this once: (\S+)", " ".join(district.page.messages))
    assert said, district.page.messages
    district.add("/desk/communities/post/").press(
        "Save",
        log_in_name="service-市级社会组织信息平台",
        role="DISTRICT_OFFICER",
        division=chosen(district, "communities", "post", "division", "自流井区"),
        valid_from=day(),
    )
    basic = base64.b64encode(f"{said[1]}:{said[2]}".encode()).decode()
    answer = APIClient().post(
        "/oauth/token",
        {"grant_type": "client_credentials", "scope": " ".join(scopes)},
        format="multipart",
        headers={"authorization": f"Basic {basic}"},
    )
    story.partner = APIClient()
    story.partner.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access_token']}")
    wanted = {"url": receiver.url, "topics": ["projects.contract.*", "projects.evaluation.*"]}
    made = story.partner.post("/api/v1/webhooks", wanted, format="json")
    assert made.status_code == 201, made.content
    story.at["webhook secret"] = made.json()["secret"]


def chosen(person: Person, app: str, model: str, name: str, term: str) -> str:
    """Choose a row from a field of the desk that looks up while one types."""
    query = {"app_label": app, "model_name": model, "field_name": name, "term": term}
    found = person.client.get("/desk/autocomplete/", query).json()["results"]
    return str(next(row["id"] for row in found if row["text"].startswith(term)))


def three_parties_judge(story: Story) -> None:
    """The evaluation is planned, opened and answered by slips and by name; the clock closes it and the job computes."""
    street, contract = story["street002"], story.at["contract"]
    story["district"].add("/desk/projects/evaluationtemplate/").press(
        "Save",
        key="small-project",
        title="小型社区项目三方评估表",
        subject_kind="PROJECT",
        questions="做的事情是居民商量决定的那件事吗？|2\n做得好不好？|3\n花钱清楚吗？|2\n您总的来说满意吗？|3|*",
    )
    assert not story["district"].offers("Take into use")
    story["district2"].go(story["district"].path).press("Take into use")
    street.add("/desk/projects/evaluationplan/").press(
        "Save",
        title="楼梯扶手和感应灯项目评估",
        subject_kind="PROJECT",
        subject_name=TITLE,
        division=HOME,
        implementer=story.at["organization"].strip("/").split("/")[-1],
        template="小型社区项目三方评估表",
        period_from=day(-20),
        period_to=day(),
        opens_on=day(),
        closes_on=day(5),
    )
    number = number_of(street.go(contract))
    street.go("/desk/projects/contract/").follow(number)
    street.follow("Name the evaluation …").press("Name the evaluation", evaluation="楼梯扶手和感应灯项目评估")
    street.go(story.at["home"]).follow("Evaluations").follow("楼梯扶手和感应灯项目评估")
    story.at["evaluation"] = street.path
    street.press("Open the collection").follow("Invite and print slips")
    invite = street.path
    street.press(
        "Invite",
        party="THIRD_PARTY",
        method="INTERVIEW",
        evaluators=MANAGER[0],
        refused="自贡市自流井区邻里照护服务中心",
    )
    expert = newcomer(*EXPERT)
    street.go(invite).press("Invite", party="THIRD_PARTY", method="INTERVIEW", evaluators=EXPERT[0])
    [(by_name, _token)] = slips(street)
    secretary = newcomer(*SECRETARY)
    street.go(invite).press("Invite", party="PARTY_ORGANIZATION", method="MEETING", evaluators=SECRETARY[0])
    [(for_party, _token)] = slips(street)
    street.go(invite).press("Invite", party="RESIDENTS", method="QUESTIONNAIRE", count=INVITED)
    invited = slips(street)
    assert len(invited) == INVITED
    Person().go(story.at["evaluation"], status=404)

    answer(expert.go(by_name), 0)
    answer(secretary.go(for_party), 1)
    for number, (address, token) in enumerate(invited[:-2]):
        if number < ON_PAGES:
            answer(Person().go(address), number)
        else:
            given = {str(index): mark for index, mark in enumerate(MARKS[number % len(MARKS)], start=1)}
            said = APIClient().post("/api/v1/evaluations/answers", {"token": token, "marks": given}, format="json")
            assert said.status_code == 201, said.content
    Person().go(invited[0][0], status=409).sees("already")
    typed = Person().go("/answers/").press("Go on", token=" ".join(re.findall("....", invited[-2][1])))
    answer(typed, 3)
    first = typed.go(invited[-1][0])
    second = Person().go(invited[-1][0])
    answer(first, 2)
    second.press("Hand in", **marks(2), refused="already")

    story.pass_days(6)
    street.go(story.at["evaluation"]).sees("computed")
    Person().go(story.at["evaluation"], status=404)
    story["reviewer002"].go(story.at["evaluation"]).press("Confirm the result", note="计算无误，同意公布。")
    street.go(story.at["evaluation"]).press("Publicise")
    Person().go(story.at["evaluation"]).sees("36")
    story.pass_until(story.at["evaluation"], "pushed to those concerned")
    story.people["manager"].go(story.at["evaluation"]).press("Confirm receipt").sees("receipt confirmed")


def number_of(person: Person) -> str:
    """Return the number of the contract that is looked at."""
    found = re.search(r"HT-\S+", person.page.text)
    assert found, person.page.text
    return found[0]


def slips(person: Person) -> list[tuple[str, str]]:
    """Return the addresses on the slips that are to be printed, with their characters."""
    return re.findall(r"http://testserver(/answers/([0-9A-Z]{16})/)", person.page.text)


def marks(number: int) -> dict[str, str]:
    return {f"question_{index}": str(mark) for index, mark in enumerate(MARKS[number % len(MARKS)], start=1)}


def answer(person: Person, number: int) -> None:
    """Fill a questionnaire in and hand it in."""
    person.press("Hand in", **marks(number)).misses("Hand in")


def the_partner_has_heard(story: Story, receiver: Receiver) -> None:
    """What was agreed, accepted and pushed came to the partner, signed, and each message once."""
    told = [request.message["type"] for request in receiver.received]
    assert {"projects.contract.accepted", "projects.evaluation.publicised", "projects.evaluation.pushed"} <= set(
        told
    ), told
    assert all(request.is_signed_with(story.at["webhook secret"]) for request in receiver.received)
    deliveries = story.partner.get("/api/v1/webhook-deliveries", {"page_size": 100}).json()["results"]
    assert sorted(receiver.ids) == sorted(row["event_id"] for row in deliveries)
    assert {row["status"] for row in deliveries} == {"DELIVERED"}
    said = b"".join(request.body for request in receiver.received).decode()
    assert not [name for name in names() if name in said]


def names() -> list[str]:
    """Return everybody in the story who is no official."""
    return [*loop.NEIGHBOURS, SPEAKER[1], MANAGER[1], EXPERT[1]]


# --- 10. The trace -------------------------------------------------------------------------------------------------


POINTS = [
    "activity",
    "ballot",
    "contract",
    "decision",
    "evaluation",
    "journal",
    "matter",
    "payment",
    "request",
    "topic",
]


def everybody_sees_the_whole_way(story: Story) -> None:
    """From every point one click leads to the whole way; the API says the same; nobody is named; nothing hangs on nothing."""
    visitor = Person().go(story.at["matter"]).follow("From need to result: the whole trace")
    whole = way_from(visitor.path)
    found = {kind: [node for node in whole if node["kind"] == kind] for kind in POINTS}
    counted = {kind: len(nodes) for kind, nodes in found.items()}
    assert counted == {**dict.fromkeys(POINTS, 1), "payment": 2, "journal": 4, "activity": 2}, counted
    for kind in POINTS:
        for node in found[kind]:
            visitor.go(node["page"].partition("#")[0]).misses(*names())
            visitor.follow("From need to result: the whole trace")
            visitor.sees(*(node["title"] for node in whole)).misses(*names())
            assert way_from(f"/traces/{kind}/{node['id']}/") == whole
    assert not any(name in json.dumps(whole, ensure_ascii=False) for name in names())
    assert [node["amount"] for node in found["payment"]] == ["11800.00", "11800.00"]


def way_from(address: str) -> list[dict[str, Any]]:
    """Return the trace of a point as the API tells it to everybody."""
    answer = APIClient().get(f"/api/v1{address.rstrip('/')}")
    assert answer.status_code == 200, answer.content
    nodes: list[dict[str, Any]] = answer.json()["nodes"]
    return nodes


def nothing_hangs_on_nothing(story: Story) -> None:
    """The nightly job counts orphans: none; the book proves itself, and the partner reads the way with its token."""
    governance.indicators.tasks.compute()
    wake()
    values = APIClient().get("/api/v1/indicators", {"indicator": "trace.orphans"}).json()["results"]
    assert {value["numerator"] for value in values} == {"0.00"}, values
    assert max(value["denominator"] or "" for value in values) == "10.00"
    assert funds.ledger.tasks.prove() == 0
    fund = Person().go(story.at["home"]).address("/funds/")
    Person().go(fund).sees("6,600.00")
    topic = f"/api/v1/traces/topic/{story.at['topic'].strip('/').split('/')[-1]}"
    assert story.partner.get(topic).status_code == 200


# --- The end -------------------------------------------------------------------------------------------------------
