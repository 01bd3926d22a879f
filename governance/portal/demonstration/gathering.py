"""How matters come in besides the log-in: a grid worker with a slip, a visit, "me too", one joined, the quarterly list."""

from __future__ import annotations

import datetime as dt

from communities.people.models import Resident, Role
from consultation.matters import operations as matters
from consultation.matters.intake import joining, listing, operations
from consultation.matters.intake.lists import LivelihoodList
from consultation.matters.intake.models import NeedField, Visit, VisitKind
from consultation.matters.intake.recording import Origin
from consultation.matters.models import Matter, MatterChannel, Route, ThreeWay
from consultation.matters.surveys import operations as surveys
from consultation.matters.surveys.models import QuestionKind, Survey
from consultation.matters.surveys.operations import Question
from governance import lifecycle
from governance.accounts.models import User
from governance.portal.demonstration.loop import COMMUNITY, voters
from governance.portal.demonstration.steps import Scene, official_of, place

BIKES = "电动车把楼道口堵住了"
BIKES_AGAIN = "楼道口停满电动车，老人进出困难"
BIKES_SUMMARY = "12栋楼道口电动车乱停，老人进出困难，需要划定停车位。"
ASKED = (
    Question("您对社区服务总体满意吗？", QuestionKind.MARK, is_required=True),
    Question(
        "您家最需要哪一项服务？", QuestionKind.ONE, ("助餐", "日间照料", "课后托管", "家电维修"), is_required=True
    ),
    Question("您什么时候方便参加活动？", QuestionKind.SEVERAL, ("工作日白天", "工作日晚上", "周末")),
    Question("还有什么想说的？", QuestionKind.WORDS, need_field=NeedField.OTHER),
)
ASKED_NOW = (
    Question("您对楼道现在的状况满意吗？", QuestionKind.MARK, is_required=True),
    Question("院坝里最该添什么？", QuestionKind.SEVERAL, ("座椅", "充电桩", "扶手和坡道", "晾晒架")),
    Question("哪里最需要先改？", QuestionKind.WORDS, need_field=NeedField.FACILITIES),
)
SHEETS = (
    *((5, 1, [1]), (4, 1, [1, 3]), (4, 1, [1]), (3, 1, [1]), (4, 2, [1, 3]), (5, 2, [1]), (4, 2, [3]), (5, 1, [1])),
    *((4, 3, [2, 3]), (5, 3, [2]), (4, 3, [2, 3]), (3, 3, [3]), (4, 3, [2, 3]), (5, 2, [1]), (4, 2, [1]), (5, 4, [3])),
)
"""Marks, services and times as they stand on the sheets that came back."""
LAST_OF_QUARTER = {1: (3, 31), 2: (6, 30), 3: (9, 30), 4: (12, 31)}


def grid_worker(scene: Scene) -> User:
    """Return the grid worker of 檀木林, who works with a phone and has no desk."""
    return official_of(
        scene, "grid-tanmulin", "罗网格", role=Role.GRID_WORKER, division=place(COMMUNITY), title="网格员"
    )


def gather_matters(scene: Scene) -> None:
    """Let matters come in by every way; told once."""
    if Matter.objects.filter(title=BIKES).exists():
        return
    staff, worker, neighbors = scene.user("staff-tanmulin"), grid_worker(scene), voters(scene)
    lead = _raise_and_sort(scene, neighbors[0], staff)
    for person in neighbors[1:7]:
        joining.support_matter(by=person, now=scene.ago(6).now, matter=lead)
    _join_what_was_told(scene, lead, staff, worker)
    _visit(scene, worker)
    _ask_around(scene, staff, worker, neighbors)
    _list_of_the_quarter(scene, lead, staff)


def _raise_and_sort(scene: Scene, by: User, staff: User) -> Matter:
    then, sorting = scene.ago(9), scene.ago(8)
    raised = matters.raise_matter(
        by=by,
        now=then.now,
        division=place(COMMUNITY),
        title=BIKES,
        text="12栋一单元楼道口每天停满电动车，轮椅推不进去，老人进出很困难，希望社区划出停车位。",
        place="12栋一单元楼道口",
        channel=MatterChannel.PAGE,
        is_anonymous=False,
    )
    return matters.sort_matter(
        by=staff,
        now=sorting.now,
        today=sorting.today,
        matter=raised,
        three_way=ThreeWay.SMALL,
        route=Route.DELIBERATION,
        reason="属于小区公共秩序，由居民共同商量。",
        summary=BIKES_SUMMARY,
    )


def _join_what_was_told(scene: Scene, lead: Matter, staff: User, worker: User) -> None:
    """A neighbor without a log-in tells the grid worker the same; staff ask whether the two are handled together."""
    told, asking = scene.ago(5), scene.ago(2)
    matter, _slip = operations.record_matter(
        by=worker,
        now=told.now,
        division=place(COMMUNITY),
        given={
            "channel": MatterChannel.VISIT,
            "title": BIKES_AGAIN,
            "text": "12栋一单元楼道口电动车停得满满的，我腿脚不好，进出很困难，希望划个停车位。",
            "place": "12栋一单元",
            "raised_for": "曾婆婆",
            "origin": Origin(need_field=NeedField.ENVIRONMENT),
        },
    )
    joining.join_matter(
        by=staff, now=asking.now, today=asking.today, matter=matter, lead=lead, reason="说的是同一个楼道口。"
    )


def _visit(scene: Scene, worker: User) -> None:
    """A visit to a household in hardship brings back two needs."""
    then = scene.ago(4)
    if Visit.objects.filter(recorded_by=worker).exists():
        return
    home = Resident.objects.filter(division=place(COMMUNITY), user=None, left_on=None).order_by("pk").first()
    operations.record_visit(
        by=worker,
        now=then.now,
        today=then.today,
        division=place(COMMUNITY),
        kind=VisitKind.CONSOLATION,
        visited_on=then.today,
        resident=home,
        person_name=home.name if home else "钟大爷",
        address="9栋二单元101",
        companion="王书记",
        findings="独居，行动不便，子女在外地，身体状况稳定。",
        is_hardship=True,
        needs=[
            {"title": "家里需要装扶手", "text": "卫生间和床边没有扶手，起身困难。", "need_field": NeedField.ELDERLY},
            {
                "title": "想有人陪着去医院",
                "text": "每月要去医院复查，希望有志愿者陪同。",
                "need_field": NeedField.ELDERLY,
            },
        ],
    )


def _ask_around(scene: Scene, staff: User, worker: User, neighbors: list[User]) -> None:
    """A questionnaire on paper and on the pages with its result, and the next one, which is open now."""
    begun, ended = scene.ago(30), scene.ago(12)
    done = _questionnaire(scene.ago(31), staff, "2025年居民服务需求调查", ended.today, ASKED)
    surveys.open_survey(by=staff, now=begun.now, today=begun.today, survey=done)
    surveys.issue_slips(by=staff, now=begun.now, survey=done, count=len(SHEETS))
    for number, (mark, service, times) in enumerate(SHEETS, start=1):
        surveys.enter_paper(
            by=worker,
            now=begun.now,
            today=begun.today,
            survey=done,
            number=number,
            answers={"1": mark, "2": service, "3": times},
        )
    for person in neighbors[:3]:
        surveys.answer_survey(
            by=person, now=begun.now, today=begun.today, survey=done, answers={"1": 4, "2": 1, "3": [1, 2]}
        )
    lifecycle.move(done, "close", by=staff, now=ended.now)
    closes_on = scene.today + dt.timedelta(days=20)
    running = _questionnaire(scene.ago(6), staff, "楼道和院坝改造意见调查", closes_on, ASKED_NOW)
    then = scene.ago(5)
    surveys.open_survey(by=staff, now=then.now, today=then.today, survey=running)
    surveys.issue_slips(by=staff, now=then.now, survey=running, count=12)
    surveys.answer_survey(
        by=neighbors[1],
        now=then.now,
        today=then.today,
        survey=running,
        answers={"1": 2, "2": [1, 3], "3": "二单元的台阶太滑，下雨天老人不敢走。"},
    )


def _questionnaire(then: Scene, staff: User, title: str, closes_on: dt.date, asked: tuple[Question, ...]) -> Survey:
    row = surveys.draft_survey(
        by=staff,
        now=then.now,
        today=then.today,
        division=place(COMMUNITY),
        title=title,
        purpose="了解大家最需要什么，结果张榜公布；写下的意见由社区逐条办理。答卷不记名。",
        closes_on=closes_on,
    )
    for question in asked:
        surveys.write_question(by=staff, now=then.now, survey=row, question=question)
    return row


def _list_of_the_quarter(scene: Scene, lead: Matter, staff: User) -> None:
    """The stewards' quarterly list of livelihood matters, open until the quarter ends."""
    quarter = (scene.today.month - 1) // 3 + 1
    if LivelihoodList.objects.filter(division=place(COMMUNITY), year=scene.today.year, quarter=quarter).exists():
        return
    row = listing.begin_list(
        by=staff,
        now=scene.now,
        today=scene.today,
        division=place(COMMUNITY),
        closes_on=dt.date(scene.today.year, *LAST_OF_QUARTER[quarter]),
    )
    listing.enter_matter(by=staff, now=scene.now, livelihood_list=row, matter=lead)
