"""The triggers that guard meetings, what is recorded of them, and resolutions; the models name them."""

from __future__ import annotations

import pgtrigger

from governance.lifecycle import columns_stay

FIXED_ON_INVITATION = (
    *("number", "body_id", "division_id", "title", "held_at", "place", "rule_id", "notice_id", "announced_only"),
    *("call_id",),
)
"""What nobody changes once people were invited."""
RECORDED = ("entitled", "present", "affected_present", "has_quorum", "chair_id", "recorder_id", "opened_at", "ended_at")
"""What nobody changes once the minutes are approved."""
FIXED = "('APPROVED', 'COUNTERSIGNED', 'SIGNED', 'PUBLISHED', 'CANCELLED')"


INVITED_STAYS = columns_stay("invited_stays", FIXED_ON_INVITATION, once="OLD.status <> 'PLANNED'")
APPROVED_STAYS = columns_stay("approved_stays", RECORDED, once=f"OLD.status IN {FIXED}")

# A meeting is held on the day for which people were invited, and its notice has run its days by then.
OPENED_AFTER_ITS_NOTICE = pgtrigger.Trigger(
    name="opened_after_its_notice",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("status"),
    condition=pgtrigger.Q(new__status="OPEN"),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM communities_publicnotice AS notice
            WHERE notice.id = NEW.notice_id AND notice.status <> 'DRAFT'
                AND notice.ends_on < (NEW.held_at AT TIME ZONE 'Asia/Shanghai')::date
        ) OR (NEW.opened_at AT TIME ZONE 'Asia/Shanghai')::date IS DISTINCT FROM
            (NEW.held_at AT TIME ZONE 'Asia/Shanghai')::date
        THEN
            RAISE EXCEPTION 'The meeting was not announced for its days'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'meeting_opened_after_its_notice';
        END IF;
        RETURN NEW;
    """,
)


MEETING_OF_LINE = "SELECT status INTO held FROM consultation_meeting WHERE id = its_meeting;"
APPROVED = "The minutes of the meeting are approved"


def _kept(name: str, meeting: str, *, once: str, because: str, constraint: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses rows to be added, changed and taken away as their meeting stands.

    The row is called `line` and its meeting `held`: `meeting` is SQL for the meeting's key, `once` for when rows stay.
    """
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("line", "record"), ("held", "record"), ("its_meeting", "bigint")],
        func=f"""
            line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
            its_meeting := ({meeting});
            {MEETING_OF_LINE}
            IF {once} THEN
                RAISE EXCEPTION '{because}'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}';
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        """,
    )


def stays_with_the_minutes(model: str, meeting: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses any change of what was recorded once the minutes are approved.

    `meeting` is SQL for the key of the meeting of a row that is called `line`.
    """
    return _kept(
        "stays_with_the_minutes",
        meeting,
        once=f"held.status IN {FIXED}",
        because=APPROVED,
        constraint=f"{model}_stays_with_the_minutes",
    )


# What was announced is not added to, taken away or reworded; what came of it is recorded while the meeting is.
AGENDA_STAYS = _kept(
    "announced_stays",
    "line.meeting_id",
    once="""held.status <> 'PLANNED' AND (
                TG_OP = 'DELETE'
                OR (TG_OP = 'INSERT' AND NEW.is_announced)
                OR (TG_OP = 'UPDATE' AND (OLD.meeting_id, OLD.number, OLD.title, OLD.text, OLD.origin, OLD.topic_id,
                    OLD.matter_id, OLD.is_announced) IS DISTINCT FROM (NEW.meeting_id, NEW.number, NEW.title, NEW.text,
                    NEW.origin, NEW.topic_id, NEW.matter_id, NEW.is_announced))
            )""",
    because="The agenda was announced",
    constraint="agendaitem_announced_stays",
)

# Nobody signs in before the meeting is opened or after it has ended.
SIGNED_IN_WHILE_OPEN = pgtrigger.Trigger(
    name="signed_in_while_open",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    condition=pgtrigger.Condition("(NEW.signed_in_at IS NOT NULL)"),
    func="""
        IF NOT EXISTS (SELECT 1 FROM consultation_meeting WHERE id = NEW.meeting_id AND status = 'OPEN') AND (
            TG_OP = 'INSERT' OR (OLD.signed_in_at, OLD.capacity) IS DISTINCT FROM (NEW.signed_in_at, NEW.capacity)
        ) THEN
            RAISE EXCEPTION 'The meeting is not being held'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_signed_in_while_open';
        END IF;
        RETURN NEW;
    """,
)

# A motion is put while its meeting is held, on an item that was announced where the rule asks for that.
PUT_ON_AN_ANNOUNCED_ITEM = pgtrigger.Trigger(
    name="put_on_an_announced_item",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("item_id"),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_agendaitem AS item
            JOIN consultation_meeting AS meeting ON meeting.id = item.meeting_id
            WHERE item.id = NEW.item_id AND meeting.status = 'OPEN'
                AND (item.is_announced OR NOT meeting.announced_only)
        ) THEN
            RAISE EXCEPTION 'The item was not announced, or the meeting is not being held'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'resolution_put_on_an_announced_item';
        END IF;
        RETURN NEW;
    """,
)

# What a resolution says of its votes is what was recorded: signatures and votes by name, or a sheet that two have read.
COUNTED_AS_RECORDED = pgtrigger.Trigger(
    name="counted_as_recorded",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    condition=pgtrigger.Condition("(NEW.judged_at IS NOT NULL)"),
    declare=[("held", "record"), ("found", "record")],
    func="""
        IF TG_OP = 'UPDATE' AND OLD.judged_at IS NOT NULL THEN
            RETURN NEW;
        END IF;
        SELECT meeting.id, meeting.entitled INTO held FROM consultation_agendaitem AS item
            JOIN consultation_meeting AS meeting ON meeting.id = item.meeting_id WHERE item.id = NEW.item_id;
        IF NEW.method = 'NAMED' THEN
            SELECT count(*) FILTER (WHERE side = 'FOR') AS in_favor,
                count(*) FILTER (WHERE side = 'AGAINST') AS against,
                count(*) FILTER (WHERE side = 'ABSTAIN') AS abstained,
                count(*) FILTER (WHERE side = 'RECUSED') AS withdrawn,
                (SELECT count(*) FROM consultation_attendance AS one WHERE one.meeting_id = held.id
                    AND one.capacity = 'MEMBER' AND one.signed_in_at IS NOT NULL) AS present
                INTO found FROM consultation_meetingvote WHERE resolution_id = NEW.id;
        ELSE
            SELECT in_favor::bigint, against::bigint, abstained::bigint, withdrawn::bigint, present::bigint
                INTO found FROM consultation_countsheet
                WHERE resolution_id = NEW.id AND checked_at IS NOT NULL;
        END IF;
        IF (NEW.in_favor, NEW.against, NEW.abstained, NEW.withdrawn, NEW.present, NEW.entitled) IS DISTINCT FROM
            (found.in_favor, found.against, found.abstained, found.withdrawn, found.present, held.entitled)
        THEN
            RAISE EXCEPTION 'The figures are not those that were recorded'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'resolution_counted_as_recorded';
        END IF;
        RETURN NEW;
    """,
)

# Judged once, by the figures of its rule: the database compares them itself before anything is published.
PUBLISHED_WITH_A_QUORUM = pgtrigger.Trigger(
    name="published_with_a_quorum",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    condition=pgtrigger.Condition("(NEW.published_at IS NOT NULL)"),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_agendaitem AS item
            JOIN consultation_meeting AS meeting ON meeting.id = item.meeting_id
            JOIN communities_decisionrule AS rule ON rule.id = NEW.rule_id
            WHERE item.id = NEW.item_id AND meeting.status = 'PUBLISHED' AND NEW.has_quorum
                AND NEW.present <= NEW.entitled
                AND CASE WHEN rule.quorum_is_strict
                    THEN NEW.present * rule.quorum_denominator > NEW.entitled * rule.quorum_numerator
                    ELSE NEW.present * rule.quorum_denominator >= NEW.entitled * rule.quorum_numerator END
        ) THEN
            RAISE EXCEPTION 'No quorum, or minutes that are not published'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'resolution_published_with_a_quorum';
        END IF;
        RETURN NEW;
    """,
)

JUDGED_COLUMNS = (
    *("item_id", "number", "text", "method", "rule_id", "cost_estimate", "entitled", "present", "in_favor", "against"),
    *("abstained", "withdrawn", "has_quorum", "is_passed", "reason", "judged_at"),
)

JUDGED_STAYS = columns_stay("judged_stays", JUDGED_COLUMNS, once="OLD.judged_at IS NOT NULL")

# Once the minutes are approved only the publication of a resolution is written down, and that once.
RESOLUTION_STAYS = _kept(
    "stays_with_the_minutes",
    "SELECT meeting_id FROM consultation_agendaitem WHERE id = line.item_id",
    once=f"""held.status IN {FIXED}
                AND (TG_OP <> 'UPDATE' OR OLD.published_at IS NOT NULL OR NEW.published_at IS NULL)""",
    because=APPROVED,
    constraint="resolution_stays_with_the_minutes",
)

# Who votes is entitled, is there, and votes while the vote runs.
VOTED_BY_WHO_IS_THERE = pgtrigger.Trigger(
    name="by_who_is_there",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_attendance AS one
            JOIN consultation_meeting AS meeting ON meeting.id = one.meeting_id
            JOIN consultation_agendaitem AS item ON item.meeting_id = meeting.id
            JOIN consultation_resolution AS resolution ON resolution.item_id = item.id
            WHERE one.id = NEW.attendance_id AND resolution.id = NEW.resolution_id AND resolution.judged_at IS NULL
                AND resolution.method = 'NAMED' AND meeting.status = 'OPEN'
                AND one.capacity = 'MEMBER' AND one.signed_in_at IS NOT NULL
        ) THEN
            RAISE EXCEPTION 'Only who is entitled and there votes, while the vote runs'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'meetingvote_by_who_is_there';
        END IF;
        RETURN NEW;
    """,
)

# Tasks live on after the minutes: they are reported, confirmed or dropped, and otherwise stay as they were given.
GIVEN_STAYS = columns_stay(
    "given_stays", ("meeting_id", "case_id", "party_id", "resolution_id", "text", "owner_id", "due_on")
)

# A task of a case is to be done while the case is open, by a party to that case. The case stays locked until then, so that
# it does not end under the task.
GIVEN_WHILE_OPEN = pgtrigger.Trigger(
    name="given_while_open",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
    condition=pgtrigger.Condition("(NEW.case_id IS NOT NULL AND NEW.status = 'GIVEN')"),
    func="""
        PERFORM 1 FROM consultation_multipartycase WHERE id = NEW.case_id AND ended_at IS NULL FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'The case is not being carried out'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'meetingtask_given_while_open';
        END IF;
        RETURN NEW;
    """,
)
OF_A_PARTY_TO_ITS_CASE = pgtrigger.Trigger(
    name="of_a_party_to_its_case",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("party_id", "case_id"),
    condition=pgtrigger.Condition("(NEW.party_id IS NOT NULL)"),
    func="""
        IF NOT EXISTS (SELECT 1 FROM consultation_caseparty WHERE id = NEW.party_id AND case_id = NEW.case_id) THEN
            RAISE EXCEPTION 'The party does not belong to the case'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'meetingtask_of_a_party_to_its_case';
        END IF;
        RETURN NEW;
    """,
)

# No result is reported over tasks that are still to be done.
ENDED_WITHOUT_OPEN_TASKS = pgtrigger.Trigger(
    name="ended_without_open_tasks",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("ended_at"),
    condition=pgtrigger.Condition("(NEW.ended_at IS NOT NULL)"),
    func="""
        IF EXISTS (SELECT 1 FROM consultation_meetingtask WHERE case_id = NEW.id AND status = 'GIVEN') THEN
            RAISE EXCEPTION 'Tasks are still to be done'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'multipartycase_ended_without_open_tasks';
        END IF;
        RETURN NEW;
    """,
)

# What a task looked like before and after is shown until it is confirmed, and not added to afterwards.
SHOWN_UNTIL_CONFIRMED = pgtrigger.Trigger(
    name="shown_until_confirmed",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM consultation_meetingtask
            WHERE id = NEW.task_id AND (status = 'GIVEN' OR (status = 'DONE' AND NEW.stage = 'AFTER'))
        ) THEN
            RAISE EXCEPTION 'The task is not being worked on'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'taskphoto_shown_until_confirmed';
        END IF;
        RETURN NEW;
    """,
)
