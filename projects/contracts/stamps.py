"""Who did something with a row of this room and when: the pairs of columns that its tables share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


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
