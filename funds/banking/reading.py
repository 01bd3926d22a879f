"""A bank's file read for one charity: with its saved headings, and only of accounts that are its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funds.banking.statement_file import Statement, read_statement
from funds.intake.models import ColumnMapping, MappingKind
from funds.intake.operations import MappingUnfit
from funds.intake.policy import BANK

if TYPE_CHECKING:
    from funds.charity.models import HostCharity


def read_for(*, charity: HostCharity, name: str, data: bytes, mapping: ColumnMapping | None = None) -> Statement:
    """Read a bank's file for a charity: with saved headings, which may name its account, or with the usual ones.

    Without chosen headings the file must be of one of the accounts that were saved, if it says of which it is.

    Raises:
        MappingUnfit: the headings are another charity's, or those of a platform.
        FileUnusable, OtherAccount: as for `read_statement`.
    """
    if mapping is None:
        statement = read_statement(name, data)
        saved = ColumnMapping.objects.filter(charity=charity, kind=MappingKind.BANK).exclude(account="")
        accounts = dict(saved.order_by("pk").values_list("account", "name"))
        return read_statement(name, data, accounts=accounts) if statement.account and accounts else statement
    if mapping.charity_id != charity.pk or mapping.kind != MappingKind.BANK:
        raise MappingUnfit(field="mapping", columns="、".join(str(BANK.fields[key][0]) for key in BANK.needed))
    accounts = {mapping.account: mapping.name} if mapping.account else {}
    return read_statement(name, data, columns=mapping.columns, accounts=accounts)
