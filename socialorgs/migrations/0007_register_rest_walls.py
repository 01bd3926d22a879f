"""Who has members, how much of an offer is used, which rooms there are, who may join a club."""

from django.db import migrations

# Only a federation or a chamber has other bodies as members.
UMBRELLAS = """
CREATE FUNCTION federationmember_umbrella() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM socialorgs_socialorganization
        WHERE id = NEW.federation_id AND organization_type IN ('FEDERATION', 'CHAMBER')
    ) THEN
        RAISE EXCEPTION 'Only a federation or a chamber has members'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'federationmember_belongs_to_an_umbrella';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER federationmember_umbrella BEFORE INSERT OR UPDATE OF federation_id ON socialorgs_federationmember
    FOR EACH ROW EXECUTE FUNCTION federationmember_umbrella();
"""
NO_UMBRELLAS = """
DROP TRIGGER federationmember_umbrella ON socialorgs_federationmember;
DROP FUNCTION federationmember_umbrella();
"""

# Of an offer never more is used than there is, within its time; a use once entered stays as it is.
OFFERS = """
CREATE FUNCTION resourceuse_within_its_offer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    offer record;
    used bigint;
BEGIN
    SELECT quantity, valid_from, valid_to INTO offer
        FROM socialorgs_offeredresource WHERE id = NEW.resource_id FOR UPDATE;
    SELECT coalesce(sum(quantity), 0) INTO used FROM socialorgs_resourceuse WHERE resource_id = NEW.resource_id;
    IF used + NEW.quantity > offer.quantity OR NEW.used_on < offer.valid_from
            OR NEW.used_on >= coalesce(offer.valid_to, 'infinity') THEN
        RAISE EXCEPTION 'More is used than is offered, or outside the time of the offer'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'resourceuse_within_its_offer';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER resourceuse_within_its_offer BEFORE INSERT ON socialorgs_resourceuse
    FOR EACH ROW EXECUTE FUNCTION resourceuse_within_its_offer();
CREATE FUNCTION resourceuse_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A use of a resource stays as it was entered'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'resourceuse_stays';
END $$;
CREATE TRIGGER resourceuse_stays BEFORE UPDATE ON socialorgs_resourceuse
    FOR EACH ROW EXECUTE FUNCTION resourceuse_stays();
CREATE FUNCTION offeredresource_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.organization_id, OLD.quantity, OLD.unit, OLD.valid_from)
            IS DISTINCT FROM (NEW.organization_id, NEW.quantity, NEW.unit, NEW.valid_from) THEN
        RAISE EXCEPTION 'What was offered stays; only its end is entered'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offeredresource_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER offeredresource_stays BEFORE UPDATE ON socialorgs_offeredresource
    FOR EACH ROW EXECUTE FUNCTION offeredresource_stays();
"""
NO_OFFERS = """
DROP TRIGGER offeredresource_stays ON socialorgs_offeredresource;
DROP FUNCTION offeredresource_stays();
DROP TRIGGER resourceuse_stays ON socialorgs_resourceuse;
DROP FUNCTION resourceuse_stays();
DROP TRIGGER resourceuse_within_its_offer ON socialorgs_resourceuse;
DROP FUNCTION resourceuse_within_its_offer();
"""

# Nobody is placed in a room that the center does not have, or in a center that is closed.
ROOMS = """
CREATE FUNCTION tenancy_room() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    center record;
BEGIN
    SELECT rooms, closed_on INTO center FROM socialorgs_servicecenter WHERE id = NEW.center_id FOR SHARE;
    IF NEW.room > center.rooms OR center.closed_on IS NOT NULL THEN
        RAISE EXCEPTION 'The center has no such room, or is closed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tenancy_room_exists';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tenancy_room BEFORE INSERT OR UPDATE OF center_id, room ON socialorgs_tenancy
    FOR EACH ROW EXECUTE FUNCTION tenancy_room();
"""
NO_ROOMS = """
DROP TRIGGER tenancy_room ON socialorgs_tenancy;
DROP FUNCTION tenancy_room();
"""

# A club that is open takes people in, as many as it has room for; whoever joins at the same moment waits.
CLUBS = """
CREATE FUNCTION clubmember_joins() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    club record;
    present bigint;
BEGIN
    SELECT status, most_members INTO club FROM socialorgs_club WHERE id = NEW.club_id FOR UPDATE;
    SELECT count(*) INTO present FROM socialorgs_clubmember WHERE club_id = NEW.club_id AND left_at IS NULL;
    IF club.status <> 'ACTIVE' OR present >= club.most_members THEN
        RAISE EXCEPTION 'The club is not open, or is full'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'clubmember_joins_an_open_club';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER clubmember_joins BEFORE INSERT ON socialorgs_clubmember
    FOR EACH ROW EXECUTE FUNCTION clubmember_joins();
"""
NO_CLUBS = """
DROP TRIGGER clubmember_joins ON socialorgs_clubmember;
DROP FUNCTION clubmember_joins();
"""


class Migration(migrations.Migration):
    """What Django's own constraints cannot say."""

    dependencies = [("socialorgs", "0006_register_rest")]
    operations = [
        migrations.RunSQL(UMBRELLAS, NO_UMBRELLAS),
        migrations.RunSQL(OFFERS, NO_OFFERS),
        migrations.RunSQL(ROOMS, NO_ROOMS),
        migrations.RunSQL(CLUBS, NO_CLUBS),
    ]
