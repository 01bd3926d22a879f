"""The service center of a community, run by an organization (党群服务中心社会化运营): bought, described, signed by three, opened."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction

from communities.venues.models import Venue
from governance.portal.demonstration import contracting, purchases
from governance.portal.demonstration.loop import COMMUNITY, moment
from governance.portal.demonstration.market import CENTER
from governance.portal.demonstration.steps import Scene, person_of, place
from projects.contracts import drafting
from projects.contracts.models import Condition, ContractKind
from projects.contracts.policy import ServiceField
from projects.contracts.services import operations as services
from projects.contracts.services.models import VenueOperation
from socialorgs.register.models import SocialOrganization

BOUGHT, OFFERED, BEGUN = 95, 70, 45
"""So many days ago the operation was bought, its contract offered, and the center taken over."""
SERVED = (
    ("VENUE", 30, "一楼服务大厅、老年活动室", 126, "24.0"),
    ("CHILDREN", 9, "四点半课堂、共享书屋", 88, "18.5"),
)


@transaction.atomic
def operate(scene: Scene) -> None:
    """Tell it once: the street buys a year of it, the community hands over, the organization opens and serves."""
    venue = Venue.objects.filter(division=place(COMMUNITY), name=CENTER).first()
    name, code, person = purchases.OTHERS[1]
    body = SocialOrganization.objects.filter(credit_code=code).first()
    if venue is None or body is None or VenueOperation.objects.filter(venue=venue).exists():
        return
    manager, begun = person_of(scene, *person), scene.ago(BEGUN)
    award = purchases.buy_operation(scene.ago(BOUGHT), (body, manager), begun.today)
    row = drafting.draft_contract(
        by=scene.user("street002"),
        now=scene.ago(OFFERED + 1).now,
        division=award.landing,
        organization=body,
        purchase=award,
        kind=ContractKind.VENUE,
        field=ServiceField.GOVERNANCE,
        title=award.purchase.title,
        scope="值守、预约、活动组织和场地维护，场地和设备产权不变。",
        amount=award.amount,
        starts_on=award.starts_on,
        ends_on=award.ends_on,
        instalments=[(50, Condition.SIGNING), (50, Condition.ACCEPTANCE)],
        lines=[
            ("PERSONNEL", "值守和社工", award.amount - Decimal("10000.00")),
            ("ACTIVITY", "居民活动", Decimal("10000.00")),
        ],
        deliverables=[("开放", Decimal(2900), "小时"), ("居民活动", Decimal(48), "场")],
        milestones=[("完成交接并开放", award.starts_on + dt.timedelta(days=15))],
    )
    services.describe_venue(
        by=scene.user("street002"),
        now=scene.ago(OFFERED + 1).now,
        contract=row,
        venue=venue,
        hours_a_week=56,
        opening_hours="每天 8:30 至 20:30，周一上午整理设备不开放",
        services="社工咨询、老年活动室、四点半课堂、共享书屋、议事厅、活动场地预约。",
        free_services="居民自办活动、议事协商、志愿服务和未成年人阅读免费。",
        handed_over="钥匙14把，桌椅120套，投影2台，音响1套，图书3600册，清单一式三份。",
    )
    row = contracting.sign_and_pay(scene, row, OFFERED, "自财采备〔{}〕17号", "国库支付〔{}〕0288")
    for kind, days, where, people, hours in SERVED:
        record = services.record_service(
            by=manager,
            now=moment(scene, days),
            contract=row,
            kind=kind,
            served_on=scene.ago(days).today,
            place=where,
            people=people,
            hours=Decimal(hours),
            note=f"{name}按开放时间值守。",
        )
        services.confirm_service(by=scene.user("staff-tanmulin"), now=moment(scene, days - 1), record=record)
