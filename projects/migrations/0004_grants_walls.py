"""Who is tied to an applicant and may not score it; who may not apply; percentages and points that are the whole."""

from django.db import migrations

# One rule in one place: operations ask this function whom to leave out, the trigger below asks it again for every sheet.
# The body stands under each of its names: organizations with the credit code that answers count as the applicant.
CONFLICTS = """
CREATE FUNCTION projects_grant_conflicts(applications bigint[], experts bigint[], since date)
RETURNS TABLE (application_id bigint, user_id bigint, kind text) LANGUAGE sql STABLE AS $$
    WITH body AS (
        SELECT application.id, organization.id AS organization_id, application.division_id, application.round_id
        FROM projects_grantapplication application
        JOIN socialorgs_socialorganization organization
            ON organization.id = application.organization_id
            OR (organization.credit_code = application.credit_code AND application.credit_code <> '')
        WHERE application.id = ANY (applications)
    ),
    tied AS (
        SELECT body.id, person.user_id, person.kind
        FROM body
        JOIN (
            SELECT organization_id, user_id, valid_to, 'APPOINTED' AS kind FROM socialorgs_organizationappointment
            UNION ALL
            SELECT organization_id, user_id, valid_to, kind FROM projects_evaluatortie
            UNION ALL
            SELECT employer_id, user_id, valid_to, 'EMPLOYED' FROM projects_grantexpert WHERE employer_id IS NOT NULL
        ) person ON person.organization_id = body.organization_id
        WHERE person.valid_to IS NULL OR person.valid_to > since
    )
    SELECT id, user_id, kind::text FROM tied WHERE user_id = ANY (experts)
    UNION
    SELECT tied.id, mine.user_id, 'HOUSEHOLD'
    FROM tied
    JOIN communities_resident theirs ON theirs.user_id = tied.user_id AND theirs.left_on IS NULL
    JOIN communities_resident mine
        ON mine.division_id = theirs.division_id AND mine.address = theirs.address AND mine.address <> ''
        AND mine.left_on IS NULL AND mine.user_id <> theirs.user_id
    WHERE tied.kind <> 'OTHER' AND mine.user_id = ANY (experts)
    UNION
    SELECT body.id, hand.user_id, 'CONTRACT'
    FROM body
    JOIN projects_contract contract ON contract.organization_id = body.organization_id
        AND (contract.drafted_at AT TIME ZONE 'Asia/Shanghai')::date > since
    CROSS JOIN LATERAL unnest(ARRAY[
        contract.drafted_by_id, contract.offered_by_id, contract.agreed_by_id, contract.signed_by_id,
        contract.delivered_by_id, contract.accepted_by_id
    ]) AS hand(user_id)
    WHERE hand.user_id = ANY (experts)
    UNION
    SELECT body.id, post.user_id, 'POST'
    FROM body
    JOIN communities_post post ON post.division_id = body.division_id
    WHERE post.user_id = ANY (experts) AND (post.valid_to IS NULL OR post.valid_to > since)
    UNION
    SELECT body.id, seat.expert_id, 'DECLARED'
    FROM body
    JOIN projects_panelseat seat ON seat.round_id = body.round_id
    JOIN projects_declaredtie declared ON declared.seat_id = seat.id AND declared.organization_id = body.organization_id
    WHERE seat.expert_id = ANY (experts)
$$;
CREATE FUNCTION projects_sheet_untied() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    months integer;
BEGIN
    SELECT round.recusal_months INTO months
    FROM projects_grantapplication application JOIN projects_grantround round ON round.id = application.round_id
    WHERE application.id = NEW.application_id;
    IF EXISTS (
        SELECT 1 FROM projects_grant_conflicts(
            ARRAY[NEW.application_id], ARRAY[NEW.expert_id],
            ((NEW.assigned_at AT TIME ZONE 'Asia/Shanghai')::date - make_interval(months => months))::date
        )
    ) THEN
        RAISE EXCEPTION 'The expert is tied to the applicant'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'scoresheet_nobody_tied';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM projects_panelseat seat
        JOIN projects_grantapplication application ON application.round_id = seat.round_id
        WHERE application.id = NEW.application_id AND application.status = 'QUALIFIED'
            AND seat.expert_id = NEW.expert_id AND seat.declared_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'Only a seated expert who has declared ties scores what was admitted'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'scoresheet_of_the_panel';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER projects_sheet_untied BEFORE INSERT ON projects_scoresheet
    FOR EACH ROW EXECUTE FUNCTION projects_sheet_untied();
"""
NO_CONFLICTS = """
DROP TRIGGER projects_sheet_untied ON projects_scoresheet;
DROP FUNCTION projects_sheet_untied();
DROP FUNCTION projects_grant_conflicts(bigint[], bigint[], date);
"""

# A body that is banned, or stands on the list of serious breaches, gets no application in and no award.
STANDING = """
CREATE FUNCTION projects_grant_standing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day date := (NEW.submitted_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF EXISTS (
        SELECT 1 FROM socialorgs_participationban ban
        JOIN socialorgs_socialorganization organization ON organization.id = ban.organization_id
        WHERE ban.status = 'IN_FORCE' AND ban.starts_on <= day AND ban.ends_on > day AND (
            organization.id = NEW.organization_id OR organization.credit_code = NEW.credit_code
            OR ban.ground = 'GRANT_BREACH' AND EXISTS (
                SELECT 1 FROM projects_grantapplication other
                JOIN projects_grantaward award ON award.application_id = other.id AND award.status = 'REVOKED'
                WHERE other.organization_id = organization.id AND other.credit_code = NEW.credit_code
            )
        )
    ) THEN
        RAISE EXCEPTION 'The body is barred from taking part'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantapplication_of_no_banned_body';
    END IF;
    IF EXISTS (
        SELECT 1 FROM socialorgs_creditlisting listing
        JOIN socialorgs_socialorganization organization ON organization.id = listing.organization_id
        WHERE (organization.id = NEW.organization_id OR organization.credit_code = NEW.credit_code)
            AND listing.credit_list = 'SERIOUS_BREACH' AND listing.listed_on <= day
            AND (listing.removed_on IS NULL OR listing.removed_on > day)
    ) THEN
        RAISE EXCEPTION 'The body stands on the list of serious breaches'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantapplication_of_no_listed_body';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER projects_grant_standing BEFORE UPDATE OF status ON projects_grantapplication
    FOR EACH ROW WHEN (NEW.status = 'SUBMITTED') EXECUTE FUNCTION projects_grant_standing();
"""
NO_STANDING = """
DROP TRIGGER projects_grant_standing ON projects_grantapplication;
DROP FUNCTION projects_grant_standing();
"""

WHOLES = """
CREATE FUNCTION projects_whole_parts(parts jsonb, field text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(sum(part) = 100 AND min(part) >= 1 AND bool_and(part = trunc(part)), false)
    FROM (
        SELECT (CASE WHEN field = '' THEN item ELSE item -> field END)::numeric AS part
        FROM jsonb_array_elements(parts) item
    ) found
$$;
ALTER TABLE projects_grantround ADD CONSTRAINT grantround_instalments_are_the_whole
    CHECK (projects_whole_parts(instalments, ''));
ALTER TABLE projects_grantround ADD CONSTRAINT grantround_points_are_the_whole
    CHECK (projects_whole_parts(criteria, 'most'));
ALTER TABLE projects_grantaward ADD CONSTRAINT grantaward_instalments_are_the_whole
    CHECK (projects_whole_parts(instalments, ''));
"""
NO_WHOLES = """
ALTER TABLE projects_grantaward DROP CONSTRAINT grantaward_instalments_are_the_whole;
ALTER TABLE projects_grantround DROP CONSTRAINT grantround_points_are_the_whole;
ALTER TABLE projects_grantround DROP CONSTRAINT grantround_instalments_are_the_whole;
DROP FUNCTION projects_whole_parts(jsonb, text);
"""


class Migration(migrations.Migration):
    """The walls of grant rounds."""

    dependencies = [("projects", "0003_grants"), ("socialorgs", "0004_supervision")]

    operations = [
        migrations.RunSQL(CONFLICTS, NO_CONFLICTS),
        migrations.RunSQL(STANDING, NO_STANDING),
        migrations.RunSQL(WHOLES, NO_WHOLES),
    ]
