"""The grade of its evaluation holds the last instalment of a contract; one length for the numbers of transfers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


WALL = """
CREATE OR REPLACE FUNCTION contract_pays_what_is_due(due projects_instalment) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    stands projects_contract;
    judged projects_evaluationplan;
BEGIN
    SELECT * INTO stands FROM projects_contract WHERE id = due.contract_id FOR NO KEY UPDATE;
    IF stands.status NOT IN ('ACCEPTED', 'CLOSED') AND NOT EXISTS (
        SELECT FROM projects_instalment
        WHERE contract_id = due.contract_id AND supplement_id IS NULL AND number > due.number
    ) THEN
        PERFORM ledger_refuse('instalment_last_waits_for_residents', 'The last instalment waits for the residents');
    END IF;
    IF stands.status NOT IN ('RUNNING', 'DELIVERED', 'ACCEPTED', 'CLOSED')
        OR (due.condition = 'MILESTONES' AND EXISTS (
            SELECT FROM projects_milestone WHERE contract_id = due.contract_id AND status <> 'CONFIRMED'
        ))
        OR (due.condition IN ('MIDTERM', 'FINAL_REVIEW') AND NOT EXISTS (
            SELECT FROM projects_contractreview
            WHERE contract_id = due.contract_id
                AND kind = CASE due.condition WHEN 'MIDTERM' THEN 'MIDTERM' ELSE 'FINAL' END
                AND (conclusion = 'PASSED' OR (conclusion = 'MEND' AND status = 'SETTLED'))
        ))
        OR (due.condition = 'ACCEPTANCE' AND stands.status NOT IN ('ACCEPTED', 'CLOSED'))
    THEN
        PERFORM ledger_refuse('instalment_is_due', 'What the instalment waits for has not come');
    END IF;
    IF stands.evaluation_id IS NULL OR stands.despite_at IS NOT NULL OR EXISTS (
        SELECT FROM projects_instalment
        WHERE contract_id = due.contract_id AND supplement_id IS NULL AND number > due.number
    ) THEN
        RETURN;
    END IF;
    SELECT * INTO judged FROM projects_evaluationplan WHERE id = stands.evaluation_id;
    IF judged.status NOT IN ('FINAL', 'PUSHED', 'CANCELLED') OR judged.status <> 'CANCELLED' AND (
        SELECT grade FROM projects_evaluationresult WHERE plan_id = judged.id ORDER BY version DESC LIMIT 1
    ) = 'FAIL' THEN
        PERFORM ledger_refuse('instalment_last_waits_for_its_evaluation', 'The last instalment waits for the evaluation');
    END IF;
END $$;
"""

FORMER = """
CREATE OR REPLACE FUNCTION contract_pays_what_is_due(due projects_instalment) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    stands projects_contract;
BEGIN
    SELECT * INTO stands FROM projects_contract WHERE id = due.contract_id FOR NO KEY UPDATE;
    IF stands.status NOT IN ('ACCEPTED', 'CLOSED') AND NOT EXISTS (
        SELECT FROM projects_instalment
        WHERE contract_id = due.contract_id AND supplement_id IS NULL AND number > due.number
    ) THEN
        PERFORM ledger_refuse('instalment_last_waits_for_residents', 'The last instalment waits for the residents');
    END IF;
    IF stands.status NOT IN ('RUNNING', 'DELIVERED', 'ACCEPTED', 'CLOSED')
        OR (due.condition = 'MILESTONES' AND EXISTS (
            SELECT FROM projects_milestone WHERE contract_id = due.contract_id AND status <> 'CONFIRMED'
        ))
        OR (due.condition IN ('MIDTERM', 'FINAL_REVIEW') AND NOT EXISTS (
            SELECT FROM projects_contractreview
            WHERE contract_id = due.contract_id
                AND kind = CASE due.condition WHEN 'MIDTERM' THEN 'MIDTERM' ELSE 'FINAL' END
                AND (conclusion = 'PASSED' OR (conclusion = 'MEND' AND status = 'SETTLED'))
        ))
        OR (due.condition = 'ACCEPTANCE' AND stands.status NOT IN ('ACCEPTED', 'CLOSED'))
    THEN
        PERFORM ledger_refuse('instalment_is_due', 'What the instalment waits for has not come');
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("communities", "0005_venues"),
        ("funds", "0014_fund_seats"),
        ("projects", "0021_directory_totals"),
        ("socialorgs", "0013_venues_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="contract",
            name="despite_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="decided at to pay the rest all the same"
            ),
        ),
        migrations.AddField(
            model_name="contract",
            name="despite_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decided by to pay the rest all the same",
            ),
        ),
        migrations.AddField(
            model_name="contract",
            name="despite_grade",
            field=models.TextField(
                blank=True, editable=False, verbose_name="why the rest is paid although the evaluation was failed"
            ),
        ),
        migrations.AlterField(
            model_name="publicpayment",
            name="document_number",
            field=models.CharField(max_length=80, verbose_name="document number"),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("despite_at", None), ("despite_by", None), ("despite_grade", "")),
                    models.Q(
                        ("despite_at__isnull", False),
                        ("despite_by__isnull", False),
                        ("evaluation__isnull", False),
                        models.Q(("despite_grade", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="contract_pays_despite_a_grade_with_a_reason",
            ),
        ),
        migrations.RunSQL(WALL, FORMER),
    ]
