"""What no statement can hang on an order: a file that everybody may open, one of another place; nothing on a dead order."""

from django.db import migrations

# Contracts and slips name people, accounts and terms of trade: only the staff of the enterprise's place opens them by the
# file itself, everybody else through the order.
INTERNAL = """
CREATE FUNCTION reinvestment_paper_internal() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM communities_attachment AS file
        JOIN funds_reinvestmentorder AS given ON given.id = NEW.order_id
        JOIN funds_communityenterprise AS enterprise ON enterprise.id = given.enterprise_id
        WHERE file.id = NEW.file_id AND file.visibility = 'INTERNAL' AND file.division_id = enterprise.division_id
    ) THEN
        PERFORM ledger_refuse('orderpaper_stays_internal', 'A paper is an internal file of the place of its order');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reinvestment_paper_internal BEFORE INSERT ON funds_orderpaper
    FOR EACH ROW EXECUTE FUNCTION reinvestment_paper_internal();
"""

NOT_INTERNAL = """
DROP TRIGGER reinvestment_paper_internal ON funds_orderpaper;
DROP FUNCTION reinvestment_paper_internal();
"""

# The row of the order is locked, so that it cannot come to nothing beside it.
ALIVE = """
CREATE FUNCTION reinvestment_paper_alive() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    now_is text;
BEGIN
    SELECT status INTO now_is FROM funds_reinvestmentorder WHERE id = NEW.order_id FOR SHARE;
    IF now_is IN ('REJECTED', 'CANCELLED') THEN
        PERFORM ledger_refuse('orderpaper_of_a_living_order', 'The order came to nothing and takes no papers');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reinvestment_paper_alive BEFORE INSERT ON funds_orderpaper
    FOR EACH ROW EXECUTE FUNCTION reinvestment_paper_alive();
"""

NOT_ALIVE = """
DROP TRIGGER reinvestment_paper_alive ON funds_orderpaper;
DROP FUNCTION reinvestment_paper_alive();
"""


class Migration(migrations.Migration):
    dependencies = [("funds", "0010_order_papers")]

    operations = [
        migrations.RunSQL(INTERNAL, NOT_INTERNAL),
        migrations.RunSQL(ALIVE, NOT_ALIVE),
    ]
