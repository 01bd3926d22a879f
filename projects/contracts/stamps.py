"""What the tables of this room share: who did something and when, and what stays as it was offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pgtrigger
from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from projects.contracts.models import Contract

PARTS: dict[str, tuple[str, ...]] = {
    "instalments": ("percent", "condition"),
    "milestones": ("title", "due_on"),
    "lines": ("category", "title", "amount"),
    "deliverables": ("title", "target", "unit"),
}
"""The rows in which a contract says the rest of what it says, with what of each is entered."""


def parts_entered(contract: Contract) -> dict[str, list[tuple[Any, ...]]]:
    """Return what is entered in the rows of a contract; a query for each kind unless they were read along."""
    return {
        part: [tuple(getattr(row, name) for name in columns) for row in getattr(contract, part).all()]
        for part, columns in PARTS.items()
    }


def moment(label: StrOrPromise, *, known: bool = False) -> models.DateTimeField[Any, Any]:
    """Return the column of the moment; `known` where the row begins with it."""
    return models.DateTimeField(label, null=not known, blank=not known, editable=False)


def person(label: StrOrPromise, *, known: bool = False) -> models.ForeignKey[Any, Any]:
    """Return the column of the person; `known` where the row begins with one."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=not known,
        blank=not known,
        editable=False,
        verbose_name=label,
    )


def apart(one: str, other: str, name: str) -> models.CheckConstraint:
    """Return the constraint that two acts are done by two persons."""
    return models.CheckConstraint(
        condition=models.Q((one, None)) | models.Q((other, None)) | ~models.Q((one, models.F(other))), name=name
    )


FIXED = """
                    IF EXISTS (
                        SELECT 1 FROM projects_contract
                        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.contract_id ELSE NEW.contract_id END
                            AND status <> 'DRAFT'
                    ) THEN
                        RAISE EXCEPTION 'The contract has been offered'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'TABLE_fixed_with_the_offer';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """


def fixed_with_the_offer(table: str, *columns: str, first: str = "") -> pgtrigger.Trigger:
    """Return the trigger that keeps rows of a contract once it was offered; of a change, only that of these columns.

    `first` is SQL that is asked before.
    """
    changed: pgtrigger.Operation = pgtrigger.UpdateOf(*columns) if columns else pgtrigger.Update
    return pgtrigger.Trigger(
        name="fixed_with_the_offer",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | changed | pgtrigger.Delete,
        func=first + FIXED.replace("TABLE", table),
    )


FILED = models.Q(filed_on=None, filing_number="") | (
    models.Q(filed_on__gte=models.F("signed_on"), purchase__isnull=False) & ~models.Q(filing_number="")
)
"""A copy of a contract on a purchase is filed with its number once it is signed (Basis: Government Procurement Law art. 47)."""


DESPITE = models.Q(despite_grade="", despite_at=None, despite_by=None) | (
    models.Q(evaluation__isnull=False, despite_at__isnull=False, despite_by__isnull=False) & ~models.Q(despite_grade="")
)
"""Who decides to pay the rest although the evaluation was failed says why (Basis: Ministry of Finance order 102)."""

OFFERED_ADDS_UP = """
                    IF (SELECT (sum(percent), sum(amount)) FROM projects_instalment WHERE contract_id = NEW.id)
                        IS DISTINCT FROM (100::numeric, NEW.amount)
                    THEN
                        RAISE EXCEPTION 'The instalments are not the whole'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'contract_instalments_are_the_whole';
                    END IF;
                    IF (SELECT sum(amount) FROM projects_contractline WHERE contract_id = NEW.id) <> NEW.amount THEN
                        RAISE EXCEPTION 'The lines are not the whole'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'contract_lines_are_the_whole';
                    END IF;
                    IF NEW.request_id IS NULL THEN
                        RETURN NEW;
                    END IF;
                    PERFORM 1 FROM funds_spendingrequest WHERE id = NEW.request_id FOR NO KEY UPDATE;
                    IF coalesce(NEW.fund_amount, NEW.amount) + (
                        SELECT coalesce(sum(coalesce(fund_amount, amount)), 0) FROM projects_contract
                        WHERE request_id = NEW.request_id AND id <> NEW.id AND status NOT IN ('DRAFT', 'TERMINATED')
                    ) > (SELECT amount FROM funds_spendingrequest WHERE id = NEW.request_id AND status = 'APPROVED')
                    THEN
                        RAISE EXCEPTION 'The contract is above what is held'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'contract_within_what_is_held';
                    END IF;
                    RETURN NEW;
                """
"""What the database asks when a contract is offered: instalments and lines are the whole, and as much is held."""


class MonthsAfter(models.Func):
    """The same day so many months after a day, in the database."""

    template = "(%(expressions)s + interval '%(months)s months')::date"
    output_field = models.DateField()


FOLLOWS_ITS_SUPPLEMENT = """
                    IF TG_OP = 'INSERT' AND NEW.supplement_id IS NOT NULL THEN
                        IF NOT EXISTS (
                            SELECT 1 FROM projects_supplement
                            WHERE id = NEW.supplement_id AND contract_id = NEW.contract_id AND amount = NEW.amount
                                AND status = 'APPROVED'
                        ) THEN
                            RAISE EXCEPTION 'No supplement of this sum was approved'
                                USING ERRCODE = 'check_violation', CONSTRAINT = 'instalment_follows_its_supplement';
                        END IF;
                        RETURN NEW;
                    END IF;"""
"""What the database asks of an instalment that a supplement adds to an offered contract."""

OFFERED_TERMS = (
    *("number", "title", "division_id", "organization_id", "request_id", "purchase_id", "grant_id"),
    *("amount", "fund_amount", "scope", "kind", "starts_on", "ends_on", "opinions_needed"),
    *("is_content_fixed", "is_lasting", "is_money_stable", "is_price_steady"),
)
"""What a contract says from its offer on; in which field it serves is named whenever it helps people to find it."""
