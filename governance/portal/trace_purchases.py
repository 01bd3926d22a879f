"""Purchases on the trace: the plan that a decision led to, its award, and the public money that was paid for it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext as _

from governance.accounts.masking import mask_text
from governance.portal.trace_nodes import Key, Node, Stage, day_of, url_of
from projects.purchasing.awarding.lifecycle import AwardStatus
from projects.purchasing.awarding.models import PublicPayment, PurchaseAward
from projects.purchasing.models import Purchase

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from governance.accounts.models import User


def read_purchases(which: Q, user: User | AnonymousUser) -> QuerySet[Any]:
    """Return purchases with their final awards and what was paid for them."""
    awards = PurchaseAward.objects.filter(purchase=OuterRef("pk"), status=AwardStatus.FINAL).order_by("pk")
    award = JSONObject(pk="pk", number="number", amount="amount", settled_at="settled_at", body="organization__name")
    payments = PublicPayment.objects.filter(award__purchase=OuterRef("pk")).order_by("pk")
    payment = JSONObject(pk="pk", award="award", amount="amount", paid_on="paid_on", document="document_number")
    rows: QuerySet[Any] = Purchase.objects.visible_to(user).filter(which)
    told: QuerySet[Any] = rows.annotate(
        of_topic=Coalesce("decision__topic", "topic"),
        awarded=ArraySubquery(awards.values(found=award)),
        paid=ArraySubquery(payments.values(found=payment)),
    )
    return told


def show_purchase(row: Any) -> list[Node]:
    """Return a purchase, and under it its award with the payments out of public money."""
    key, url = Key("purchase", row.pk), url_of("projects:purchase-detail", pk=row.pk)
    origins = (("decision", row.decision_id), ("topic", row.of_topic), ("matter", row.matter_id))
    node = Node(
        Stage.PURCHASE,
        key,
        f"{row.number} {mask_text(row.title)}",
        row.get_status_display(),
        url,
        on=day_of(row.called_at, row.planned_at),
        amount=row.amount,
        after=tuple(Key(kind, pk) for kind, pk in origins if pk is not None),
    )
    return [node, *(_award(found, key) for found in row.awarded), *(_payment(found) for found in row.paid)]


def _award(found: dict[str, Any], purchase: Key) -> Node:
    return Node(
        Stage.AWARD,
        Key("award", found["pk"]),
        f"{found['number']} {found['body']}",
        str(AwardStatus.FINAL.label),
        url_of("projects:purchase-award-detail", pk=found["pk"]),
        on=day_of(dt.datetime.fromisoformat(found["settled_at"])) if found["settled_at"] else None,
        amount=Decimal(str(found["amount"])),
        after=(purchase,),
    )


def _payment(found: dict[str, Any]) -> Node:
    return Node(
        Stage.PAYMENT,
        Key("public", found["pk"]),
        found["document"],
        _("Paid out of public money"),
        url_of("projects:purchase-award-detail", pk=found["award"]),
        on=dt.date.fromisoformat(found["paid_on"]),
        amount=Decimal(str(found["amount"])),
        after=(Key("award", found["award"]),),
    )
