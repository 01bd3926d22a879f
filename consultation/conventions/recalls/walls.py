"""What the database itself refuses in a recall."""

from __future__ import annotations

import pgtrigger

from governance.lifecycle import columns_stay

DEMAND_STAYS = columns_stay(
    "demand_stays",
    (
        "membership_id",
        "body_id",
        "division_id",
        "demanders",
        "representatives_id",
        "grounds",
        "asked_on",
        "entitled",
        "needed",
        "sheet_id",
    ),
)
"""What was handed in stays."""

HEARING_STAYS = columns_stay(
    "hearing_stays",
    ("hearing", "heard_on", "defense", "heard_at", "heard_by_id", "defense_due_on", "signed"),
    once="OLD.listed_at IS NOT NULL",
)
"""What the voters read with the call stays."""

CALL_STAYS = columns_stay(
    "call_stays",
    ("voter_list_id", "ordered_by_id", "opens_at", "closes_at"),
    once="OLD.frozen_at IS NOT NULL",
)

SIGNED_AS_CHECKED = pgtrigger.Trigger(
    name="signed_as_checked",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("status", "signed"),
    condition=pgtrigger.Q(new__status="VERIFIED"),
    func="""
        IF NEW.signed IS DISTINCT FROM (
            SELECT count(*) FROM consultation_recallsignature WHERE recall_id = NEW.id AND finding = 'VALID'
        ) OR EXISTS (SELECT 1 FROM consultation_recallsignature WHERE recall_id = NEW.id AND finding = '') THEN
            RAISE EXCEPTION 'As many have signed as were found to count, each signature checked'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'recall_signed_as_checked';
        END IF;
        RETURN NEW;
    """,
)

DECIDED_BY_ITS_BALLOT = pgtrigger.Trigger(
    name="decided_by_its_ballot",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("status", "ballot_id"),
    condition=pgtrigger.Q(new__status__in=["RECALLED", "KEPT"]),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_ballot AS ballot
            JOIN consultation_ballotresult AS result ON result.ballot_id = ballot.id
            JOIN consultation_ballotvoters AS voters ON voters.ballot_id = ballot.id
            WHERE ballot.id = NEW.ballot_id AND ballot.status = 'PUBLISHED' AND ballot.method = 'FOR_AGAINST'
                AND voters.voter_list_id = NEW.voter_list_id
                AND result.is_passed = (NEW.status = 'RECALLED')
        ) THEN
            RAISE EXCEPTION 'Whether somebody is recalled is what the published result of the ballot says'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'recall_decided_by_its_ballot';
        END IF;
        RETURN NEW;
    """,
)

CHECKED_STAYS = pgtrigger.Trigger(
    name="checked_stays",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF EXISTS (
            SELECT 1 FROM consultation_recall WHERE id IN (
                CASE WHEN TG_OP <> 'INSERT' THEN OLD.recall_id END,
                CASE WHEN TG_OP <> 'DELETE' THEN NEW.recall_id END
            ) AND status <> 'RECEIVED'
        ) THEN
            RAISE EXCEPTION 'The signatures of this demand have been checked'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'recallsignature_checked_stays';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    """,
)

OF_ITS_DEMANDERS = pgtrigger.Trigger(
    name="of_its_demanders",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("recall_id", "resident_id", "seat_id"),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_recall AS recall
            WHERE recall.id = NEW.recall_id AND CASE recall.demanders
                WHEN 'VOTERS' THEN EXISTS (
                    SELECT 1 FROM communities_resident AS signer
                    JOIN communities_division AS home ON home.id = signer.division_id
                    JOIN communities_division AS place ON place.id = recall.division_id
                    WHERE signer.id = NEW.resident_id AND starts_with(home.path, place.path)
                )
                ELSE EXISTS (
                    SELECT 1 FROM communities_bodymembership AS seat
                    WHERE seat.id = NEW.seat_id AND seat.body_id = recall.representatives_id
                        AND seat.valid_from <= recall.asked_on
                        AND (seat.valid_to IS NULL OR seat.valid_to > recall.asked_on)
                )
            END
        ) THEN
            RAISE EXCEPTION 'Voters of the place sign, or representatives with a seat on the day of the demand'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'recallsignature_of_its_demanders';
        END IF;
        RETURN NEW;
    """,
)
