"""Entering and adopting rule packs, and loading those that the product comes with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import REGISTRY, Unreadable
from funds.packs.lifecycle import PackStatus
from funds.packs.models import FundRulePack
from funds.packs.seeds import PREFIX, RULE_PACKS
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid

if TYPE_CHECKING:
    from governance.accounts.models import User


class PackValueUnknown(Invalid):
    """A pack sets rules of funds that the catalogue knows."""

    code = "pack_value_unknown"
    message = _("“%(key)s” is no rule of funds. A pack sets rules whose key begins with “fund.”.")


class PackValueWrong(Invalid):
    """A value must be what its rule asks for."""

    code = "pack_value_wrong"
    message = _("“%(value)s” is no value of “%(key)s”; an example is %(example)s.")


class PackOverlaps(Conflict):
    """Two versions of one pack do not hold at the same time."""

    code = "pack_overlaps"
    message = _("Another version of “%(key)s” holds from %(since)s on. Let this one begin later.")


class PackEmpty(Invalid):
    """A pack sets something."""

    code = "pack_empty"
    message = _("Enter at least one rule that the pack sets.")


def enter_rule_pack(
    *,
    by: User,
    key: str,
    name: str,
    values: Mapping[str, Any],
    basis: str,
    valid_from: dt.date,
    now: dt.datetime,
    valid_to: dt.date | None = None,
    note: str = "",
) -> FundRulePack:
    """Enter the draft of a version of a rule pack, numbered after the last one of its key.

    Raises:
        NotAllowed: not of the district's departments.
        PackEmpty, PackValueUnknown, PackValueWrong: what it sets cannot be right.
    Basis: thresholds are data and change in four eyes.
    """
    require(by, "funds.enter_rule_pack", None)
    _check_values(values)
    with transaction.atomic():
        _one_after_the_other(key)
        last = FundRulePack.objects.filter(key=key).order_by("-version").values_list("version", flat=True).first()
        row = FundRulePack(
            key=key.strip(),
            version=(last or 0) + 1,
            name=name.strip(),
            values=dict(values),
            basis=basis.strip(),
            note=note.strip(),
            valid_from=valid_from,
            valid_to=valid_to,
            entered_by=by,
            entered_at=now,
        )
        row.full_clean()
        row.save()
        after = {"key": row.key, "version": row.version, "values": row.values, "valid_from": valid_from}
        audit.record(by=by, verb="funds.rule_pack.entered", row=row, now=now, after=after)
    return row


def _check_values(values: Mapping[str, Any]) -> None:
    if not values:
        raise PackEmpty(field="values")
    for key, stored in values.items():
        parameter = REGISTRY.get(key)
        if parameter is None or not key.startswith(PREFIX):
            raise PackValueUnknown(field="values", key=key)
        try:
            parameter.check(stored)
        except Unreadable as error:
            example = parameter.show(parameter.default)
            raise PackValueWrong(field="values", key=key, value=stored, example=example) from error


def _one_after_the_other(key: str) -> None:
    """Let versions of one key wait for one another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('funds.rule_pack'), hashtext(%s))", [key])


def adopt_rule_pack(*, by: User, pack: FundRulePack, now: dt.datetime) -> FundRulePack:
    """Bring a version into force; the version before it ends where this one begins.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        PackOverlaps: a version that began on the same day or later holds in its time.
    """
    try:
        with transaction.atomic():
            _one_after_the_other(pack.key)
            before = FundRulePack.objects.select_for_update().filter(
                key=pack.key, status=PackStatus.ACTIVE, valid_to=None, valid_from__lt=pack.valid_from
            )
            for row in before:
                row.valid_to = pack.valid_from
                row.save(update_fields=["valid_to"])
                after = {"valid_to": pack.valid_from}
                audit.record(by=by, verb="funds.rule_pack.ended", row=row, now=now, after=after)
            return lifecycle.move(pack, "adopt", by=by, now=now)
    except IntegrityError as error:
        if "fundrulepack_one_version_at_a_time" not in str(error):
            raise
        other = FundRulePack.objects.filter(key=pack.key, status=PackStatus.ACTIVE).order_by("-valid_from").first()
        raise PackOverlaps(key=pack.key, since=other.valid_from if other else pack.valid_from) from error


def seed_rule_packs(*, by: User, now: dt.datetime) -> int:
    """Load the rule packs of `seeds` that are not there yet and return how many were new.

    What a district has adopted since stays as it is.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        there = set(FundRulePack.objects.values_list("key", flat=True))
        new = [figures for figures in RULE_PACKS if figures["key"] not in there]
        for figures in new:
            _check_values(figures["values"])
            row = FundRulePack(**figures, is_preset=True, entered_by=by, entered_at=now)
            row.full_clean()
            row.save()
            after = {"key": row.key, "loaded_on": today}
            audit.record(by=by, verb="funds.rule_pack.entered", row=row, now=now, after=after, basis=row.basis)
            lifecycle.move(row, "load", by=by, now=now)
    return len(new)
