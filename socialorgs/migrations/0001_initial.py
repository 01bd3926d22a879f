import django.db.models.deletion
import governance.money
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from governance.tables import AtOnce


class Migration(AtOnce):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('communities', '0002_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='SocialOrganization',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('organization_type', models.CharField(choices=[('ASSOCIATION', 'social association'), ('SOCIAL_SERVICE_AGENCY', 'social service agency'), ('FOUNDATION', 'foundation'), ('COMMUNITY_ORGANIZATION', 'community organization')], max_length=30, verbose_name='type')),
                ('standing', models.CharField(choices=[('REGISTERED', 'registered'), ('FILED', 'filed')], max_length=10, verbose_name='registered or filed')),
                ('credit_code', models.CharField(blank=True, max_length=18, null=True, unique=True, verbose_name='credit code')),
                ('filing_number', models.CharField(blank=True, max_length=40, null=True, unique=True, verbose_name='filing number')),
                ('service_class', models.CharField(blank=True, choices=[('LIFE_SERVICE', 'life services'), ('PUBLIC_BENEFIT', 'public benefit and charity'), ('MUTUAL_HELP', 'mutual help'), ('SELF_GOVERNANCE', 'self-governance')], max_length=20, verbose_name='service class')),
                ('registrar', models.CharField(blank=True, max_length=120, verbose_name='registrar')),
                ('supervising_body', models.CharField(blank=True, max_length=120, verbose_name='supervising body')),
                ('head_name', models.CharField(max_length=50, verbose_name='head')),
                ('contact', models.CharField(blank=True, max_length=200, verbose_name='contact')),
                ('members_count', models.PositiveIntegerField(blank=True, null=True, verbose_name='members')),
                ('capital', governance.money.YuanField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='capital')),
                ('scope', models.TextField(blank=True, verbose_name='scope of activity')),
                ('founded_on', models.DateField(verbose_name='founded on')),
                ('status', models.CharField(choices=[('ENTERED', 'entered, not checked'), ('ACTIVE', 'active'), ('LIQUIDATING', 'in liquidation'), ('DEREGISTERED', 'deregistered'), ('REVOKED', 'revoked')], default='ENTERED', editable=False, max_length=20, verbose_name='status')),
                ('entered_at', models.DateTimeField(editable=False, verbose_name='entered at')),
                ('verified_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='checked at')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended at')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='organizations', to='communities.division', verbose_name='division')),
                ('entered_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('verified_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='checked by')),
            ],
            options={
                'verbose_name': 'social organization',
                'verbose_name_plural': 'social organizations',
                'indexes': [models.Index(fields=['division', 'name', 'id'], name='organization_place'), models.Index(fields=['name', 'id'], name='organization_name')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['ENTERED', 'ACTIVE', 'LIQUIDATING', 'DEREGISTERED', 'REVOKED'])), name='socialorganization_status_is_known'), models.CheckConstraint(condition=models.Q(('organization_type__in', ['ASSOCIATION', 'SOCIAL_SERVICE_AGENCY', 'FOUNDATION', 'COMMUNITY_ORGANIZATION']), ('standing__in', ['REGISTERED', 'FILED']), ('service_class__in', ['', 'LIFE_SERVICE', 'PUBLIC_BENEFIT', 'MUTUAL_HELP', 'SELF_GOVERNANCE'])), name='socialorganization_kinds_are_known'), models.CheckConstraint(condition=models.Q(('credit_code', None), ('credit_code__regex', '^[0123456789ABCDEFGHJKLMNPQRTUWXY]{18}$'), _connector='OR'), name='socialorganization_code_is_well_formed'), models.CheckConstraint(condition=models.Q(models.Q(('credit_code__isnull', False), ('standing', 'REGISTERED')), models.Q(('credit_code', None), ('filing_number__isnull', False), ('organization_type', 'COMMUNITY_ORGANIZATION'), ('standing', 'FILED')), _connector='OR'), name='socialorganization_is_registered_or_filed'), models.CheckConstraint(condition=models.Q(('verified_by', None), models.Q(('verified_by', models.F('entered_by')), _negated=True), _connector='OR'), name='socialorganization_checked_by_another')],
            },
        ),
        migrations.CreateModel(
            name='OrganizationAppointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='organization_appointments', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='socialorgs.socialorganization', verbose_name='organization')),
            ],
            options={
                'verbose_name': 'organization appointment',
                'verbose_name_plural': 'organization appointments',
                'constraints': [models.UniqueConstraint(condition=models.Q(('valid_to', None)), fields=('organization', 'user'), name='organizationappointment_held_once'), models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='organizationappointment_period_runs_forward')],
            },
        ),
        migrations.CreateModel(
            name='CreditListing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('credit_list', models.CharField(choices=[('ABNORMAL', 'list of abnormal activity'), ('SERIOUS_BREACH', 'list of serious breaches')], max_length=20, verbose_name='list')),
                ('decision_number', models.CharField(max_length=80, verbose_name='decision number')),
                ('reason', models.TextField(verbose_name='reason')),
                ('listed_on', models.DateField(verbose_name='listed on')),
                ('removed_on', models.DateField(blank=True, editable=False, null=True, verbose_name='removed on')),
                ('entered_at', models.DateTimeField(editable=False, verbose_name='entered at')),
                ('entered_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='listings', to='socialorgs.socialorganization', verbose_name='organization')),
            ],
            options={
                'verbose_name': 'credit listing',
                'verbose_name_plural': 'credit listings',
                'indexes': [models.Index(fields=['organization', 'listed_on'], name='creditlisting_body'), models.Index(fields=['-listed_on', '-id'], name='creditlisting_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('credit_list__in', ['ABNORMAL', 'SERIOUS_BREACH'])), name='creditlisting_list_is_known'), models.UniqueConstraint(fields=('organization', 'credit_list', 'decision_number'), name='creditlisting_decision_is_entered_once'), models.CheckConstraint(condition=models.Q(('removed_on', None), ('removed_on__gte', models.F('listed_on')), _connector='OR'), name='creditlisting_period_runs_forward')],
            },
        ),
        migrations.CreateModel(
            name='AnnualInspection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(verbose_name='year')),
                ('conclusion', models.CharField(choices=[('PASSED', 'passed'), ('BASICALLY_PASSED', 'basically passed'), ('FAILED', 'failed')], max_length=20, verbose_name='conclusion')),
                ('concluded_on', models.DateField(verbose_name='concluded on')),
                ('entered_at', models.DateTimeField(editable=False, verbose_name='entered at')),
                ('entered_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='inspections', to='socialorgs.socialorganization', verbose_name='organization')),
            ],
            options={
                'verbose_name': 'annual inspection',
                'verbose_name_plural': 'annual inspections',
                'constraints': [models.UniqueConstraint(fields=('organization', 'year'), name='annualinspection_one_a_year'), models.CheckConstraint(condition=models.Q(('conclusion__in', ['PASSED', 'BASICALLY_PASSED', 'FAILED'])), name='annualinspection_conclusion_is_known')],
            },
        ),
        migrations.CreateModel(
            name='SocialOrganizationEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('organization_type', models.CharField(choices=[('ASSOCIATION', 'social association'), ('SOCIAL_SERVICE_AGENCY', 'social service agency'), ('FOUNDATION', 'foundation'), ('COMMUNITY_ORGANIZATION', 'community organization')], max_length=30, verbose_name='type')),
                ('standing', models.CharField(choices=[('REGISTERED', 'registered'), ('FILED', 'filed')], max_length=10, verbose_name='registered or filed')),
                ('credit_code', models.CharField(blank=True, max_length=18, null=True, verbose_name='credit code')),
                ('filing_number', models.CharField(blank=True, max_length=40, null=True, verbose_name='filing number')),
                ('service_class', models.CharField(blank=True, choices=[('LIFE_SERVICE', 'life services'), ('PUBLIC_BENEFIT', 'public benefit and charity'), ('MUTUAL_HELP', 'mutual help'), ('SELF_GOVERNANCE', 'self-governance')], max_length=20, verbose_name='service class')),
                ('registrar', models.CharField(blank=True, max_length=120, verbose_name='registrar')),
                ('supervising_body', models.CharField(blank=True, max_length=120, verbose_name='supervising body')),
                ('head_name', models.CharField(max_length=50, verbose_name='head')),
                ('contact', models.CharField(blank=True, max_length=200, verbose_name='contact')),
                ('members_count', models.PositiveIntegerField(blank=True, null=True, verbose_name='members')),
                ('capital', governance.money.YuanField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='capital')),
                ('scope', models.TextField(blank=True, verbose_name='scope of activity')),
                ('founded_on', models.DateField(verbose_name='founded on')),
                ('status', models.CharField(choices=[('ENTERED', 'entered, not checked'), ('ACTIVE', 'active'), ('LIQUIDATING', 'in liquidation'), ('DEREGISTERED', 'deregistered'), ('REVOKED', 'revoked')], default='ENTERED', editable=False, max_length=20, verbose_name='status')),
                ('entered_at', models.DateTimeField(editable=False, verbose_name='entered at')),
                ('verified_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='checked at')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended at')),
                ('division', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='communities.division', verbose_name='division')),
                ('entered_by', models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='socialorgs.socialorganization')),
                ('verified_by', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='checked by')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='socialorganization',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'ENTERED' THEN\n                    RAISE EXCEPTION 'A new row begins as ENTERED, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'socialorganization_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('ACTIVE','DEREGISTERED'), ('ACTIVE','LIQUIDATING'), ('ACTIVE','REVOKED'), ('ENTERED','ACTIVE'), ('ENTERED','DEREGISTERED'), ('LIQUIDATING','DEREGISTERED'), ('LIQUIDATING','REVOKED')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'socialorganization_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='1643380d3184fe86fb9bfeebbdb8e3175ddc4675', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_8aa21', table='socialorgs_socialorganization', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='socialorganization',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "socialorgs_socialorganizationevent" ("capital", "contact", "credit_code", "division_id", "ended_at", "entered_at", "entered_by_id", "filing_number", "founded_on", "head_name", "id", "members_count", "name", "organization_type", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "registrar", "scope", "service_class", "standing", "status", "supervising_body", "verified_at", "verified_by_id") VALUES (NEW."capital", NEW."contact", NEW."credit_code", NEW."division_id", NEW."ended_at", NEW."entered_at", NEW."entered_by_id", NEW."filing_number", NEW."founded_on", NEW."head_name", NEW."id", NEW."members_count", NEW."name", NEW."organization_type", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."registrar", NEW."scope", NEW."service_class", NEW."standing", NEW."status", NEW."supervising_body", NEW."verified_at", NEW."verified_by_id"); RETURN NULL;', hash='0e74ffe0c324899b22224c715e3541b1dd3f0641', operation='INSERT', pgid='pgtrigger_insert_insert_2666b', table='socialorgs_socialorganization', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='socialorganization',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "socialorgs_socialorganizationevent" ("capital", "contact", "credit_code", "division_id", "ended_at", "entered_at", "entered_by_id", "filing_number", "founded_on", "head_name", "id", "members_count", "name", "organization_type", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "registrar", "scope", "service_class", "standing", "status", "supervising_body", "verified_at", "verified_by_id") VALUES (NEW."capital", NEW."contact", NEW."credit_code", NEW."division_id", NEW."ended_at", NEW."entered_at", NEW."entered_by_id", NEW."filing_number", NEW."founded_on", NEW."head_name", NEW."id", NEW."members_count", NEW."name", NEW."organization_type", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."registrar", NEW."scope", NEW."service_class", NEW."standing", NEW."status", NEW."supervising_body", NEW."verified_at", NEW."verified_by_id"); RETURN NULL;', hash='683923bf19cecb29f5ad887029d72a2897263b2e', operation='UPDATE', pgid='pgtrigger_update_update_bca89', table='socialorgs_socialorganization', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditlisting',
            trigger=pgtrigger.compiler.Trigger(name='ended_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.removed_on IS NOT NULL OR (OLD.organization_id, OLD.credit_list, OLD.decision_number, OLD.listed_on) IS DISTINCT FROM (NEW.organization_id, NEW.credit_list, NEW.decision_number, NEW.listed_on))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='10e806b8ec7dd235d384f2f11d02de7cfb855788', operation='UPDATE', pgid='pgtrigger_ended_once_f9e81', table='socialorgs_creditlisting', when='BEFORE')),
        ),
    ]
