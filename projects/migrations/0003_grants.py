"""Rounds of grants, applications, panels and scores, awards."""

import django.db.models.deletion
import governance.money
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from governance.tables import AtOnce


class Migration(AtOnce):

    dependencies = [
        ('communities', '0004_women_in_bodies'),
        ('funds', '0013_budgeting_walls'),
        ('projects', '0002_purchasing'),
        ('socialorgs', '0003_organizations_walls'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GrantApplication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(editable=False, max_length=40, unique=True, verbose_name='number')),
                ('credit_code', models.CharField(blank=True, max_length=18, verbose_name='credit code of the body that answers')),
                ('lane', models.CharField(blank=True, max_length=40, verbose_name='class of project')),
                ('title', models.CharField(max_length=100, verbose_name='title')),
                ('summary', models.CharField(blank=True, max_length=300, verbose_name='in short')),
                ('plan', models.TextField(blank=True, verbose_name='plan')),
                ('team', models.TextField(blank=True, verbose_name='team')),
                ('beneficiaries', models.CharField(blank=True, max_length=200, verbose_name='whom it serves')),
                ('starts_on', models.DateField(blank=True, null=True, verbose_name='starts on')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='ends on')),
                ('answers', models.JSONField(blank=True, default=dict, verbose_name='answers to the questions of the form')),
                ('own_amount', governance.money.YuanField(decimal_places=2, default=0, max_digits=14, verbose_name='paid by the organization itself')),
                ('asked', governance.money.YuanField(decimal_places=2, default=0, editable=False, max_digits=14, verbose_name='asked for')),
                ('granted', governance.money.YuanField(blank=True, decimal_places=2, editable=False, max_digits=14, null=True, verbose_name='after optimisation')),
                ('score', models.DecimalField(blank=True, decimal_places=2, editable=False, max_digits=5, null=True, verbose_name='score')),
                ('counted', models.PositiveSmallIntegerField(blank=True, editable=False, null=True, verbose_name='scores given')),
                ('rank', models.PositiveSmallIntegerField(blank=True, editable=False, null=True, verbose_name='rank in its class')),
                ('remark', models.TextField(blank=True, editable=False, verbose_name='what the applicant is told')),
                ('correct_by', models.DateField(blank=True, editable=False, null=True, verbose_name='to be corrected by')),
                ('status', models.CharField(choices=[('DRAFT', 'draft'), ('SUBMITTED', 'submitted'), ('RETURNED', 'sent back for correction'), ('QUALIFIED', 'admitted to the review'), ('UNQUALIFIED', 'not admitted'), ('SCORED', 'scored'), ('PROPOSED', 'proposed'), ('AWARDED', 'awarded'), ('DECLINED', 'not chosen'), ('WITHDRAWN', 'withdrawn')], default='DRAFT', editable=False, max_length=15, verbose_name='status')),
                ('drafted_at', models.DateTimeField(editable=False, verbose_name='drafted at')),
                ('saved_at', models.DateTimeField(editable=False, verbose_name='saved at')),
                ('submitted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='submitted at')),
                ('consented_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='landing community agreed at')),
                ('returned_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='sent back at')),
                ('vetted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='checked at')),
                ('proposed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='proposed at')),
                ('consented_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agreed for the landing community by')),
                ('division', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='grant_applications', to='communities.division', verbose_name='landing community')),
                ('drafted_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='drafted by')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grant_applications', to='socialorgs.socialorganization', verbose_name='organization')),
                ('proposed_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                ('returned_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent back by')),
                ('submitted_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='submitted by')),
                ('vetted_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='checked by')),
            ],
            options={
                'verbose_name': 'grant application',
                'verbose_name_plural': 'grant applications',
            },
        ),
        migrations.CreateModel(
            name='GrantAward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(editable=False, max_length=40, unique=True, verbose_name='number')),
                ('title', models.CharField(max_length=100, verbose_name='title')),
                ('amount', governance.money.YuanField(decimal_places=2, max_digits=14, verbose_name='amount')),
                ('instalments', models.JSONField(verbose_name='instalments in percent')),
                ('contract_by', models.DateField(verbose_name='contract to be signed by')),
                ('remark', models.TextField(blank=True, editable=False, verbose_name='why it was renounced or revoked')),
                ('status', models.CharField(choices=[('GRANTED', 'granted'), ('RENOUNCED', 'renounced'), ('REVOKED', 'revoked')], default='GRANTED', editable=False, max_length=10, verbose_name='status')),
                ('granted_at', models.DateTimeField(editable=False, verbose_name='awarded at')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended at')),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='award', to='projects.grantapplication', verbose_name='grant application')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grant_awards', to='communities.division', verbose_name='landing community')),
                ('ended_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ended by')),
                ('granted_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='awarded by')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grant_awards', to='socialorgs.socialorganization', verbose_name='organization')),
            ],
            options={
                'verbose_name': 'grant award',
                'verbose_name_plural': 'grant awards',
            },
        ),
        migrations.CreateModel(
            name='GrantBudgetLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('kind', models.CharField(choices=[('PERSONNEL', 'personnel'), ('ADMINISTRATION', 'administration'), ('ACTIVITIES', 'activities'), ('MATERIALS', 'materials'), ('OTHER', 'other')], max_length=15, verbose_name='kind')),
                ('title', models.CharField(max_length=100, verbose_name='what for')),
                ('asked', governance.money.YuanField(decimal_places=2, max_digits=14, verbose_name='asked for')),
                ('granted', governance.money.YuanField(decimal_places=2, editable=False, max_digits=14, verbose_name='after optimisation')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='projects.grantapplication', verbose_name='grant application')),
            ],
            options={
                'verbose_name': "line of a grant's budget",
                'verbose_name_plural': "lines of grants' budgets",
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='GrantExpert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=120, verbose_name='field of expertise')),
                ('valid_from', models.DateField(verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('entered_at', models.DateTimeField(editable=False, verbose_name='entered at')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='communities.division', verbose_name='place')),
                ('employer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='socialorgs.socialorganization', verbose_name='employed at')),
                ('entered_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grant_expertise', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'expert',
                'verbose_name_plural': 'experts',
            },
        ),
        migrations.CreateModel(
            name='GrantRound',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('VENTURE', 'venture grants of the district'), ('MICRO', 'micro grants of a street')], max_length=10, verbose_name='kind')),
                ('title', models.CharField(max_length=100, verbose_name='title')),
                ('edition', models.PositiveSmallIntegerField(default=1, verbose_name='edition')),
                ('guide', models.TextField(verbose_name='guide for applicants')),
                ('lanes', models.JSONField(default=list, verbose_name='classes of projects')),
                ('questions', models.JSONField(blank=True, default=list, verbose_name='questions of the form')),
                ('criteria', models.JSONField(default=list, verbose_name='scoring table')),
                ('takes_filed', models.BooleanField(default=False, verbose_name='filed groups may apply')),
                ('has_defence', models.BooleanField(default=False, verbose_name='applicants present their project before it is scored')),
                ('cap', governance.money.YuanField(decimal_places=2, max_digits=14, verbose_name='at most for one project')),
                ('places', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='at most so many projects')),
                ('pass_score', models.PositiveSmallIntegerField(default=60, verbose_name='score from which a project can be proposed')),
                ('least_experts', models.PositiveSmallIntegerField(editable=False, verbose_name='experts for each application')),
                ('trim', models.PositiveSmallIntegerField(editable=False, verbose_name='extremes left out at each end')),
                ('recusal_months', models.PositiveSmallIntegerField(editable=False, verbose_name='months for which a past tie counts')),
                ('correction_days', models.PositiveSmallIntegerField(editable=False, verbose_name='working days for the correction')),
                ('publicity_days', models.PositiveSmallIntegerField(editable=False, verbose_name='working days of publicity')),
                ('instalments', models.JSONField(default=list, editable=False, verbose_name='instalments in percent')),
                ('opens_on', models.DateField(verbose_name='applications from')),
                ('closes_on', models.DateField(verbose_name='applications until')),
                ('contact', models.CharField(max_length=200, verbose_name='contact')),
                ('status', models.CharField(choices=[('DRAFT', 'draft'), ('PUBLISHED', 'called'), ('OPEN', 'takes applications'), ('CLOSED', 'applications are checked'), ('REVIEWING', 'in review'), ('PUBLICISED', 'proposals publicised'), ('CONTRACTING', 'contracts are signed'), ('RUNNING', 'projects run'), ('CLOSING', 'projects are reviewed and audited'), ('ARCHIVED', 'archived'), ('CANCELLED', 'cancelled')], default='DRAFT', editable=False, max_length=15, verbose_name='status')),
                ('drafted_at', models.DateTimeField(editable=False, verbose_name='drafted at')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='published at')),
                ('opened_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='opened at')),
                ('closed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='closed at')),
                ('review_begun_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='review begun at')),
                ('settled_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='scores settled at')),
                ('publicised_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='publicised at')),
                ('awarded_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='awarded at')),
                ('running_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='contracts signed at')),
                ('closing_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='final reviews begun at')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='archived at')),
                ('awarded_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='awarded by')),
                ('call', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='grant_call', to='communities.publicnotice', verbose_name='call')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grant_rounds', to='communities.division', verbose_name='who calls')),
                ('drafted_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='drafted by')),
                ('publicised_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='publicised by')),
                ('publicity', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='grant_publicity', to='communities.publicnotice', verbose_name='publicity')),
                ('published_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
            ],
            options={
                'verbose_name': 'grant round',
                'verbose_name_plural': 'grant rounds',
            },
        ),
        migrations.AddField(
            model_name='grantaward',
            name='round',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='projects.grantround', verbose_name='grant round'),
        ),
        migrations.AddField(
            model_name='grantapplication',
            name='round',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='projects.grantround', verbose_name='grant round'),
        ),
        migrations.CreateModel(
            name='PanelSeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_drawn', models.BooleanField(default=False, verbose_name='drawn by lot')),
                ('seated_at', models.DateTimeField(editable=False, verbose_name='seated at')),
                ('declared_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ties declared at')),
                ('expert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grant_seats', to=settings.AUTH_USER_MODEL, verbose_name='expert')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='projects.grantround', verbose_name='grant round')),
                ('seated_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='seated by')),
            ],
            options={
                'verbose_name': 'seat in a panel',
                'verbose_name_plural': 'seats in panels',
            },
        ),
        migrations.CreateModel(
            name='DeclaredTie',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('declared_at', models.DateTimeField(verbose_name='declared at')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='socialorgs.socialorganization', verbose_name='organization')),
                ('seat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ties', to='projects.panelseat', verbose_name='seat')),
            ],
            options={
                'verbose_name': 'declared tie',
                'verbose_name_plural': 'declared ties',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('purpose', models.TextField(verbose_name='what it is for')),
                ('started_on', models.DateField(verbose_name='since')),
                ('ended_on', models.DateField(blank=True, editable=False, null=True, verbose_name='until')),
                ('entered_at', models.DateTimeField(editable=False, verbose_name='entered at')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='communities.division', verbose_name='place')),
                ('entered_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
            ],
            options={
                'verbose_name': 'programme',
                'verbose_name_plural': 'programmes',
            },
        ),
        migrations.AddField(
            model_name='grantround',
            name='programme',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rounds', to='projects.programme', verbose_name='programme'),
        ),
        migrations.CreateModel(
            name='RoundFunding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('BUDGET_LINE', 'budget line of public money'), ('FUND', 'community fund'), ('FOUNDATION', 'foundation')], max_length=15, verbose_name='kind')),
                ('budget_line', models.CharField(blank=True, choices=[('WELFARE_LOTTERY', 'welfare lottery fund'), ('FISCAL', 'fiscal funds'), ('COMMUNITY_WELFARE', 'community public-welfare money')], max_length=20, verbose_name='budget line')),
                ('amount', governance.money.YuanField(decimal_places=2, max_digits=14, verbose_name='amount')),
                ('foundation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='grant_fundings', to='socialorgs.socialorganization', verbose_name='foundation')),
                ('fund', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='grant_fundings', to='funds.communityfund', verbose_name='fund')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fundings', to='projects.grantround', verbose_name='grant round')),
            ],
            options={
                'verbose_name': 'money of a grant round',
                'verbose_name_plural': 'money of grant rounds',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='AwardSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', governance.money.YuanField(decimal_places=2, max_digits=14, verbose_name='amount')),
                ('award', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sources', to='projects.grantaward', verbose_name='grant award')),
                ('funding', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='award_sources', to='projects.roundfunding', verbose_name='money of a grant round')),
            ],
            options={
                'verbose_name': 'source of an award',
                'verbose_name_plural': 'sources of awards',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ScoreSheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('marks', models.JSONField(blank=True, default=dict, editable=False, verbose_name='points')),
                ('total', models.PositiveSmallIntegerField(blank=True, editable=False, null=True, verbose_name='points in all')),
                ('comment', models.TextField(blank=True, editable=False, verbose_name='opinion')),
                ('status', models.CharField(choices=[('OPEN', 'to be scored'), ('SUBMITTED', 'submitted'), ('RECUSED', 'withdrawn for a tie')], default='OPEN', editable=False, max_length=10, verbose_name='status')),
                ('assigned_at', models.DateTimeField(editable=False, verbose_name='assigned at')),
                ('submitted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='submitted at')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sheets', to='projects.grantapplication', verbose_name='grant application')),
                ('assigned_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='assigned by')),
                ('expert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='score_sheets', to=settings.AUTH_USER_MODEL, verbose_name='expert')),
                ('submitted_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='submitted by')),
            ],
            options={
                'verbose_name': 'score sheet',
                'verbose_name_plural': 'score sheets',
            },
        ),
        migrations.CreateModel(
            name='DefenceRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held_on', models.DateField(verbose_name='held on')),
                ('place', models.CharField(max_length=120, verbose_name='place')),
                ('presenters', models.PositiveSmallIntegerField(verbose_name='people who presented')),
                ('record', models.TextField(verbose_name='questions and answers')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('recorded_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='defence', to='projects.grantapplication', verbose_name='grant application')),
            ],
            options={
                'verbose_name': 'defence record',
                'verbose_name_plural': 'defence records',
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('presenters__gte', 1)), name='defencerecord_somebody_presented')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='defencerecord',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='bd9a759e228c2b9852c4968c0e71523660518e21', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_0572d', table='projects_defencerecord', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='grantbudgetline',
            constraint=models.UniqueConstraint(fields=('application', 'number'), name='grantbudgetline_number_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='grantbudgetline',
            constraint=models.CheckConstraint(condition=models.Q(('asked__gt', 0), ('granted__lte', models.F('asked')), ('kind__in', ['PERSONNEL', 'ADMINISTRATION', 'ACTIVITIES', 'MATERIALS', 'OTHER'])), name='grantbudgetline_fits'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantbudgetline',
            trigger=pgtrigger.compiler.Trigger(name='fixed_when_submitted', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF EXISTS (\n                        SELECT 1 FROM projects_grantapplication\n                        WHERE id IN (OLD.application_id, NEW.application_id) AND status NOT IN ('DRAFT', 'RETURNED')\n                    ) THEN\n                        RAISE EXCEPTION 'The application has been submitted'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantbudgetline_fixed_when_submitted';\n                    END IF;\n                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n                ", hash='4c0ead4c6bd426a2dcde68d67812ae7098d097e6', operation='INSERT OR UPDATE OF "application_id", "number", "kind", "title", "asked" OR DELETE', pgid='pgtrigger_fixed_when_submitted_75194', table='projects_grantbudgetline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantbudgetline',
            trigger=pgtrigger.compiler.Trigger(name='only_falls', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NEW.granted > OLD.granted OR NOT EXISTS (\n                        SELECT 1 FROM projects_grantapplication WHERE id = NEW.application_id AND status = 'SCORED'\n                    ) THEN\n                        RAISE EXCEPTION 'A budget only falls, after it was scored and before it is proposed'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantbudgetline_only_falls';\n                    END IF;\n                    RETURN NEW;\n                ", hash='16150fd3d04720fc371b233b825138e484c89bc2', operation='UPDATE OF "granted"', pgid='pgtrigger_only_falls_76142', table='projects_grantbudgetline', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='grantexpert',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_to', None)), fields=('user', 'division'), name='grantexpert_once_in_a_pool'),
        ),
        migrations.AddConstraint(
            model_name='grantexpert',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='grantexpert_runs_forward'),
        ),
        migrations.AddConstraint(
            model_name='grantexpert',
            constraint=models.CheckConstraint(condition=models.Q(('user', models.F('entered_by')), _negated=True), name='grantexpert_entered_by_another'),
        ),
        migrations.AddIndex(
            model_name='grantaward',
            index=models.Index(fields=['organization', '-id'], name='grantaward_organization'),
        ),
        migrations.AddConstraint(
            model_name='grantaward',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['GRANTED', 'RENOUNCED', 'REVOKED'])), name='grantaward_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='grantaward',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='grantaward_amount_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='grantaward',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('status', 'GRANTED')), models.Q(('status', 'GRANTED'), _negated=True), _connector='OR'), name='grantaward_ended_has_ended'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantaward',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'GRANTED' THEN\n                    RAISE EXCEPTION 'A new row begins as GRANTED, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'grantaward_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('GRANTED','RENOUNCED'), ('GRANTED','REVOKED')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'grantaward_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='c0f5a68720d13875f20f690568c116a93940a356', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_3bf12', table='projects_grantaward', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantaward',
            trigger=pgtrigger.compiler.Trigger(name='awards_stay', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='0b03b2e15359a141877b59cb29311bf8384508a2', operation='DELETE', pgid='pgtrigger_awards_stay_89748', table='projects_grantaward', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantaward',
            trigger=pgtrigger.compiler.Trigger(name='terms_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.number, OLD.round_id, OLD.application_id, OLD.organization_id, OLD.division_id, OLD.title, OLD.amount, OLD.instalments, OLD.contract_by) IS DISTINCT FROM (NEW.number, NEW.round_id, NEW.application_id, NEW.organization_id, NEW.division_id, NEW.title, NEW.amount, NEW.instalments, NEW.contract_by))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='83dfbf308dadca4f1836bbca71451aa55819c5fd', operation='UPDATE', pgid='pgtrigger_terms_stay_c29e6', table='projects_grantaward', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantaward',
            trigger=pgtrigger.compiler.Trigger(name='as_publicised', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM projects_grantapplication application\n                        JOIN projects_grantround round ON round.id = application.round_id\n                        JOIN communities_publicnotice notice ON notice.id = round.publicity_id\n                        WHERE application.id = NEW.application_id AND application.status = 'PROPOSED'\n                            AND notice.status = 'CLOSED_CLEAR'\n                            AND (application.round_id, application.organization_id, application.division_id,\n                                application.granted) = (NEW.round_id, NEW.organization_id, NEW.division_id, NEW.amount)\n                    ) THEN\n                        RAISE EXCEPTION 'An award is what was publicised, and nothing stood against it'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantaward_as_publicised';\n                    END IF;\n                    RETURN NEW;\n                ", hash='c8aff8e58afc5dc28b4e8cd5160f04716c316fac', operation='INSERT', pgid='pgtrigger_as_publicised_3583a', table='projects_grantaward', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantaward',
            trigger=pgtrigger.compiler.Trigger(name='sources_are_the_whole', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n                    IF (SELECT sum(amount) FROM projects_awardsource WHERE award_id = NEW.id)\n                        IS DISTINCT FROM NEW.amount\n                    THEN\n                        RAISE EXCEPTION 'The sources are not the whole'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantaward_sources_are_the_whole';\n                    END IF;\n                    RETURN NULL;\n                ", hash='88a38ec1b06df215c2eed8812b0e3ea8c2b3586d', operation='INSERT', pgid='pgtrigger_sources_are_the_whole_877d0', table='projects_grantaward', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='grantapplication',
            index=models.Index(fields=['round', 'status', '-id'], name='grantapplication_board'),
        ),
        migrations.AddIndex(
            model_name='grantapplication',
            index=models.Index(fields=['round', 'lane', 'rank', 'id'], name='grantapplication_ranks'),
        ),
        migrations.AddIndex(
            model_name='grantapplication',
            index=models.Index(fields=['organization', '-id'], name='grantapplication_own'),
        ),
        migrations.AddIndex(
            model_name='grantapplication',
            index=models.Index(condition=models.Q(('status', 'RETURNED')), fields=['correct_by'], name='grantapplication_correcting'),
        ),
        migrations.AddConstraint(
            model_name='grantapplication',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'SUBMITTED', 'RETURNED', 'QUALIFIED', 'UNQUALIFIED', 'SCORED', 'PROPOSED', 'AWARDED', 'DECLINED', 'WITHDRAWN'])), name='grantapplication_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='grantapplication',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('SUBMITTED', 'RETURNED', 'QUALIFIED', 'SCORED', 'PROPOSED', 'AWARDED'))), fields=('round', 'credit_code'), name='grantapplication_one_a_body'),
        ),
        migrations.AddConstraint(
            model_name='grantapplication',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('SUBMITTED', 'RETURNED', 'QUALIFIED', 'SCORED', 'PROPOSED', 'AWARDED'))), fields=('round', 'organization'), name='grantapplication_one_an_organization'),
        ),
        migrations.AddConstraint(
            model_name='grantapplication',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'WITHDRAWN']), models.Q(('asked__gt', 0), ('division__isnull', False), ('submitted_at__isnull', False), models.Q(('credit_code', ''), _negated=True), ('ends_on__gt', models.F('starts_on'))), _connector='OR'), name='grantapplication_submitted_is_complete'),
        ),
        migrations.AddConstraint(
            model_name='grantapplication',
            constraint=models.CheckConstraint(condition=models.Q(('granted', None), ('granted__lte', models.F('asked')), _connector='OR'), name='grantapplication_budget_only_falls'),
        ),
        migrations.AddConstraint(
            model_name='grantapplication',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['QUALIFIED', 'SCORED', 'PROPOSED', 'AWARDED']), _negated=True), models.Q(('consented_at__isnull', False), ('vetted_at__isnull', False)), _connector='OR'), name='grantapplication_admitted_with_consent'),
        ),
        migrations.AddConstraint(
            model_name='grantapplication',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['SCORED', 'PROPOSED', 'AWARDED']), _negated=True), models.Q(('counted__isnull', False), ('rank__isnull', False), ('score__isnull', False)), _connector='OR'), name='grantapplication_scored_has_a_score'),
        ),
        migrations.AddConstraint(
            model_name='grantapplication',
            constraint=models.CheckConstraint(condition=models.Q(('vetted_by', None), models.Q(('vetted_by', models.F('submitted_by')), _negated=True), _connector='OR'), name='grantapplication_checked_by_another'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantapplication',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'DRAFT' THEN\n                    RAISE EXCEPTION 'A new row begins as DRAFT, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'grantapplication_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('DRAFT','SUBMITTED'), ('DRAFT','WITHDRAWN'), ('PROPOSED','AWARDED'), ('PROPOSED','DECLINED'), ('PROPOSED','WITHDRAWN'), ('QUALIFIED','SCORED'), ('QUALIFIED','WITHDRAWN'), ('RETURNED','SUBMITTED'), ('RETURNED','UNQUALIFIED'), ('RETURNED','WITHDRAWN'), ('SCORED','DECLINED'), ('SCORED','PROPOSED'), ('SCORED','WITHDRAWN'), ('SUBMITTED','QUALIFIED'), ('SUBMITTED','RETURNED'), ('SUBMITTED','UNQUALIFIED'), ('SUBMITTED','WITHDRAWN')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'grantapplication_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='12904ca0f48099282a7d7cfb21c8493a0cc95356', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_700dd', table='projects_grantapplication', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantapplication',
            trigger=pgtrigger.compiler.Trigger(name='applications_stay', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='ae6a150298e5a10cd0a4156dc429635645f2d3c2', operation='DELETE', pgid='pgtrigger_applications_stay_56c08', table='projects_grantapplication', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantapplication',
            trigger=pgtrigger.compiler.Trigger(name='applicant_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.round_id, OLD.number, OLD.organization_id) IS DISTINCT FROM (NEW.round_id, NEW.number, NEW.organization_id))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='a957b07a755d1a58bd689f39a082b0b83c2132c3', operation='UPDATE', pgid='pgtrigger_applicant_stays_da1b5', table='projects_grantapplication', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantapplication',
            trigger=pgtrigger.compiler.Trigger(name='submitted_text_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status NOT IN ('DRAFT', 'RETURNED') AND (OLD.credit_code, OLD.lane, OLD.title, OLD.summary, OLD.plan, OLD.team, OLD.beneficiaries, OLD.division_id, OLD.starts_on, OLD.ends_on, OLD.answers, OLD.own_amount, OLD.asked) IS DISTINCT FROM (NEW.credit_code, NEW.lane, NEW.title, NEW.summary, NEW.plan, NEW.team, NEW.beneficiaries, NEW.division_id, NEW.starts_on, NEW.ends_on, NEW.answers, NEW.own_amount, NEW.asked))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='e261ef0b9d7498f71673d2bf7ffa077cd0eaf7e1', operation='UPDATE', pgid='pgtrigger_submitted_text_stays_f76a5', table='projects_grantapplication', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantapplication',
            trigger=pgtrigger.compiler.Trigger(name='one_correction', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.returned_at IS NOT NULL AND (OLD.returned_at) IS DISTINCT FROM (NEW.returned_at))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='5c9a4d99bfa8314b56fca9eb4036c2934dc3c0a1', operation='UPDATE', pgid='pgtrigger_one_correction_4fb5a', table='projects_grantapplication', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantapplication',
            trigger=pgtrigger.compiler.Trigger(name='score_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.score IS NOT NULL AND (OLD.score, OLD.counted, OLD.rank) IS DISTINCT FROM (NEW.score, NEW.counted, NEW.rank))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='b30a1631f49932bb67a2e3deb19e8f4b197149eb', operation='UPDATE', pgid='pgtrigger_score_stays_46cb3', table='projects_grantapplication', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantapplication',
            trigger=pgtrigger.compiler.Trigger(name='proposed_amount_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status NOT IN ('QUALIFIED', 'SCORED') AND (OLD.granted) IS DISTINCT FROM (NEW.granted))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='5f082a5c378f211ce492b248b3f881ffe9003296', operation='UPDATE', pgid='pgtrigger_proposed_amount_stays_2b999', table='projects_grantapplication', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantapplication',
            trigger=pgtrigger.compiler.Trigger(name='granted_only_falls', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.granted < coalesce(NEW.granted, OLD.granted + 1))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='910e7766bd15e80979b785d9987634d88457c250', operation='UPDATE', pgid='pgtrigger_granted_only_falls_2e730', table='projects_grantapplication', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantapplication',
            trigger=pgtrigger.compiler.Trigger(name='proposed_adds_up', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."status" = \'PROPOSED\')', func="\n                    IF (SELECT sum(granted) FROM projects_grantbudgetline WHERE application_id = NEW.id)\n                        IS DISTINCT FROM NEW.granted OR NEW.granted = 0\n                    THEN\n                        RAISE EXCEPTION 'The lines are not the whole'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantapplication_proposed_adds_up';\n                    END IF;\n                    RETURN NEW;\n                ", hash='acccf9c10d48c679375d3b963c3c0a6bed725ce3', operation='UPDATE OF "status"', pgid='pgtrigger_proposed_adds_up_f206e', table='projects_grantapplication', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantapplication',
            trigger=pgtrigger.compiler.Trigger(name='submitted_in_time', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."status" = \'SUBMITTED\' AND OLD."status" = \'DRAFT\')', func="\n                    PERFORM 1 FROM projects_grantround WHERE id = NEW.round_id AND status = 'OPEN' FOR KEY SHARE;\n                    IF NOT FOUND THEN\n                        RAISE EXCEPTION 'The round takes no applications'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantapplication_submitted_in_time';\n                    END IF;\n                    RETURN NEW;\n                ", hash='881612bf644aa420bef0b12d105fd5c9db546709', operation='UPDATE OF "status"', pgid='pgtrigger_submitted_in_time_4d241', table='projects_grantapplication', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantapplication',
            trigger=pgtrigger.compiler.Trigger(name='scored_when_all_are_in', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."score" IS NOT NULL AND OLD."score" IS NULL)', func="\n                    IF EXISTS (\n                        SELECT 1 FROM projects_scoresheet WHERE application_id = NEW.id AND status = 'OPEN'\n                    ) OR (\n                        SELECT count(*) FROM projects_scoresheet WHERE application_id = NEW.id AND status = 'SUBMITTED'\n                    ) < (SELECT least_experts FROM projects_grantround WHERE id = NEW.round_id) THEN\n                        RAISE EXCEPTION 'Not every score is in'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantapplication_scored_when_all_are_in';\n                    END IF;\n                    RETURN NEW;\n                ", hash='d8da16179119d1b3902e7f8dafe04fb1b6dca97e', operation='UPDATE OF "score", "status"', pgid='pgtrigger_scored_when_all_are_in_a11cf', table='projects_grantapplication', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='panelseat',
            constraint=models.UniqueConstraint(fields=('round', 'expert'), name='panelseat_one_an_expert'),
        ),
        migrations.AddConstraint(
            model_name='panelseat',
            constraint=models.CheckConstraint(condition=models.Q(('expert', models.F('seated_by')), _negated=True), name='panelseat_given_by_another'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='panelseat',
            trigger=pgtrigger.compiler.Trigger(name='seats_stay', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='3681d37b7f2de3cc6ce765ab0836c21457e5f6e3', operation='DELETE', pgid='pgtrigger_seats_stay_55846', table='projects_panelseat', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='panelseat',
            trigger=pgtrigger.compiler.Trigger(name='seat_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.round_id, OLD.expert_id, OLD.is_drawn, OLD.seated_at, OLD.seated_by_id) IS DISTINCT FROM (NEW.round_id, NEW.expert_id, NEW.is_drawn, NEW.seated_at, NEW.seated_by_id))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='c86d13f2eb30c624aa875b59106829882bed5e75', operation='UPDATE', pgid='pgtrigger_seat_stays_48156', table='projects_panelseat', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='declaredtie',
            constraint=models.UniqueConstraint(fields=('seat', 'organization'), name='declaredtie_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='declaredtie',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a5a5e0ec864d15194770094f5f41be3218fa1986', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d03bd', table='projects_declaredtie', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.UniqueConstraint(fields=('division', 'name'), name='programme_name_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(('ended_on', None), ('ended_on__gte', models.F('started_on')), _connector='OR'), name='programme_runs_forward'),
        ),
        migrations.AddIndex(
            model_name='grantround',
            index=models.Index(fields=['division', '-id'], name='grantround_place'),
        ),
        migrations.AddIndex(
            model_name='grantround',
            index=models.Index(condition=models.Q(('status__in', ['PUBLISHED', 'OPEN'])), fields=['status', 'closes_on'], name='grantround_clock'),
        ),
        migrations.AddConstraint(
            model_name='grantround',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['VENTURE', 'MICRO']), ('status__in', ['DRAFT', 'PUBLISHED', 'OPEN', 'CLOSED', 'REVIEWING', 'PUBLICISED', 'CONTRACTING', 'RUNNING', 'CLOSING', 'ARCHIVED', 'CANCELLED'])), name='grantround_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='grantround',
            constraint=models.CheckConstraint(condition=models.Q(('closes_on__gt', models.F('opens_on'))), name='grantround_runs_forward'),
        ),
        migrations.AddConstraint(
            model_name='grantround',
            constraint=models.CheckConstraint(condition=models.Q(('cap__gt', 0), ('least_experts__gte', 1), ('pass_score__lte', 100)), name='grantround_figures_fit'),
        ),
        migrations.AddConstraint(
            model_name='grantround',
            constraint=models.CheckConstraint(condition=models.Q(('published_by', None), models.Q(('published_by', models.F('drafted_by')), _negated=True), _connector='OR'), name='grantround_published_by_another'),
        ),
        migrations.AddConstraint(
            model_name='grantround',
            constraint=models.CheckConstraint(condition=models.Q(('awarded_by', None), models.Q(('awarded_by', models.F('publicised_by')), _negated=True), _connector='OR'), name='grantround_awarded_by_another'),
        ),
        migrations.AddConstraint(
            model_name='grantround',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'DRAFT'), ('status', 'CANCELLED'), ('call__isnull', False), _connector='OR'), name='grantround_called_by_a_notice'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantround',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'DRAFT' THEN\n                    RAISE EXCEPTION 'A new row begins as DRAFT, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'grantround_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('CLOSED','CANCELLED'), ('CLOSED','REVIEWING'), ('CLOSING','ARCHIVED'), ('CONTRACTING','RUNNING'), ('DRAFT','CANCELLED'), ('DRAFT','PUBLISHED'), ('OPEN','CANCELLED'), ('OPEN','CLOSED'), ('PUBLICISED','CONTRACTING'), ('PUBLICISED','REVIEWING'), ('PUBLISHED','CANCELLED'), ('PUBLISHED','OPEN'), ('REVIEWING','CANCELLED'), ('REVIEWING','PUBLICISED'), ('RUNNING','CLOSING')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'grantround_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='cefbd6aa1d245fc3da58909d83fcc6cc095916c8', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_17f94', table='projects_grantround', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantround',
            trigger=pgtrigger.compiler.Trigger(name='rounds_stay', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='e6bd090473bc2d332731d7f64bf2e113cad5d7b1', operation='DELETE', pgid='pgtrigger_rounds_stay_b3b4e', table='projects_grantround', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantround',
            trigger=pgtrigger.compiler.Trigger(name='called_rules_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'DRAFT' AND (OLD.kind, OLD.title, OLD.division_id, OLD.programme_id, OLD.edition, OLD.guide, OLD.lanes, OLD.questions, OLD.criteria, OLD.takes_filed, OLD.has_defence, OLD.cap, OLD.places, OLD.pass_score, OLD.least_experts, OLD.trim, OLD.recusal_months, OLD.correction_days, OLD.publicity_days, OLD.instalments, OLD.opens_on, OLD.closes_on) IS DISTINCT FROM (NEW.kind, NEW.title, NEW.division_id, NEW.programme_id, NEW.edition, NEW.guide, NEW.lanes, NEW.questions, NEW.criteria, NEW.takes_filed, NEW.has_defence, NEW.cap, NEW.places, NEW.pass_score, NEW.least_experts, NEW.trim, NEW.recusal_months, NEW.correction_days, NEW.publicity_days, NEW.instalments, NEW.opens_on, NEW.closes_on))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='8ba7e6ee54b496de331257d871bfa000acd5e1cd', operation='UPDATE', pgid='pgtrigger_called_rules_stay_bfc21', table='projects_grantround', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantround',
            trigger=pgtrigger.compiler.Trigger(name='settled_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.settled_at IS NOT NULL AND (OLD.settled_at) IS DISTINCT FROM (NEW.settled_at))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='6bff257d19869b9e789bcb42c98f654d1adb0180', operation='UPDATE', pgid='pgtrigger_settled_once_bb03f', table='projects_grantround', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='grantround',
            trigger=pgtrigger.compiler.Trigger(name='settled_when_all_are_in', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."settled_at" IS NOT NULL)', func="\n                    IF EXISTS (\n                        SELECT 1 FROM projects_scoresheet sheet\n                        JOIN projects_grantapplication application ON application.id = sheet.application_id\n                        WHERE application.round_id = NEW.id AND sheet.status = 'OPEN'\n                            AND application.status = 'QUALIFIED'\n                    ) THEN\n                        RAISE EXCEPTION 'A score is still missing'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'grantround_settled_when_all_are_in';\n                    END IF;\n                    RETURN NEW;\n                ", hash='caad0bbf4c9ded68111f660fc5cd24f1e3cb9ce0', operation='UPDATE OF "settled_at"', pgid='pgtrigger_settled_when_all_are_in_c802c', table='projects_grantround', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='roundfunding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('budget_line__in', ['WELFARE_LOTTERY', 'FISCAL', 'COMMUNITY_WELFARE']), ('foundation', None), ('fund', None), ('kind', 'BUDGET_LINE')), models.Q(('budget_line', ''), ('foundation', None), ('fund__isnull', False), ('kind', 'FUND')), models.Q(('budget_line', ''), ('foundation__isnull', False), ('fund', None), ('kind', 'FOUNDATION')), _connector='OR'), name='roundfunding_names_one_source'),
        ),
        migrations.AddConstraint(
            model_name='roundfunding',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='roundfunding_is_money'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='roundfunding',
            trigger=pgtrigger.compiler.Trigger(name='fixed_with_the_call', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    PERFORM 1 FROM projects_grantround\n                    WHERE id IN (OLD.round_id, NEW.round_id) AND status <> 'DRAFT' FOR KEY SHARE;\n                    IF FOUND THEN\n                        RAISE EXCEPTION 'The call has been published'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'roundfunding_fixed_with_the_call';\n                    END IF;\n                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n                ", hash='48cfd366b361f7ec396fb1aa4ce8be244a236e25', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_fixed_with_the_call_e5318', table='projects_roundfunding', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='awardsource',
            constraint=models.UniqueConstraint(fields=('award', 'funding'), name='awardsource_once'),
        ),
        migrations.AddConstraint(
            model_name='awardsource',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='awardsource_is_money'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='awardsource',
            trigger=pgtrigger.compiler.Trigger(name='sources_stay', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='25d3cc1a184a3064785f29ceb78ff17cd2cbaa6b', operation='UPDATE OR DELETE', pgid='pgtrigger_sources_stay_2dfd3', table='projects_awardsource', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='awardsource',
            trigger=pgtrigger.compiler.Trigger(name='within_its_money', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    PERFORM 1 FROM projects_roundfunding WHERE id = NEW.funding_id FOR NO KEY UPDATE;\n                    IF NEW.amount + (\n                        SELECT coalesce(sum(amount), 0) FROM projects_awardsource WHERE funding_id = NEW.funding_id\n                    ) > (SELECT amount FROM projects_roundfunding WHERE id = NEW.funding_id) OR NOT EXISTS (\n                        SELECT 1 FROM projects_roundfunding funding\n                        JOIN projects_grantaward award ON award.round_id = funding.round_id\n                        WHERE funding.id = NEW.funding_id AND award.id = NEW.award_id\n                    ) THEN\n                        RAISE EXCEPTION 'The source has not so much, or belongs to another round'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'awardsource_within_its_money';\n                    END IF;\n                    RETURN NEW;\n                ", hash='409e5f90b78e2af1562d11cde0a0abc7c0321da1', operation='INSERT', pgid='pgtrigger_within_its_money_5f060', table='projects_awardsource', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='scoresheet',
            index=models.Index(fields=['expert', 'status', '-id'], name='scoresheet_expert'),
        ),
        migrations.AddConstraint(
            model_name='scoresheet',
            constraint=models.UniqueConstraint(fields=('application', 'expert'), name='scoresheet_one_an_expert'),
        ),
        migrations.AddConstraint(
            model_name='scoresheet',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['OPEN', 'SUBMITTED', 'RECUSED'])), name='scoresheet_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='scoresheet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'SUBMITTED'), ('total__isnull', False), ('total__lte', 100)), models.Q(('total', None), models.Q(('status', 'SUBMITTED'), _negated=True)), _connector='OR'), name='scoresheet_submitted_has_a_total'),
        ),
        migrations.AddConstraint(
            model_name='scoresheet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'SUBMITTED'), _negated=True), ('submitted_by', models.F('expert')), _connector='OR'), name='scoresheet_submitted_by_its_expert'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scoresheet',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'OPEN' THEN\n                    RAISE EXCEPTION 'A new row begins as OPEN, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'scoresheet_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('OPEN','RECUSED'), ('OPEN','SUBMITTED')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'scoresheet_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='ce545353ec7f834aec3dc5615e7ba2aef75e78d8', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_86235', table='projects_scoresheet', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scoresheet',
            trigger=pgtrigger.compiler.Trigger(name='sheets_stay', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='0707ca814e914a50387ca60cc046207037e7b15b', operation='DELETE', pgid='pgtrigger_sheets_stay_0afda', table='projects_scoresheet', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scoresheet',
            trigger=pgtrigger.compiler.Trigger(name='sheet_is_one_persons', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.application_id, OLD.expert_id) IS DISTINCT FROM (NEW.application_id, NEW.expert_id))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='e7251f937dbe447c30abc6bda9e0ded373530cc7', operation='UPDATE', pgid='pgtrigger_sheet_is_one_persons_22222', table='projects_scoresheet', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scoresheet',
            trigger=pgtrigger.compiler.Trigger(name='submitted_is_fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'OPEN' AND (OLD.marks, OLD.total, OLD.comment) IS DISTINCT FROM (NEW.marks, NEW.total, NEW.comment))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='64326cb53520dcc5de78b3b6cde13011852e5d5e', operation='UPDATE', pgid='pgtrigger_submitted_is_fixed_15f24', table='projects_scoresheet', when='BEFORE')),
        ),
    ]
