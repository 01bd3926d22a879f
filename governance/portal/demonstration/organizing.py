"""Organizations on their way: a group that is filed, an incubator with bodies in all three shells, a sheet to look over."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.db import transaction
from tablib import Dataset

from communities.territory.spreadsheet import TextXLSX
from governance import lifecycle
from governance.portal.demonstration.delivery import MANAGER, ORGANIZATION
from governance.portal.demonstration.loop import COMMUNITY
from governance.portal.demonstration.steps import Scene, person_of, place
from socialorgs.incubation import operations as incubation
from socialorgs.incubation import sites
from socialorgs.incubation.models import Incubator, IncubatorTier
from socialorgs.incubation.operations import Exit, Wish
from socialorgs.incubation.policy import MOST_POINTS, Phase
from socialorgs.incubation.sites import Site
from socialorgs.register.filing import operations as filing
from socialorgs.register.filing.operations import Described
from socialorgs.register.intake import operations as intake
from socialorgs.register.intake.models import RegisterSheet
from socialorgs.register.models import SocialOrganization
from socialorgs.register.spreadsheet import COLUMNS

if TYPE_CHECKING:
    from governance.accounts.models import User
    from socialorgs.incubation.models import IncubationStay

DISTRICT, STREET = "510302000000", "510302002000"
PARK = "自流井区社会组织孵化园"
SITES = (
    ("东兴寺街道社会组织孵化点", IncubatorTier.STREET, STREET),
    ("檀木林社区孵化点", IncubatorTier.COMMUNITY, COMMUNITY),
)
HEAD = ("13990060001", "罗桂英")
FOUNDER = ("13990060002", "何晓东")
TEAM = "檀木林护院巡逻队"
FEW_POINTS_LESS = 4
SHEET = "东兴寺街道社会组织登记簿.xlsx"
ROWS = (
    ("三八路助老协会", "515103025000000153", "30000.00", "曾理", "2024-05-20"),
    ("东兴寺街道养老服务协会", "5.15103E+17", "30000.00", "曾理", "2024-05-20"),
    (*ORGANIZATION, "50000.00", MANAGER[1], "2023-04-18"),
)
"""A new one, one whose code was rounded by a spreadsheet, one that is known and has more capital now."""


def organize(scene: Scene) -> None:
    """Tell all of it once."""
    if Incubator.objects.filter(name=PARK).exists():
        return
    with transaction.atomic():
        _file(scene)
        park = _open(scene)
        _incubate(scene, park)
    _take_in(scene)


def _described(name: str) -> Described:
    return Described(
        name=name,
        form="TEAM",
        service_class="SELF_GOVERNANCE",
        purpose="夜间巡逻、消防隐患排查、帮独居老人查水电气。",
        activity_place="社区党群服务中心一楼",
        head_name=HEAD[1],
        contact="社区办公室",
        members="罗桂英\n邓国强\n蒋秀兰\n唐志明\n吴淑芬\n黄建国",
        rules_text="一、自愿参加，每周两次。\n二、经费公开，每季度张榜。\n三、队长每年推选一次。",
    )


def _file(scene: Scene) -> None:
    """One group is filed and confirmed, another waits for the street."""
    head, then = person_of(scene, *HEAD), scene.ago(40)
    community = place(COMMUNITY)
    row = filing.submit_filing(by=head, now=then.now, division=community, described=_described(TEAM))
    staff = scene.user("staff-tanmulin")
    opinion = "队伍活动正常，成员均为本社区居民，同意上报。"
    row = filing.recommend_filing(by=staff, now=scene.ago(38).now, filing=row, opinion=opinion)
    row = filing.file_filing(by=scene.user("reviewer002"), now=scene.ago(36).now, filing=row)
    if row.organization is not None:
        filing.classify_organization(
            by=staff, now=scene.ago(36).now, organization=row.organization, scheme="GUIDES", word="服务类"
        )
    other = filing.submit_filing(
        by=head, now=scene.ago(5).now, division=community, described=_described("檀木林合唱团")
    )
    filing.recommend_filing(by=staff, now=scene.ago(3).now, filing=other, opinion="同意。")


def _open(scene: Scene) -> Incubator:
    """The core with three places, run by an organization, and its two sites."""
    operator = SocialOrganization.objects.filter(credit_code=ORGANIZATION[1]).first()
    then, by = scene.ago(90), _district(scene)
    park = sites.open_incubator(
        by=by,
        now=then.now,
        site=Site(
            name=PARK,
            tier=IncubatorTier.CORE,
            division=place(DISTRICT),
            services="办公场地、能力培训、财务托管、项目对接。",
            opened_on=dt.date(2022, 6, 1),
            operator=operator,
            contract_number="自民合〔2025〕12号",
            floor_area=8000,
        ),
    )
    for label in ("A101", "A102", "A103", "A104"):
        sites.add_place(by=by, now=then.now, incubator=park, label=label)
    upper = park
    for name, tier, code in SITES:
        upper = sites.open_incubator(
            by=by,
            now=then.now,
            site=Site(
                name=name,
                tier=tier,
                division=place(code),
                services="活动场地、备案指导。",
                opened_on=dt.date(2023, 3, 1),
                parent=upper,
            ),
        )
        sites.add_place(by=by, now=then.now, incubator=upper, label="1号工位")
    return park


def _district(scene: Scene) -> User:
    return scene.user("district")


def _points(phase: str) -> dict[str, int]:
    return {criterion: most - FEW_POINTS_LESS for criterion, most in MOST_POINTS[phase].items()}


def _incubate(scene: Scene, park: Incubator) -> None:
    """A founder enters the shell, a group is warmed, another is about to leave; a fourth waits."""
    founder, head = person_of(scene, *FOUNDER), person_of(scene, *HEAD)
    leaving = _enter(scene.ago(80), park, head, Wish("GROUP", "邻里食堂志愿队", "给独居老人送餐。"), "A101")
    _warm(scene.ago(70), leaving)
    warmed = _enter(scene.ago(50), park, head, Wish("GROUP", "四点半课堂", "放学后照看孩子。"), "A102")
    _warm(scene.ago(45), warmed)
    _enter(scene.ago(12), park, founder, Wish("PERSON", FOUNDER[1], "旧衣改造，培训残疾人就业。"), "A103")
    found = Exit(points=_points(Phase.EXIT), projects_done=1, has_finances=True, has_party_work=True)
    incubation.begin_exit(by=_operator(scene), now=scene.ago(6).now, stay=leaving, found=found)
    wish = Wish("GROUP", "银发微网格队", "低龄老人照护高龄老人。")
    incubation.apply_for_stay(by=founder, now=scene.ago(2).now, incubator=park, wish=wish)


def _operator(scene: Scene) -> User:
    return person_of(scene, *MANAGER)


def _enter(then: Scene, park: Incubator, by: User, wish: Wish, label: str) -> IncubationStay:
    stay = incubation.apply_for_stay(by=by, now=then.now, incubator=park, wish=wish)
    stay = incubation.propose_stay(by=_operator(then), now=then.now, stay=stay, points=_points(Phase.ENTRY))
    return incubation.admit_stay(by=_district(then), now=then.now, stay=stay, place=park.places.get(label=label))


def _warm(then: Scene, stay: IncubationStay) -> None:
    by = _operator(then)
    for title, days in (("建账并每月公开", 30), ("完成一个服务项目", 90)):
        due = then.today + dt.timedelta(days=days)
        incubation.plan_item(by=by, now=then.now, stay=stay, title=title, due_on=due)
    lifecycle.move(stay, "nurture", by=by, now=then.now)
    incubation.review_stay(
        by=by, now=then.now, stay=stay, held_on=then.today, verdict="ON_TRACK", findings="团队稳定，已有固定志愿者。"
    )


def _take_in(scene: Scene) -> None:
    """A sheet in which one code was rounded, waiting to be confirmed."""
    if RegisterSheet.objects.filter(name=SHEET).exists():
        return
    sheet = Dataset(headers=[str(heading) for heading in COLUMNS])
    for name, code, capital, head, day in ROWS:
        known = SocialOrganization.objects.filter(credit_code=code).first()
        given = {
            "street": place(STREET).short_name,
            "name": name,
            "organization_type": known.organization_type if known else "ASSOCIATION",
            "standing": "REGISTERED",
            "credit_code": code,
            "service_class": known.service_class if known else "",
            "registrar": "自贡市自流井区民政局",
            "head_name": head,
            "capital": capital,
            "founded_on": day,
            "scope": known.scope if known else "居家养老服务。",
        }
        sheet.append([given.get(key, "") for key in COLUMNS])
    intake.upload_sheet(
        by=scene.user("street002"),
        now=scene.now,
        division=place(STREET),
        file=ContentFile(TextXLSX().export_data(sheet)),
        name=SHEET,
    )
