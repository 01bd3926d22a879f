"""A micro-grant of a street from its call to the published evaluation, over HTTP alone: desk, pages, the button of days.

Only the district as it stood before, with two organizations of the register, is made by the demonstration's own steps.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from funds.charity.models import CommunityFund
from governance.calendar import clock
from governance.portal.demonstration import granting
from governance.portal.demonstration.steps import Scene
from projects.contracts.judging.models import SampledResident
from projects.contracts.models import Contract
from projects.grants.models import GrantApplication, GrantAward
from tests.journeys.test_loop import HOME, Story, day, fields_of, newcomer, signed_in, three_parties_judge
from tests.journeys.test_loop import story as of_the_loop
from tests.journeys.walking import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

story = pytest.fixture(name="story")(of_the_loop.__wrapped__)

ROUND = "东兴寺街道微公益创投"
PROJECT, OTHER, LATE = "银龄互助", "楼道小花园", "周末托管"
EXPERTS = [(f"1399006{place:04d}", name) for place, (_phone, name, _field) in enumerate(granting.EXPERTS)]
POINTS = {PROJECT: ((40, 30, 20), (38, 31, 21), (35, 30, 22), (36, 28, 18), (39, 34, 24)), OTHER: ((20, 15, 10),) * 5}


def test_a_micro_grant_goes_from_its_call_to_the_published_evaluation(story: Story, tmp_path: Path) -> None:
    a_street_calls(story)
    organizations_apply(story)
    applications_are_checked(story)
    a_form_is_half_sent_when_the_round_closes(story)
    experts_score_alone(story)
    proposals_are_publicised_and_awarded(story)
    the_fund_holds_its_part(story)
    three_parties_sign(story)
    the_grant_is_delivered_and_paid(story)
    three_parties_judge(story)
    everybody_reads_the_account(story)


# --- 1. The call


def a_street_calls(story: Story) -> None:
    """The street draws the round up on the desk, names its money, and another person publishes the call."""
    street, reviewer = story["street002"], story["reviewer002"]
    visitor = Person().go("/").press("Search", q=HOME[:3]).follow(HOME)
    story.at["home"] = visitor.path
    street.add("/desk/projects/grantround/")
    entry = {
        "kind": "MICRO",
        "title": ROUND,
        "division": "东兴寺街道",
        "guide": "征集为老、邻里和儿童服务的微公益项目，须取得落地社区同意。",
        "cap": "30,000",
        "matching_percent": "10",
        "opens_on": day(1),
        "closes_on": day(16),
        "contact": "街道社区事务办公室 8100002",
        "class_lines": "为老服务\n社区治理",
        "question_lines": "* 同一内容是否已获得其他财政资金？ | 是 | 否",
    }
    street.press("Save", **entry, criterion_lines="40 需求与可行性\n35 方案与创新", refused="must sum to 100")
    street.press("Save", criterion_lines="40 需求与可行性\n35 方案与创新\n25 团队与预算")
    street.go("/grants/").follow(ROUND).follow("Review board")
    story.at["board"] = street.path
    reviewer.go(story.at["board"]).press("Publish the call", refused="where the money comes from")
    street.go(story.at["board"]).press("Add a source of money", budget_line="WELFARE_LOTTERY", amount="19000")
    street.go(story.at["board"]).press("Add a source of money", fund=fund().name, amount="1000")
    Person().go("/grants/").misses(ROUND)
    reviewer.go(story.at["board"]).press("Publish the call")
    visitor.go("/grants/").follow(ROUND).sees("at least 10 % of the grant", "welfare lottery fund", "19,000.00")
    visitor.sees(fund().name, "1,000.00")
    story.at["round"] = visitor.path


def fund() -> CommunityFund:
    """The community's own fund, which pays a part of what its community gets."""
    return CommunityFund.objects.get(division__name=HOME)


# --- 2. Applications


def plan(title: str, **more: str) -> dict[str, str]:
    """Return what is typed of a project."""
    return {
        "title": title,
        "lane": "为老服务",
        "summary": "低龄老人结对帮助高龄独居老人。",
        "plan": "每周两次上门探访，每月一次集体活动。",
        "team": "社工三名，志愿者十五名。",
        "beneficiaries": "高龄独居老人",
        "division": HOME,
        "starts_on": day(40),
        "ends_on": day(120),
        "lines": "3000 personnel 社工补贴\n6000 activities 助老活动\n2000 materials 材料",
        "own_amount": "1,100",
        "question_1": "2",
        **more,
    }


def organizations_apply(story: Story) -> None:
    """Three organizations write on their pages; two submit, one of them only with the matching share that the call asks for."""
    scene = Scene(now=clock.now())
    made = [granting._body(scene, *body) for body in granting.BODIES]
    story.at["organization"] = made[0][0].get_absolute_url()
    for name, (_organization, user) in zip(("manager", "second manager", "third manager"), made, strict=True):
        story.people[name] = signed_in(user)
    story.pass_days(1)
    manager = story.people["manager"].go("/grants/").follow(ROUND).follow("Write an application")
    open_ = {name: text for name, text in plan(PROJECT).items() if name not in {"own_amount", "question_1"}}
    manager.press("Save", **open_)
    story.at[PROJECT] = manager.path
    manager.press("Submit", refused="同一内容是否已获得其他财政资金")
    manager.follow("Write on").press("Save", question_1="2").press("Submit", refused="matching share of 10 %")
    manager.follow("Write on").press("Save", own_amount="600", partner="釜溪物业公司", partner_amount="500")
    manager.press("Submit").sees("submitted")
    Person().go(story.at[PROJECT]).misses(PROJECT)
    for name, title in (("second manager", OTHER), ("third manager", LATE)):
        person = story.people[name].go(story.at["round"]).follow("Write an application")
        person.press("Save", **plan(title))
        story.at[title] = person.path
    story.people["second manager"].press("Submit")
    story.people["second manager"].go(story.at[PROJECT], status=404)


def applications_are_checked(story: Story) -> None:
    """The landing community agrees, the street sends one back for its one correction and admits both."""
    staff, street = story["staff-tanmulin"], story["street002"]
    street.go(story.at[LATE], status=404)
    street.go(story.at[OTHER]).press("Send back for correction", reason="请说明场地由谁维护。")
    other = story.people["second manager"].go(story.at[OTHER]).sees("请说明场地由谁维护")
    other.follow("Write on").press("Save", plan="居民认养，物业维护。").press("Submit the correction")
    for title in (PROJECT, OTHER):
        assert not street.go(story.at[title]).offers("Admit to the review")
        staff.go(story.at[title]).press("Agree for the landing community")
        street.go(story.at[title]).press("Admit to the review")
    assert not street.go(story.at[OTHER]).offers("Send back for correction")


def a_form_is_half_sent_when_the_round_closes(story: Story) -> None:
    """What is being written when the last day ends is kept as a draft; it cannot be submitted any more."""
    writer = story.people["third manager"].go(story.at[LATE]).follow("Write on")
    story.pass_days(16)
    writer.press("Save", plan="周末由社工照看，家长轮值。").sees("周末由社工照看")
    assert not writer.offers("Submit")
    writer.forge(f"{story.at[LATE]}acts/submit/", refused="takes no applications now")
    writer.go("/grant-applications/").follow(LATE).sees("draft")


# --- 3. The review


def experts_score_alone(story: Story) -> None:
    """Experts are drawn by lot, declare their ties and score without names; nobody reads a score before all are in."""
    street = story["street002"].go(story.at["board"]).press("Begin the review")
    for phone, name in EXPERTS:
        story.people[name] = newcomer(phone, name)
        key = str(story.people[name].client.session["_auth_user_id"])
        street.add("/desk/projects/grantexpert/").press("Save", division="东兴寺街道", user=key, field="社会工作")
    street.go(story.at["board"]).press("Draw experts by lot", seats="5", word="釜溪河")
    street.press("Give out the sheets", refused="experts can score")
    panel = []
    for _phone, name in EXPERTS:
        expert = story.people[name].go("/grant-reviews/")
        seats = [href for href, _text in expert.page.links if href.startswith("/grant-seats/")]
        if seats:
            expert.go(seats[0]).sees(granting.BODIES[0][0]).misses(PROJECT).press("Declare")
            panel.append(expert)
    assert len(panel) == 5
    street.go(story.at["board"]).press("Give out the sheets")
    for place, expert in enumerate(panel):
        if place == 4:
            street.go(story.at["board"]).press("Settle the scores", refused="Not every score is in")
            street.go(story.at[PROJECT]).sees("Points are shown to nobody before").misses("in its class")
        expert.go("/grant-reviews/")
        for address in sorted({href for href, _text in expert.page.links if re.match(r"/grant-reviews/\d+/$", href)}):
            expert.go(address).misses(granting.BODIES[0][0], granting.BODIES[1][0], "釜溪物业公司")
            title = PROJECT if PROJECT in expert.page.text else OTHER
            marks = {f"criterion_{number}": str(points) for number, points in enumerate(POINTS[title][place], start=1)}
            expert.press("Submit the score", **{**marks, "criterion_1": "41"}, refused="40")
            expert.press("Submit the score", **marks, comment="可行，建议压缩材料费。")
            expert.sees("What the others gave is shown when all scores of the round are settled")
    street.go(story.at["board"]).press("Settle the scores")
    panel[0].go(panel[0].path).sees("The others gave:")
    story.people["manager"].go(story.at[PROJECT]).misses("Result of the review")
    book = street.file(street.go(story.at["board"]).link("Score sheets"))
    assert book.startswith(b"PK")


def proposals_are_publicised_and_awarded(story: Story) -> None:
    """The budget falls and never rises, what is proposed is publicised, a third person awards; the public reads it all."""
    street, reviewer, manager = story["street002"], story["reviewer002"], story.people["manager"]
    manager.go(story.at[PROJECT]).press(
        "Optimise the budget", line_3="2,000.01", reason="按专家意见。", refused="can only fall"
    )
    manager.press("Optimise the budget", line_3="1,500", reason="按专家意见，材料部分自筹。").sees("10,500.00")
    street.go(story.at[OTHER]).press("Propose for a grant", refused="at least 60 are needed")
    street.go(story.at[PROJECT]).press("Propose for a grant")
    reviewer.go(story.at["board"]).press("Publicise the proposals")
    Person().go(story.at["round"]).sees(PROJECT, "Projects proposed").misses(OTHER)
    manager.go(story.at[PROJECT]).sees("Result of the review", "建议压缩材料费").misses(*(name for _, name in EXPERTS))
    assert not reviewer.offers("Award the grants")
    story.pass_days(11)
    assert not reviewer.go(story.at["board"]).offers("Award the grants")
    story["district"].go(story.at["board"]).press("Award the grants")
    visitor = Person().go(story.at["round"]).sees("Grants awarded", PROJECT, "10,500.00", "釜溪物业公司")
    visitor.sees(fund().name, "9,500.00", "The contract is to be signed by")
    assert visitor.file(visitor.link("Notice (PDF)")).startswith(b"%PDF")
    package = json.loads(visitor.file(visitor.link("OCDS (JSON)")))
    [award] = package["releases"][0]["awards"]
    assert (award["title"], award["value"]["amount"]) == (PROJECT, 10500.0)
    story.people["second manager"].go(story.at[OTHER]).sees("not chosen")


# --- 4. The contract


def three_parties_sign(story: Story) -> None:
    """The contract is filled in from the award and the fund's hold; organization, landing community and street sign."""
    street = story["street002"].go("/desk/projects/grantaward/").follow(GrantAward.objects.get().number)
    street.follow("Draft a contract …")
    typed = {"starts_on": day(), "ends_on": day(80), "milestones": f"{day(6)} 完成首轮探访"}
    thirds = "33.33 SIGNING\n33.33 MIDTERM\n33.33 ACCEPTANCE"
    street.press("Save", **typed, instalments=thirds, refused="for thirds 33.33, 33.33 and 33.34")
    street.press("Save", instalments="50 SIGNING\n30 MIDTERM\n20 ACCEPTANCE")
    story.at["contract"] = street.go(story.at["home"]).follow("Contracts").follow(PROJECT).path
    street.press("Offer to the organization")
    story.people["manager"].go(story.at["contract"]).press("Sign for the organization")
    story["staff-tanmulin"].go(story.at["contract"]).press("Sign for the community")
    story["reviewer002"].go(story.at["contract"]).press("Sign for the street").sees("running")
    street.go(story.at["board"]).press("Contracts are signed")
    pay(story, 1, of_fund=True)
    both_payers_stand_on_its_page(story)


def both_payers_stand_on_its_page(story: Story) -> None:
    """Everybody reads on the project's page, and a system over the interface, who has paid which part."""
    visitor = Person().go(story.at["contract"]).sees(fund().name, "1,000.00", "welfare lottery fund", "4,250.00")
    visitor.go(f"{story.at['contract']}money/").sees(fund().name, "welfare lottery fund")
    Person().go(story.at["round"]).sees("Contract", PROJECT, "running")
    told = APIClient().get(f"/api/v1{story.at['contract'].rstrip('/')}").json()
    assert [(one["number"], one["kind"], one["amount"], one["payment_status"]) for one in told["shares"]] == [
        (1, "FUND", "1000.00", "PAID"),
        (1, "BUDGET_LINE", "4250.00", "PAID"),
        (2, "BUDGET_LINE", "3150.00", None),
        (3, "BUDGET_LINE", "2100.00", None),
    ]


def the_fund_holds_its_part(story: Story) -> None:
    """The community's fund is asked for its part, which the charity holds: no contract can promise it before."""
    staff, second, street = story["staff-tanmulin"], story["staff2-tanmulin"], story["street002"]
    story.neighbor(0).go(story.at["home"]).follow("Raise a matter").press(
        "Send", title="独居老人没人上门看望", text="我们楼里有几位独居老人，希望有人定期上门看看。", place="12栋"
    )
    staff.go(f"/funds/{fund().pk}/requests/new/").press(
        "Save",
        matter="独居老人没人上门看望",
        title=f"{PROJECT}配套",
        purpose="CARE",
        plan="为微公益创投项目提供社区基金部分。",
        beneficiaries="高龄独居老人",
        amount="1,000",
        lines="结对探访，1000",
    )
    story.at["request"] = staff.path
    staff.press("Submit")
    second.go(story.at["request"]).press("Check")
    street.go(story.at["request"]).follow("Record the committee's resolution")
    votes = dict.fromkeys(fields_of(street, "stand_"), "FOR")
    street.press("Save", **votes, supervisor_opinion="程序合规，同意。", party_consent="社区党委会议同意")
    staff.go(story.at["request"]).press("Enter in the monthly list")
    story["charity"].go(story.at["request"]).press("Approve and hold the money").sees("approved, money held")


def pay(story: Story, number: int, *, of_fund: bool = False) -> None:
    """Release an instalment; the fund pays through its hold, and what the treasury pays is approved and written down."""
    money = f"{story.at['contract']}money/"
    street = story["street002"].go(story.at["contract"])
    street.press("Release the instalment", at=f"/instalments/{number}/")
    if of_fund:
        street.go(story.at["request"]).press("Request")
        story["charity"].go(story.at["request"]).press("Approve")
        story["charity2"].go(story.at["request"]).follow("Record as paid")
        story["charity2"].press("Save", paid_on=day(), bank_reference=f"CSH{day()}-{number}")
    story["reviewer002"].go(money).sees("welfare lottery fund").press("Approve the payment")
    street.go(money).press("Record as paid", paid_on=day(), reference=f"国库支付{day()}-{number}")


def the_grant_is_delivered_and_paid(story: Story) -> None:
    """What was done is shown and confirmed; residents whom the lot fell on are asked; the rest is paid."""
    staff, manager, contract = story["staff-tanmulin"], story.people["manager"], story.at["contract"]
    assert not story["street002"].go(contract).offers("Release the instalment")
    watch = f"{contract}watch/"
    reviewed = {"held_on": day(), "reviewer": "区审计事务所", "findings": "进度与预算相符。", "conclusion": "PASSED"}
    story["street002"].go(watch).press("Record a visit, review or audit", kind="MIDTERM", **reviewed)
    pay(story, 2)
    manager.go(contract).press("Report", report="首轮探访完成，探访四十二户。")
    staff.go(contract).press("Confirm")
    manager.go(contract).press("Report the delivery", report="全部探访与活动完成。")
    supervisor = story["supervisor-tanmulin"].go(contract).press("Accept with the residents", refused="opinion")
    row = Contract.objects.get(grant__isnull=False)
    numbers = SampledResident.objects.filter(sample__contract=row).order_by("number").values_list("number", flat=True)
    for number in numbers[: row.opinions_needed]:
        staff.go(contract).press("Take down an opinion", number=str(number), is_satisfied="yes")
    supervisor.go(contract).press("Accept with the residents").sees("accepted")
    for kind in ("FINAL", "AUDIT"):
        story["street002"].go(watch).press("Record a visit, review or audit", kind=kind, **reviewed)
    Person().go(watch).sees("进度与预算相符")
    pay(story, 3)
    what_is_left_goes_back(story)
    story["street002"].go(story.at["board"]).press("Begin the final reviews")
    applicant = GrantApplication.objects.get(title=PROJECT)
    assert (applicant.status, row.amount) == ("AWARDED", 10500)


def what_is_left_goes_back(story: Story) -> None:
    """Invoices are entered and confirmed; what was not spent is reckoned and paid back before the contract is closed."""
    street, money = story["street002"], f"{story.at['contract']}money/"
    street.go(story.at["contract"]).press("Close", refused="10,500.00")
    manager = story.people["manager"]
    for line, amount, number in (("社工补贴", "3000", "FP-1"), ("助老活动", "6000", "FP-2"), ("材料", "1200", "FP-3")):
        invoice = SimpleUploadedFile("发票.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")
        said = {"spent_on": day(), "payee": "釜溪商店", "what": line, "invoice_number": number, "invoice": invoice}
        manager.go(money).press("Enter money spent", line=line, amount=amount, **said)
        street.go(money).press("Confirm the spending")
    street.go(money).press("Reckon what is left of the grant").sees("300.00", "not paid back yet")
    street.go(story.at["contract"]).press("Close", refused="300.00")
    street.go(money).press("Record the money paid back", refunded_on=day(), reference="HK-1")
    Person().go(money).sees("What was left of the grant", "300.00", "paid back")


# --- 5. The account


def everybody_reads_the_account(story: Story) -> None:
    """The evaluation is public with its numbers, and the round is archived."""
    Person().go(story.at["evaluation"]).sees("pushed to those concerned", "36")
    street: Any = story["street002"].go(story.at["contract"]).press("Close")
    street.go(story.at["board"]).press("Archive")
    Person().go(story.at["round"]).sees("archived", PROJECT)
