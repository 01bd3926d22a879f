"""For which social organization somebody sits in the committee of a fund."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# The row is about a seat of social organizations in the committee of a fund, and each such seat that is filled has one.
SEATS = """
CREATE FUNCTION committee_seat_fits() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM communities_bodymembership AS seat JOIN communities_body AS body ON body.id = seat.body_id
        WHERE seat.id = NEW.membership_id AND seat.seat = 'ORGANIZATION' AND body.kind = 'FUND_COMMITTEE'
    ) THEN
        PERFORM ledger_refuse('fundseat_is_of_organizations', 'Only a seat of social organizations is of one');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER committee_seat_fits BEFORE INSERT ON funds_fundseat
    FOR EACH ROW EXECUTE FUNCTION committee_seat_fits();

CREATE FUNCTION committee_seat_names() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM communities_body WHERE id = NEW.body_id AND kind = 'FUND_COMMITTEE')
        AND EXISTS (SELECT FROM communities_bodymembership WHERE id = NEW.id AND seat = 'ORGANIZATION')
        AND NOT EXISTS (SELECT FROM funds_fundseat WHERE membership_id = NEW.id) THEN
        PERFORM ledger_refuse('fundseat_names_its_organization', 'A seat of social organizations names one');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER committee_seat_names AFTER INSERT ON communities_bodymembership
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.seat = 'ORGANIZATION')
    EXECUTE FUNCTION committee_seat_names();
"""
NO_SEATS = """
DROP TRIGGER committee_seat_names ON communities_bodymembership;
DROP FUNCTION committee_seat_names();
DROP TRIGGER committee_seat_fits ON funds_fundseat;
DROP FUNCTION committee_seat_fits();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("communities", "0005_venues"),
        ("funds", "0013_budgeting_walls"),
        ("socialorgs", "0013_venues_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name='FundSeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('membership', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sits_for', to='communities.bodymembership', verbose_name='seat')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fund_seats', to='socialorgs.socialorganization', verbose_name='organization')),
            ],
            options={
                'verbose_name': "seat of an organization in a fund's committee",
                'verbose_name_plural': 'seats of organizations in committees of funds',
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fundseat',
            trigger=pgtrigger.compiler.Trigger(name='organization_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.membership_id, OLD.organization_id) IS DISTINCT FROM (NEW.membership_id, NEW.organization_id))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='7d31e9d6a5428c8d8e39e991bba2b691fb039194', operation='UPDATE', pgid='pgtrigger_organization_stays_85698', table='funds_fundseat', when='BEFORE')),
        ),
        migrations.RunSQL(SEATS, NO_SEATS),
    ]
