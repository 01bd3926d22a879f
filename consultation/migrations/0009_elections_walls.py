"""Who is elected follows from the votes; candidates are listed voters off the election committee, more of them than seats."""

from django.db import migrations

# Elected is whom the frozen rule passes, as long as no more people have as many votes or more than there are seats.
ELECTED = """
CREATE FUNCTION electioncandidate_elected() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    vote record;
    mine integer;
    ahead integer;
    taken integer;
BEGIN
    IF NEW.elected_in_id IS NULL THEN
        IF OLD.elected_in_id IS NOT NULL THEN
            RAISE EXCEPTION 'Who is elected stays elected'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'candidate_elected_stays';
        END IF;
        RETURN NEW;
    END IF;
    SELECT round.id, round.post_id, round.seats, round.number, result.counts, result.cast, result.entitled,
        line.number AS line, ballot.status, rule.quorum_numerator AS qn, rule.quorum_denominator AS qd,
        rule.quorum_is_strict AS qs, rule.pass_numerator AS pn, rule.pass_denominator AS pd, rule.pass_is_strict AS ps
    INTO vote
    FROM consultation_electionround AS round
    JOIN consultation_ballot AS ballot ON ballot.id = round.ballot_id
    JOIN communities_decisionrule AS rule ON rule.id = ballot.rule_id
    JOIN consultation_ballotresult AS result ON result.ballot_id = ballot.id
    JOIN consultation_roundcandidate AS line ON line.round_id = round.id AND line.candidate_id = NEW.id
    WHERE round.id = NEW.elected_in_id AND round.post_id = NEW.post_id;
    IF NOT FOUND OR vote.status <> 'PUBLISHED' THEN
        RAISE EXCEPTION 'Nobody is elected without a published result'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'candidate_elected_by_a_result';
    END IF;
    SELECT (entry ->> 'votes')::integer INTO mine FROM jsonb_array_elements(vote.counts) AS entry
    WHERE (entry ->> 'number')::integer = vote.line;
    IF vote.cast = 0 OR NOT (CASE WHEN vote.qs THEN vote.cast * vote.qd > vote.entitled * vote.qn
                            ELSE vote.cast * vote.qd >= vote.entitled * vote.qn END) THEN
        RAISE EXCEPTION 'Too few took part'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'candidate_elected_by_enough_voters';
    END IF;
    IF NOT (CASE WHEN vote.ps THEN mine * vote.pd > vote.cast * vote.pn ELSE mine * vote.pd >= vote.cast * vote.pn END) THEN
        RAISE EXCEPTION 'Too few votes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'candidate_elected_by_enough_votes';
    END IF;
    SELECT count(*) INTO ahead FROM jsonb_array_elements(vote.counts) AS entry
    WHERE (entry ->> 'votes')::integer >= mine;
    SELECT count(*) INTO taken FROM consultation_electioncandidate AS other
    JOIN consultation_electionround AS before ON before.id = other.elected_in_id
    WHERE other.post_id = NEW.post_id AND before.number < vote.number;
    IF ahead > (SELECT seats FROM consultation_electionpost WHERE id = NEW.post_id) - taken THEN
        RAISE EXCEPTION 'There are fewer seats'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'candidate_elected_to_a_seat';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER electioncandidate_elected BEFORE UPDATE OF elected_in_id ON consultation_electioncandidate
    FOR EACH ROW EXECUTE FUNCTION electioncandidate_elected();
"""
NO_ELECTED = """
DROP TRIGGER electioncandidate_elected ON consultation_electioncandidate;
DROP FUNCTION electioncandidate_elected();
"""

# Whoever holds the election does not stand in it, whichever came first.
APART = """
CREATE FUNCTION election_held_by_others(committee bigint, person bigint, day date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT 1 FROM communities_bodymembership AS seat
        JOIN communities_resident AS resident ON resident.id = person
        WHERE seat.body_id = committee
            AND (seat.valid_to IS NULL OR seat.valid_to > day)
            AND (seat.user_id = resident.user_id OR (seat.user_id IS NULL AND seat.name = resident.name))
    )
$$;
CREATE FUNCTION electioncandidate_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status IN ('NOMINATED', 'CLEARED') AND NOT election_held_by_others(
        (SELECT committee_id FROM consultation_committeeelection WHERE id = NEW.election_id), NEW.resident_id,
        (coalesce(NEW.reviewed_at, NEW.entered_at) AT TIME ZONE 'Asia/Shanghai')::date
    ) THEN
        RAISE EXCEPTION 'A candidate sits on the election committee'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'candidate_off_the_committee';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER electioncandidate_apart BEFORE INSERT OR UPDATE OF status, resident_id ON consultation_electioncandidate
    FOR EACH ROW EXECUTE FUNCTION electioncandidate_apart();
CREATE FUNCTION bodymembership_candidate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM consultation_committeeelection AS election
        JOIN consultation_electioncandidate AS candidate ON candidate.election_id = election.id
        JOIN communities_resident AS resident ON resident.id = candidate.resident_id
        WHERE election.committee_id = NEW.body_id AND candidate.status IN ('NOMINATED', 'CLEARED')
            AND election.status IN ('LISTED', 'NOMINATED', 'VOTED')
            AND (NEW.valid_to IS NULL OR NEW.valid_to > (candidate.entered_at AT TIME ZONE 'Asia/Shanghai')::date)
            AND (resident.user_id = NEW.user_id OR (NEW.user_id IS NULL AND resident.name = NEW.name))
    ) THEN
        RAISE EXCEPTION 'Who stands in an election does not hold it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bodymembership_candidate_stays_out';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bodymembership_candidate BEFORE INSERT OR UPDATE OF body_id, user_id, name, valid_to
    ON communities_bodymembership FOR EACH ROW EXECUTE FUNCTION bodymembership_candidate();
"""
NO_APART = """
DROP TRIGGER bodymembership_candidate ON communities_bodymembership;
DROP FUNCTION bodymembership_candidate();
DROP TRIGGER electioncandidate_apart ON consultation_electioncandidate;
DROP FUNCTION electioncandidate_apart();
DROP FUNCTION election_held_by_others(bigint, bigint, date);
"""

# What must be true when the candidates are fixed.
FIXED = """
CREATE FUNCTION committeeelection_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'NOMINATED' OR OLD.status = 'NOMINATED' THEN
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT 1 FROM consultation_electionpost AS post WHERE post.election_id = NEW.id AND post.seats + NEW.surplus > (
            SELECT count(*) FROM consultation_electioncandidate WHERE post_id = post.id AND status = 'CLEARED'
        )
    ) THEN
        RAISE EXCEPTION 'A post has too few candidates'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'committeeelection_has_a_choice';
    END IF;
    IF NEW.women_needed > (
        SELECT coalesce(sum(seats), 0) FROM consultation_electionpost WHERE election_id = NEW.id AND for_women
    ) THEN
        RAISE EXCEPTION 'Too few seats are kept for women'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'committeeelection_keeps_seats_for_women';
    END IF;
    IF EXISTS (
        SELECT 1 FROM consultation_electioncandidate AS candidate
        WHERE candidate.election_id = NEW.id AND candidate.status = 'CLEARED' AND NOT EXISTS (
            SELECT 1 FROM consultation_listedvoter
            WHERE voter_list_id = NEW.voter_list_id AND resident_id = candidate.resident_id AND struck_at IS NULL
        )
    ) THEN
        RAISE EXCEPTION 'A candidate was struck from the voter list'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'committeeelection_candidates_are_listed';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM consultation_voterlist AS list JOIN communities_publicnotice AS notice ON notice.id = list.notice_id
        WHERE list.id = NEW.voter_list_id AND notice.closed_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'The voter list can still be objected to'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'committeeelection_list_is_settled';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER committeeelection_fixed BEFORE UPDATE OF status ON consultation_committeeelection
    FOR EACH ROW EXECUTE FUNCTION committeeelection_fixed();
"""
NO_FIXED = """
DROP TRIGGER committeeelection_fixed ON consultation_committeeelection;
DROP FUNCTION committeeelection_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("consultation", "0008_elections")]

    operations = [
        migrations.RunSQL(ELECTED, NO_ELECTED),
        migrations.RunSQL(APART, NO_APART),
        migrations.RunSQL(FIXED, NO_FIXED),
    ]
