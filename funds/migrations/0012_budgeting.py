import django.db.models.deletion
import governance.money
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from governance.tables import AtOnce


class Migration(AtOnce):

    dependencies = [
        ('accounts', '__first__'),
        ('consultation', '0003_consultation_in_full'),
        ('funds', '0011_order_papers_walls'),
    ]

    operations = [
        migrations.CreateModel(
            name='BudgetRound',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('text', models.TextField(verbose_name='what is asked for')),
                ('amount', governance.money.YuanField(decimal_places=2, max_digits=14, verbose_name='budget')),
                ('proposals_until', models.DateField(verbose_name='proposals until')),
                ('ballot_method', models.CharField(choices=[('APPROVAL', 'any number of options'), ('POINTS', 'points given to options'), ('RANKED', 'options in order, the best first'), ('KNAPSACK', 'options within a budget')], default='APPROVAL', max_length=20, verbose_name='what a voter marks')),
                ('most_choices', models.PositiveSmallIntegerField(default=5, help_text='Where points are given: how many.', verbose_name='projects that one person can choose')),
                ('method', models.CharField(choices=[('GREEDY', 'most support first'), ('EQUAL_SHARES', 'method of equal shares')], default='EQUAL_SHARES', max_length=20, verbose_name='rule of allocation')),
                ('stops', models.BooleanField(default=False, verbose_name='stop at the first project that the money left does not pay')),
                ('utility', models.CharField(choices=[('COST', 'its cost'), ('CARDINALITY', 'the same for every project')], default='COST', max_length=20, verbose_name='what a project is worth to its voters')),
                ('completion', models.CharField(choices=[('NONE', 'none: money left over stays in the fund'), ('ADD1_OVERSPENT', 'one yuan more for everybody, stopped when the budget would be overspent'), ('ADD1_EXHAUSTIVE', 'one yuan more for everybody, stopped at the first outcome that leaves nothing affordable')], default='ADD1_OVERSPENT', max_length=20, verbose_name='completion')),
                ('then_greedy', models.BooleanField(default=True, verbose_name='money left goes to the projects with the most support')),
                ('compares', models.BooleanField(default=False, verbose_name='compare with most support first')),
                ('threshold_per_mille', models.PositiveSmallIntegerField(default=0, verbose_name='votes needed, per mille of the roll')),
                ('frozen_text', models.TextField(blank=True, editable=False, verbose_name='what was frozen')),
                ('fingerprint', models.CharField(blank=True, editable=False, max_length=64, verbose_name='fingerprint')),
                ('outcome', models.JSONField(blank=True, editable=False, null=True, verbose_name='outcome')),
                ('recount_hash', models.CharField(blank=True, editable=False, max_length=64, verbose_name='hash of the votes counted')),
                ('spent', governance.money.YuanField(blank=True, decimal_places=2, editable=False, max_digits=14, null=True, verbose_name='allocated')),
                ('status', models.CharField(choices=[('DRAFT', 'drafted'), ('CALL', 'open for proposals'), ('COSTING', 'proposals are examined'), ('VOTING', 'put to the vote'), ('ALLOCATED', 'allocated'), ('DECIDED', 'decision posted'), ('DONE', 'done'), ('CANCELLED', 'cancelled')], default='DRAFT', editable=False, max_length=12, verbose_name='status')),
                ('drafted_at', models.DateTimeField(editable=False, verbose_name='drafted at')),
                ('called_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='called at')),
                ('examined_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='call ended at')),
                ('frozen_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='frozen at')),
                ('allocated_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='allocated at')),
                ('decided_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='decision posted at')),
                ('finished_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended at')),
                ('ballot', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='budget_round', to='consultation.ballot', verbose_name='ballot')),
                ('called_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='called by')),
                ('decision', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='budget_round', to='consultation.decision', verbose_name='decision')),
                ('drafted_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='drafted by')),
                ('frozen_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='frozen by')),
                ('fund', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='budget_rounds', to='funds.communityfund', verbose_name='fund')),
                ('pool', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='budget_round', to='funds.account', verbose_name='money set aside')),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consultation.topic', verbose_name='topic')),
            ],
            options={
                'verbose_name': 'participatory budget',
                'verbose_name_plural': 'participatory budgets',
                'indexes': [models.Index(fields=['fund', '-id'], name='budgetround_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'CALL', 'COSTING', 'VOTING', 'ALLOCATED', 'DECIDED', 'DONE', 'CANCELLED'])), name='budgetround_status_is_known'), models.CheckConstraint(condition=models.Q(('ballot_method__in', ['APPROVAL', 'POINTS', 'RANKED', 'KNAPSACK']), ('completion__in', ['NONE', 'ADD1_OVERSPENT', 'ADD1_EXHAUSTIVE']), ('method__in', ['GREEDY', 'EQUAL_SHARES']), ('utility__in', ['COST', 'CARDINALITY'])), name='budgetround_rule_is_known'), models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('most_choices__gte', 1), ('threshold_per_mille__lte', 1000)), name='budgetround_figures_make_sense'), models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'CANCELLED']), ('pool__isnull', False), _connector='OR'), name='budgetround_has_its_money'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('VOTING', 'ALLOCATED', 'DECIDED', 'DONE')), _negated=True), models.Q(('ballot__isnull', False), ('fingerprint__regex', '^[0-9a-f]{64}$')), _connector='OR'), name='budgetround_is_frozen_before_the_vote'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('ALLOCATED', 'DECIDED', 'DONE')), _negated=True), models.Q(('outcome__isnull', False), ('recount_hash__regex', '^[0-9a-f]{64}$'), ('spent__isnull', False)), _connector='OR'), name='budgetround_is_counted'), models.CheckConstraint(condition=models.Q(('spent', None), ('spent__lte', models.F('amount')), _connector='OR'), name='budgetround_never_overspends'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['DECIDED', 'DONE']), _negated=True), ('decision__isnull', False), _connector='OR'), name='budgetround_is_decided'), models.CheckConstraint(condition=models.Q(('called_by', None), models.Q(('called_by', models.F('drafted_by')), _negated=True), _connector='OR'), name='budgetround_two_persons')],
            },
        ),
        migrations.CreateModel(
            name='BudgetProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(editable=False, verbose_name='number')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('text', models.TextField(verbose_name='what is to be done')),
                ('place', models.CharField(blank=True, max_length=100, verbose_name='where')),
                ('purpose', models.CharField(choices=[('RELIEF', 'hardship relief'), ('CARE', 'care for old and young'), ('ENVIRONMENT', 'environment and small repairs'), ('ACTIVITY', "residents' activities"), ('ORGANIZATION', 'fostering of community organizations'), ('VOLUNTEERING', 'volunteering and points')], max_length=20, verbose_name='purpose')),
                ('estimate', governance.money.YuanField(decimal_places=2, max_digits=14, verbose_name='cost as proposed')),
                ('cost', governance.money.YuanField(blank=True, decimal_places=2, editable=False, max_digits=14, null=True, verbose_name='cost')),
                ('costing', models.TextField(blank=True, editable=False, verbose_name='how it was examined')),
                ('refusal', models.TextField(blank=True, editable=False, verbose_name='why it was refused')),
                ('appeal_until', models.DateField(blank=True, editable=False, null=True, verbose_name='appeal until')),
                ('appeal', models.TextField(blank=True, editable=False, verbose_name='appeal')),
                ('judgement', models.TextField(blank=True, editable=False, verbose_name='answer to the appeal')),
                ('is_winner', models.BooleanField(default=False, editable=False, verbose_name='chosen')),
                ('status', models.CharField(choices=[('PROPOSED', 'proposed'), ('FEASIBLE', 'feasible, with its cost'), ('REFUSED', 'refused'), ('APPEALED', 'appealed'), ('DISMISSED', 'appeal dismissed'), ('WITHDRAWN', 'withdrawn')], default='PROPOSED', editable=False, max_length=12, verbose_name='status')),
                ('proposed_at', models.DateTimeField(editable=False, verbose_name='proposed at')),
                ('examined_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='examined at')),
                ('appealed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='appealed at')),
                ('judged_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='judged at')),
                ('examined_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='examined by')),
                ('judged_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='judged by')),
                ('matter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consultation.matter', verbose_name='matter')),
                ('proposed_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                ('request', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='budget_proposal', to='funds.spendingrequest', verbose_name='spending request')),
                ('topic', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consultation.topic', verbose_name='topic')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='funds.budgetround', verbose_name='participatory budget')),
            ],
            options={
                'verbose_name': 'budget proposal',
                'verbose_name_plural': 'budget proposals',
                'constraints': [models.UniqueConstraint(fields=('round', 'number'), name='budgetproposal_number_is_unique'), models.CheckConstraint(condition=models.Q(('purpose__in', ['RELIEF', 'CARE', 'ENVIRONMENT', 'ACTIVITY', 'ORGANIZATION', 'VOLUNTEERING']), ('status__in', ['PROPOSED', 'FEASIBLE', 'REFUSED', 'APPEALED', 'DISMISSED', 'WITHDRAWN'])), name='budgetproposal_kinds_are_known'), models.CheckConstraint(condition=models.Q(('estimate__gt', 0), models.Q(('cost', None), ('cost__gt', 0), _connector='OR')), name='budgetproposal_costs_something'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'FEASIBLE'), _negated=True), models.Q(('cost__isnull', False), models.Q(('costing', ''), _negated=True)), _connector='OR'), name='budgetproposal_is_costed_with_reasons'), models.CheckConstraint(condition=models.Q(('is_winner', False), ('status', 'FEASIBLE'), _connector='OR'), name='budgetproposal_wins_when_admitted'), models.CheckConstraint(condition=models.Q(('request', None), ('is_winner', True), _connector='OR'), name='budgetproposal_asks_when_chosen'), models.CheckConstraint(condition=models.Q(('judged_by', None), models.Q(('judged_by', models.F('examined_by')), _negated=True), _connector='OR'), name='budgetproposal_appeal_is_judged_by_another')],
            },
        ),
        migrations.CreateModel(
            name='ProposalExclusion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('stated_at', models.DateTimeField(editable=False, verbose_name='stated at')),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='excludes', to='funds.budgetproposal', verbose_name='proposal')),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='excluded_by', to='funds.budgetproposal', verbose_name='and')),
                ('stated_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='stated by')),
            ],
            options={
                'verbose_name': 'exclusion between proposals',
                'verbose_name_plural': 'exclusions between proposals',
                'constraints': [models.UniqueConstraint(fields=('first', 'second'), name='proposalexclusion_stated_once'), models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='proposalexclusion_names_two_in_order')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='budgetround',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'DRAFT' THEN\n                    RAISE EXCEPTION 'A new row begins as DRAFT, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'budgetround_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('ALLOCATED','CANCELLED'), ('ALLOCATED','DECIDED'), ('CALL','CANCELLED'), ('CALL','COSTING'), ('COSTING','CANCELLED'), ('COSTING','VOTING'), ('DECIDED','CANCELLED'), ('DECIDED','DONE'), ('DRAFT','CALL'), ('DRAFT','CANCELLED'), ('VOTING','ALLOCATED'), ('VOTING','CANCELLED')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'budgetround_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='de4451f07810a13c5263f3fff89d912f3a071abd', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_2d989', table='funds_budgetround', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='budgetproposal',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'PROPOSED' THEN\n                    RAISE EXCEPTION 'A new row begins as PROPOSED, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'budgetproposal_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('APPEALED','DISMISSED'), ('APPEALED','FEASIBLE'), ('FEASIBLE','WITHDRAWN'), ('PROPOSED','FEASIBLE'), ('PROPOSED','REFUSED'), ('PROPOSED','WITHDRAWN'), ('REFUSED','APPEALED'), ('REFUSED','WITHDRAWN')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'budgetproposal_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='4eb2ed9f4711931826186f4f6b0c228c599271c1', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_f7041', table='funds_budgetproposal', when='BEFORE')),
        ),
    ]
