"""What the database itself refuses on a ballot: the triggers of the room's models."""

from __future__ import annotations

from string import Template

import pgtrigger

FROZEN_FIELDS = (
    "topic_id, question, division_id, rule_id, method, most_choices, is_secret, budget, roll_source, body_id, is_binding, "
    "approved_method_id, opens_at, closes_at, fingerprint, frozen_text, notice_id, electorate_on, entitled, area"
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

REMINDED_SELDOM = pgtrigger.Trigger(
    name="reminded_seldom",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("reminders", "reminded_at"),
    func="""
        IF NEW.status <> 'OPEN' OR NEW.reminders <> OLD.reminders + 1 OR NEW.reminded_at IS NULL
            OR NEW.reminded_at < NEW.opens_at OR NEW.reminded_at >= NEW.closes_at
            OR NEW.reminded_at < OLD.reminded_at + interval '1 day'
        THEN
            RAISE EXCEPTION 'People are reminded while the ballot is open, once a day at most'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ballot_reminds_seldom';
        END IF;
        RETURN NEW;
    """,
)
"""However the parameter is set, nobody is told twice on one day, and nothing after the closing."""

CAST_WHILE_OPEN = pgtrigger.Trigger(
    name="cast_while_open",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("held", "record"), ("signed", "boolean")],
    func="""
        SELECT status, opens_at, closes_at, method, most_choices, budget, is_secret INTO held
        FROM consultation_ballot WHERE id = NEW.ballot_id FOR KEY SHARE;
        IF NEW.cast_at < held.opens_at OR NEW.cast_at >= held.closes_at
            OR NOT (held.status = 'OPEN'
                OR (held.status = 'CLOSED' AND NOT held.is_secret AND NEW.channel IN ('PAPER', 'PHONE', 'VISIT')))
        THEN
            RAISE EXCEPTION 'The ballot is not open'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_cast_while_open';
        END IF;
        IF NEW.in_box <> held.is_secret THEN
            RAISE EXCEPTION 'Papers of a secret ballot lie in the box, others do not'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_in_the_box_where_secret';
        END IF;
        signed := held.is_secret AND NEW.channel IN ('PAPER', 'VISIT');
        IF signed THEN
            IF cardinality(NEW.choices) > 0 OR NOT EXISTS (
                SELECT 1 FROM consultation_batchsignature WHERE ballot_id = NEW.ballot_id AND entry_id = NEW.entry_id
            ) THEN
                RAISE EXCEPTION 'Nobody has signed for this paper'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_on_paper_has_its_signature';
            END IF;
        ELSIF NOT consultation_marks_fit(
            NEW.ballot_id, held.method, held.most_choices, held.budget, NEW.choices
        ) THEN
            RAISE EXCEPTION 'The ballot does not allow these marks'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_names_options_of_its_ballot';
        END IF;
        IF NOT signed AND NEW.channel IN ('PAPER', 'PHONE', 'VISIT') AND NOT EXISTS (
            SELECT 1 FROM consultation_papervote AS sheet LEFT JOIN consultation_paperbatch AS batch
                ON batch.id = sheet.batch_id
            WHERE sheet.ballot_id = NEW.ballot_id AND sheet.entry_id = NEW.entry_id AND sheet.voided_at IS NULL
                AND sheet.checked_at IS NOT NULL AND sheet.choices = NEW.choices AND sheet.entered_at = NEW.cast_at
                AND sheet.channel = NEW.channel AND (sheet.batch_id IS NULL OR batch.status = 'ACCEPTED')
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
        "(OLD.ballot_id, OLD.entry_id, OLD.batch_id, OLD.channel, OLD.serial_number, OLD.choices, OLD.photo_id, "
        "OLD.entered_at, OLD.entered_by_id) IS DISTINCT FROM "
        "(NEW.ballot_id, NEW.entry_id, NEW.batch_id, NEW.channel, NEW.serial_number, NEW.choices, NEW.photo_id, "
        "NEW.entered_at, NEW.entered_by_id))"
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

SHEET_IN_AN_OPEN_BATCH = pgtrigger.Trigger(
    name="sheet_in_an_open_batch",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("(NEW.batch_id IS NOT NULL)"),
    func="""
        PERFORM 1 FROM consultation_paperbatch WHERE id = NEW.batch_id AND status = 'OPEN' FOR KEY SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'The batch takes no sheets'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'papervote_batch_is_open';
        END IF;
        RETURN NEW;
    """,
)
"""A sheet in a batch that was accepted or given up would never count, and nobody would miss it."""

VOTE_IS_ITS_OWN = pgtrigger.Trigger(
    name="vote_is_its_own",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("vote_id"),
    condition=pgtrigger.Condition("(NEW.vote_id IS NOT NULL)"),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_vote
            WHERE id = NEW.vote_id AND entry_id = NEW.entry_id AND channel = NEW.channel
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
        ) OR NEW."cast" <> (SELECT count(*) FROM consultation_vote WHERE ballot_id = NEW.ballot_id)
            OR (
                EXISTS (SELECT 1 FROM consultation_ballot WHERE id = NEW.ballot_id AND is_secret)
                AND NEW."cast" <> (SELECT count(*) FROM consultation_ballotpaper WHERE ballot_id = NEW.ballot_id)
            )
        THEN
            RAISE EXCEPTION 'The result is not that of a closed ballot'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ballotresult_counts_what_was_cast';
        END IF;
        RETURN NEW;
    """,
)

BATCH_STAYS = pgtrigger.Protect(
    name="batch_stays",
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        "(OLD.status <> 'OPEN' OR (OLD.ballot_id, OLD.number, OLD.channel, OLD.signed, OLD.photo_id, OLD.opened_at, "
        "OLD.opened_by_id) IS DISTINCT FROM (NEW.ballot_id, NEW.number, NEW.channel, NEW.signed, NEW.photo_id, "
        "NEW.opened_at, NEW.opened_by_id))"
    ),
)
"""A batch is what was opened; a count of the sign-in sheet that was wrong is a batch given up and another one."""

BATCH_TAKES_ROWS_WHILE_OPEN = pgtrigger.Trigger(
    name="batch_is_open",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="""
        PERFORM 1 FROM consultation_paperbatch AS batch JOIN consultation_ballot AS ballot ON ballot.id = batch.ballot_id
        WHERE batch.id = NEW.batch_id AND batch.status = 'OPEN' AND ballot.is_secret FOR KEY SHARE OF batch;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'The batch takes no rows'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'paperbatch_takes_rows_while_open';
        END IF;
        RETURN NEW;
    """,
)

PILE_STAYS = pgtrigger.Protect(
    name="pile_stays",
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        "(OLD.void_reason <> '' OR (OLD.checked_by_id IS NOT NULL AND NEW.checked_by_id IS DISTINCT FROM "
        "OLD.checked_by_id) OR (OLD.batch_id, OLD.position, OLD.choices, OLD.entered_by_id) IS DISTINCT FROM "
        "(NEW.batch_id, NEW.position, NEW.choices, NEW.entered_by_id))"
    ),
)
"""A sheet is what was entered, and checked once; a pile of which one sheet was missed is voided whole, checked or not."""

PROXY_BEFORE_OPENING = pgtrigger.Trigger(
    name="proxy_before_opening",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        PERFORM 1 FROM consultation_ballot AS ballot JOIN communities_decisionrule AS rule ON rule.id = ballot.rule_id
        WHERE ballot.id = NEW.ballot_id AND ballot.status = 'FROZEN' AND rule.allows_proxies FOR KEY SHARE OF ballot;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'Proxies are taken between freeze and opening, where the rule allows them'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'proxy_before_opening';
        END IF;
        RETURN NEW;
    """,
)

PROXY_STAYS = pgtrigger.Protect(
    name="proxy_stays",
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        "(OLD.revoked_at IS NOT NULL OR (OLD.ballot_id, OLD.principal_id, OLD.holder_id, OLD.relation, OLD.place, "
        "OLD.paper_id) IS DISTINCT FROM (NEW.ballot_id, NEW.principal_id, NEW.holder_id, NEW.relation, NEW.place, "
        "NEW.paper_id))"
    ),
)

SLIP_STAYS = pgtrigger.Protect(
    name="slip_stays",
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        "(OLD.voided_at IS NOT NULL OR (OLD.ballot_id, OLD.entry_id, OLD.code_hash, OLD.printed_at) IS DISTINCT FROM "
        "(NEW.ballot_id, NEW.entry_id, NEW.code_hash, NEW.printed_at))"
    ),
)


def only_before_freezing(name: str, table: str) -> pgtrigger.Trigger:
    """Return the trigger that keeps the rows of a ballot as they were frozen.

    A row neither leaves a frozen ballot nor enters one; the ballot is held, so that none slips in while it is frozen.
    """
    return pgtrigger.Trigger(
        name="frozen_with_the_ballot",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=Template("""
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
                    USING ERRCODE = 'check_violation', CONSTRAINT = '$name', TABLE = '$table';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        """).substitute(name=name, table=table),
    )
