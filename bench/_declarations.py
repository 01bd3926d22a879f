"""A country's communities with an enterprise, a fund and an audited year each, brought in by COPY.

Every second enterprise has a distribution policy of its own (one tier, its own fund); the others fall under their
district's (two tiers, the district's fund). Nothing is random: the same number gives the same rows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from psycopg2 import extensions, sql

STREETS_PER_DISTRICT = 10
COMMUNITIES_PER_STREET = 20
COMMUNITIES_PER_DISTRICT = STREETS_PER_DISTRICT * COMMUNITIES_PER_STREET
ENTERED = "2026-01-05 09:00+08"
FORMS = ("WHOLLY_OWNED_COMPANY", "CONTROLLED_COMPANY", "VILLAGE_COLLECTIVE")
TABLES = (
    "communities_division",
    "funds_book",
    "funds_communityfund",
    "funds_communityenterprise",
    "funds_distributionpolicy",
    "funds_policytier",
    "funds_policydestination",
    "funds_profitdeclaration",
)
EFFECTS = (
    "funds_reinvestmentorder",
    "funds_derivationstep",
    "funds_reinvestmentrun",
    "outbox_outboxevent",
    "audit_auditentry",
    "jobs_job",
)

Row = tuple[Any, ...]
FIRST = 10_000_000
"""Keys begin here, so that a test's own rows stand below."""


def fill(owner: extensions.connection, count: int) -> None:
    """Insert `count` declarations and what they rest on, as the owner of the tables, and gather statistics.

    Row triggers (history, lifecycles) stay off meanwhile: the rows come from another system, finished.
    """
    _switch_triggers(owner, "DISABLE")
    try:
        with owner, owner.cursor() as cursor:
            user, approver, charity, document = _ground(cursor)
            columns_and_rows: list[tuple[str, str, Iterator[Row]]] = [
                ("communities_division", "id,name,short_name,tier,level,parent_id,path,status,is_stub,urban_rural_class",
                 _divisions(count, FIRST)),
                ("funds_book", ("id,code,name,unit,division_id,status,status_reason,opened_on,sequence,head_hash,"
                 "voucher_year,voucher_number,is_intake_stopped,is_outgo_stopped"), _books(count)),
                ("funds_communityfund", ("id,name,short_name,charity_id,division_id,purpose,kind,book_id,committee_minimum,"
                 "opening_minimum,agreement_number,status,applied_at,applied_by_id,category,partner,rule_pack,"
                 "committee_is_odd,fee_rate"), _funds(count, charity, user)),
                ("funds_communityenterprise", ("id,name,credit_code,legal_form,division_id,business_lines,registered_capital,"
                 "charter_clause,founded_on,status,entered_at,entered_by_id"), _enterprises(count, user)),
                ("funds_distributionpolicy", ("id,enterprise_id,division_id,version,base,minimum_amount,route,valid_from,"
                 "document_id,status,entered_at,entered_by_id,approved_at,approved_by_id"), _policies(count, document, user, approver)),
                ("funds_policytier", "policy_id,lower,upper,share", _tiers(count)),
                ("funds_policydestination", "policy_id,fund_id,share", _destinations(count)),
                ("funds_profitdeclaration", ("id,enterprise_id,period_kind,starts_on,ends_on,revision,revenue,rent,cost,tax,"
                 "net_profit,losses_carried,registered_capital,reserve_before,note,correction_reason,audit_opinion,status,"
                 "declared_at,declared_by_id,audited_at"), _declarations(count, user)),
            ]  # fmt: skip
            for table, columns, rows in columns_and_rows:
                _copy(cursor, table, columns, rows)
    finally:
        _switch_triggers(owner, "ENABLE")
    _settle(owner, TABLES)


def _switch_triggers(owner: extensions.connection, how: str) -> None:
    with owner, owner.cursor() as cursor:
        for table in TABLES:
            cursor.execute(sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(table), sql.SQL(how)))


def empty(owner: extensions.connection) -> None:
    """Take back everything that planning has written, so that it can be measured again."""
    with owner, owner.cursor() as cursor:
        names = sql.SQL(", ").join(map(sql.Identifier, EFFECTS))
        cursor.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))
    _settle(owner, EFFECTS)


def _settle(owner: extensions.connection, tables: tuple[str, ...]) -> None:
    owner.autocommit = True
    try:
        with owner.cursor() as cursor:
            for table in tables:
                cursor.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))
            cursor.execute("CHECKPOINT") if _may_checkpoint(cursor) else None
    finally:
        owner.autocommit = False


def _may_checkpoint(cursor: extensions.cursor) -> bool:
    cursor.execute("SELECT pg_has_role('pg_checkpoint', 'member')")
    return bool(cursor.fetchone()[0])


def _copy(cursor: extensions.cursor, table: str, columns: str, rows: Iterator[Row]) -> None:
    """Bring rows in by COPY, in pieces that fit into memory."""
    statement = f"COPY {table} ({columns}) FROM STDIN"
    buffer = io.StringIO()

    def flush() -> None:
        buffer.seek(0)
        cursor.copy_expert(statement, buffer)
        buffer.seek(0)
        buffer.truncate()

    for number, row in enumerate(rows, start=1):
        buffer.write("\t".join("\\N" if value is None else str(value) for value in row) + "\n")
        if number % 50_000 == 0:
            flush()
    flush()


def _ground(cursor: extensions.cursor) -> tuple[int, int, int, int]:
    """Insert the two users, charity, document and country that everything hangs on; return the keys of the former."""
    insert = (
        "INSERT INTO accounts_user (username, password, kind, display_name, phone, phone_verified, is_active,"
        " is_elder_mode, joined_at) VALUES (%s, '!', 'STAFF', '', '', false, true, false, now()) RETURNING id"
    )
    user, approver = _one(cursor, insert, "generator"), _one(cursor, insert, "approver")
    _one(
        cursor,
        "INSERT INTO communities_division (id, name, short_name, tier, level, path, status, is_stub, urban_rural_class)"
        " VALUES (%s, '国', '国', 1, 'PROVINCE', %s, 'ACTIVE', false, '') RETURNING id",
        FIRST,
        f"/{FIRST}/",
    )
    charity = _one(
        cursor,
        "INSERT INTO funds_hostcharity (name, credit_code, division_id, has_public_fundraising, contact)"
        " VALUES ('慈善总会', '51000000MJ00000000', %s, false, '') RETURNING id",
        FIRST,
    )
    document = _one(
        cursor,
        "INSERT INTO communities_policydocument (title, document_number, issuer, level, effective_on, summary,"
        " entered_at, entered_by_id) VALUES ('办法', '', '区', 'DISTRICT', '2020-01-01', '', now(), %s) RETURNING id",
        user,
    )
    return user, approver, charity, document


def _one(cursor: extensions.cursor, statement: str, *values: Any) -> int:
    cursor.execute(statement, values)
    return int(cursor.fetchone()[0])


def _district(number: int) -> int:
    return FIRST + 1_000 + number // COMMUNITIES_PER_DISTRICT


def _street(number: int) -> int:
    return FIRST + 100_000 + number // COMMUNITIES_PER_STREET


def _community(number: int) -> int:
    return FIRST + 1_000_000 + number


def _divisions(count: int, top: int) -> Iterator[Row]:
    for number in range(0, count, COMMUNITIES_PER_DISTRICT):
        key = _district(number)
        yield key, f"区{key}", f"区{key}", 3, "DISTRICT", top, f"/{top}/{key}/", "ACTIVE", "f", ""
    for number in range(0, count, COMMUNITIES_PER_STREET):
        key, above = _street(number), _district(number)
        yield key, f"街道{key}", f"街道{key}", 4, "STREET", above, f"/{top}/{above}/{key}/", "ACTIVE", "f", ""
    for number in range(count):
        key, street, district = _community(number), _street(number), _district(number)
        path = f"/{top}/{district}/{street}/{key}/"
        yield key, f"社区{key}", f"社区{key}", 5, "COMMUNITY", street, path, "ACTIVE", "f", ""


def _fund_places(count: int) -> Iterator[tuple[int, int]]:
    """Yield (fund, division): one of each community, one of each district."""
    yield from ((FIRST + number, _community(number)) for number in range(count))
    yield from (
        (_district(number) - 5_000_000, _district(number)) for number in range(0, count, COMMUNITIES_PER_DISTRICT)
    )


def _books(count: int) -> Iterator[Row]:
    for key, place in _fund_places(count):
        yield (key, f"generated-{key}", f"基金{key}", "YUAN", place, "OPEN", "", "2025-01-01", 0, "0" * 64, 0, 0,
               False, False)  # fmt: skip


def _funds(count: int, charity: int, user: int) -> Iterator[Row]:
    for key, place in _fund_places(count):
        yield (key, f"基金{key}", f"基金{key}", charity, place, "治理", "SPEND_DOWN", key, 5, 0, "", "ACTIVE",
               ENTERED, user, "CHARITY", "", "", True, 0)  # fmt: skip


def _enterprises(count: int, user: int) -> Iterator[Row]:
    for number in range(count):
        yield (FIRST + number, f"企业{number}", f"91000000{number:010d}", FORMS[number % 3], _community(number), "物业",
               "500000.00", "", "2020-01-01", "OPERATING", ENTERED, user)  # fmt: skip


def _policies(count: int, document: int, user: int, approver: int) -> Iterator[Row]:
    def row(key: int, enterprise: int | None, place: int) -> Row:
        return (key, enterprise, place, 1, "DISTRIBUTABLE_PROFIT", 0, "DONATION", "2024-01-01", document, "ACTIVE",
                ENTERED, user, ENTERED, approver)  # fmt: skip

    for number in range(0, count, 2):
        yield row(FIRST + number, FIRST + number, _community(number))
    for number in range(0, count, COMMUNITIES_PER_DISTRICT):
        yield row(_district(number) - 5_000_000, None, _district(number))


def _tiers(count: int) -> Iterator[Row]:
    for number in range(0, count, 2):
        yield FIRST + number, 0, None, "0.6000"
    for number in range(0, count, COMMUNITIES_PER_DISTRICT):
        yield _district(number) - 5_000_000, 0, "100000.00", "0.5000"
        yield _district(number) - 5_000_000, "100000.00", None, "0.6500"


def _destinations(count: int) -> Iterator[Row]:
    for number in range(0, count, 2):
        yield FIRST + number, FIRST + number, "1.0000"
    for number in range(0, count, COMMUNITIES_PER_DISTRICT):
        yield _district(number) - 5_000_000, _district(number) - 5_000_000, "1.0000"


def _declarations(count: int, user: int) -> Iterator[Row]:
    for number in range(count):
        profit = 100_000 + number % 5_000 * 100 + number % 97
        yield (FIRST + number, FIRST + number, "YEAR", "2025-01-01", "2026-01-01", 1, profit + 500_000, 0, 500_000, 0,
               profit, number % 7 * 1_000, "500000.00", number % 11 * 30_000, "", "", "无保留意见", "AUDITED", ENTERED,
               user, ENTERED)  # fmt: skip
