"""The kinds of funds beside those of the communities, what is watched about them, and one that is being closed.

The four budget funds are those of report S3, the budget lines those of report S1; amounts are invented.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from communities.bodies.models import Seat
from communities.people.models import Role
from funds.charity import operations as charity
from funds.charity import stations
from funds.charity.committee import Seated
from funds.charity.models import CommunityFund, DonationStation, HostCharity
from funds.closing import operations as closing
from funds.closing.models import BalanceUse, ClosureGround, FundClosure
from funds.donations import operations as donations
from funds.donations.models import Donation
from funds.ledger import operations as ledger
from funds.ledger.models import Flow, Suspension
from funds.oversight import operations as oversight
from funds.oversight.models import SupervisorOpinion
from funds.packs import operations as packs
from funds.support import operations as support
from funds.support.models import Appropriation, FundingSource
from funds.upkeep import operations as upkeep
from funds.upkeep.models import UpkeepEntry
from governance.portal.demonstration import data
from governance.portal.demonstration.steps import Scene, official_of, place

TERMS = (
    "款项只用于设立目的所列事项，由管理委员会提出、慈善会审核后支付。"
    "任何一方可提前三个月提出终止；终止后的结余用于本慈善会目的相同或相近的项目，并予公示。"
)
HOME = "510302002"
"""The street whose people run these funds (its statistical code)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One fund of another kind."""

    name: str
    category: str
    place: str
    purpose: str
    partner: str = ""
    rule_pack: str = ""


COOPERATION = Kind(
    "社区U基金", "COOPERATION", f"{HOME}000", "与公募基金会合作支持社区微项目。", partner="川南公益基金会"
)
MASS_ORGANIZATION = Kind(
    "自流井区群团公益基金", "MASS_ORGANIZATION", f"{HOME}000", "困难职工和妇女儿童关爱。", partner="自流井区总工会"
)
ENDED = Kind("东兴寺街道老旧小区互助基金", "CHARITY", f"{HOME}000", "老旧小区邻里互助。")
BUDGET_FUNDS = (
    Kind("区级公益创投资金（社区发展公益金）", "BUDGET", data.DISTRICT, "区级公益创投项目。", rule_pack="budget"),
    Kind("东兴寺街道公益微创投资金", "BUDGET", f"{HOME}000", "街道公益微创投项目。", rule_pack="budget"),
    Kind("各级场馆运营资金", "BUDGET", data.DISTRICT, "社区场馆运营补助。", rule_pack="budget"),
    Kind("各类社会服务资金", "BUDGET", data.DISTRICT, "购买社会服务和社区助理岗位。", rule_pack="budget"),
)
APPROPRIATIONS = (
    (0, FundingSource.WELFARE_LOTTERY, "自财社〔2026〕11号", "300000.00"),
    (0, FundingSource.COMMUNITY_WELFARE, "自社工〔2026〕3号", "120000.00"),
    (1, FundingSource.FISCAL, "东兴寺街办〔2026〕6号", "80000.00"),
    (2, FundingSource.FISCAL, "自财社〔2026〕12号", "150000.00"),
    (3, FundingSource.FISCAL, "自财社〔2026〕13号", "260000.00"),
)


def load_rule_packs(scene: Scene) -> None:
    """Load the rule packs that the product comes with, before any fund names one."""
    packs.seed_rule_packs(by=scene.system, now=scene.now)


def _fund(kind: Kind) -> CommunityFund | None:
    return CommunityFund.objects.filter(name=kind.name).first()


def _open(scene: Scene, kind: Kind) -> CommunityFund:
    """Apply for a fund, name its committee, sign and open it: three different people."""
    is_budget = kind.category == "BUDGET"
    applicant = scene.user(f"street{HOME[6:9]}")
    if kind.place == data.DISTRICT:
        applicant = official_of(
            scene, "civil", "欧阳琴", role=Role.DISTRICT_OFFICER, division=place(data.DISTRICT), title="区民政局 经办"
        )
    fund = _fund(kind) or charity.apply_for_fund(
        by=applicant,
        charity=None if is_budget else HostCharity.objects.get(credit_code=data.CHARITY[1]),
        division=place(kind.place),
        name=kind.name,
        short_name=kind.name[:60],
        purpose=kind.purpose,
        category=kind.category,
        partner=kind.partner,
        rule_pack=kind.rule_pack,
        now=scene.now,
    )
    if fund.committee is None:
        _seat(scene, fund)
        fund.refresh_from_db()
    if fund.status == "APPLIED":
        signer = scene.user("district") if is_budget else scene.user("charity")
        number = f"ZLJ{'Y' if is_budget else 'C'}-{scene.today.year}-{fund.pk:03d}"
        ends_on = None if is_budget else scene.today + dt.timedelta(days=3 * 365)
        fund = charity.sign_agreement(
            by=signer,
            fund=fund,
            agreement_number=number,
            now=scene.now,
            ends_on=ends_on,
            terms="" if is_budget else TERMS,
        )
    if fund.status == "AGREED":
        opener = scene.user("district2") if is_budget else scene.user(f"reviewer{HOME[6:9]}")
        fund = charity.activate_fund(by=opener, fund=fund, now=scene.now)
    return fund


def _seat(scene: Scene, fund: CommunityFund) -> None:
    seats = [
        Seated("申建明", Seat.STREET, is_chair=True),
        Seated("邱玉兰", Seat.RESIDENT),
        Seated("侯志刚", Seat.RESIDENT),
        Seated("江淑英", Seat.DONOR),
        Seated("史国强", Seat.UNIT),
        Seated("顾德明", Seat.SUPERVISOR),
    ]
    by = scene.user("district" if fund.division == place(data.DISTRICT) else f"street{HOME[6:9]}")
    charity.name_committee(by=by, fund=fund, seats=seats, valid_from=scene.today, now=scene.now)


def open_other_funds(scene: Scene) -> None:
    """Open the co-operation fund, the fund of mass organizations, one that will end, and the four budget funds."""
    for kind in (COOPERATION, MASS_ORGANIZATION, ENDED, *BUDGET_FUNDS):
        _open(scene, kind)


def receive_public_money(scene: Scene) -> None:
    """Plan and receive what the budget lines give, by two people each."""
    for number, source, document, amount in APPROPRIATIONS:
        fund = _fund(BUDGET_FUNDS[number])
        assert fund is not None  # noqa: S101 - opened before
        _receive(scene, fund, source, document, amount, receiver="district2")
    fund = _fund(ENDED)
    assert fund is not None  # noqa: S101 - opened before
    _receive(scene, fund, FundingSource.FISCAL, "东兴寺街办〔2026〕7号", "2000.37", receiver="charity")


def receive_from_partners(scene: Scene) -> None:
    """Receive what the partners put into the funds that they founded with the charity; the second has lain idle since."""
    for kind, amount, reference, then in (
        (COOPERATION, "21000.00", "合作方捐入001", scene),
        (MASS_ORGANIZATION, "7000.00", "工会划入001", scene.ago(45)),
    ):
        fund = _fund(kind)
        assert fund is not None  # noqa: S101 - opened before
        row = Donation.objects.filter(fund=fund, reference=reference).first() or donations.record_donation(
            by=scene.user(f"street{HOME[6:9]}"),
            fund=fund,
            donor_kind="UNIT",
            channel="BANK",
            amount=Decimal(amount),
            reference=reference,
            donor_name=kind.partner,
            is_name_public=True,
            now=then.now,
        )
        if row.status == "PLEDGED":
            donations.receive_donation(by=scene.user("charity"), donation=row, received_on=then.today, now=then.now)


def _receive(scene: Scene, fund: CommunityFund, source: str, document: str, amount: str, *, receiver: str) -> None:
    row = Appropriation.objects.filter(fund=fund, document_number=document).first() or support.plan_appropriation(
        by=scene.user("district"),
        fund=fund,
        source=source,
        fiscal_year=scene.today.year,
        document_number=document,
        amount=Decimal(amount),
        now=scene.now,
    )
    if row.status == "PLANNED":
        support.receive_appropriation(
            by=scene.user(receiver), appropriation=row, received_on=scene.today, now=scene.now
        )


def open_stations(scene: Scene) -> None:
    """Open two donation stations."""
    host = HostCharity.objects.get(credit_code=data.CHARITY[1])
    for community, name, hours in (
        ("510302002004", "檀木林社区捐赠接收站", "每周三、周六 9:00 至 11:30"),
        ("510302002008", "三八路社区捐赠接收站", "每周六 14:00 至 17:00"),
    ):
        if not DonationStation.objects.filter(name=name).exists():
            stations.open_station(
                by=scene.user("charity"),
                charity=host,
                division=place(community),
                name=name,
                place=f"{name[:5]}党群服务中心一楼",
                hours=hours,
                contact="党群服务中心服务台",
                takes="洗净的四季衣物、图书、学习用品；不收现金。",
                valid_from=scene.today,
                now=scene.now,
            )


def watch(scene: Scene) -> None:
    """Let a supervisor give an opinion, suspend and lift, and let the monthly clock look at every fund."""
    fund = CommunityFund.objects.get(division=place("510302002004"))
    supervisor = scene.user("supervisor-tanmulin")
    if not SupervisorOpinion.objects.filter(fund=fund).exists():
        oversight.record_opinion(
            by=supervisor,
            fund=fund,
            attended_on=scene.today,
            occasion="第三季度管委会会议列席",
            opinion="会议到会人数和表决程序符合规定，凭证齐全。",
            now=scene.now,
        )
    other = _fund(COOPERATION)
    assert other is not None  # noqa: S101 - opened before
    row = Suspension.objects.filter(book=other.book_id).first() or ledger.suspend_book(
        by=scene.user("charity"),
        book=other.book,
        flow=Flow.OUTGO,
        reason="合作方换届，暂停用款，待核对账目。",
        now=scene.now,
    )
    if row.status == "IMPOSED":
        ledger.lift_suspension(
            by=scene.user(f"reviewer{HOME[6:9]}"), suspension=row, reason="账目已核对一致。", now=scene.now
        )
    oversight.scan_funds(by=scene.system, now=scene.now, today=scene.today)


def bear_interest(scene: Scene) -> None:
    """Post the bank's interest of one fund by two people, and leave that of another to be confirmed."""
    for kind, amount, reference in ((COOPERATION, "18.62", "结息单0312"), (MASS_ORGANIZATION, "6.05", "结息单0313")):
        fund = _fund(kind)
        assert fund is not None  # noqa: S101 - opened before
        row = UpkeepEntry.objects.filter(fund=fund).first() or upkeep.enter_interest(
            by=scene.user("charity"),
            fund=fund,
            covers_from=scene.today - dt.timedelta(days=90),
            covers_to=scene.today - dt.timedelta(days=1),
            amount=Decimal(amount),
            reference=reference,
            now=scene.now,
        )
        if row.status == "ENTERED" and kind is COOPERATION:
            upkeep.post_upkeep(by=scene.user("charity2"), entry=row, posted_on=scene.today, now=scene.now)


def close_one(scene: Scene) -> None:
    """Take one fund to the publicity of its balance; the rest is done by hand when the days are over."""
    fund, recipient = _fund(ENDED), _fund(COOPERATION)
    assert fund is not None  # noqa: S101 - opened before
    told: dict[str, dt.date | dt.datetime] = {"now": scene.now, "today": scene.today}
    row = FundClosure.objects.filter(fund=fund).first() or closing.begin_closing(
        by=scene.user("charity"),
        fund=fund,
        ground=ClosureGround.PURPOSE,
        reason="老旧小区改造已全部完成，设立目的已实现。",
        **told,  # type: ignore[arg-type]  # the moment and its day
    )
    if row.status == "BEGUN":
        row = closing.give_audit_opinion(
            by=scene.user("auditor"),
            closure=row,
            auditor="自贡某会计师事务所",
            opinion="收支真实完整，账实相符，无未了事项。",
            **told,  # type: ignore[arg-type]  # as above
        )
    if row.status == "AUDITED" and not row.use:
        row = closing.propose_balance_use(
            by=scene.user("charity"),
            closure=row,
            use=BalanceUse.SAME_PURPOSE,
            recipient=recipient,
            use_reason="两项基金均支持社区微项目和邻里互助，目的相近。",
            now=scene.now,
        )
    if row.status == "PROPOSED":
        closing.post_closing(by=scene.user(f"street{HOME[6:9]}"), closure=row, **told)  # type: ignore[arg-type]  # as above
