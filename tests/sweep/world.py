"""The world of the sweep: the demonstration's story, so that every kind of row exists, and one person for each role."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model

import funds.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
import governance.indicators.tasks  # noqa: F401 - as above
import projects.tasks  # noqa: F401 - as above
from communities.notices import operations as notices
from communities.notices.models import PublicNotice
from communities.policy.models import PolicyDocument
from communities.territory.models import Division
from funds.donations import corrections
from funds.donations.models import Donation
from funds.enterprises.letting import operations as lettings
from funds.enterprises.letting.models import CommunityAsset, Terms
from funds.enterprises.models import CommunityEnterprise, EnterpriseRole
from funds.enterprises.records import operations as records
from funds.intake import operations as intake
from funds.reinvestment import operations as reinvestment
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.papers.operations import attach_order_paper
from governance.accounts import operations as accounts
from governance.accounts.models import User
from governance.calendar import clock
from governance.jobs import operations as jobs
from governance.jobs.models import Job
from governance.partners import operations as partners
from governance.portal.demonstration import data, delivery, settlement, steps
from governance.portal.demonstration.steps import Scene
from governance.portal.demonstration.tasks import LOOP_STEPS, STORY_STEPS
from projects.evaluation import operations as evaluation
from socialorgs.register import operations as register
from socialorgs.register.models import CreditList, SocialOrganization
from tests.sweep.routes import Route

HOME = "510302002004"
FILE = "护理费发票.pdf"
ORDER_FILE = "付款回单.pdf"
PEOPLE = (
    "visitor",
    "resident",
    "other_resident",
    "community_staff",
    "other_community_staff",
    "street_officer",
    "street_reviewer",
    "other_street_officer",
    "district_admin",
    "supervisor",
    "auditor",
    "enterprise_accountant",
    "enterprise_head",
    "charity_officer",
    "organization_head",
)
"""In the order of the answers; everybody of the same community but the "others"."""

ROWS = {
    "attachment": "communities.Attachment",
    "body-list": "communities.Division",
    "body": "communities.Body",
    "division-change": "communities.DivisionChange",
    "division": "communities.Division",
    "document": "communities.PolicyDocument",
    "notice": "communities.PublicNotice",
    "objection-raise": "communities.PublicNotice",
    "objection": "communities.Objection",
    "resident": "communities.Division",
    "rules": "communities.Division",
    "evaluation-list": "communities.Division",
    "evaluation-templates": "projects.EvaluationTemplate",
    "template-paper": "projects.EvaluationTemplate",
    "open-account": "communities.Division",
    "grid-work": "communities.Division",
    "invitation-answer": "projects.EvaluationTask",
    "invitation-record": "projects.EvaluationTask",
    "invitation-tie": "projects.EvaluationTask",
    "evaluation": "projects.EvaluationPlan",
    "message": "projects.PushMessage",
    "purchase-lists": "communities.Division",
    "purchase-list-": "projects.PurchaseList",
    "purchase-list": "communities.Division",
    "purchase-offer-new": "projects.Purchase",
    "purchase-offer": "projects.PurchaseOffer",
    "purchase-award": "projects.PurchaseAward",
    "purchase-register": "communities.Division",
    "purchase-plan": "communities.Division",
    "purchase-question": "projects.Purchase",
    "purchase": "projects.Purchase",
    "contract-list": "communities.Division",
    "service-list": "communities.Division",
    "post-list": "communities.Division",
    "project-award-list": "communities.Division",
    "contract": "projects.Contract",
    "milestone": "projects.Milestone",
    "grant-application-new": "projects.GrantRound",
    "grant-application": "projects.GrantApplication",
    "grant-award": "projects.GrantAward",
    "grant-round": "projects.GrantRound",
    "score-sheet": "projects.ScoreSheet",
    "panel-seat": "projects.PanelSeat",
    "market-list": "communities.Division",
    "market-new": "communities.Division",
    "market-figures": "communities.Division",
    "market-block": "projects.MarketBlock",
    "market-fairs": "communities.Division",
    "match-fair": "projects.MatchFair",
    "fair-intention": "projects.FairIntention",
    "market-offers": "communities.Division",
    "market-resources": "communities.Division",
    "market-talent-new": "communities.Division",
    "market-talents": "communities.Division",
    "market-venue-sheet": "communities.Division",
    "market-venues": "communities.Division",
    "market-sheet": "communities.Division",
    "venue": "communities.Venue",
    "talent": "projects.TalentProfile",
    "merchant-offer": "projects.MerchantOffer",
    "merchant": "projects.Merchant",
    "open-resource": "projects.OpenResource",
    "resource-booking": "projects.ResourceBooking",
    "cession": "projects.VenueCession",
    "micro-service": "projects.MicroService",
    "service-match": "projects.ServiceMatch",
    "activity-list": "communities.Division",
    "activity": "projects.VolunteerActivity",
    "hours": "projects.ServiceHour",
    "matter-list": "communities.Division",
    "matter-new": "communities.Division",
    "matter-record": "communities.Division",
    "visit-list": "communities.Division",
    "visit-new": "communities.Division",
    "visit": "consultation.Visit",
    "survey-list": "communities.Division",
    "survey-new": "communities.Division",
    "survey-answer-act": "consultation.SurveyAnswer",
    "survey": "consultation.Survey",
    "need-board": "communities.Division",
    "livelihood-list": "communities.Division",
    "livelihood-begin": "communities.Division",
    "livelihood": "consultation.LivelihoodList",
    "joining": "consultation.MatterJoining",
    "task-list": "communities.Division",
    "matter-rates": "communities.Division",
    "matter-references": "communities.Division",
    "matter": "consultation.Matter",
    "topic-list": "communities.Division",
    "topic-raise": "communities.Division",
    "topic-document": "consultation.TopicDocument",
    "statement-rate": "consultation.Statement",
    "statement-answer": "consultation.Statement",
    "section-comment": "consultation.SectionComment",
    "digest": "consultation.Digest",
    "topic": "consultation.Topic",
    "paper-photo": "consultation.PaperVote",
    "ballot-list": "communities.Division",
    "ballot": "consultation.Ballot",
    "slip-print": "consultation.Ballot",
    "result": "consultation.Ballot",
    "council": "consultation.Council",
    "meeting-task": "consultation.MeetingTask",
    "meeting-list": "communities.Division",
    "meeting": "consultation.Meeting",
    "resolution-list": "communities.Division",
    "count-sheet": "consultation.CountSheet",
    "selection": "consultation.StewardSelection",
    "fourstep": "consultation.FourStepCase",
    "convention-list": "communities.Division",
    "convention-version": "consultation.ConventionVersion",
    "convention-join": "consultation.ConventionVersion",
    "convention-act": "consultation.ConventionVersion",
    "convention": "consultation.Convention",
    "election-list": "communities.Division",
    "election": "consultation.CommitteeElection",
    "recall-list": "communities.Division",
    "recall-new": "communities.Division",
    "recall": "consultation.Recall",
    "decision-list": "communities.Division",
    "verdict": "consultation.Decision",
    "decision": "consultation.Decision",
    "opinion-give": "consultation.Topic",
    "opinion": "consultation.Opinion",
    "appeal-new": "funds.CommunityFund",
    "budget-round-new": "funds.CommunityFund",
    "budget-round": "funds.BudgetRound",
    "budget-proposal-new": "funds.BudgetRound",
    "budget-proposal": "funds.BudgetProposal",
    "appeal": "funds.Appeal",
    "donation": "funds.Donation",
    "intake-new": "funds.CommunityFund",
    "intake": "funds.DonationIntake",
    "fund": "funds.CommunityFund",
    "rule-pack": "funds.FundRulePack",
    "place": "communities.Division",
    "bank": "funds.HostCharity",
    "request": "funds.SpendingRequest",
    "payment": "funds.Payment",
    "refund": "funds.Refund",
    "emergency-relief": "funds.EmergencyRelief",
    "organization": "socialorgs.SocialOrganization",
    "filing": "socialorgs.Filing",
    "club-filing": "socialorgs.Club",
    "club": "socialorgs.Club",
    "center": "socialorgs.ServiceCenter",
    "incubator": "socialorgs.Incubator",
    "stay-new": "socialorgs.Incubator",
    "year-report": "socialorgs.YearReport",
    "rectification": "socialorgs.RectificationOrder",
    "repair-new": "socialorgs.CreditListing",
    "repair": "socialorgs.CreditRepair",
    "assessment-new": "socialorgs.SocialOrganization",
    "assessment": "socialorgs.Assessment",
    "stay": "socialorgs.IncubationStay",
    "journal": "funds.Journal",
    "disclosure": "funds.Disclosure",
    "area": "communities.Division",
    "trace": "funds.Journal",
    "distribution-policy": "funds.DistributionPolicy",
    "order": "funds.ReinvestmentOrder",
    "enterprise": "funds.CommunityEnterprise",
    "declaration-new": "funds.CommunityEnterprise",
    "declaration": "funds.ProfitDeclaration",
    "asset": "funds.CommunityAsset",
    "letting": "funds.Letting",
    "record": "funds.BusinessRecord",
    "receipt": "funds.RentReceipt",
}
"""Which row stands for `pk`, by the beginning of a page's name; the API's view sets name their model."""


def build_world() -> tuple[dict[type[Model], Model], dict[str, User | None]]:
    """Tell the story, add what it leaves out, and return one row per model and the people."""
    with connection.cursor() as cursor:
        # The rows are new in this transaction, so the planner has no figures on them: let it take the indexes.
        cursor.execute("SET LOCAL enable_seqscan = off")
    scene = Scene(now=clock.now())
    for step in STORY_STEPS:
        step(scene)
    reinvestment.request_planning(by=scene.system, now=scene.now, today=scene.today)
    while jobs.run_due(by=scene.system, clock=lambda: scene.now):
        pass
    settlement.settle(scene)
    _close_the_loop(scene)
    people = _people(scene)
    _add_the_rest(scene, people)
    rows: dict[type[Model], Model] = {}
    for model in apps.get_models():
        if (row := model._default_manager.order_by("pk").first()) is not None:
            rows[model] = row
    rows[Job] = Job.objects.filter(kind="reinvestment.plan").order_by("requested_at", "pk")[0]
    home = steps.place(HOME)
    rows[Division] = home
    for model, found in list(rows.items()):
        if "division" in {field.name for field in model._meta.concrete_fields}:
            rows[model] = model._default_manager.filter(division=home).order_by("pk").first() or found
        elif "enterprise" in {field.name for field in model._meta.concrete_fields}:
            mine = model._default_manager.filter(enterprise__division=home).order_by("pk").first()
            rows[model] = mine or found
    return rows, people


def _close_the_loop(scene: Scene) -> None:
    for step in LOOP_STEPS:
        step(scene)
    evaluation.close_due(by=scene.system, now=scene.now, today=scene.today)
    evaluation.compute_due(by=scene.system, now=scene.now)
    while jobs.run_due(by=scene.system, clock=lambda: scene.now):
        pass
    delivery.push(scene.ago(-delivery.publicise(scene)))


def _people(scene: Scene) -> dict[str, User | None]:
    enterprise = CommunityEnterprise.objects.get(division=steps.place(HOME))
    return {
        "visitor": None,
        "resident": User.objects.get(display_name="赵志明"),
        "other_resident": User.objects.get(display_name="王桂英"),
        "community_staff": scene.user("staff-tanmulin"),
        "other_community_staff": scene.user("staff-guangdajie"),
        "street_officer": scene.user("street002"),
        "street_reviewer": scene.user("reviewer002"),
        "other_street_officer": scene.user("street004"),
        "district_admin": scene.user("district"),
        "supervisor": scene.user("supervisor-tanmulin"),
        "auditor": scene.user("auditor"),
        "enterprise_accountant": enterprise.appointments.get(role=EnterpriseRole.ACCOUNTANT).user,
        "enterprise_head": enterprise.appointments.get(role=EnterpriseRole.HEAD).user,
        "charity_officer": scene.user("charity"),
        "organization_head": steps.person_of(scene, *delivery.MANAGER),
    }


def _add_the_rest(scene: Scene, people: dict[str, User | None]) -> None:
    """Raise an objection, store a file, let a partner ask to be told."""
    resident, staff = people["resident"], people["community_staff"]
    assert resident is not None
    assert staff is not None
    notice = PublicNotice.objects.order_by("pk").first()
    assert notice is not None
    notices.raise_objection(by=resident, now=scene.now, notice=notice, text="请先公布上一年度的使用情况。")
    notices.store_attachment(
        by=staff, now=scene.now, division=steps.place(HOME), name="附件.pdf", content=b"%PDF-1.4\n%%EOF\n"
    )
    admin = people["district_admin"]
    assert admin is not None
    client, _secret = accounts.create_api_client(by=scene.system, name="市级平台", scopes=["funds:read"], now=scene.now)
    webhook, _secret = partners.register_webhook(
        by=admin, client=client, url="http://127.0.0.1:9/hook", topics=["funds.*"], now=scene.now
    )
    register.record_listing(
        by=admin,
        now=scene.now,
        organization=SocialOrganization.objects.order_by("pk")[0],
        credit_list=CreditList.ABNORMAL,
        decision_number="自民社异〔2026〕1号",
        reason="未按时报送年度工作报告。",
        listed_on=scene.today,
    )
    partners.send_test(by=admin, endpoint=webhook, now=scene.now)
    _let_and_record(scene, people)
    _change_a_purpose(scene, people["charity_officer"])
    _attach_to_an_order(scene, people["enterprise_accountant"])


def _attach_to_an_order(scene: Scene, accountant: User | None) -> None:
    """Attach the slip to the first order of the home place."""
    assert accountant is not None
    order = ReinvestmentOrder.objects.filter(enterprise__division=steps.place(HOME)).order_by("pk")[0]
    said = {"kind": "BANK_SLIP", "name": ORDER_FILE, "content": b"%PDF-1.4\n%%EOF\n"}
    attach_order_paper(by=accountant, order=order, now=scene.now, **said)


def _change_a_purpose(scene: Scene, officer: User | None) -> None:
    """Save how a platform heads its columns, and let a change of a donation's use wait."""
    assert officer is not None
    given = Donation.objects.arrived().of_money().filter(appeal=None).select_related("charity").order_by("pk")[0]
    headings = {"reference": "订单", "amount": "实付", "paid_on": "付款日"}
    intake.save_mapping(by=officer, charity=given.charity, name="公益平台", columns=headings, now=scene.now)
    corrections.propose_purpose_change(
        by=officer,
        donation=given,
        new_purpose="助老",
        consent_name="同意书.pdf",
        consent=b"%PDF-1.4\n%%EOF\n",
        consented_on=scene.today,
        now=scene.now,
    )


def _let_and_record(scene: Scene, people: dict[str, User | None]) -> None:
    """Let an asset of the home place, receive rent for it and enter a record."""
    staff, accountant = people["community_staff"], people["enterprise_accountant"]
    officer = people["street_officer"]
    assert staff is not None
    assert accountant is not None
    assert officer is not None
    asset = CommunityAsset.objects.select_related("enterprise__division").get(enterprise__division=steps.place(HOME))
    document = PolicyDocument.objects.filter(division=asset.enterprise.division).order_by("pk")[0]
    day = scene.today
    terms = Terms("UNIT", "檀木林养老服务站", "日间照料", day, day + dt.timedelta(days=365), Decimal(100), document)
    letting = lettings.enter_letting(by=staff, asset=asset, terms=terms, now=scene.now)
    lettings.confirm_letting(by=officer, letting=letting, now=scene.now, today=day)
    lettings.record_rent(
        by=accountant, letting=letting, amount=Decimal(100), received_on=day, reference="1", now=scene.now, today=day
    )
    noted = records.Noted("REVENUE", "ELDERLY_CARE", dt.date(data.YEAR, 1, 1), Decimal(100), "护理费", "INVOICE", "FP1")
    told = {"name": FILE, "content": b"%PDF-1.4\n%%EOF\n"}
    records.enter_record(by=accountant, enterprise=asset.enterprise, noted=noted, now=scene.now, **told)


def row_for(route: Route, world: dict[type[Model], Model]) -> Model | None:
    """Return the row that stands for a route's `pk`."""
    view = getattr(route.view, "cls", None)
    if view is not None:
        model = model_of(view)
    else:
        name = route.name.split(":")[-1]
        label = next((ROWS[start] for start in ROWS if name.startswith(start)), None)
        model = apps.get_model(label) if label else None
    return world.get(model) if model else None


def model_of(view: Any) -> type[Model] | None:
    """Return the model that a view set of the API lists: of its queryset, else of its serializer."""
    if getattr(view, "queryset", None) is not None:
        return view.queryset.model
    serializer = getattr(view, "serializer_class", None)
    return getattr(getattr(serializer, "Meta", None), "model", None)
