"""Evaluation beside the loop's own: an organization over three years, grid workers, a committee, social workers, a venue.

Told through the product's own operations on the days on which they would have happened; the calculation is the one the
worker makes. One grid worker gets 29 answers where 30 are needed, and the third party judges the venue by questionnaire
where the template requires a look on the spot: no grade.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from communities.bodies.models import Body, BodyKind
from communities.notices import operations as notices
from communities.people.models import Role
from communities.venues.models import Venue
from governance.accounts.models import User
from governance.portal.demonstration.delivery import EXPERT, METHODS, ORGANIZATION, SECRETARY
from governance.portal.demonstration.loop import COMMUNITY
from governance.portal.demonstration.market import CENTER
from governance.portal.demonstration.steps import Scene, official_of, person_of, place
from projects.evaluation import operations as evaluation
from projects.evaluation.computing import compute_chunk
from projects.evaluation.engaging import engage_third_party
from projects.evaluation.grid.operations import plan_grid_round
from projects.evaluation.models import EvaluationPlan, EvaluationTemplate, Method, Party, Payer, SubjectKind, TieKind
from projects.evaluation.recording import ON_THE_SPOT, hand_in_record
from projects.evaluation.ties.operations import record_tie
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from projects.evaluation.models import EvaluationAnswer

AGENCY = "自贡市盐都社会评价中心"
FORMER_WORKER = "王桂英"
DUTIES = (
    ("网格巡查是否到位、隐患是否随手报", 3, False, "每日巡查责任网格，排查消防、治安和高空隐患", 22),
    ("走访是否及时，独居老人、困难户是否心中有数", 3, False, "每周走访独居老人、困难户、残疾人家庭", 4),
    ("居民反映的事项是否及时上报、跟到办结", 2, False, "收集民情民意，上报并跟踪入格事项", 8),
    ("矛盾纠纷是否早发现、早劝和", 2, False, "排查邻里矛盾，协助人民调解", 2),
    ("您对本网格的网格员是否满意", 2, True, "", None),
)
ORGANIZATION_QUESTIONS = (
    ("内部治理：理事会、财务、信息公开", 2, False),
    ("服务能力：专业人员和项目执行", 3, False),
    ("服务成效：居民看得见的改变", 3, False),
    ("您对该组织的服务是否满意", 2, True),
)
COMMITTEE_QUESTIONS = (
    ("议事是否公开、会议是否有记录", 2, False),
    ("居民提出的事是否件件有回音", 3, False),
    ("您对居民委员会的工作是否满意", 2, True),
)
SERVICE_QUESTIONS = (
    ("上门是否及时、是否说到做到", 3, False),
    ("对困难家庭的情况是否清楚、是否跟进", 3, False),
    ("您对社工的服务是否满意", 2, True),
)
VENUE_QUESTIONS = (
    ("开放时间是否方便、是否按时开门", 2, False),
    ("场地是否整洁安全、设施能不能用", 3, False),
    ("您对这个场所是否满意", 2, True),
)
ENOUGH, TOO_FEW = 28, 27
"""Residents' answers; the two other parties give one each, and 30 are needed."""
SPREAD = (5, 5, 4, 5, 4, 3, 5, 4, 4, 5, 2, 5)
YEARS = ((2, 290, 0), (1, 180, 1))
"""How many years before this one the period lies, how many days ago the collection closed, how much better it went."""
GRID_CLOSED, COMMITTEE_CLOSED, SERVICE_CLOSED, VENUE_CLOSED = 60, 45, 40, 35
WITHIN = 8
"""A collection runs so many days."""


def judge(scene: Scene) -> None:
    """Tell all of it once."""
    if EvaluationTemplate.objects.filter(key="grid-work").exists():
        return
    _tie(scene)
    for years, closed, better in YEARS:
        _organization(scene, years, closed, better)
    _grid_workers(scene)
    _committee(scene)
    _of_the_community(
        scene,
        "檀木林社区社工服务半年评估",
        "檀木林社区社会工作服务",
        _template(scene, "social-work", "社会工作服务评估表", SubjectKind.SOCIAL_WORK, SERVICE_QUESTIONS),
        SERVICE_CLOSED,
    )
    _of_the_community(
        scene,
        f"{CENTER}使用评估",
        CENTER,
        _template(scene, "venue", "社区场所使用评估表", SubjectKind.VENUE, VENUE_QUESTIONS),
        VENUE_CLOSED,
        by_third=Method.QUESTIONNAIRE,
    )


def _tie(scene: Scene) -> None:
    """Write down who worked for the organization until eighteen months ago: invited to judge it, that person is refused."""
    record_tie(
        by=scene.user("street002"),
        now=scene.ago(300).now,
        organization=SocialOrganization.objects.get(credit_code=ORGANIZATION[1]),
        user=User.objects.get(display_name=FORMER_WORKER),
        kind=TieKind.EMPLOYED,
        valid_from=scene.ago(1300).today,
        valid_to=scene.ago(548).today,
    )


def _of_the_community(
    scene: Scene, title: str, name: str, template: EvaluationTemplate, closed: int, *, by_third: str = Method.INTERVIEW
) -> None:
    """Judge a service or a venue of the community that is no organization's."""
    opened = scene.ago(closed + WITHIN)
    plan = evaluation.plan_evaluation(
        by=scene.user("street002"),
        now=opened.now,
        today=opened.today,
        title=title,
        subject_kind=template.subject_kind,
        subject_name=name,
        venue=Venue.objects.filter(division=place(COMMUNITY), name=name).first(),
        division=place(COMMUNITY),
        template=template,
        period_from=scene.ago(220).today,
        period_to=scene.ago(closed + WITHIN + 1).today,
        opens_on=opened.today,
        closes_on=scene.ago(closed).today,
    )
    _run(scene, plan, closed, ENOUGH, 0, by_third=by_third)


def _template(
    scene: Scene, key: str, title: str, kind: str, questions: Sequence[Sequence[object]]
) -> EvaluationTemplate:
    found = EvaluationTemplate.objects.filter(key=key).first()
    if found is not None:
        return found
    then = scene.ago(320)
    row = evaluation.draft_template(
        by=scene.user("district"),
        now=then.now,
        key=key,
        title=title,
        subject_kind=kind,
        questions=questions,
        methods=METHODS,
    )
    return evaluation.publish_template(by=scene.user("district2"), now=scene.ago(318).now, template=row)


def _organization(scene: Scene, years: int, closed: int, better: int) -> None:
    organization = SocialOrganization.objects.get(credit_code=ORGANIZATION[1])
    year = scene.today.year - years
    opened = scene.ago(closed + WITHIN)
    plan = evaluation.plan_evaluation(
        by=scene.user("street002"),
        now=opened.now,
        today=opened.today,
        title=f"{organization.name}{year}年度评估",
        subject_kind=SubjectKind.ORGANIZATION,
        subject_name=organization.name,
        division=place(COMMUNITY),
        template=_template(
            scene, "organization", "社会组织年度三方评估表", SubjectKind.ORGANIZATION, ORGANIZATION_QUESTIONS
        ),
        period_from=dt.date(year, 1, 1),
        period_to=dt.date(year, 12, 31),
        opens_on=opened.today,
        closes_on=scene.ago(closed).today,
        implementer=organization,
    )
    _run(scene, plan, closed, ENOUGH, better)


def _grid_workers(scene: Scene) -> None:
    template = _template(scene, "grid-work", "社区网格员职责清单与考核表", SubjectKind.GRID_WORK, DUTIES)
    community = place(COMMUNITY)
    for username, name in (("grid-tanmulin", "罗网格"), ("grid-tanmulin-2", "邱网格")):
        official_of(scene, username, name, role=Role.GRID_WORKER, division=community, title="网格员")
    opened = scene.ago(GRID_CLOSED + WITHIN)
    plans = plan_grid_round(
        by=scene.user("street002"),
        now=opened.now,
        today=opened.today,
        division=community,
        template=template,
        period_from=scene.ago(250).today,
        period_to=scene.ago(GRID_CLOSED + WITHIN + 1).today,
        opens_on=opened.today,
        closes_on=scene.ago(GRID_CLOSED).today,
    )
    for plan, residents in zip(plans, (ENOUGH, TOO_FEW), strict=False):
        _run(scene, plan, GRID_CLOSED, residents, 0)


def _committee(scene: Scene) -> None:
    body = Body.objects.filter(division=place(COMMUNITY), kind=BodyKind.RESIDENTS_COMMITTEE).order_by("pk").first()
    if body is None:
        return
    opened = scene.ago(COMMITTEE_CLOSED + WITHIN)
    plan = evaluation.plan_evaluation(
        by=scene.user("street002"),
        now=opened.now,
        today=opened.today,
        title=f"{body.name}上半年工作评估",
        subject_kind=SubjectKind.COMMITTEE,
        subject_name=body.name,
        division=body.division,
        template=_template(scene, "committee", "居民委员会工作评估表", SubjectKind.COMMITTEE, COMMITTEE_QUESTIONS),
        period_from=scene.ago(240).today,
        period_to=scene.ago(COMMITTEE_CLOSED + WITHIN + 1).today,
        opens_on=opened.today,
        closes_on=scene.ago(COMMITTEE_CLOSED).today,
        body=body,
    )
    _run(scene, plan, COMMITTEE_CLOSED, ENOUGH, 0)


def _run(
    scene: Scene, plan: EvaluationPlan, closed: int, residents: int, better: int, *, by_third: str = Method.INTERVIEW
) -> None:
    """Engage, open, invite, answer, close, compute, review, publicise, settle and push, each on its day."""
    street, opened = scene.user("street002"), scene.ago(closed + WITHIN)
    engage_third_party(
        by=street,
        now=opened.now,
        plan=plan,
        agency_name=AGENCY,
        payer=Payer.STREET,
        fee=Decimal(3000),
        agreed_on=opened.today,
    )
    plan = evaluation.open_evaluation(by=street, now=opened.now, plan=plan)
    _answer(scene, plan, closed, residents, better, by_third=by_third)
    over = scene.ago(closed - 1)
    evaluation.close_due(by=scene.system, now=over.now, today=over.today)
    compute_chunk(by=scene.system, plans=[plan.pk], now=over.now)
    plan.refresh_from_db()
    plan = evaluation.review_result(by=scene.user("reviewer002"), now=over.now, plan=plan, note="复核无误。")
    posted = scene.ago(closed - 2)
    evaluation.publicise_result(by=street, now=posted.now, today=posted.today, plan=plan)
    after = scene.ago(closed - 20)
    notices.close_due_notices(by=scene.system, now=after.now, today=after.today)
    evaluation.settle_publicised(by=scene.system, now=after.now, today=after.today)
    evaluation.push_final(by=scene.system, now=after.now)


def _answer(scene: Scene, plan: EvaluationPlan, closed: int, residents: int, better: int, *, by_third: str) -> None:
    then, street = scene.ago(closed + WITHIN - 1).now, scene.user("street002")
    invited = evaluation.invite(
        by=street, now=then, plan=plan, party=Party.RESIDENTS, method=Method.QUESTIONNAIRE, count=residents + 3
    )
    invited = invited[:residents]  # three do not answer
    for party, method, person in (
        (Party.PARTY_ORGANIZATION, Method.MEETING, person_of(scene, *SECRETARY)),
        (Party.THIRD_PARTY, by_third, person_of(scene, *EXPERT)),
    ):
        invited += evaluation.invite(by=street, now=then, plan=plan, party=party, method=method, evaluators=[person])
    questions = plan.template.questions.count()
    for number, (task, token) in enumerate(invited):
        marks = {
            str(asked): min(5, SPREAD[(number + asked) % len(SPREAD)] + (better if number % 3 == 0 else 0))
            for asked in range(1, questions + 1)
        }
        answer = evaluation.answer(now=then, token=token, marks=marks, by=task.evaluator)
        if task.evaluator is not None and task.method in ON_THE_SPOT:
            _record(answer, task.evaluator, then)


def _record(answer: EvaluationAnswer, by: User, then: dt.datetime) -> None:
    is_meeting = answer.method == Method.MEETING
    hand_in_record(
        by=by,
        now=then,
        answer=answer,
        held_on=answer.plan.opens_on,
        place="社区党群服务中心议事厅" if is_meeting else "服务现场",
        present=9 if is_meeting else 4,
        findings="座谈各方对服务总体认可，希望周末也能安排。"
        if is_meeting
        else "查看台账和现场，与居民面谈，记录属实。",
    )
