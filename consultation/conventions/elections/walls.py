"""What the database itself refuses in an election."""

from __future__ import annotations

import pgtrigger
from django.db import models


class ShanghaiDay(models.Func):
    """The calendar day of a moment in the district's time zone, in the database."""

    template = "(%(expressions)s AT TIME ZONE 'Asia/Shanghai')::date"
    output_field = models.DateField()


LISTED_STAYS = pgtrigger.Protect(
    name="listed_stays",
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        "((OLD.body_id, OLD.division_id, OLD.kind) IS DISTINCT FROM (NEW.body_id, NEW.division_id, NEW.kind) "
        "OR (OLD.status <> 'PREPARING' AND (OLD.committee_id, OLD.ordered_by_id, OLD.opens_at, OLD.closes_at, OLD.surplus, "
        "OLD.women_needed, OLD.voter_list_id, OLD.earliest_on) IS DISTINCT FROM (NEW.committee_id, NEW.ordered_by_id, "
        "NEW.opens_at, NEW.closes_at, NEW.surplus, NEW.women_needed, NEW.voter_list_id, NEW.earliest_on)))"
    ),
)
"""What was announced with the voter list stays."""

POSTS_STAY = pgtrigger.Trigger(
    name="posts_stay",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF EXISTS (
            SELECT 1 FROM consultation_committeeelection WHERE id IN (
                CASE WHEN TG_OP <> 'INSERT' THEN OLD.election_id END,
                CASE WHEN TG_OP <> 'DELETE' THEN NEW.election_id END
            ) AND status <> 'PREPARING'
        ) THEN
            RAISE EXCEPTION 'The posts were announced with the voter list'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'electionpost_announced_with_the_list';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    """,
)

FIXED_STAYS = pgtrigger.Trigger(
    name="fixed_stays",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("held", "text")],
    func="""
        SELECT status INTO held FROM consultation_committeeelection
        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.election_id ELSE NEW.election_id END;
        IF held <> 'LISTED' AND NOT (
            TG_OP = 'UPDATE' AND (OLD.election_id, OLD.post_id, OLD.resident_id, OLD.number, OLD.name, OLD.is_woman,
                OLD.status) IS NOT DISTINCT FROM (NEW.election_id, NEW.post_id, NEW.resident_id, NEW.number, NEW.name,
                NEW.is_woman, NEW.status)
        ) THEN
            RAISE EXCEPTION 'Candidates come and go between the posting of the voter list and the vote'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'candidate_fixed_stays';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    """,
)

STANDS_FOR_ITS_POST = pgtrigger.Trigger(
    name="stands_for_its_post",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("post_id", "is_woman", "election_id"),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_electionpost
            WHERE id = NEW.post_id AND election_id = NEW.election_id AND (NEW.is_woman OR NOT for_women)
        ) THEN
            RAISE EXCEPTION 'Nobody stands for this post so'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'candidate_stands_for_its_post';
        END IF;
        RETURN NEW;
    """,
)

STANDS_ON_THE_LIST = pgtrigger.Trigger(
    name="stands_on_the_list",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("status", "resident_id"),
    condition=pgtrigger.Q(new__status__in=["NOMINATED", "CLEARED"]),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_committeeelection AS election
            JOIN consultation_listedvoter AS voter ON voter.voter_list_id = election.voter_list_id
            WHERE election.id = NEW.election_id AND voter.resident_id = NEW.resident_id AND voter.struck_at IS NULL
        ) THEN
            RAISE EXCEPTION 'A candidate stands on the voter list'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'candidate_stands_on_the_list';
        END IF;
        RETURN NEW;
    """,
)

CANDIDATE = (FIXED_STAYS, STANDS_FOR_ITS_POST, STANDS_ON_THE_LIST)
