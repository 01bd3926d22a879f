"""What the database itself refuses on a ballot: the triggers of the room's models."""

from __future__ import annotations

import pgtrigger

FROZEN_FIELDS = (
    "topic_id, question, division_id, rule_id, method, most_choices, roll_source, body_id, is_binding, approved_method_id, "
    "opens_at, closes_at, fingerprint, frozen_text, notice_id, electorate_on, entitled"
)


def _columns(row: str) -> str:
    return ", ".join(f"{row}.{name.strip()}" for name in FROZEN_FIELDS.split(","))


FROZEN_STAYS = pgtrigger.Protect(
    name="frozen_stays",
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        f"(OLD.status <> 'DRAFT' AND ({_columns('OLD')}) IS DISTINCT FROM ({_columns('NEW')}))"
    ),
)
"""What a freeze fixed stays as it was."""

COUNTED_WITH_A_RESULT = pgtrigger.Trigger(
    name="counted_with_a_result",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("status"),
    condition=pgtrigger.Q(new__status="COUNTED", old__status="CLOSED"),
    func="""
        IF NOT EXISTS (SELECT 1 FROM consultation_ballotresult WHERE ballot_id = NEW.id) THEN
            RAISE EXCEPTION 'Nothing has been counted'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ballot_counted_has_a_result';
        END IF;
        RETURN NEW;
    """,
)

CAST_WHILE_OPEN = pgtrigger.Trigger(
    name="cast_while_open",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("state", "text"), ("opens", "timestamptz"), ("closes", "timestamptz"), ("most", "smallint")],
    func="""
        SELECT status, opens_at, closes_at, most_choices INTO state, opens, closes, most
        FROM consultation_ballot WHERE id = NEW.ballot_id FOR KEY SHARE;
        IF NEW.cast_at < opens OR NEW.cast_at >= closes
            OR NOT (state = 'OPEN' OR (state = 'CLOSED' AND NEW.channel = 'PAPER'))
        THEN
            RAISE EXCEPTION 'The ballot is not open'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_cast_while_open';
        END IF;
        IF cardinality(NEW.choices) > most OR NEW.choices IS DISTINCT FROM (
            SELECT array_agg(number ORDER BY number) FROM consultation_ballotoption
            WHERE ballot_id = NEW.ballot_id AND number = ANY(NEW.choices)
        ) THEN
            RAISE EXCEPTION 'The ballot does not allow these marks'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_names_options_of_its_ballot';
        END IF;
        IF NEW.channel = 'PAPER' AND NOT EXISTS (
            SELECT 1 FROM consultation_papervote
            WHERE ballot_id = NEW.ballot_id AND entry_id = NEW.entry_id AND voided_at IS NULL
                AND checked_at IS NOT NULL AND choices = NEW.choices AND entered_at = NEW.cast_at
        ) THEN
            RAISE EXCEPTION 'No checked sheet says so'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_on_paper_has_its_sheet';
        END IF;
        RETURN NEW;
    """,
)

SHEET_STAYS = pgtrigger.Protect(
    name="sheet_stays",
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        "(OLD.voided_at IS NOT NULL OR OLD.vote_id IS NOT NULL OR "
        "(OLD.ballot_id, OLD.entry_id, OLD.serial_number, OLD.choices, OLD.photo_id, OLD.entered_at, OLD.entered_by_id) "
        "IS DISTINCT FROM "
        "(NEW.ballot_id, NEW.entry_id, NEW.serial_number, NEW.choices, NEW.photo_id, NEW.entered_at, NEW.entered_by_id))"
    ),
)

PHOTO_IS_SEALED = pgtrigger.Trigger(
    name="photo_is_sealed",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("(NEW.photo_id IS NOT NULL)"),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM communities_attachment
            WHERE id = NEW.photo_id AND visibility = 'SEALED' AND uploaded_by_id = NEW.entered_by_id
        ) THEN
            RAISE EXCEPTION 'The photo of a sheet shows a vote'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'papervote_photo_is_sealed';
        END IF;
        RETURN NEW;
    """,
)

VOTE_IS_ITS_OWN = pgtrigger.Trigger(
    name="vote_is_its_own",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("vote_id"),
    condition=pgtrigger.Condition("(NEW.vote_id IS NOT NULL)"),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_vote
            WHERE id = NEW.vote_id AND entry_id = NEW.entry_id AND channel = 'PAPER'
        ) THEN
            RAISE EXCEPTION 'The vote is not that of the sheet'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'papervote_vote_is_its_own';
        END IF;
        RETURN NEW;
    """,
)

COUNTS_WHAT_WAS_CAST = pgtrigger.Trigger(
    name="counts_what_was_cast",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_ballot
            WHERE id = NEW.ballot_id AND status = 'CLOSED' AND entitled = NEW.entitled
        ) OR NEW."cast" <> (SELECT count(*) FROM consultation_vote WHERE ballot_id = NEW.ballot_id) THEN
            RAISE EXCEPTION 'The result is not that of a closed ballot'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ballotresult_counts_what_was_cast';
        END IF;
        RETURN NEW;
    """,
)


def only_before_freezing(name: str, table: str) -> pgtrigger.Trigger:
    """Return the trigger that keeps the rows of a ballot as they were frozen.

    A row neither leaves a frozen ballot nor enters one; the ballot is held, so that none slips in while it is frozen.
    """
    return pgtrigger.Trigger(
        name="frozen_with_the_ballot",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            PERFORM 1 FROM consultation_ballot WHERE id IN (
                CASE WHEN TG_OP <> 'INSERT' THEN OLD.ballot_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.ballot_id END
            ) FOR SHARE;
            IF EXISTS (
                SELECT 1 FROM consultation_ballot WHERE id IN (
                    CASE WHEN TG_OP <> 'INSERT' THEN OLD.ballot_id END,
                    CASE WHEN TG_OP <> 'DELETE' THEN NEW.ballot_id END
                ) AND status <> 'DRAFT'
            ) THEN
                RAISE EXCEPTION 'The ballot is frozen'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}', TABLE = '{table}';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        """,  # noqa: S608 - the names are literals of this module
    )
