"""The registers of three districts as their reports count them, and what 武侯 and 包河 bought and showed in those years.

Names of bodies are invented; the numbers are those of reports S0 (89, then 126 registered, 139 filed), S2b (361, of them 261
associations, five new in half a year), S3 (222 aide posts) and S4 (1,127 bodies, 120 under the easy rule, ten brands, nearly
600 tenants, 139 services handed over, 315 projects at fairs). All of it comes in as it would elsewhere: by a sheet of the
registrar's that one person uploads and another confirms, and by the operations of the rooms.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.db import transaction
from stdnum.cn import uscc
from tablib import Dataset

from communities.people.models import Role
from communities.territory.models import Division, Tier
from communities.territory.spreadsheet import TextXLSX
from governance import lifecycle
from governance.portal.demonstration import purchases
from governance.portal.demonstration.steps import Scene, has_code, named_after, official_of, place, short
from projects.contracts.policy import ServiceField
from projects.contracts.services import operations as services
from projects.contracts.services.models import PostKind, PurchasedPosts
from projects.market.fairs import operations as fairs
from projects.market.fairs.models import MatchFair
from projects.market.fairs.operations import Listed
from projects.purchasing.catalogue import operations as catalogue
from projects.purchasing.catalogue.models import ListKind, PurchaseList
from socialorgs.register.centers import operations as centers
from socialorgs.register.centers.models import ServiceCenter
from socialorgs.register.centers.operations import House
from socialorgs.register.intake import operations as intake
from socialorgs.register.intake.models import RegisterSheet
from socialorgs.register.intake.reading import AT_ONCE
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import OrganizationType, ServiceClass, SocialOrganization, Standing
from socialorgs.register.spreadsheet import COLUMNS
from socialorgs.register.strengths import operations as strengths
from socialorgs.register.strengths.operations import Origin
from socialorgs.register.strengths.queries import fields_of

if TYPE_CHECKING:
    from governance.accounts.models import User

ZILIUJING, PENGSHUI, WUHOU, BAOHE = "510302000000", "500243000000", "510107000000", "340111000000"
FIELDS = (
    *("养老服务", "助残服务", "儿童关爱", "青少年服务", "社区文化", "全民健身", "志愿服务", "法律服务"),
    *("心理服务", "环境保护", "物业治理", "邻里互助", "平安建设", "就业帮扶", "健康促进", "阅读推广"),
)
ENDS = {
    OrganizationType.ASSOCIATION: "协会",
    OrganizationType.SOCIAL_SERVICE_AGENCY: "服务中心",
    OrganizationType.COMMUNITY_ORGANIZATION: "互助社",
}
BEGINS = {
    OrganizationType.ASSOCIATION: "51",
    OrganizationType.SOCIAL_SERVICE_AGENCY: "52",
    OrganizationType.COMMUNITY_ORGANIZATION: "59",
}
"""How a credit code of a type begins."""
FAMILY, GIVEN = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张",
    ("建华", "丽君", "国栋", "晓燕", "永康", "春梅", "志远"),
)
CLASSES = tuple(ServiceClass.values)
SHEET = "社会组织登记簿.xlsx"
TENANTS_OF_A_CENTER, CENTERS = 10, 59
BRANDS = ("爱有戏", "同行者", "朗力", "心家园", "晨光", "根系", "邻益", "乐群", "善水", "青年空间")
FAIR, FAIR_PROJECTS = "武侯区社区服务项目对接会", 315


@dataclass(frozen=True, slots=True)
class Part:
    """So many bodies of a type, founded so many days ago and earlier, the last of them by so many days apart."""

    organization_type: str
    count: int
    youngest: int
    apart: int = 3
    standing: str = Standing.REGISTERED


def mirror(scene: Scene) -> None:
    """Take the registers in; a district whose register is there, or which is not loaded, is left alone."""
    if has_code(ZILIUJING):
        _mirror(scene, ZILIUJING, (scene.user("district"), scene.user("district2")), _of_ziliujing(place(ZILIUJING)))
    if has_code(PENGSHUI):
        _mirror(scene, PENGSHUI, _officers(scene, PENGSHUI, "pengshui"), OF_PENGSHUI)
    if has_code(WUHOU):
        _mirror(scene, WUHOU, _officers(scene, WUHOU, "wuhou"), OF_WUHOU)


def _of_ziliujing(district: Division) -> Sequence[Part]:
    """Fill the register of the story's own district up to 126 registered, 37 of them within a year, and 139 filed."""
    living = SocialOrganization.objects.in_division(district).filter(
        status__in=(OrganizationStatus.ACTIVE, OrganizationStatus.LIQUIDATING)
    )
    registered = living.filter(standing=Standing.REGISTERED).count()
    community = living.filter(organization_type=OrganizationType.COMMUNITY_ORGANIZATION).count()
    agency, association = OrganizationType.SOCIAL_SERVICE_AGENCY, OrganizationType.ASSOCIATION
    return (
        Part(agency, 37, youngest=30, apart=7),
        Part(association, 89 - registered, youngest=700, apart=20),
        Part(OrganizationType.COMMUNITY_ORGANIZATION, 139 - community, 40, 8, Standing.FILED),
    )


OF_PENGSHUI = (
    Part(OrganizationType.ASSOCIATION, 5, youngest=20, apart=25),
    Part(OrganizationType.ASSOCIATION, 256, youngest=500, apart=14),
    Part(OrganizationType.SOCIAL_SERVICE_AGENCY, 100, youngest=500, apart=30),
)
OF_WUHOU = (
    Part(OrganizationType.COMMUNITY_ORGANIZATION, 122, youngest=400, apart=10),
    Part(OrganizationType.SOCIAL_SERVICE_AGENCY, 705, youngest=400, apart=4),
    Part(OrganizationType.ASSOCIATION, 300, youngest=400, apart=9),
)


def _officers(scene: Scene, code: str, slug: str) -> tuple[User, User]:
    """The district's own department: one enters, another confirms."""
    district = place(code)
    first, second = (
        official_of(
            scene, f"{slug}{end}", name, role=Role.DISTRICT_ADMIN, division=district, title="区民政局社会组织科"
        )
        for end, name in (("", f"{short(district)}经办"), ("2", f"{short(district)}复核"))
    )
    return first, second


def _mirror(scene: Scene, code: str, by: tuple[User, User], parts: Sequence[Part]) -> None:
    """One uploads the registrar's sheet, the other confirms it; it is entered here as the worker would."""
    district = place(code)
    name = f"{short(district)}{SHEET}"
    if RegisterSheet.objects.filter(name=name).exists():
        return
    sheet = Dataset(headers=[str(heading) for heading in COLUMNS])
    for row in _rows(scene, district, code[:6], parts):
        sheet.append([row.get(key, "") for key in COLUMNS])
    enterer, approver = by
    # As one, so that the worker's own jobs find the sheet entered already and leave it alone.
    with transaction.atomic():
        taken = intake.upload_sheet(
            by=enterer, now=scene.now, division=district, file=ContentFile(TextXLSX().export_data(sheet)), name=name
        )
        taken = intake.read_sheet(by=scene.system, sheet=taken, now=scene.now)
        taken = intake.confirm_sheet(by=approver, now=scene.now, sheet=taken)
        for start in range(1, len(sheet) + 2, AT_ONCE):
            intake.enter_some(by=scene.system, now=scene.now, sheet=taken, numbers=range(start, start + AT_ONCE))
        intake.finish_sheet(by=scene.system, now=scene.now, sheet=taken)


def _rows(scene: Scene, district: Division, six: str, parts: Iterable[Part]) -> Iterator[dict[str, str]]:
    """One row for each body: in turn through the communities, field by field, so that no name stands twice."""
    names = product(FIELDS, communities_of(district))
    number = 0
    for part in parts:
        for index in range(part.count):
            field, community = next(names)
            number += 1
            founded = scene.today - dt.timedelta(days=part.youngest + index * part.apart)
            is_filed = part.standing == Standing.FILED
            head = FAMILY[number % len(FAMILY)] + GIVEN[number % len(GIVEN)]
            street = community.parent
            yield {
                "street": street.short_name if street else "",
                "community": community.short_name,
                "name": named_after(
                    community, f"{field}{'队' if is_filed else ENDS[OrganizationType(part.organization_type)]}"
                ),
                "organization_type": part.organization_type,
                "standing": part.standing,
                "credit_code": ""
                if is_filed
                else _code(f"{BEGINS[OrganizationType(part.organization_type)]}{six}", number),
                "filing_number": f"{six}-{founded.year}-{number:04d}" if is_filed else "",
                "service_class": CLASSES[number % len(CLASSES)]
                if part.organization_type == OrganizationType.COMMUNITY_ORGANIZATION
                else "",
                "registrar": "" if is_filed else f"{district.name}民政局",
                "head_name": head,
                "members_count": str(8 + number % 40),
                "capital": "" if is_filed else "30000.00",
                "founded_on": founded.isoformat(),
                "scope": f"在{short(community)}开展{field}。",
            }


def communities_of(district: Division) -> list[Division]:
    """Return the communities and villages that the district runs itself, with their streets; one query."""
    rows = Division.objects.filter(path__startswith=district.path, tier=Tier.COMMUNITY, valid_to=None)
    own = rows.filter(parent__managed_by=None, managed_by=None).exclude(short_name="")
    return list(own.select_related("parent").order_by("path"))


def _code(begins: str, number: int) -> str:
    body = f"{begins}MJC{number:06d}"
    return body + uscc.calc_check_digit(body)


def furnish(scene: Scene) -> None:
    """Tell what 武侯 shows beside its register, and which posts 包河 bought; once each."""
    if has_code(WUHOU):
        by = _officers(scene, WUHOU, "wuhou")
        _place_tenants(scene, place(WUHOU))
        _bring_in(scene, by[0], place(WUHOU))
        _hand_over(scene, by, place(WUHOU))
        _hold_fair(scene, by[0], place(WUHOU))
    if has_code(BAOHE):
        _buy_posts(scene, place(BAOHE))


def _place_tenants(scene: Scene, district: Division) -> None:
    """Fifty-nine centers with ten bodies each, entered by their streets."""
    if ServiceCenter.objects.filter(division__path__startswith=district.path).exists():
        return
    then = scene.ago(300)
    with transaction.atomic():
        for community in communities_of(district)[:CENTERS]:
            street = community.parent
            if street is None:
                continue
            by = official_of(
                scene,
                f"street{street.pk}",
                "街道经办",
                role=Role.STREET_OFFICER,
                division=street,
                title="街道经办",
            )
            house = House(
                division=community,
                name=named_after(community, "社区社会组织居民服务中心"),
                address=f"{short(community)}党群服务中心二楼",
                rooms=6,
                services="活动场地、项目对接、培训。",
                opened_on=then.today,
            )
            center = centers.open_center(by=by, now=then.now, house=house)
            bodies = SocialOrganization.objects.filter(division=community).order_by("pk")[:TENANTS_OF_A_CENTER]
            for number, body in enumerate(bodies):
                centers.place_tenant(
                    by=by,
                    now=then.now,
                    center=center,
                    organization=body,
                    room=number % house.rooms + 1,
                    used_for="办公和居民活动",
                    valid_from=then.today,
                )


def _bring_in(scene: Scene, by: User, district: Division) -> None:
    bodies = SocialOrganization.objects.filter(
        division__path__startswith=district.path,
        organization_type=OrganizationType.SOCIAL_SERVICE_AGENCY,
        brought_in=None,
    ).select_related("division")
    if SocialOrganization.objects.filter(division__path__startswith=district.path).exclude(brought_in=None).exists():
        return
    for number, (brand, body) in enumerate(zip(BRANDS, bodies.order_by("pk")[: len(BRANDS)], strict=True), start=1):
        origin = Origin(
            brand=brand,
            origin_city=("深圳", "上海", "北京")[number % 3],
            fields=fields_of(district, scene.today)[:1],
            agreement_number=f"武社引〔2014〕{number}号",
            brought_in_on=body.founded_on + dt.timedelta(days=30),
        )
        strengths.bring_in(by=by, now=scene.now, organization=body, origin=origin)


def _hand_over(scene: Scene, by: tuple[User, User], district: Division) -> None:
    """The list of 139 items in four classes, by whose classes the first district's is made as well."""
    if PurchaseList.objects.filter(division=district).exists():
        return
    row = catalogue.draft_list(
        by=by[0],
        now=scene.now,
        division=district,
        kind=ListKind.HANDED_OVER,
        title="武侯区政务服务下沉事项清单",
        edition="2014",
        valid_from=dt.date(2014, 4, 14),
        items=purchases.handed_over_items(),
    )
    catalogue.confirm_list(by=by[1], now=scene.now, purchase_list=row)


def _hold_fair(scene: Scene, by: User, district: Division) -> None:
    """315 projects on the list."""
    if MatchFair.objects.filter(title=FAIR).exists():
        return
    begins = scene.ago(20).now
    with transaction.atomic():
        fair = fairs.plan_fair(
            by=by,
            now=scene.ago(40).now,
            division=district,
            title=FAIR,
            place="武侯区社会组织服务园",
            starts_at=begins,
            ends_at=begins + dt.timedelta(hours=8),
        )
        wanted = product(FIELDS, communities_of(district))
        listed = [
            Listed(named_after(community, f"{field}项目"), ServiceField.values[0], short(community), Decimal(30_000))
            for _number, (field, community) in zip(range(FAIR_PROJECTS), wanted, strict=False)
        ]
        fairs.list_projects(by=by, now=scene.ago(30).now, fair=fair, listed=listed)
        fair = lifecycle.move(fair, "open", by=by, now=begins)
        lifecycle.move(fair, "close", by=by, now=begins + dt.timedelta(hours=8))


def _buy_posts(scene: Scene, district: Division) -> None:
    """222 aide posts for 9.86 million yuan from 2015 on, as history: since 2020 posts are bought with a service contract only."""
    if PurchasedPosts.objects.filter(division__path__startswith=district.path).exists():
        return
    streets = Division.objects.filter(parent=district, tier=Tier.STREET, valid_to=None).order_by("path")[:3]
    for street, posts, amount in zip(streets, (80, 76, 66), ("3560000", "3380000", "2920000"), strict=True):
        by = official_of(
            scene, f"street{street.pk}", "街道经办", role=Role.STREET_OFFICER, division=street, title="街道经办"
        )
        services.record_posts(
            by=by,
            now=scene.now,
            division=street,
            kind=PostKind.ELDERLY_AIDE,
            posts=posts,
            filled=posts,
            amount=Decimal(amount),
            starts_on=dt.date(2015, 1, 1),
            ends_on=dt.date(2018, 1, 1),
            agency_name="包河区居家养老服务中心",
            source="2018年7月30日报告",
        )
