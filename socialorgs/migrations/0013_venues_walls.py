"""What no statement can do: put a center or a club into a venue of another place."""

from django.db import migrations

# A center and a club are in a venue of their own place, or of one above it.
VENUES = """
CREATE FUNCTION register_venue_of_its_place() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.venue_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM communities_venue AS venue
        JOIN communities_division AS above ON above.id = venue.division_id
        JOIN communities_division AS here ON here.id = NEW.division_id
        WHERE venue.id = NEW.venue_id AND starts_with(here.path, above.path)
    ) THEN
        RAISE EXCEPTION 'The venue belongs to another place'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0];
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER servicecenter_venue BEFORE INSERT OR UPDATE OF venue_id, division_id ON socialorgs_servicecenter
    FOR EACH ROW EXECUTE FUNCTION register_venue_of_its_place('servicecenter_venue_of_its_place');
CREATE TRIGGER club_venue BEFORE INSERT OR UPDATE OF venue_id, division_id ON socialorgs_club
    FOR EACH ROW EXECUTE FUNCTION register_venue_of_its_place('club_venue_of_its_place');
"""
NO_VENUES = """
DROP TRIGGER club_venue ON socialorgs_club;
DROP TRIGGER servicecenter_venue ON socialorgs_servicecenter;
DROP FUNCTION register_venue_of_its_place();
"""


class Migration(migrations.Migration):
    dependencies = [("socialorgs", "0012_venues_and_votes")]

    operations = [migrations.RunSQL(VENUES, NO_VENUES)]
