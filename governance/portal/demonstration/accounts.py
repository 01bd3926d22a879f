"""What funds account for in the demonstration: what is owed is opened, one account is published, past months are closed."""

from __future__ import annotations

from funds.charity.models import CommunityFund
from funds.disclosure import operations as disclosure
from funds.disclosure.lifecycle import DisclosureStatus
from funds.disclosure.models import Disclosure
from funds.ledger.models import Period
from funds.statements.checklist import months_before, open_points
from funds.statements.operations import close_month, propose_month
from funds.statements.periods import month_span
from governance.portal.demonstration import data
from governance.portal.demonstration.steps import Scene, place

HOME = "tanmulin"
TEXT = (
    "本期收入来自社区企业反哺和居民捐赠，支出用于楼道扶手等民生小事，均经居民议事协商决定并公示。"
    "尚未支付的款项已按用途冻结，待验收后拨付。"
)


def give_accounts(scene: Scene) -> None:
    """Open what every fund owes, publish the oldest account of one fund and close its past months."""
    disclosure.open_due(by=scene.system, now=scene.now, today=scene.today)
    enterprise = next(found for found in data.ENTERPRISES if found.slug == HOME)
    fund = CommunityFund.objects.select_related("book").get(division=place(enterprise.community))
    street = enterprise.community[6:9]
    _publish(scene, fund, street)
    _close(scene, fund, street)


def _publish(scene: Scene, fund: CommunityFund, street: str) -> None:
    rows = Disclosure.objects.filter(fund=fund, kind="ACCOUNT")
    row = rows.order_by("covers_to", "pk").first()
    if row is None or rows.filter(status=DisclosureStatus.PUBLISHED).exists():
        return
    if row.status == DisclosureStatus.DUE:
        row = disclosure.write_disclosure(by=scene.user(f"staff-{HOME}"), disclosure=row, text=TEXT, now=scene.now)
    disclosure.publish_disclosure(by=scene.user(f"street{street}"), disclosure=row, now=scene.now)


def _close(scene: Scene, fund: CommunityFund, street: str) -> None:
    """Close the months that are over, as far as nothing is left to be posted into them."""
    for year, month in months_before(fund.book, month_span(scene.today.year, scene.today.month)):
        if any(point.is_blocking for point in open_points(fund.book, year, month)):
            return
        proposer, closer = scene.user(f"street{street}"), scene.user(f"reviewer{street}")
        row = Period.objects.filter(book=fund.book, year=year, month=month).first() or propose_month(
            by=proposer, book=fund.book, year=year, month=month, now=scene.now
        )
        close_month(by=closer, period=row, now=scene.now)
