"""What people give in the demonstration: goods, a promise, an appeal on a platform with its file, crowd-funding."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

from django.core.files.base import ContentFile
from django.db import transaction

from consultation.decisions.models import Decision
from funds.appeals import operations as appeals
from funds.appeals.models import Appeal
from funds.charity.models import CommunityFund, DonationStation
from funds.donations import corrections, matching, operations
from funds.donations.models import Donation
from funds.donations.operations import Goods
from funds.donations.promises import MatchingPromise
from funds.intake import operations as intake
from funds.intake.models import DonationIntake
from governance import lifecycle
from governance.portal.demonstration import data
from governance.portal.demonstration.loop import TOPIC_TITLE
from governance.portal.demonstration.steps import Scene, place

GUANGDAJIE, TANMULIN = "guangdajie", "tanmulin"
MATCHER = "自流井区慈善会配捐"
APPEAL = "光大街“一元助学”"
CROWD = "12至15栋楼道扶手居民共筹"
FILE = "腾讯公益-光大街一元助学.csv"
GIFTS = (
    ("赵小雨", "10.00", "是"),
    ("匿名", "1.00", "否"),
    ("㐂乐", "66.60", "是"),
    ("陈先生", "100.00", "否"),
    ("爱心网友", "5.00", "否"),
)


def _fund(slug: str) -> CommunityFund:
    enterprise = next(found for found in data.ENTERPRISES if found.slug == slug)
    return CommunityFund.objects.get(division=place(enterprise.community))


def give_goods(scene: Scene) -> None:
    """Hand goods in at a station."""
    fund = _fund(GUANGDAJIE)
    station = DonationStation.objects.order_by("pk").first()
    row = Donation.objects.filter(reference="实物2026-001").first() or operations.record_goods(
        by=scene.user("staff-guangdajie"),
        fund=fund,
        donor_kind="UNIT",
        donor_name="光大街粮油门市部",
        is_name_public=True,
        goods=[
            Goods("大米", Decimal(20), "袋", Decimal("1600.00"), "INVOICE", "购货发票复印件"),
            Goods("食用油", Decimal(20), "桶", Decimal("1180.00"), "INVOICE", "购货发票复印件"),
        ],
        reference="实物2026-001",
        station=station,
        now=scene.now,
    )
    _lead_on(scene, row)


def _lead_on(scene: Scene, row: Donation) -> None:
    """Receive a donation, waive its receipt, certify and publish it."""
    officer = scene.user("charity")
    if row.status == "PLEDGED":
        row = operations.receive_donation(by=officer, donation=row, received_on=scene.today, now=scene.now)
    if row.status == "RECEIVED":
        row = operations.issue_receipt(by=officer, donation=row, waived_note="捐赠人放弃票据", now=scene.now)
    if row.status == "RECEIPTED":
        row = corrections.issue_certificate(by=officer, donation=row, now=scene.now)
        lifecycle.move(row, "publish", by=officer, now=scene.now)


def promise(scene: Scene) -> None:
    """Let the charity promise to add half a yuan to each yuan given online, and confirm its deposit."""
    row = MatchingPromise.objects.filter(matcher=MATCHER).first() or matching.promise_matching(
        by=scene.user("charity2"),
        fund=_fund(GUANGDAJIE),
        matcher=MATCHER,
        is_name_public=True,
        ratio=Decimal("0.50"),
        cap=Decimal("500.00"),
        each_at_most=Decimal("20.00"),
        starts_on=scene.today,
        ends_on=scene.today + dt.timedelta(days=365),
        now=scene.now,
    )
    if row.status == "PROPOSED":
        matching.confirm_deposit(by=scene.user("charity"), promise=row, reference="配捐存入001", now=scene.now)


def appeal(scene: Scene) -> None:
    """Open an appeal to the public under the charity's certificate, and take the platform's file in."""
    row = Appeal.objects.filter(title=APPEAL).first() or appeals.draft_appeal(
        by=scene.user("staff-guangdajie"),
        fund=_fund(GUANGDAJIE),
        kind="PUBLIC",
        title=APPEAL,
        purpose="为光大街困难家庭的在校学生购买学习用品。",
        target=Decimal("5000.00"),
        starts_on=scene.today,
        ends_on=scene.today + dt.timedelta(days=240),
        filing_number="慈募备〔2026〕第007号",
        platform_url="https://gongyi.qq.com/succor/detail.htm?id=20260007",
        now=scene.now,
    )
    if row.status == "DRAFT":
        row = appeals.open_appeal(by=scene.user("charity"), appeal=row, now=scene.now)


def take_in(scene: Scene) -> None:
    """Upload what the platform lists, read, confirm, post and publish it: two people and the worker's operations.

    In one transaction, so that the worker, whose jobs these are, finds them done.
    """
    with transaction.atomic():
        _take_in(scene)


def _take_in(scene: Scene) -> None:
    appeal_row = Appeal.objects.get(title=APPEAL)
    row = DonationIntake.objects.filter(name=FILE).first() or intake.upload_file(
        by=scene.user("staff-guangdajie"),
        fund=_fund(GUANGDAJIE),
        appeal=appeal_row,
        file=ContentFile(_platform_file(appeal_row.starts_on)),
        name=FILE,
        now=scene.now,
    )
    if row.status == "UPLOADED":
        row = intake.read_file(by=scene.system, intake=row, now=scene.now)
    if row.status == "READ":
        row = intake.confirm_intake(by=scene.user("charity"), intake=row, now=scene.now)
    if row.status == "CONFIRMED":
        row = intake.post_file(by=scene.system, intake=row, now=scene.now)
    if row.rows.filter(donation__status="RECEIVED").exists():
        intake.publish_intake(by=scene.user("charity"), intake=row, note="电子票据由平台开具", now=scene.now)


def _platform_file(day: dt.date) -> bytes:
    """Return the list of a platform as it is downloaded there."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("订单号", "捐赠时间", "捐赠人", "捐赠金额", "是否公开"))
    for number, (name, amount, is_public) in enumerate(GIFTS, start=1):
        writer.writerow((f"TX{day:%Y%m%d}{number:04d}", f"{day} 10:{number:02d}:00", name, amount, is_public))
    return text.getvalue().encode("gb18030")


def raise_among_residents(scene: Scene) -> None:
    """Let the residents raise a part of their stairs' cost among themselves, as they have decided."""
    fund = _fund(TANMULIN)
    row = Appeal.objects.filter(title=CROWD).first() or appeals.draft_appeal(
        by=scene.user("staff-tanmulin"),
        fund=fund,
        kind="RESIDENTS",
        title=CROWD,
        purpose="在社区基金之外，由本楼居民自愿出资，用于扶手今后的维护。",
        target=Decimal("1000.00"),
        starts_on=scene.today,
        ends_on=scene.today + dt.timedelta(days=90),
        decision=Decision.objects.get(topic__title=TOPIC_TITLE),
        now=scene.now,
    )
    if row.status == "DRAFT":
        appeals.open_appeal(by=scene.user("charity"), appeal=row, now=scene.now)


def give(scene: Scene) -> None:
    """Tell all of it; each step looks first what is there."""
    give_goods(scene)
    promise(scene)
    appeal(scene)
    take_in(scene)
    raise_among_residents(scene)
