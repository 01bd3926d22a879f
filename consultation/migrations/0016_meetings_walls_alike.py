import pgtrigger.compiler
import pgtrigger.migrations
from governance.tables import AtOnce


class Migration(AtOnce):

    dependencies = [
        ('consultation', '0014_ballots_reminders'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='agendaitem',
            name='announced_stays',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='agendaitem',
            name='stays_with_the_minutes',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='attendance',
            name='stays_with_the_minutes',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='countsheet',
            name='stays_with_the_minutes',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='meetingvote',
            name='stays_with_the_minutes',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='minutes',
            name='stays_with_the_minutes',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='resolution',
            name='stays_with_the_minutes',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agendaitem',
            trigger=pgtrigger.compiler.Trigger(name='announced_stays', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE line record; held record; its_meeting bigint;', func="\n            line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n            its_meeting := (line.meeting_id);\n            SELECT status INTO held FROM consultation_meeting WHERE id = its_meeting;\n            IF held.status <> 'PLANNED' AND (\n                TG_OP = 'DELETE'\n                OR (TG_OP = 'INSERT' AND NEW.is_announced)\n                OR (TG_OP = 'UPDATE' AND (OLD.meeting_id, OLD.number, OLD.title, OLD.text, OLD.origin, OLD.topic_id,\n                    OLD.matter_id, OLD.is_announced) IS DISTINCT FROM (NEW.meeting_id, NEW.number, NEW.title, NEW.text,\n                    NEW.origin, NEW.topic_id, NEW.matter_id, NEW.is_announced))\n            ) THEN\n                RAISE EXCEPTION 'The agenda was announced'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'agendaitem_announced_stays';\n            END IF;\n            IF TG_OP = 'DELETE' THEN\n                RETURN OLD;\n            END IF;\n            RETURN NEW;\n        ", hash='c9011bf1b9844c552d94d3e497109c2ee3b552ea', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_announced_stays_9c62a', table='consultation_agendaitem', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agendaitem',
            trigger=pgtrigger.compiler.Trigger(name='stays_with_the_minutes', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE line record; held record; its_meeting bigint;', func="\n            line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n            its_meeting := (line.meeting_id);\n            SELECT status INTO held FROM consultation_meeting WHERE id = its_meeting;\n            IF held.status IN ('APPROVED', 'COUNTERSIGNED', 'SIGNED', 'PUBLISHED', 'CANCELLED') THEN\n                RAISE EXCEPTION 'The minutes of the meeting are approved'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'agendaitem_stays_with_the_minutes';\n            END IF;\n            IF TG_OP = 'DELETE' THEN\n                RETURN OLD;\n            END IF;\n            RETURN NEW;\n        ", hash='18f5a2aeca24737203a45bd5b4ce56e507b4e7f0', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_stays_with_the_minutes_5de44', table='consultation_agendaitem', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='attendance',
            trigger=pgtrigger.compiler.Trigger(name='stays_with_the_minutes', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE line record; held record; its_meeting bigint;', func="\n            line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n            its_meeting := (line.meeting_id);\n            SELECT status INTO held FROM consultation_meeting WHERE id = its_meeting;\n            IF held.status IN ('APPROVED', 'COUNTERSIGNED', 'SIGNED', 'PUBLISHED', 'CANCELLED') THEN\n                RAISE EXCEPTION 'The minutes of the meeting are approved'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_stays_with_the_minutes';\n            END IF;\n            IF TG_OP = 'DELETE' THEN\n                RETURN OLD;\n            END IF;\n            RETURN NEW;\n        ", hash='0e951f5f8322e474bc61545b9497d1a90184f0d9', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_stays_with_the_minutes_a4c34', table='consultation_attendance', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='countsheet',
            trigger=pgtrigger.compiler.Trigger(name='stays_with_the_minutes', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE line record; held record; its_meeting bigint;', func="\n            line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n            its_meeting := (line.meeting_id);\n            SELECT status INTO held FROM consultation_meeting WHERE id = its_meeting;\n            IF held.status IN ('APPROVED', 'COUNTERSIGNED', 'SIGNED', 'PUBLISHED', 'CANCELLED') THEN\n                RAISE EXCEPTION 'The minutes of the meeting are approved'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'countsheet_stays_with_the_minutes';\n            END IF;\n            IF TG_OP = 'DELETE' THEN\n                RETURN OLD;\n            END IF;\n            RETURN NEW;\n        ", hash='3546903a8ebf5f4808143b33165a6bd8a8038d78', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_stays_with_the_minutes_0cd8a', table='consultation_countsheet', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='meetingvote',
            trigger=pgtrigger.compiler.Trigger(name='stays_with_the_minutes', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE line record; held record; its_meeting bigint;', func="\n            line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n            its_meeting := (SELECT item.meeting_id FROM consultation_agendaitem AS item JOIN consultation_resolution AS motion ON motion.item_id = item.id WHERE motion.id = line.resolution_id);\n            SELECT status INTO held FROM consultation_meeting WHERE id = its_meeting;\n            IF held.status IN ('APPROVED', 'COUNTERSIGNED', 'SIGNED', 'PUBLISHED', 'CANCELLED') THEN\n                RAISE EXCEPTION 'The minutes of the meeting are approved'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'meetingvote_stays_with_the_minutes';\n            END IF;\n            IF TG_OP = 'DELETE' THEN\n                RETURN OLD;\n            END IF;\n            RETURN NEW;\n        ", hash='51d5dd4b905c6c534d78710b26376b1f5bfd1539', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_stays_with_the_minutes_b64f3', table='consultation_meetingvote', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='minutes',
            trigger=pgtrigger.compiler.Trigger(name='stays_with_the_minutes', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE line record; held record; its_meeting bigint;', func="\n            line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n            its_meeting := (line.meeting_id);\n            SELECT status INTO held FROM consultation_meeting WHERE id = its_meeting;\n            IF held.status IN ('APPROVED', 'COUNTERSIGNED', 'SIGNED', 'PUBLISHED', 'CANCELLED') THEN\n                RAISE EXCEPTION 'The minutes of the meeting are approved'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'minutes_stays_with_the_minutes';\n            END IF;\n            IF TG_OP = 'DELETE' THEN\n                RETURN OLD;\n            END IF;\n            RETURN NEW;\n        ", hash='3bee373f1551bb149cd3a34c4ed433ade3f9598e', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_stays_with_the_minutes_104cd', table='consultation_minutes', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='resolution',
            trigger=pgtrigger.compiler.Trigger(name='stays_with_the_minutes', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE line record; held record; its_meeting bigint;', func="\n            line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n            its_meeting := (SELECT meeting_id FROM consultation_agendaitem WHERE id = line.item_id);\n            SELECT status INTO held FROM consultation_meeting WHERE id = its_meeting;\n            IF held.status IN ('APPROVED', 'COUNTERSIGNED', 'SIGNED', 'PUBLISHED', 'CANCELLED')\n                AND (TG_OP <> 'UPDATE' OR OLD.published_at IS NOT NULL OR NEW.published_at IS NULL) THEN\n                RAISE EXCEPTION 'The minutes of the meeting are approved'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'resolution_stays_with_the_minutes';\n            END IF;\n            IF TG_OP = 'DELETE' THEN\n                RETURN OLD;\n            END IF;\n            RETURN NEW;\n        ", hash='0edb043423a82d9c3986f404062031c00974cb1b', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_stays_with_the_minutes_c93a2', table='consultation_resolution', when='BEFORE')),
        ),
    ]
