"""What no statement can do about the debts of funds: pay more than is owed, or close one that is not paid."""

from django.db import migrations

# A source counts what has passed and has no bounds, but for one that says what a fund owes: what is paid back never
# exceeds what was acknowledged. Asked only of sources that have received more than they gave.
OVERPAID = """
CREATE FUNCTION ledger_debt_overpaid() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM funds_account WHERE id = NEW.account_id AND code LIKE 'source:owed:%') THEN
        PERFORM ledger_refuse('balance_debt_is_never_overpaid', 'More is paid back than is owed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_debt_overpaid BEFORE UPDATE ON funds_balance
    FOR EACH ROW WHEN (NEW.kind = 'SOURCE' AND NEW.received > NEW.given)
    EXECUTE FUNCTION ledger_debt_overpaid();
"""

NOT_OVERPAID = """
DROP TRIGGER ledger_debt_overpaid ON funds_balance;
DROP FUNCTION ledger_debt_overpaid();
"""

# An order that a fund owes ends when its account of the debt stands at zero, and not before.
PAID = """
CREATE FUNCTION reinvestment_debt_paid() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM funds_communityfund AS fund
        JOIN funds_account AS account ON account.book_id = fund.book_id AND account.code = 'source:owed:' || NEW.id
        JOIN funds_balance AS balance ON balance.account_id = account.id
        WHERE fund.id = NEW.fund_id AND balance.received = balance.given AND balance.given = NEW.amount
    ) THEN
        PERFORM ledger_refuse('reinvestmentorder_debt_is_paid', 'The fund still owes part of it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reinvestment_debt_paid BEFORE UPDATE OF status ON funds_reinvestmentorder
    FOR EACH ROW WHEN (OLD.status = 'OWED' AND NEW.status <> 'OWED')
    EXECUTE FUNCTION reinvestment_debt_paid();
"""

NOT_PAID = """
DROP TRIGGER reinvestment_debt_paid ON funds_reinvestmentorder;
DROP FUNCTION reinvestment_debt_paid();
"""


# What was solved with an order's money: the money has arrived, the matter is closed as solved, and all uses together are
# no more than the order. The order's row is locked, so that two of them can't pass each other.
USED = """
CREATE FUNCTION reinvestment_used() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    given funds_reinvestmentorder%ROWTYPE;
BEGIN
    SELECT * INTO given FROM funds_reinvestmentorder WHERE id = NEW.order_id FOR NO KEY UPDATE;
    IF given.direction <> 'GIVE' OR given.status NOT IN ('RECEIVED', 'RECEIPTED', 'PUBLISHED') THEN
        PERFORM ledger_refuse('reinvestmentuse_money_has_arrived', 'The money of the order has not arrived');
    END IF;
    IF NOT EXISTS (SELECT FROM consultation_matter WHERE id = NEW.matter_id AND status = 'CLOSED' AND is_solved) THEN
        PERFORM ledger_refuse('reinvestmentuse_matter_is_solved', 'The matter is not closed as solved');
    END IF;
    IF given.amount < NEW.amount + (
        SELECT coalesce(sum(amount), 0) FROM funds_reinvestmentuse WHERE order_id = NEW.order_id
    ) THEN
        PERFORM ledger_refuse('reinvestmentuse_within_its_order', 'The uses exceed the order');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reinvestment_used BEFORE INSERT ON funds_reinvestmentuse
    FOR EACH ROW EXECUTE FUNCTION reinvestment_used();
"""

NOT_USED = """
DROP TRIGGER reinvestment_used ON funds_reinvestmentuse;
DROP FUNCTION reinvestment_used();
"""


class Migration(migrations.Migration):
    dependencies = [("funds", "0005_no_profit_from_agencies")]

    operations = [
        migrations.RunSQL(OVERPAID, NOT_OVERPAID),
        migrations.RunSQL(PAID, NOT_PAID),
        migrations.RunSQL(USED, NOT_USED),
    ]
