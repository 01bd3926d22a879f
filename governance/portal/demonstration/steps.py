"""How the demonstration comes about: step by step, each through the product's own operations.

A step looks first whether its result is there, so that a job that was interrupted goes on where it stopped. Dates are
those of the clock that the caller hands in.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from django.utils import timezone

from communities.bodies.models import Seat
from communities.notices import operations as notices
from communities.notices.models import PublicNotice
from communities.people import operations as people
from communities.people.models import Post, Resident, Role
from communities.policy import operations as policy
from communities.policy.models import DecisionRule, DocumentLevel, PolicyDocument, PolicyParameter
from communities.policy.policy import REGISTRY as PARAMETERS
from communities.territory import operations as territory
from communities.territory.models import Division, DivisionCode, DivisionLevel, Tier
from governance.accounts import operations as accounts
from governance.accounts.models import User, UserKind
from governance.accounts.queries import system_actor
from governance.calendar import operations as calendar
from governance.calendar.models import CalendarDay
from governance.portal.demonstration import data

DIVISIONS = Path(__file__).resolve().parent.parent / "data" / "divisions"
EDITION = 2023
LONG_AGO = dt.date(2021, 1, 1)


@dataclass(slots=True)
class Scene:
    """What every step needs: the moment, the day and who acts."""

    now: dt.datetime
    system: User = field(default_factory=system_actor)

    @property
    def today(self) -> dt.date:
        """The day of the moment."""
        return timezone.localdate(self.now)

    def ago(self, days: int) -> Scene:
        """The same scene so many days earlier."""
        return Scene(now=self.now - dt.timedelta(days=days), system=self.system)

    def user(self, username: str) -> User:
        """Return a person of the demonstration."""
        return User.objects.get(username=username)


def place(code: str) -> Division:
    """Return the division with this statistical code."""
    return (
        DivisionCode.objects.select_related("division__parent").get(system="NBS", edition=EDITION, code=code).division
    )


def has_code(code: str) -> bool:
    """Tell whether a division with this statistical code is there."""
    return DivisionCode.objects.filter(system="NBS", edition=EDITION, code=code).exists()


def short(community: Division) -> str:
    """Return the name that people use: without the committee."""
    return community.short_name or community.name


def named_after(community: Division, rest: str) -> str:
    """Return the name of something of a community, which says 社区 once where its own name ends with it."""
    name = short(community)
    return name + (rest.removeprefix("社区") if name.endswith("社区") else rest)


def take_in(scene: Scene, file_name: str, managed: dict[str, int] | None = None) -> None:
    """Import one list of divisions by the product's importer."""
    territory.import_divisions(
        by=scene.system,
        now=scene.now,
        source=BytesIO((DIVISIONS / file_name).read_bytes()),
        file_name=file_name,
        system="NBS",
        edition=EDITION,
        managed=managed,
    )


def open_district(scene: Scene) -> None:
    """Load 自流井区 with the streets that the high-tech zone runs, and let its officials in."""
    if not all(has_code(code) for code in (data.DISTRICT, *(firm.community for firm in data.ENTERPRISES))):
        take_in(scene, "nbs2023_510302_zigong_ziliujing.csv")
    district = place(data.DISTRICT)
    if not Division.objects.filter(name=data.HIGH_TECH_ZONE).exists():
        zone = territory.create_division(
            by=scene.system,
            now=scene.now,
            name=data.HIGH_TECH_ZONE,
            short_name="自贡高新区",
            level=DivisionLevel.SPECIAL_ZONE,
            tier=Tier.DISTRICT,
            parent=district.parent,
        )
        for street in Division.objects.filter(parent=district, name__in=data.HIGH_TECH_ZONE_STREETS).order_by("pk"):
            territory.set_managed_by(by=scene.system, now=scene.now, division=street, unit=zone, reason="由高新区托管")
    for official in data.OFFICIALS:
        official_of(
            scene,
            official.username,
            official.name,
            role=official.role,
            division=place(official.place),
            title=official.title,
        )


def official_of(scene: Scene, username: str, name: str, *, role: str, division: Division, title: str) -> User:
    """Make a staff log-in, with one post if a role is named, unless it is there."""
    user = User.objects.filter(username=username).first() or accounts.create_staff_user(
        by=scene.system, username=username, display_name=name, password=data.PASSWORD, now=scene.now
    )
    if role and not Post.objects.filter(user=user, role=role, division=division).exists():
        people.create_post(
            by=scene.system,
            now=scene.now,
            user=user,
            role=role,
            division=division,
            valid_from=LONG_AGO,
            title=title,
        )
    return user


def open_calendar(scene: Scene) -> None:
    """Publish the working days of the years that the clocks reach."""
    for year in (scene.today.year - 1, scene.today.year):
        if not CalendarDay.objects.filter(day__year=year).exists():
            calendar.seed_year(by=scene.system, year=year, now=scene.now)


def load_other_districts(scene: Scene) -> None:
    """Load the other five districts and counties of the reports."""
    for code, file_name in (
        ("340103000000", "nbs2023_340103_hefei_luyang.csv"),
        ("340111000000", "nbs2023_340111_hefei_baohe.csv"),
        ("500105000000", "nbs2023_500105_chongqing_jiangbei.csv"),
        ("500243000000", "nbs2023_500243_chongqing_pengshui.csv"),
        ("510107000000", "nbs2023_510107_chengdu_wuhou.csv"),
    ):
        if not has_code(code):
            take_in(scene, file_name)


def publish_rules(scene: Scene) -> None:
    """Enter the decision rules, the district's measure and the values that rest on it: one enters, another approves."""
    enterer, approver = scene.user("district"), scene.user("district2")
    if not DecisionRule.objects.exists():
        policy.seed_decision_rules(by=scene.system, now=scene.now)
    district = place(data.DISTRICT)
    document = PolicyDocument.objects.filter(division=district, document_number="自井社工〔2024〕6号").first()
    if document is None:
        document = policy.enter_document(
            by=enterer,
            now=scene.now,
            title="自流井区社区企业反哺社区治理办法（试行）",
            document_number="自井社工〔2024〕6号",
            issuer="自流井区社会工作部",
            level=DocumentLevel.DISTRICT,
            division=district,
            effective_on=dt.date(2024, 7, 1),
            expires_on=dt.date(2029, 7, 1),
            summary="明确社区企业盈利申报、反哺比例、审批和公开要求（演示数据）。",
        )
    for key, value, article in (
        ("reinvest.share", "0.60", "第八条"),
        ("reinvest.warn_below", "0.50", "第九条"),
        ("reinvest.due_days", 30, "第十二条"),
    ):
        if PolicyParameter.objects.filter(key=key, division=district).exists():
            continue
        entered = policy.enter_parameter(
            by=enterer,
            now=scene.now,
            key=key,
            value=value,
            unit=PARAMETERS[key].unit,
            division=district,
            valid_from=dt.date(2024, 7, 1),
            basis=document,
            basis_article=article,
        )
        policy.approve_parameter(by=approver, now=scene.now, parameter=entered)


def seat_officials(scene: Scene) -> None:
    """Fill the posts of the streets and communities that have an enterprise."""
    for number, enterprise in enumerate(data.ENTERPRISES):
        community = place(enterprise.community)
        street = community.parent
        if street is None:
            continue
        code = enterprise.community[6:9]
        official_of(
            scene,
            f"street{code}",
            STREET_OFFICERS[number % 4],
            role=Role.STREET_OFFICER,
            division=street,
            title="街道经办",
        )
        official_of(
            scene,
            f"reviewer{code}",
            STREET_REVIEWERS[number % 4],
            role=Role.STREET_REVIEWER,
            division=street,
            title="街道审核",
        )
        slug = enterprise.slug
        official_of(
            scene,
            f"staff-{slug}",
            COMMUNITY_STAFF[number],
            role=Role.COMMUNITY_STAFF,
            division=community,
            title="社区工作者",
        )
        official_of(
            scene,
            f"supervisor-{slug}",
            SUPERVISORS[number],
            role=Role.SUPERVISOR,
            division=community,
            title="监督委员会主任",
        )


STREET_OFFICERS = ("汪晨", "邹雨", "石磊", "龚敏")
STREET_REVIEWERS = ("韩峰", "董洁", "段宏", "白薇")
COMMUNITY_STAFF = ("许丽华", "秦勇", "钟琴", "任杰", "姜兰", "范涛", "方莉", "贾斌", "廖梅")
SUPERVISORS = ("魏国富", "薛桂香", "叶庆", "阎秀", "余忠", "潘素琴", "杜文", "戴明", "谭英")


def register_residents(scene: Scene) -> None:
    """Let two residents sign in by phone and confirm that they live where they say."""
    for phone, name, code in data.RESIDENTS:
        community = place(code)
        if Resident.objects.filter(division=community, name=name).exists():
            continue
        user = accounts.register_resident_user(
            by=scene.system, phone=phone, display_name=name, is_verified=True, now=scene.now
        )
        resident = people.register_resident(
            by=user, now=scene.now, division=community, name=name, birth_on=data.RESIDENTS_BORN_ON
        )
        slug = next(found.slug for found in data.ENTERPRISES if found.community == code)
        people.confirm_resident(by=scene.user(f"staff-{slug}"), now=scene.now, resident=resident)


def post_notices(scene: Scene) -> None:
    """Put up a notice that still runs when the story has ended, so that a community's home has something open."""
    enterprise = data.ENTERPRISES[0]
    community = place(enterprise.community)
    title = f"{short(community)}2026年社区基金使用方向征求意见公告"
    if PublicNotice.objects.filter(title=title).exists():
        return
    staff = scene.user(f"staff-{enterprise.slug}")
    draft = notices.draft_notice(
        by=staff,
        now=scene.now,
        title=title,
        body="拟将本年度企业反哺资金优先用于楼道照明、无障碍坡道和老年助餐。公示期内可提出异议，居委会将逐条答复。",
        division=community,
        minimum_days=15,
        contact="居委会办公室，工作日 9:00 至 17:00",
    )
    notices.post_notice(by=staff, now=scene.now, notice=draft)


def person_of(scene: Scene, phone: str, name: str) -> User:
    """Make a log-in by phone for somebody of an enterprise, who needs no desk."""
    found = User.objects.filter(display_name=name, kind=UserKind.RESIDENT).first()
    return found or accounts.register_resident_user(
        by=scene.system, phone=phone, display_name=name, is_verified=True, now=scene.now
    )


def committee_names(slug: str) -> list[tuple[str, str]]:
    """Return five invented members with their seats."""
    number = [enterprise.slug for enterprise in data.ENTERPRISES].index(slug)
    given = ("建国", "淑芬", "德明", "秀英", "志强")
    family = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
    seats = (Seat.COMMUNITY, Seat.RESIDENT, Seat.RESIDENT, Seat.CHARITY, Seat.STREET)
    return [(family[(number * 2 + index) % len(family)] + given[index], seat) for index, seat in enumerate(seats)]
