import communities.policy.models
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import governance.money
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from governance.tables import AtOnce


class Migration(AtOnce):

    dependencies = [
        ('communities', '0004_women_in_bodies'),
        ('consultation', '0014_meetings_walls_alike'),
        ('projects', '0001_initial'),
        ('socialorgs', '0003_organizations_walls'),
        ('accounts', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='PublicBudgetLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('WELFARE_LOTTERY', 'welfare lottery fund'), ('FISCAL', 'fiscal funds'), ('COMMUNITY_WELFARE', 'community public-welfare money')], max_length=20, verbose_name='source of the money')),
                ('fiscal_year', models.PositiveSmallIntegerField(verbose_name='fiscal year')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('document_number', models.CharField(max_length=60, verbose_name='document number')),
                ('amount', governance.money.YuanField(decimal_places=2, max_digits=14, verbose_name='amount')),
                ('status', models.CharField(choices=[('DRAFT', 'draft'), ('CONFIRMED', 'confirmed'), ('CLOSED', 'closed')], default='DRAFT', editable=False, max_length=10, verbose_name='status')),
                ('entered_at', models.DateTimeField(editable=False, verbose_name='entered at')),
                ('confirmed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='confirmed at')),
                ('confirmed_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='public_budget_lines', to='communities.division', verbose_name='buyer')),
                ('entered_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
            ],
            options={
                'verbose_name': 'budget line',
                'verbose_name_plural': 'budget lines',
            },
        ),
        migrations.CreateModel(
            name='Purchase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(editable=False, max_length=40, unique=True, verbose_name='number')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('kind', models.CharField(choices=[('SERVICE', 'service'), ('HANDED_OVER', 'service handed over to organizations'), ('PROJECT', 'project carried out by others'), ('FACILITY', 'facility run by others')], default='SERVICE', max_length=20, verbose_name='kind')),
                ('service', models.TextField(verbose_name='service')),
                ('need', models.TextField(verbose_name='need')),
                ('amount', governance.money.YuanField(decimal_places=2, max_digits=14, verbose_name='at most')),
                ('starts_on', models.DateField(verbose_name='starts on')),
                ('ends_on', models.DateField(verbose_name='ends on')),
                ('continuity_reason', models.CharField(blank=True, help_text='Only for fixed content, steady money and little change of prices.', max_length=300, verbose_name='why it runs longer than a year')),
                ('procedure', models.CharField(choices=[('OPEN_TENDER', 'open tender'), ('CONSULTATION', 'competitive consultation'), ('NEGOTIATION', 'competitive negotiation'), ('INQUIRY', 'inquiry of prices'), ('SINGLE_SOURCE', 'single source'), ('MICRO', 'small direct purchase')], max_length=20, verbose_name='procedure')),
                ('procedure_reason', models.CharField(blank=True, max_length=500, verbose_name='why this procedure')),
                ('procedure_limit', governance.money.YuanField(blank=True, decimal_places=2, editable=False, max_digits=14, null=True, verbose_name='limit of the procedure')),
                ('bound', governance.money.YuanField(blank=True, decimal_places=2, editable=False, max_digits=14, null=True, verbose_name='bound')),
                ('negative_answers', models.JSONField(blank=True, editable=False, null=True, verbose_name='answers to the negative list')),
                ('splitting_reason', models.CharField(blank=True, editable=False, max_length=500, verbose_name='why this is no splitting')),
                ('explained_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='explained at')),
                ('offers_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='offers until')),
                ('status', models.CharField(choices=[('DRAFT', 'draft'), ('SUBMITTED', 'submitted'), ('CHECKED', 'checked against the negative list'), ('APPROVED', 'approved'), ('CALLED', 'announced, takes offers'), ('OPENED', 'offers opened'), ('PROPOSED', 'award proposed'), ('CONCLUDED', 'awarded'), ('FAILED', 'failed'), ('CANCELLED', 'cancelled')], default='DRAFT', editable=False, max_length=10, verbose_name='status')),
                ('planned_at', models.DateTimeField(editable=False, verbose_name='planned at')),
                ('checked_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='checked at')),
                ('approved_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='approved at')),
                ('called_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='announced at')),
                ('opened_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='offers opened at')),
                ('concluded_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended at')),
                ('approved_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('budget_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purchases', to='projects.publicbudgetline', verbose_name='budget line')),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purchases', to='communities.division', verbose_name='buyer')),
                ('checked_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='checked by')),
                ('decision', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='purchases', to='consultation.decision', verbose_name='decision')),
                ('explained_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='explained by')),
                ('landing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='landing_purchases', to='communities.division', verbose_name='landing community')),
                ('matter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consultation.matter', verbose_name='matter')),
                ('notice', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='purchase', to='communities.publicnotice', verbose_name='notice')),
                ('planned_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='planned by')),
                ('topic', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consultation.topic', verbose_name='topic')),
            ],
            options={
                'verbose_name': 'purchase of a service',
                'verbose_name_plural': 'purchases of services',
            },
        ),
        migrations.CreateModel(
            name='CommitteeSeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('EXPERT', 'expert'), ('BUYER', 'for the buyer')], max_length=10, verbose_name='sits there')),
                ('appointed_at', models.DateTimeField(editable=False, verbose_name='appointed at')),
                ('scored_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='scored at')),
                ('appointed_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='appointed by')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='member')),
                ('purchase', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='projects.purchase', verbose_name='purchase of a service')),
            ],
            options={
                'verbose_name': 'seat in a committee for offers',
                'verbose_name_plural': 'seats in committees for offers',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='PurchaseAward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(editable=False, max_length=40, unique=True, verbose_name='number')),
                ('amount', governance.money.YuanField(decimal_places=2, max_digits=14, verbose_name='amount')),
                ('supplement', governance.money.YuanField(decimal_places=2, default=0, editable=False, max_digits=14, verbose_name='supplements')),
                ('points', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='points')),
                ('reason', models.TextField(verbose_name='why this offer')),
                ('service', models.TextField(verbose_name='service')),
                ('buyer_duties', models.TextField(verbose_name='what the buyer undertakes')),
                ('landing_duties', models.TextField(verbose_name='what the community undertakes')),
                ('organization_duties', models.TextField(verbose_name='what the organization undertakes')),
                ('starts_on', models.DateField(verbose_name='starts on')),
                ('ends_on', models.DateField(verbose_name='ends on')),
                ('publish_by', models.DateField(verbose_name='to be published by')),
                ('sign_by', models.DateField(blank=True, editable=False, null=True, verbose_name='contract to be signed by')),
                ('status', models.CharField(choices=[('PROPOSED', 'proposed'), ('PUBLISHED', 'published'), ('FINAL', 'final'), ('SET_ASIDE', 'set aside')], default='PROPOSED', editable=False, max_length=10, verbose_name='status')),
                ('proposed_at', models.DateTimeField(editable=False, verbose_name='proposed at')),
                ('confirmed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='confirmed at')),
                ('settled_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended at')),
                ('budget_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='projects.publicbudgetline', verbose_name='budget line')),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='communities.division', verbose_name='buyer')),
                ('confirmed_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
                ('landing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purchase_awards', to='communities.division', verbose_name='landing community')),
                ('notice', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='purchase_award', to='communities.publicnotice', verbose_name='notice')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='socialorgs.socialorganization', verbose_name='organization')),
                ('proposed_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                ('purchase', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='projects.purchase', verbose_name='purchase of a service')),
            ],
            options={
                'verbose_name': 'award of a purchase',
                'verbose_name_plural': 'awards of purchases',
            },
        ),
        migrations.CreateModel(
            name='PublicPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', governance.money.YuanField(decimal_places=2, max_digits=14, verbose_name='amount')),
                ('paid_on', models.DateField(verbose_name='paid on')),
                ('document_number', models.CharField(max_length=60, verbose_name='document number')),
                ('purpose', models.CharField(max_length=200, verbose_name='purpose')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('budget_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='projects.publicbudgetline', verbose_name='budget line')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                ('award', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='projects.purchaseaward', verbose_name='award of a purchase')),
            ],
            options={
                'verbose_name': 'payment of public money',
                'verbose_name_plural': 'payments of public money',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PurchaseCriterion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('name', models.CharField(max_length=120, verbose_name='criterion')),
                ('points', models.PositiveSmallIntegerField(verbose_name='points')),
                ('is_price', models.BooleanField(default=False, verbose_name='the price')),
                ('purchase', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='criteria', to='projects.purchase', verbose_name='purchase of a service')),
            ],
            options={
                'verbose_name': 'criterion for offers',
                'verbose_name_plural': 'criteria for offers',
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='PurchaseList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('GUIDANCE', 'guidance catalogue of services to buy'), ('HANDED_OVER', 'government services handed over to organizations'), ('RULES', 'rules of purchasing')], max_length=20, verbose_name='kind')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('edition', models.CharField(max_length=20, verbose_name='edition')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ('status', models.CharField(choices=[('DRAFT', 'draft'), ('CONFIRMED', 'in force'), ('WITHDRAWN', 'withdrawn')], default='DRAFT', editable=False, max_length=10, verbose_name='status')),
                ('drafted_at', models.DateTimeField(editable=False, verbose_name='drafted at')),
                ('confirmed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='confirmed at')),
                ('basis', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='communities.policydocument', verbose_name='basis')),
                ('confirmed_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purchase_lists', to='communities.division', verbose_name='division')),
                ('drafted_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='drafted by')),
            ],
            options={
                'verbose_name': 'list for purchasing',
                'verbose_name_plural': 'lists for purchasing',
            },
        ),
        migrations.CreateModel(
            name='PurchaseListItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('category', models.CharField(max_length=60, verbose_name='class')),
                ('group', models.CharField(blank=True, max_length=60, verbose_name='group')),
                ('name', models.CharField(max_length=300, verbose_name='item')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('from_department', models.CharField(blank=True, max_length=100, verbose_name='handed over by')),
                ('purchase_list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='projects.purchaselist', verbose_name='list')),
            ],
            options={
                'verbose_name': 'item of a list for purchasing',
                'verbose_name_plural': 'items of lists for purchasing',
                'ordering': ['code'],
            },
        ),
        migrations.AddField(
            model_name='purchase',
            name='handed_item',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='hand_overs', to='projects.purchaselistitem', verbose_name='service handed over'),
        ),
        migrations.AddField(
            model_name='purchase',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purchases', to='projects.purchaselistitem', verbose_name='item of the catalogue'),
        ),
        migrations.CreateModel(
            name='PurchaseOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', governance.money.YuanField(decimal_places=2, max_digits=14, verbose_name='price')),
                ('plan', models.TextField(verbose_name='how the service is delivered')),
                ('team', models.TextField(blank=True, verbose_name='who delivers it')),
                ('remark', models.TextField(blank=True, editable=False, verbose_name='why it was not admitted')),
                ('status', models.CharField(choices=[('DRAFT', 'draft'), ('SUBMITTED', 'submitted, sealed'), ('WITHDRAWN', 'withdrawn'), ('QUALIFIED', 'admitted'), ('REJECTED', 'not admitted')], default='DRAFT', editable=False, max_length=10, verbose_name='status')),
                ('drafted_at', models.DateTimeField(editable=False, verbose_name='drafted at')),
                ('submitted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='handed in at')),
                ('judged_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='examined at')),
                ('drafted_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='drafted by')),
                ('judged_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='examined by')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='socialorgs.socialorganization', verbose_name='organization')),
                ('purchase', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='projects.purchase', verbose_name='purchase of a service')),
                ('submitted_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='handed in by')),
            ],
            options={
                'verbose_name': 'offer',
                'verbose_name_plural': 'offers',
            },
        ),
        migrations.AddField(
            model_name='purchaseaward',
            name='offer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='projects.purchaseoffer', verbose_name='offer'),
        ),
        migrations.CreateModel(
            name='OfferScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='points')),
                ('seat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='projects.committeeseat', verbose_name='seat in a committee for offers')),
                ('criterion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='projects.purchasecriterion', verbose_name='criterion for offers')),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='projects.purchaseoffer', verbose_name='offer')),
            ],
            options={
                'verbose_name': 'score of an offer',
                'verbose_name_plural': 'scores of offers',
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='publicbudgetline',
            index=models.Index(fields=['division', '-fiscal_year', '-id'], name='publicbudgetline_place'),
        ),
        migrations.AddConstraint(
            model_name='publicbudgetline',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'CLOSED'), _negated=True), fields=('division', 'source', 'fiscal_year', 'document_number', 'name'), name='publicbudgetline_once'),
        ),
        migrations.AddConstraint(
            model_name='publicbudgetline',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='publicbudgetline_amount_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='publicbudgetline',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['WELFARE_LOTTERY', 'FISCAL', 'COMMUNITY_WELFARE']), ('status__in', ['DRAFT', 'CONFIRMED', 'CLOSED'])), name='publicbudgetline_kinds_are_known'),
        ),
        migrations.AddConstraint(
            model_name='publicbudgetline',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by', None), models.Q(('confirmed_by', models.F('entered_by')), _negated=True), _connector='OR'), name='publicbudgetline_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='publicbudgetline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'CONFIRMED'), _negated=True), ('confirmed_by__isnull', False), _connector='OR'), name='publicbudgetline_in_use_is_confirmed'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='publicbudgetline',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'DRAFT' THEN\n                    RAISE EXCEPTION 'A new row begins as DRAFT, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'publicbudgetline_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('CONFIRMED','CLOSED'), ('DRAFT','CLOSED'), ('DRAFT','CONFIRMED')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'publicbudgetline_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='0966f9cc15576259ef58d9e082c373d5b631403b', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_b6894', table='projects_publicbudgetline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='publicbudgetline',
            trigger=pgtrigger.compiler.Trigger(name='confirmed_line_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'DRAFT' AND (OLD.division_id, OLD.source, OLD.fiscal_year, OLD.name, OLD.document_number, OLD.amount) IS DISTINCT FROM (NEW.division_id, NEW.source, NEW.fiscal_year, NEW.name, NEW.document_number, NEW.amount))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='ef887f05057e200c21192b12f9c80d954f35699c', operation='UPDATE', pgid='pgtrigger_confirmed_line_stays_51b19', table='projects_publicbudgetline', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='committeeseat',
            constraint=models.UniqueConstraint(fields=('purchase', 'user'), name='committeeseat_once_each'),
        ),
        migrations.AddConstraint(
            model_name='committeeseat',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['EXPERT', 'BUYER'])), name='committeeseat_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='committeeseat',
            constraint=models.CheckConstraint(condition=models.Q(('user', models.F('appointed_by')), _negated=True), name='committeeseat_appointed_by_another'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='committeeseat',
            trigger=pgtrigger.compiler.Trigger(name='scored_seat_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.scored_at IS NOT NULL AND (OLD.purchase_id, OLD.user_id, OLD.kind, OLD.scored_at) IS DISTINCT FROM (NEW.purchase_id, NEW.user_id, NEW.kind, NEW.scored_at))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='b2309b1c40d1c63286ac5dbaa545a4e9bbc77bb0', operation='UPDATE', pgid='pgtrigger_scored_seat_stays_6bcf3', table='projects_committeeseat', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='publicpayment',
            constraint=models.UniqueConstraint(fields=('budget_line', 'document_number'), name='publicpayment_document_once'),
        ),
        migrations.AddConstraint(
            model_name='publicpayment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='publicpayment_amount_is_positive'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='publicpayment',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a551d6ada8ff756572cfe5d488817955d44a1a18', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d6c38', table='projects_publicpayment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='publicpayment',
            trigger=pgtrigger.compiler.Trigger(name='within_the_award', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    PERFORM 1 FROM projects_purchaseaward WHERE id = NEW.award_id FOR NO KEY UPDATE;\n                    IF NOT EXISTS (\n                        SELECT 1 FROM projects_purchaseaward\n                        WHERE id = NEW.award_id AND status = 'FINAL' AND budget_line_id = NEW.budget_line_id\n                            AND NEW.amount + (\n                                SELECT coalesce(sum(amount), 0) FROM projects_publicpayment\n                                WHERE award_id = NEW.award_id\n                            ) <= amount + supplement\n                    ) THEN\n                        RAISE EXCEPTION 'The payment is above the award'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'publicpayment_within_the_award';\n                    END IF;\n                    RETURN NEW;\n                ", hash='bbf452bfcc59adc972a98506ef7d155a537d13fd', operation='INSERT', pgid='pgtrigger_within_the_award_7b2c0', table='projects_publicpayment', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='purchasecriterion',
            constraint=models.UniqueConstraint(fields=('purchase', 'number'), name='purchasecriterion_number_once'),
        ),
        migrations.AddConstraint(
            model_name='purchasecriterion',
            constraint=models.UniqueConstraint(condition=models.Q(('is_price', True)), fields=('purchase',), name='purchasecriterion_one_price'),
        ),
        migrations.AddConstraint(
            model_name='purchasecriterion',
            constraint=models.CheckConstraint(condition=models.Q(('points__gte', 1), ('points__lte', 100)), name='purchasecriterion_points_are_a_part'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchasecriterion',
            trigger=pgtrigger.compiler.Trigger(name='fixed_with_the_call', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF EXISTS (\n                        SELECT 1 FROM projects_purchase\n                        WHERE id IN (\n                            CASE WHEN TG_OP <> 'INSERT' THEN OLD.purchase_id END,\n                            CASE WHEN TG_OP <> 'DELETE' THEN NEW.purchase_id END\n                        ) AND called_at IS NOT NULL\n                    ) THEN\n                        RAISE EXCEPTION 'The purchase has been announced'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchasecriterion_fixed_with_the_call';\n                    END IF;\n                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n                ", hash='cb96eb34acd16a882936a4f662d124f60297715c', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_fixed_with_the_call_34075', table='projects_purchasecriterion', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='purchaselist',
            index=models.Index(fields=['division', 'kind', '-valid_from', '-id'], name='purchaselist_place'),
        ),
        migrations.AddConstraint(
            model_name='purchaselist',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['GUIDANCE', 'HANDED_OVER', 'RULES']), ('status__in', ['DRAFT', 'CONFIRMED', 'WITHDRAWN'])), name='purchaselist_kinds_are_known'),
        ),
        migrations.AddConstraint(
            model_name='purchaselist',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='purchaselist_runs_forward'),
        ),
        migrations.AddConstraint(
            model_name='purchaselist',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by', None), models.Q(('confirmed_by', models.F('drafted_by')), _negated=True), _connector='OR'), name='purchaselist_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='purchaselist',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'CONFIRMED'), _negated=True), ('confirmed_by__isnull', False), _connector='OR'), name='purchaselist_in_force_is_confirmed'),
        ),
        migrations.AddConstraint(
            model_name='purchaselist',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'WITHDRAWN'), _negated=True), fields=('division', 'kind', 'edition'), name='purchaselist_edition_once'),
        ),
        migrations.AddConstraint(
            model_name='purchaselist',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('status', 'CONFIRMED')), expressions=[('kind', '='), ('division', '='), (communities.policy.models.DateRange('valid_from', 'valid_to', django.contrib.postgres.fields.ranges.RangeBoundary()), '&&')], name='purchaselist_one_at_a_time'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchaselist',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'DRAFT' THEN\n                    RAISE EXCEPTION 'A new row begins as DRAFT, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaselist_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('DRAFT','CONFIRMED'), ('DRAFT','WITHDRAWN')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaselist_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='c119863f3f552366d1a90c692629d51758411978', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_7050e', table='projects_purchaselist', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchaselist',
            trigger=pgtrigger.compiler.Trigger(name='confirmed_list_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'DRAFT' AND (OLD.kind, OLD.division_id, OLD.title, OLD.edition, OLD.valid_from) IS DISTINCT FROM (NEW.kind, NEW.division_id, NEW.title, NEW.edition, NEW.valid_from))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='498288d102b9d1c1c04042ea6cf01a2f533a0c51', operation='UPDATE', pgid='pgtrigger_confirmed_list_stays_de3bd', table='projects_purchaselist', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='purchaselistitem',
            constraint=models.UniqueConstraint(fields=('purchase_list', 'code'), name='purchaselistitem_code_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchaselistitem',
            trigger=pgtrigger.compiler.Trigger(name='fixed_with_the_list', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF EXISTS (\n                        SELECT 1 FROM projects_purchaselist\n                        WHERE id IN (\n                            CASE WHEN TG_OP <> 'INSERT' THEN OLD.purchase_list_id END,\n                            CASE WHEN TG_OP <> 'DELETE' THEN NEW.purchase_list_id END\n                        ) AND status <> 'DRAFT'\n                    ) THEN\n                        RAISE EXCEPTION 'The list is in force'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaselistitem_fixed_in_force';\n                    END IF;\n                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n                ", hash='e2f9cc96606d70489c033bb22bdc8b7133c1dbcc', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_fixed_with_the_list_7ade7', table='projects_purchaselistitem', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(fields=['buyer', '-id'], name='purchase_buyer'),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(fields=['landing', '-id'], name='purchase_landing'),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(condition=models.Q(('status', 'CALLED')), fields=['offers_until'], name='purchase_taking_offers'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['SERVICE', 'HANDED_OVER', 'PROJECT', 'FACILITY']), ('procedure__in', ['OPEN_TENDER', 'CONSULTATION', 'NEGOTIATION', 'INQUIRY', 'SINGLE_SOURCE', 'MICRO']), ('status__in', ['DRAFT', 'SUBMITTED', 'CHECKED', 'APPROVED', 'CALLED', 'OPENED', 'PROPOSED', 'CONCLUDED', 'FAILED', 'CANCELLED'])), name='purchase_kinds_are_known'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), models.Q(('bound', None), ('bound__gt', 0), _connector='OR')), name='purchase_amount_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gt', models.F('starts_on'))), name='purchase_runs_forward'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('procedure', 'OPEN_TENDER'), ('procedure_limit', None)), ('status', 'DRAFT'), ('status', 'CANCELLED'), models.Q(models.Q(('procedure', 'OPEN_TENDER'), _negated=True), ('procedure_limit__isnull', False)), _connector='OR'), name='purchase_has_the_limit_of_its_procedure'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ('DRAFT', 'SUBMITTED', 'CANCELLED')), models.Q(('checked_by__isnull', False), ('negative_answers', {'EXCLUDED_BY_LAW': False, 'FINANCING': False, 'GOODS_OR_WORKS': False, 'OUTSIDE_DUTIES': False, 'OWN_TASK': False, 'STAFF': False})), _connector='OR'), name='purchase_checked_meets_no_ground'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('checked_by', None), models.Q(('checked_by', models.F('planned_by')), _negated=True), _connector='OR'), models.Q(('approved_by', None), models.Q(('approved_by', models.F('planned_by')), _negated=True), _connector='OR'), models.Q(('approved_by', None), models.Q(('approved_by', models.F('checked_by')), _negated=True), _connector='OR')), name='purchase_in_three_hands'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('explained_by', None), ('splitting_reason', '')), models.Q(models.Q(('explained_by', models.F('planned_by')), _negated=True), models.Q(('splitting_reason', ''), _negated=True)), _connector='OR'), name='purchase_explained_by_a_second_officer'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Q(('called_at', None), models.Q(('notice__isnull', False), ('offers_until__isnull', False)), _connector='OR'), name='purchase_announced_has_a_notice'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchase',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'DRAFT' THEN\n                    RAISE EXCEPTION 'A new row begins as DRAFT, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('APPROVED','CALLED'), ('APPROVED','CANCELLED'), ('CALLED','FAILED'), ('CALLED','OPENED'), ('CHECKED','APPROVED'), ('CHECKED','CANCELLED'), ('CHECKED','DRAFT'), ('DRAFT','CANCELLED'), ('DRAFT','SUBMITTED'), ('OPENED','FAILED'), ('OPENED','PROPOSED'), ('PROPOSED','CONCLUDED'), ('PROPOSED','OPENED'), ('SUBMITTED','CANCELLED'), ('SUBMITTED','CHECKED'), ('SUBMITTED','DRAFT')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='f924314016db9a9b7fe7a3f3e6bfe7c772543b80', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_016d0', table='projects_purchase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchase',
            trigger=pgtrigger.compiler.Trigger(name='submitted_plan_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'DRAFT' AND (OLD.buyer_id, OLD.landing_id, OLD.kind, OLD.item_id, OLD.handed_item_id, OLD.budget_line_id, OLD.procedure, OLD.amount, OLD.title, OLD.service, OLD.need, OLD.topic_id, OLD.decision_id, OLD.matter_id, OLD.starts_on, OLD.ends_on, OLD.continuity_reason) IS DISTINCT FROM (NEW.buyer_id, NEW.landing_id, NEW.kind, NEW.item_id, NEW.handed_item_id, NEW.budget_line_id, NEW.procedure, NEW.amount, NEW.title, NEW.service, NEW.need, NEW.topic_id, NEW.decision_id, NEW.matter_id, NEW.starts_on, NEW.ends_on, NEW.continuity_reason))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='9e45a9dce2d1e35178793424fb669870a0c5e6f9', operation='UPDATE', pgid='pgtrigger_submitted_plan_stays_b5223', table='projects_purchase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchase',
            trigger=pgtrigger.compiler.Trigger(name='announced_call_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.called_at IS NOT NULL AND (OLD.notice_id, OLD.offers_until) IS DISTINCT FROM (NEW.notice_id, NEW.offers_until))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='7c35917412686d6bdcbc2036989cea1883a4245f', operation='UPDATE', pgid='pgtrigger_announced_call_stays_46322', table='projects_purchase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchase',
            trigger=pgtrigger.compiler.Trigger(name='of_the_lists', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."status" IN (\'SUBMITTED\', \'APPROVED\', \'CALLED\'))', func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM projects_purchaselistitem item\n                        JOIN projects_purchaselist list ON list.id = item.purchase_list_id\n                        WHERE item.id = NEW.item_id AND list.kind = 'GUIDANCE' AND list.status = 'CONFIRMED'\n                    ) OR (NEW.handed_item_id IS NOT NULL AND NOT EXISTS (\n                        SELECT 1 FROM projects_purchaselistitem item\n                        JOIN projects_purchaselist list ON list.id = item.purchase_list_id\n                        WHERE item.id = NEW.handed_item_id AND list.kind = 'HANDED_OVER' AND list.status = 'CONFIRMED'\n                    )) THEN\n                        RAISE EXCEPTION 'The item stands in no list in force'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_of_the_lists';\n                    END IF;\n                    RETURN NEW;\n                ", hash='30602053c023837b82467c7ab468a869eb4c630e', operation='INSERT OR UPDATE OF "item_id", "handed_item_id", "budget_line_id", "status"', pgid='pgtrigger_of_the_lists_781c0', table='projects_purchase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchase',
            trigger=pgtrigger.compiler.Trigger(name='within_its_line', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."status" IN (\'APPROVED\', \'CALLED\', \'OPENED\', \'PROPOSED\', \'CONCLUDED\'))', func="\n                    PERFORM pg_advisory_xact_lock(hashtextextended('purchases of a buyer', NEW.buyer_id));\n                    PERFORM 1 FROM projects_publicbudgetline WHERE id = NEW.budget_line_id FOR NO KEY UPDATE;\n                    IF NEW.bound IS NULL OR NEW.bound + (\n                        SELECT coalesce(sum(bound), 0) FROM projects_purchase\n                        WHERE budget_line_id = NEW.budget_line_id AND id <> NEW.id\n                            AND status IN ('APPROVED', 'CALLED', 'OPENED', 'PROPOSED', 'CONCLUDED')\n                    ) > (\n                        SELECT coalesce(sum(amount), 0) FROM projects_publicbudgetline\n                        WHERE id = NEW.budget_line_id AND (status = 'CONFIRMED' OR OLD.status <> 'CHECKED')\n                    ) THEN\n                        RAISE EXCEPTION 'The budget line does not hold so much'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_within_its_line';\n                    END IF;\n                    RETURN NEW;\n                ", hash='3170c6c1bd43b6be2864e2bf2deff72fa8ffccb5', operation='UPDATE OF "status", "bound"', pgid='pgtrigger_within_its_line_187a5', table='projects_purchase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchase',
            trigger=pgtrigger.compiler.Trigger(name='not_split', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."status" = \'APPROVED\')', func="\n                    PERFORM pg_advisory_xact_lock(hashtextextended('purchases of a buyer', NEW.buyer_id));\n                    IF NEW.procedure_limit IS NOT NULL AND NEW.explained_by_id IS NULL AND NEW.amount + (\n                        SELECT coalesce(sum(other.amount), 0) FROM projects_purchase other\n                        JOIN projects_purchaselistitem item ON item.id = other.item_id\n                        JOIN projects_publicbudgetline line ON line.id = other.budget_line_id\n                        WHERE other.buyer_id = NEW.buyer_id AND other.id <> NEW.id AND other.procedure <> 'OPEN_TENDER'\n                            AND other.status IN ('APPROVED', 'CALLED', 'OPENED', 'PROPOSED', 'CONCLUDED')\n                            AND item.code = (SELECT code FROM projects_purchaselistitem WHERE id = NEW.item_id)\n                            AND line.fiscal_year =\n                                (SELECT fiscal_year FROM projects_publicbudgetline WHERE id = NEW.budget_line_id)\n                    ) > NEW.procedure_limit THEN\n                        RAISE EXCEPTION 'The purchases of the year are above the limit of the procedure'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_not_split';\n                    END IF;\n                    RETURN NEW;\n                ", hash='c668fabcbf170f06f8f21a55f57a8cd04537bcbd', operation='UPDATE OF "status"', pgid='pgtrigger_not_split_55625', table='projects_purchase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchase',
            trigger=pgtrigger.compiler.Trigger(name='proposed_with_an_award', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."status" IN (\'OPENED\', \'PROPOSED\', \'CONCLUDED\'))', func="\n                    IF EXISTS (\n                        SELECT 1 FROM projects_purchaseaward\n                        WHERE purchase_id = NEW.id AND status = CASE NEW.status\n                            WHEN 'CONCLUDED' THEN 'FINAL' WHEN 'PROPOSED' THEN 'PROPOSED' ELSE status END\n                            AND status <> 'SET_ASIDE'\n                    ) = (NEW.status = 'OPENED') THEN\n                        RAISE EXCEPTION 'The purchase stands as its award does'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_proposed_with_an_award';\n                    END IF;\n                    RETURN NEW;\n                ", hash='b4f684336c10d0d02075d3d9bc58112118611870', operation='UPDATE OF "status"', pgid='pgtrigger_proposed_with_an_award_aa09a', table='projects_purchase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchase',
            trigger=pgtrigger.compiler.Trigger(name='criteria_are_the_whole', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."status" = \'CALLED\')', func="\n                    IF (SELECT sum(points) FROM projects_purchasecriterion WHERE purchase_id = NEW.id)\n                        IS DISTINCT FROM 100 THEN\n                        RAISE EXCEPTION 'The points of the criteria do not sum to 100'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_criteria_are_the_whole';\n                    END IF;\n                    RETURN NEW;\n                ", hash='8c3afcee22dbf4e1dcc6850e9baf5c9c9f9c3e70', operation='UPDATE OF "status"', pgid='pgtrigger_criteria_are_the_whole_44119', table='projects_purchase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchase',
            trigger=pgtrigger.compiler.Trigger(name='within_the_longest_term', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NEW.ends_on > NEW.starts_on + make_interval(\n                        months => CASE WHEN NEW.continuity_reason = '' THEN 12 ELSE 36 END\n                    ) THEN\n                        RAISE EXCEPTION 'The service is bought for too long'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_within_the_longest_term';\n                    END IF;\n                    RETURN NEW;\n                ", hash='55e1aadbf3ce9c451a067a07de83392d01adcba1', operation='INSERT OR UPDATE OF "starts_on", "ends_on", "continuity_reason"', pgid='pgtrigger_within_the_longest_term_e4cd8', table='projects_purchase', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='purchaseoffer',
            index=models.Index(fields=['organization', '-id'], name='purchaseoffer_organization'),
        ),
        migrations.AddConstraint(
            model_name='purchaseoffer',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'WITHDRAWN'), _negated=True), fields=('purchase', 'organization'), name='purchaseoffer_one_each'),
        ),
        migrations.AddConstraint(
            model_name='purchaseoffer',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'SUBMITTED', 'WITHDRAWN', 'QUALIFIED', 'REJECTED'])), name='purchaseoffer_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='purchaseoffer',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='purchaseoffer_amount_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='purchaseoffer',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'WITHDRAWN']), ('submitted_by__isnull', False), _connector='OR'), name='purchaseoffer_handed_in_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='purchaseoffer',
            constraint=models.CheckConstraint(condition=models.Q(('judged_by', None), models.Q(('judged_by', models.F('submitted_by')), _negated=True), _connector='OR'), name='purchaseoffer_judged_by_another'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchaseoffer',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'DRAFT' THEN\n                    RAISE EXCEPTION 'A new row begins as DRAFT, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseoffer_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('DRAFT','SUBMITTED'), ('DRAFT','WITHDRAWN'), ('SUBMITTED','DRAFT'), ('SUBMITTED','QUALIFIED'), ('SUBMITTED','REJECTED'), ('SUBMITTED','WITHDRAWN')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseoffer_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='7af57a642ea75cd4a6c5d42e69c8ee88802901a0', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_d94c4', table='projects_purchaseoffer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchaseoffer',
            trigger=pgtrigger.compiler.Trigger(name='handed_in_offer_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'DRAFT' AND (OLD.purchase_id, OLD.organization_id, OLD.amount, OLD.plan, OLD.team) IS DISTINCT FROM (NEW.purchase_id, NEW.organization_id, NEW.amount, NEW.plan, NEW.team))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d73b5bfb0a8cf8cccc5700f6d11f7027f433872d', operation='UPDATE', pgid='pgtrigger_handed_in_offer_stays_d7925', table='projects_purchaseoffer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchaseoffer',
            trigger=pgtrigger.compiler.Trigger(name='in_time', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."status" IN (\'SUBMITTED\', \'QUALIFIED\', \'REJECTED\'))', func="\n                    IF NEW.status = 'SUBMITTED' AND NOT EXISTS (\n                        SELECT 1 FROM projects_purchase\n                        WHERE id = NEW.purchase_id AND status = 'CALLED' AND NEW.submitted_at < offers_until\n                    ) THEN\n                        RAISE EXCEPTION 'No offers are taken'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseoffer_in_time';\n                    END IF;\n                    IF NEW.status <> 'SUBMITTED' AND NOT EXISTS (\n                        SELECT 1 FROM projects_purchase WHERE id = NEW.purchase_id AND status = 'OPENED'\n                    ) THEN\n                        RAISE EXCEPTION 'The offers are sealed'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseoffer_judged_when_opened';\n                    END IF;\n                    IF NEW.amount > (SELECT amount FROM projects_purchase WHERE id = NEW.purchase_id) THEN\n                        RAISE EXCEPTION 'The offer is above the ceiling'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseoffer_within_the_ceiling';\n                    END IF;\n                    RETURN NEW;\n                ", hash='ef8537f26576ca9ff577657fcd62590935439fc8', operation='UPDATE OF "status"', pgid='pgtrigger_in_time_39016', table='projects_purchaseoffer', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='purchaseaward',
            index=models.Index(fields=['organization', '-id'], name='purchaseaward_organization'),
        ),
        migrations.AddIndex(
            model_name='purchaseaward',
            index=models.Index(fields=['landing', '-id'], name='purchaseaward_place'),
        ),
        migrations.AddConstraint(
            model_name='purchaseaward',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'SET_ASIDE'), _negated=True), fields=('purchase',), name='purchaseaward_one_in_force'),
        ),
        migrations.AddConstraint(
            model_name='purchaseaward',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['PROPOSED', 'PUBLISHED', 'FINAL', 'SET_ASIDE'])), name='purchaseaward_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='purchaseaward',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='purchaseaward_amount_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='purchaseaward',
            constraint=models.CheckConstraint(condition=models.Q(('supplement__gte', 0), ('supplement__lte', django.db.models.expressions.CombinedExpression(models.F('amount'), '/', models.Value(10)))), name='purchaseaward_supplement_is_a_tenth'),
        ),
        migrations.AddConstraint(
            model_name='purchaseaward',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by', None), models.Q(('confirmed_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='purchaseaward_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='purchaseaward',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['PUBLISHED', 'FINAL']), _negated=True), models.Q(('confirmed_by__isnull', False), ('notice__isnull', False), ('sign_by__isnull', False)), _connector='OR'), name='purchaseaward_published_has_a_notice'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchaseaward',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'PROPOSED' THEN\n                    RAISE EXCEPTION 'A new row begins as PROPOSED, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseaward_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('PROPOSED','PUBLISHED'), ('PROPOSED','SET_ASIDE'), ('PUBLISHED','FINAL'), ('PUBLISHED','SET_ASIDE')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseaward_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='5be45353041b8f9d3613bff8a84665e6904956c0', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_312f6', table='projects_purchaseaward', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchaseaward',
            trigger=pgtrigger.compiler.Trigger(name='award_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.purchase_id, OLD.offer_id, OLD.organization_id, OLD.buyer_id, OLD.landing_id, OLD.budget_line_id, OLD.amount, OLD.points, OLD.service, OLD.starts_on, OLD.ends_on, OLD.publish_by) IS DISTINCT FROM (NEW.purchase_id, NEW.offer_id, NEW.organization_id, NEW.buyer_id, NEW.landing_id, NEW.budget_line_id, NEW.amount, NEW.points, NEW.service, NEW.starts_on, NEW.ends_on, NEW.publish_by))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='01d40f2b76fb82d1d1a01cc8d2c057d73837661d', operation='UPDATE', pgid='pgtrigger_award_stays_2658a', table='projects_purchaseaward', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchaseaward',
            trigger=pgtrigger.compiler.Trigger(name='as_offered', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM projects_purchaseoffer offer\n                        JOIN projects_purchase purchase ON purchase.id = offer.purchase_id\n                        WHERE offer.id = NEW.offer_id AND purchase.id = NEW.purchase_id\n                            AND purchase.status = 'OPENED' AND offer.status = 'QUALIFIED'\n                            AND (NEW.organization_id, NEW.amount, NEW.buyer_id, NEW.landing_id, NEW.budget_line_id) =\n                                (offer.organization_id, offer.amount, purchase.buyer_id, purchase.landing_id,\n                                purchase.budget_line_id)\n                    ) THEN\n                        RAISE EXCEPTION 'The award is not what was offered'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseaward_as_offered';\n                    END IF;\n                    RETURN NEW;\n                ", hash='2692fbf4debdf49307b330dde77c058633e56bae', operation='INSERT', pgid='pgtrigger_as_offered_a9582', table='projects_purchaseaward', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='purchaseaward',
            trigger=pgtrigger.compiler.Trigger(name='after_its_notice', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."status" = \'FINAL\')', func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM communities_publicnotice WHERE id = NEW.notice_id AND status = 'CLOSED_CLEAR'\n                    ) THEN\n                        RAISE EXCEPTION 'The notice of the award has not closed without objection'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchaseaward_after_its_notice';\n                    END IF;\n                    RETURN NEW;\n                ", hash='e6b3788a4806d727718a6021e6cbd043a10fa979', operation='UPDATE OF "status"', pgid='pgtrigger_after_its_notice_89fe6', table='projects_purchaseaward', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='offerscore',
            constraint=models.UniqueConstraint(fields=('seat', 'offer', 'criterion'), name='offerscore_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='offerscore',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2d34be3b77cd14c3e76a1364c3d7ec432988d8c7', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6ecc9', table='projects_offerscore', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='offerscore',
            trigger=pgtrigger.compiler.Trigger(name='of_one_purchase', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM projects_committeeseat seat\n                        JOIN projects_purchase purchase ON purchase.id = seat.purchase_id\n                        JOIN projects_purchaseoffer offer ON offer.purchase_id = purchase.id\n                        JOIN projects_purchasecriterion criterion ON criterion.purchase_id = purchase.id\n                        WHERE seat.id = NEW.seat_id AND offer.id = NEW.offer_id AND criterion.id = NEW.criterion_id\n                            AND seat.scored_at IS NULL AND purchase.status = 'OPENED' AND offer.status = 'QUALIFIED'\n                            AND NOT criterion.is_price AND NEW.points BETWEEN 0 AND criterion.points\n                    ) THEN\n                        RAISE EXCEPTION 'The score fits no open judging'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'offerscore_fits_the_judging';\n                    END IF;\n                    RETURN NEW;\n                ", hash='b35b7eab9240d6cc575f7f5afc092d20262a7bcc', operation='INSERT', pgid='pgtrigger_of_one_purchase_154f3', table='projects_offerscore', when='BEFORE')),
        ),
    ]
