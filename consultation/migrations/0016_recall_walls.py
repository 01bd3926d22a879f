"""Who reported the result of a decision does not answer what residents object to it.

Written by hand: it guards a table of the floor below, which knows no decisions.
"""

from django.db import migrations

ANSWERED = """
CREATE FUNCTION objection_answered_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM consultation_decision
        WHERE result_notice_id = NEW.notice_id AND reported_by_id = NEW.replied_by_id
    ) THEN
        RAISE EXCEPTION 'Who reported the result does not answer objections to it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'objection_answered_by_another';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER objection_answered_by_another BEFORE INSERT OR UPDATE OF replied_by_id ON communities_objection
    FOR EACH ROW WHEN (NEW.replied_by_id IS NOT NULL) EXECUTE FUNCTION objection_answered_by_another();
"""
NO_ANSWERED = """
DROP TRIGGER objection_answered_by_another ON communities_objection;
DROP FUNCTION objection_answered_by_another();
"""


class Migration(migrations.Migration):
    dependencies = [("consultation", "0015_recall_and_rest")]

    operations = [migrations.RunSQL(ANSWERED, NO_ANSWERED)]
