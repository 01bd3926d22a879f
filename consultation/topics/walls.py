"""What the database itself refuses on a topic: the triggers of the room's models."""

from __future__ import annotations

from string import Template

import pgtrigger

PHASES_STAY = pgtrigger.Trigger(
    name="announced_stays",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF EXISTS (SELECT 1 FROM consultation_topic WHERE id = OLD.topic_id AND status <> 'PREPARED') THEN
            IF TG_OP = 'DELETE' OR (OLD.topic_id, OLD.kind) IS DISTINCT FROM (NEW.topic_id, NEW.kind) OR (
                (OLD.opens_at, OLD.closes_at) IS DISTINCT FROM (NEW.opens_at, NEW.closes_at) AND NOT EXISTS (
                    SELECT 1 FROM consultation_phasechange WHERE phase_id = OLD.id
                        AND (was_opens_at, was_closes_at) = (OLD.opens_at, OLD.closes_at)
                        AND (opens_at, closes_at) = (NEW.opens_at, NEW.closes_at)
                )
            ) THEN
                RAISE EXCEPTION 'The phases of an announced topic stay'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'topicphase_announced_stays';
            END IF;
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    """,
)
"""A phase that was announced is moved by a written change only, never taken away or turned into another."""

CHANGE_OF_ITS_PHASE = pgtrigger.Trigger(
    name="change_of_its_phase",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_topicphase WHERE id = NEW.phase_id
                AND (opens_at, closes_at) = (NEW.was_opens_at, NEW.was_closes_at)
        ) THEN
            RAISE EXCEPTION 'The phase does not run so'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'phasechange_of_its_phase';
        END IF;
        RETURN NEW;
    """,
)

REPLY_TO_ITS_TOPIC = pgtrigger.Trigger(
    name="reply_to_its_topic",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("(NEW.parent_id IS NOT NULL)"),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_opinion
            WHERE id = NEW.parent_id AND topic_id = NEW.topic_id AND depth = NEW.depth - 1
        ) THEN
            RAISE EXCEPTION 'The reply belongs to another topic or depth'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'opinion_reply_to_its_topic';
        END IF;
        RETURN NEW;
    """,
)


def in_a_phase(name: str, kinds: str, find: str, moment: str, constraint: str) -> pgtrigger.Trigger:
    """Return the trigger that lets rows in only while a phase of one of these kinds runs; `find` gives the topic."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=Template("""
            IF NOT EXISTS (
                SELECT 1 FROM consultation_topic t JOIN consultation_topicphase p ON p.topic_id = t.id
                WHERE t.id = ($find) AND t.status = 'DELIBERATED' AND p.kind IN ($kinds)
                    AND p.opens_at <= NEW.$moment AND NEW.$moment < p.closes_at
            ) THEN
                RAISE EXCEPTION 'No phase of the topic opens this'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '$constraint';
            END IF;
            RETURN NEW;
        """).substitute(find=find, kinds=kinds, moment=moment, constraint=constraint),
    )
