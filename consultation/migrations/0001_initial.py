import consultation.topics.models
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import governance.accounts.secrets
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
    ]

    operations = [
        migrations.CreateModel(
            name='RollEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number on the roll')),
                ('name', models.CharField(max_length=50, verbose_name='name')),
            ],
            options={
                'verbose_name': 'roll entry',
                'verbose_name_plural': 'roll',
            },
        ),
        migrations.CreateModel(
            name='Ballot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(max_length=200, verbose_name='question')),
                ('method', models.CharField(choices=[('FOR_AGAINST', 'for, against or abstain'), ('SINGLE', 'one of several options'), ('APPROVAL', 'any number of options')], max_length=20, verbose_name='method')),
                ('most_choices', models.PositiveSmallIntegerField(default=1, verbose_name='at most so many choices')),
                ('roll_source', models.CharField(choices=[('RESIDENTS', 'confirmed adult residents of the community'), ('BODY', 'voting members of a body')], max_length=20, verbose_name='who votes')),
                ('is_binding', models.BooleanField(default=False, verbose_name='binding')),
                ('opens_at', models.DateTimeField(verbose_name='opens at')),
                ('closes_at', models.DateTimeField(verbose_name='closes at')),
                ('electorate_on', models.DateField(blank=True, editable=False, null=True, verbose_name='roll as of')),
                ('entitled', models.PositiveIntegerField(default=0, editable=False, verbose_name='entitled')),
                ('frozen_text', models.TextField(blank=True, editable=False, verbose_name='what was frozen')),
                ('fingerprint', models.CharField(blank=True, editable=False, max_length=64, verbose_name='fingerprint')),
                ('status', models.CharField(choices=[('DRAFT', 'in preparation'), ('FROZEN', 'frozen'), ('OPEN', 'open'), ('CLOSED', 'closed'), ('COUNTED', 'counted'), ('PUBLISHED', 'published'), ('CANCELLED', 'cancelled')], default='DRAFT', editable=False, max_length=20, verbose_name='status')),
                ('prepared_at', models.DateTimeField(editable=False, verbose_name='prepared at')),
                ('frozen_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='frozen at')),
                ('opened_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='opened at')),
                ('closed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='closed at')),
                ('counted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='counted at')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='published at')),
                ('approved_method', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='communities.policydocument', verbose_name='document that approved the method')),
                ('body', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='communities.body', verbose_name='body')),
                ('counted_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='counted by')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ballots', to='communities.division', verbose_name='division')),
                ('frozen_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='frozen by')),
                ('notice', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ballot', to='communities.publicnotice', verbose_name='notice')),
                ('prepared_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='prepared by')),
                ('published_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='communities.decisionrule', verbose_name='decision rule')),
            ],
            options={
                'verbose_name': 'ballot',
                'verbose_name_plural': 'ballots',
            },
        ),
        migrations.CreateModel(
            name='BallotResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('counts', models.JSONField(verbose_name='votes by option')),
                ('entitled', models.PositiveIntegerField(verbose_name='entitled')),
                ('cast', models.PositiveIntegerField(verbose_name='votes cast')),
                ('by_channel', models.JSONField(verbose_name='votes by channel')),
                ('unfinished', models.PositiveIntegerField(verbose_name='unfinished votes')),
                ('has_quorum', models.BooleanField(verbose_name='quorum reached')),
                ('is_passed', models.BooleanField(verbose_name='passed')),
                ('winner', models.PositiveSmallIntegerField(null=True, verbose_name='option that won')),
                ('reason', models.TextField(verbose_name='judgement')),
                ('recount_sha256', models.CharField(max_length=64, verbose_name='SHA-256 of the recount file')),
                ('counted_at', models.DateTimeField(verbose_name='counted at')),
                ('ballot', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='result', to='consultation.ballot', verbose_name='ballot')),
            ],
            options={
                'verbose_name': 'result of a ballot',
                'verbose_name_plural': 'results of ballots',
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('cast__lte', models.F('entitled'))), name='ballotresult_votes_within_the_roll'), models.CheckConstraint(condition=models.Q(('is_passed', False), ('has_quorum', True), _connector='OR'), name='ballotresult_passes_with_a_quorum')],
            },
        ),
        migrations.CreateModel(
            name='Matter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(editable=False, max_length=40, unique=True, verbose_name='number')),
                ('title', models.CharField(max_length=100, verbose_name='title')),
                ('text', models.TextField(verbose_name='text')),
                ('summary', models.CharField(blank=True, max_length=300, verbose_name='public summary')),
                ('place', models.CharField(blank=True, max_length=200, verbose_name='where')),
                ('channel', models.CharField(choices=[('PAGE', 'on the pages'), ('DESK', 'counter'), ('VISIT', 'visit'), ('API', 'partner system')], max_length=10, verbose_name='channel')),
                ('raised_for', models.CharField(blank=True, max_length=50, verbose_name='raised for')),
                ('contact', governance.accounts.secrets.EncryptedTextField(blank=True, default='', verbose_name='contact')),
                ('is_anonymous', models.BooleanField(default=True, verbose_name='without a name to the public')),
                ('external_reference', models.CharField(blank=True, max_length=80, verbose_name='reference of the partner system')),
                ('status', models.CharField(choices=[('RAISED', 'raised'), ('SORTED', 'sorted'), ('TAKEN_UP', 'taken up as a topic'), ('TRANSFERRED', 'transferred to a department'), ('ANSWERED', 'answered'), ('REFUSED', 'not accepted'), ('WITHDRAWN', 'withdrawn'), ('CLOSED', 'closed')], default='RAISED', editable=False, max_length=20, verbose_name='status')),
                ('raised_at', models.DateTimeField(editable=False, verbose_name='raised at')),
                ('three_way', models.CharField(blank=True, choices=[('BIG', 'big matter: government'), ('SMALL', 'small matter: community'), ('PRIVATE', 'private matter')], editable=False, max_length=10, verbose_name='whose affair')),
                ('sort_reason', models.TextField(blank=True, editable=False, verbose_name='reason for the sorting')),
                ('route', models.CharField(blank=True, choices=[('DELIBERATION', 'deliberation in the community'), ('DIRECT', 'handled by the community at once'), ('DEPARTMENT', 'a department'), ('ADVICE', 'advice and providers')], editable=False, max_length=20, verbose_name='route')),
                ('due_on', models.DateField(blank=True, editable=False, null=True, verbose_name='due on')),
                ('is_due_provisional', models.BooleanField(default=False, editable=False, verbose_name='due day is provisional')),
                ('overdue_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='overdue since')),
                ('sorted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='sorted at')),
                ('taken_up_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='taken up at')),
                ('transferred_to', models.CharField(blank=True, editable=False, max_length=100, verbose_name='department')),
                ('transferred_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='transferred at')),
                ('reply', models.TextField(blank=True, editable=False, verbose_name='answer')),
                ('answered_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='answered at')),
                ('is_solved', models.BooleanField(blank=True, editable=False, null=True, verbose_name='solved')),
                ('close_reason', models.TextField(blank=True, editable=False, verbose_name='last word')),
                ('closed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='closed at')),
                ('answered_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='matters', to='communities.division', verbose_name='division')),
                ('photos', models.ManyToManyField(blank=True, related_name='+', to='communities.attachment', verbose_name='photos')),
                ('raised_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='matters', to=settings.AUTH_USER_MODEL, verbose_name='raised by')),
                ('recorded_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                ('sorted_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sorted by')),
            ],
            options={
                'verbose_name': 'matter',
                'verbose_name_plural': 'matters',
                'indexes': [models.Index(fields=['division', '-id'], name='matter_place'), models.Index(condition=models.Q(('status__in', ['RAISED', 'SORTED', 'TRANSFERRED'])), fields=['due_on'], name='matter_due'), models.Index(fields=['raised_by', '-id'], name='matter_own'), models.Index(condition=models.Q(('status', 'ANSWERED')), fields=['answered_at'], name='matter_answered')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['RAISED', 'SORTED', 'TAKEN_UP', 'TRANSFERRED', 'ANSWERED', 'REFUSED', 'WITHDRAWN', 'CLOSED'])), name='matter_status_is_known'), models.CheckConstraint(condition=models.Q(('channel__in', ['PAGE', 'DESK', 'VISIT', 'API']), ('three_way__in', ['', 'BIG', 'SMALL', 'PRIVATE']), ('route__in', ['', 'DELIBERATION', 'DIRECT', 'DEPARTMENT', 'ADVICE'])), name='matter_kinds_are_known'), models.CheckConstraint(condition=models.Q(('raised_by__isnull', False), models.Q(('raised_for', ''), _negated=True), _connector='OR'), name='matter_comes_from_somebody'), models.CheckConstraint(condition=models.Q(('sorted_at', None), models.Q(models.Q(('three_way', ''), _negated=True), models.Q(('sort_reason', ''), _negated=True), models.Q(('route', ''), _negated=True), ('due_on__isnull', False)), _connector='OR'), name='matter_sorted_with_reason_and_clock'), models.CheckConstraint(condition=models.Q(models.Q(('route', ''), ('three_way', '')), models.Q(('route__in', ('DEPARTMENT',)), ('three_way', 'BIG')), models.Q(('route__in', ('DELIBERATION', 'DIRECT')), ('three_way', 'SMALL')), models.Q(('route__in', ('ADVICE',)), ('three_way', 'PRIVATE')), _connector='OR'), name='matter_route_fits_its_class'), models.CheckConstraint(condition=models.Q(models.Q(('three_way', 'PRIVATE'), _negated=True), ('summary', ''), _connector='OR'), name='matter_private_has_no_summary'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['ANSWERED', 'REFUSED']), _negated=True), models.Q(('reply', ''), _negated=True), _connector='OR'), name='matter_answered_in_words'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'TRANSFERRED'), _negated=True), models.Q(('transferred_to', ''), _negated=True), _connector='OR'), name='matter_transferred_to_somebody'), models.UniqueConstraint(condition=models.Q(('external_reference', ''), _negated=True), fields=('recorded_by', 'external_reference'), name='matter_reference_of_a_partner_is_unique')],
            },
        ),
        migrations.CreateModel(
            name='Opinion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='text')),
                ('stance', models.CharField(choices=[('FOR', 'in favor'), ('AGAINST', 'against'), ('NEUTRAL', 'neither')], default='NEUTRAL', max_length=10, verbose_name='stance')),
                ('given_at', models.DateTimeField(editable=False, verbose_name='given at')),
                ('hidden_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='hidden at')),
                ('hidden_reason', models.CharField(blank=True, editable=False, max_length=200, verbose_name='why hidden')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                ('hidden_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='hidden by')),
            ],
            options={
                'verbose_name': 'opinion',
                'verbose_name_plural': 'opinions',
            },
        ),
        migrations.CreateModel(
            name='OpinionSupport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('supported_at', models.DateTimeField(verbose_name='supported at')),
                ('opinion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='supports', to='consultation.opinion', verbose_name='opinion')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'support of an opinion',
                'verbose_name_plural': 'supports of opinions',
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('opinion', 'user'), name='opinionsupport_once_each')],
            },
        ),
        migrations.CreateModel(
            name='VoteDraft',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='draft', serialize=False, to='consultation.rollentry', verbose_name='roll entry')),
                ('choices', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None, verbose_name='choices')),
                ('saved_at', models.DateTimeField(verbose_name='saved at')),
            ],
            options={
                'verbose_name': 'unfinished vote',
                'verbose_name_plural': 'unfinished votes',
            },
        ),
        migrations.AddField(
            model_name='rollentry',
            name='ballot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='roll', to='consultation.ballot', verbose_name='ballot'),
        ),
        migrations.AddField(
            model_name='rollentry',
            name='resident',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='communities.resident', verbose_name='resident'),
        ),
        migrations.AddField(
            model_name='rollentry',
            name='user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='roll_entries', to=settings.AUTH_USER_MODEL, verbose_name='log-in'),
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('text', models.TextField(verbose_name='what it is about')),
                ('affected', models.CharField(blank=True, max_length=200, verbose_name='who is affected')),
                ('status', models.CharField(choices=[('PREPARED', 'in preparation'), ('ANNOUNCED', 'announced'), ('DELIBERATED', 'under deliberation'), ('DECIDED', 'decided'), ('CLOSED', 'closed'), ('WITHDRAWN', 'withdrawn')], default='PREPARED', editable=False, max_length=20, verbose_name='status')),
                ('prepared_at', models.DateTimeField(editable=False, verbose_name='prepared at')),
                ('announced_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='announced at')),
                ('deliberated_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='deliberation began at')),
                ('decided_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='decided at')),
                ('closed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='closed at')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='topics', to='communities.division', verbose_name='division')),
                ('documents', models.ManyToManyField(blank=True, related_name='+', to='communities.attachment', verbose_name='documents')),
                ('notice', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='topic', to='communities.publicnotice', verbose_name='notice')),
                ('prepared_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='prepared by')),
            ],
            options={
                'verbose_name': 'topic',
                'verbose_name_plural': 'topics',
            },
        ),
        migrations.AddField(
            model_name='opinion',
            name='topic',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to='consultation.topic', verbose_name='topic'),
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(editable=False, max_length=40, unique=True, verbose_name='number')),
                ('text', models.TextField(verbose_name='what was decided')),
                ('cost_estimate', governance.money.YuanField(decimal_places=2, default=0, max_digits=14, verbose_name='estimated cost')),
                ('responsible', models.CharField(blank=True, max_length=100, verbose_name='responsible')),
                ('due_on', models.DateField(blank=True, null=True, verbose_name='to be done by')),
                ('result_text', models.TextField(blank=True, editable=False, verbose_name='result')),
                ('status', models.CharField(choices=[('DRAFT', 'drafted'), ('POSTED', 'posted for objections'), ('FINAL', 'final'), ('OVERTURNED', 'overturned by an objection'), ('EXECUTING', 'being carried out'), ('REPORTED', 'result reported'), ('ACCEPTED', 'accepted by residents'), ('CLOSED', 'closed')], default='DRAFT', editable=False, max_length=20, verbose_name='status')),
                ('drafted_at', models.DateTimeField(editable=False, verbose_name='drafted at')),
                ('posted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='posted at')),
                ('final_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='final at')),
                ('begun_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='begun at')),
                ('reported_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='reported at')),
                ('accepted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='accepted at')),
                ('closed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='closed at')),
                ('accepted_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='accepted by')),
                ('ballot', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='consultation.ballot', verbose_name='ballot')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='communities.division', verbose_name='division')),
                ('drafted_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='drafted by')),
                ('evidence', models.ManyToManyField(blank=True, related_name='+', to='communities.attachment', verbose_name='evidence')),
                ('notice', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='communities.publicnotice', verbose_name='notice')),
                ('reported_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reported by')),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='consultation.topic', verbose_name='topic')),
            ],
            options={
                'verbose_name': 'decision',
                'verbose_name_plural': 'decisions',
                'indexes': [models.Index(fields=['division', '-id'], name='decision_place'), models.Index(condition=models.Q(('status', 'POSTED')), fields=['id'], name='decision_posted')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'POSTED', 'FINAL', 'OVERTURNED', 'EXECUTING', 'REPORTED', 'ACCEPTED', 'CLOSED'])), name='decision_status_is_known'), models.CheckConstraint(condition=models.Q(('status', 'DRAFT'), ('notice__isnull', False), _connector='OR'), name='decision_posted_has_a_notice'), models.CheckConstraint(condition=models.Q(('accepted_by', None), models.Q(('accepted_by', models.F('reported_by')), _negated=True), _connector='OR'), name='decision_accepted_by_another')],
            },
        ),
        migrations.AddField(
            model_name='ballot',
            name='topic',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ballots', to='consultation.topic', verbose_name='topic'),
        ),
        migrations.CreateModel(
            name='TopicMatter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('matter', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='origin_of', to='consultation.matter', verbose_name='matter')),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='origins', to='consultation.topic', verbose_name='topic')),
            ],
            options={
                'verbose_name': 'origin of a topic',
                'verbose_name_plural': 'origins of topics',
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='topic',
            name='matters',
            field=models.ManyToManyField(related_name='topics', through='consultation.TopicMatter', to='consultation.matter', verbose_name='matters'),
        ),
        migrations.CreateModel(
            name='TopicPhase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('DISCUSSION', 'discussion'), ('VOTE', 'vote')], max_length=20, verbose_name='phase')),
                ('opens_at', models.DateTimeField(verbose_name='opens at')),
                ('closes_at', models.DateTimeField(verbose_name='closes at')),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='phases', to='consultation.topic', verbose_name='topic')),
            ],
            options={
                'verbose_name': 'phase',
                'verbose_name_plural': 'phases',
                'ordering': ['opens_at', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['DISCUSSION', 'VOTE'])), name='topicphase_kind_is_known'), models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('opens_at'))), name='topicphase_runs_forward'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('topic', '='), (consultation.topics.models.TimeRange('opens_at', 'closes_at', django.contrib.postgres.fields.ranges.RangeBoundary()), '&&')], name='topicphase_one_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Vote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('WEB', 'web'), ('PAPER', 'paper')], max_length=10, verbose_name='channel')),
                ('choices', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None, verbose_name='choices')),
                ('cast_at', models.DateTimeField(verbose_name='cast at')),
                ('receipt', models.CharField(max_length=20, unique=True, verbose_name='receipt')),
                ('ballot', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='votes', to='consultation.ballot', verbose_name='ballot')),
                ('cast_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='cast by')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='vote', to='consultation.rollentry', verbose_name='roll entry')),
            ],
            options={
                'verbose_name': 'vote',
                'verbose_name_plural': 'votes',
                'abstract': False,
                'indexes': [models.Index(fields=['ballot', 'entry'], name='vote_ballot')],
                'constraints': [models.CheckConstraint(condition=models.Q(('channel__in', ['WEB', 'PAPER'])), name='vote_channel_is_known'), models.CheckConstraint(condition=models.Q(('choices__len__gte', 1)), name='vote_chooses_something')],
            },
        ),
        migrations.CreateModel(
            name='PaperVote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('serial_number', models.CharField(max_length=40, verbose_name='serial number of the sheet')),
                ('choices', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None, verbose_name='choices')),
                ('entered_at', models.DateTimeField(editable=False, verbose_name='entered at')),
                ('checked_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='checked at')),
                ('voided_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='voided at')),
                ('void_reason', models.CharField(blank=True, editable=False, max_length=200, verbose_name='why void')),
                ('ballot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='consultation.ballot', verbose_name='ballot')),
                ('checked_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='checked by')),
                ('entered_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('photo', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='communities.attachment', verbose_name='photo')),
                ('voided_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='voided by')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='consultation.rollentry', verbose_name='roll entry')),
                ('vote', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='paper', to='consultation.vote', verbose_name='vote')),
            ],
            options={
                'verbose_name': 'paper vote',
                'verbose_name_plural': 'paper votes',
                'constraints': [models.UniqueConstraint(condition=models.Q(('voided_at', None)), fields=('ballot', 'serial_number'), name='papervote_sheet_counts_once'), models.UniqueConstraint(condition=models.Q(('voided_at', None)), fields=('entry',), name='papervote_one_sheet_each'), models.CheckConstraint(condition=models.Q(('checked_by', None), models.Q(('checked_by', models.F('entered_by')), _negated=True), _connector='OR'), name='papervote_two_persons'), models.CheckConstraint(condition=models.Q(models.Q(('void_reason', ''), ('voided_at', None)), models.Q(('voided_at__isnull', False), models.Q(('void_reason', ''), _negated=True)), _connector='OR'), name='papervote_void_has_a_reason'), models.CheckConstraint(condition=models.Q(('vote', None), ('checked_at__isnull', False), _connector='OR'), name='papervote_cast_after_the_check')],
            },
        ),
        migrations.CreateModel(
            name='BallotOption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('title', models.CharField(max_length=120, verbose_name='option')),
                ('text', models.TextField(blank=True, verbose_name='explanation')),
                ('ballot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='options', to='consultation.ballot', verbose_name='ballot')),
            ],
            options={
                'verbose_name': 'option',
                'verbose_name_plural': 'options',
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('ballot', 'number'), name='ballotoption_number_is_unique'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='ballotoption_numbers_begin_at_one')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ballotoption',
            trigger=pgtrigger.compiler.Trigger(name='frozen_with_the_ballot', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            PERFORM 1 FROM consultation_ballot WHERE id IN (\n                CASE WHEN TG_OP <> 'INSERT' THEN OLD.ballot_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.ballot_id END\n            ) FOR SHARE;\n            IF EXISTS (\n                SELECT 1 FROM consultation_ballot WHERE id IN (\n                    CASE WHEN TG_OP <> 'INSERT' THEN OLD.ballot_id END,\n                    CASE WHEN TG_OP <> 'DELETE' THEN NEW.ballot_id END\n                ) AND status <> 'DRAFT'\n            ) THEN\n                RAISE EXCEPTION 'The ballot is frozen'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'ballotoption_fixed_by_the_freeze', TABLE = 'consultation_ballotoption';\n            END IF;\n            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n        ", hash='71130cee8de7940b38b065d712ac1972a138558d', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_frozen_with_the_ballot_7f392', table='consultation_ballotoption', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ballotresult',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='312c07e7e4cc8c6a5608b79cff408d24c798eeb5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_49fce', table='consultation_ballotresult', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ballotresult',
            trigger=pgtrigger.compiler.Trigger(name='counts_what_was_cast', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n        IF NOT EXISTS (\n            SELECT 1 FROM consultation_ballot\n            WHERE id = NEW.ballot_id AND status = \'CLOSED\' AND entitled = NEW.entitled\n        ) OR NEW."cast" <> (SELECT count(*) FROM consultation_vote WHERE ballot_id = NEW.ballot_id) THEN\n            RAISE EXCEPTION \'The result is not that of a closed ballot\'\n                USING ERRCODE = \'check_violation\', CONSTRAINT = \'ballotresult_counts_what_was_cast\';\n        END IF;\n        RETURN NEW;\n    ', hash='0e5215dd34e230d5545b6fe106d22e1116895dd3', operation='INSERT', pgid='pgtrigger_counts_what_was_cast_bdc91', table='consultation_ballotresult', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='matter',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'RAISED' THEN\n                    RAISE EXCEPTION 'A new row begins as RAISED, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'matter_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('ANSWERED','CLOSED'), ('RAISED','REFUSED'), ('RAISED','SORTED'), ('RAISED','WITHDRAWN'), ('SORTED','ANSWERED'), ('SORTED','TAKEN_UP'), ('SORTED','TRANSFERRED'), ('SORTED','WITHDRAWN'), ('TAKEN_UP','ANSWERED'), ('TRANSFERRED','ANSWERED')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'matter_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='69eece8a3752f486680449f17e36b4f6c65da4f7', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_08237', table='consultation_matter', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='matter',
            trigger=pgtrigger.compiler.Trigger(name='said_is_said', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.number, OLD.title, OLD.text, OLD.place, OLD.division_id, OLD.raised_by_id, OLD.raised_for, OLD.recorded_by_id, OLD.raised_at) IS DISTINCT FROM (NEW.number, NEW.title, NEW.text, NEW.place, NEW.division_id, NEW.raised_by_id, NEW.raised_for, NEW.recorded_by_id, NEW.raised_at))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='4fb9cc24e5208d8b5337f8311c043029474df74f', operation='UPDATE', pgid='pgtrigger_said_is_said_12887', table='consultation_matter', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='opinionsupport',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d0540eb0e669234de71c2bb885bf1f3a517e8646', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5226d', table='consultation_opinionsupport', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='rollentry',
            constraint=models.UniqueConstraint(fields=('ballot', 'number'), name='rollentry_number_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='rollentry',
            constraint=models.UniqueConstraint(fields=('ballot', 'resident'), name='rollentry_resident_stands_once'),
        ),
        migrations.AddConstraint(
            model_name='rollentry',
            constraint=models.UniqueConstraint(fields=('ballot', 'user'), name='rollentry_user_stands_once'),
        ),
        migrations.AddConstraint(
            model_name='rollentry',
            constraint=models.UniqueConstraint(fields=('ballot', 'id'), name='rollentry_belongs_to_its_ballot'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rollentry',
            trigger=pgtrigger.compiler.Trigger(name='frozen_with_the_ballot', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            PERFORM 1 FROM consultation_ballot WHERE id IN (\n                CASE WHEN TG_OP <> 'INSERT' THEN OLD.ballot_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.ballot_id END\n            ) FOR SHARE;\n            IF EXISTS (\n                SELECT 1 FROM consultation_ballot WHERE id IN (\n                    CASE WHEN TG_OP <> 'INSERT' THEN OLD.ballot_id END,\n                    CASE WHEN TG_OP <> 'DELETE' THEN NEW.ballot_id END\n                ) AND status <> 'DRAFT'\n            ) THEN\n                RAISE EXCEPTION 'The ballot is frozen'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'rollentry_fixed_by_the_freeze', TABLE = 'consultation_rollentry';\n            END IF;\n            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n        ", hash='f2d5bdf1b1a58e362f841ebaae1cbc850cfb2216', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_frozen_with_the_ballot_56106', table='consultation_rollentry', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='opinion',
            index=models.Index(fields=['topic', '-id'], name='opinion_topic'),
        ),
        migrations.AddConstraint(
            model_name='opinion',
            constraint=models.CheckConstraint(condition=models.Q(('stance__in', ['FOR', 'AGAINST', 'NEUTRAL'])), name='opinion_stance_is_known'),
        ),
        migrations.AddConstraint(
            model_name='opinion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hidden_at', None), ('hidden_by', None), ('hidden_reason', '')), models.Q(('hidden_at__isnull', False), ('hidden_by__isnull', False), models.Q(('hidden_reason', ''), _negated=True)), _connector='OR'), name='opinion_hidden_with_a_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='opinion',
            trigger=pgtrigger.compiler.Trigger(name='said_is_said', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.topic_id, OLD.author_id, OLD.text, OLD.stance, OLD.given_at) IS DISTINCT FROM (NEW.topic_id, NEW.author_id, NEW.text, NEW.stance, NEW.given_at))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='a8a62dc40cf2b6fc542a2857ae5a381a4ff7ee99', operation='UPDATE', pgid='pgtrigger_said_is_said_57b9a', table='consultation_opinion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='opinion',
            trigger=pgtrigger.compiler.Trigger(name='given_in_a_discussion', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM consultation_topic t JOIN consultation_topicphase p ON p.topic_id = t.id\n                        WHERE t.id = NEW.topic_id AND t.status = 'DELIBERATED' AND p.kind = 'DISCUSSION'\n                            AND p.opens_at <= NEW.given_at AND NEW.given_at < p.closes_at\n                    ) THEN\n                        RAISE EXCEPTION 'No discussion of the topic runs'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'opinion_given_in_a_discussion';\n                    END IF;\n                    RETURN NEW;\n                ", hash='84d57bc3f520dde33fefd3ba5eec7c1ca3c6c3f9', operation='INSERT', pgid='pgtrigger_given_in_a_discussion_509ea', table='consultation_opinion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'DRAFT' THEN\n                    RAISE EXCEPTION 'A new row begins as DRAFT, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('ACCEPTED','CLOSED'), ('DRAFT','POSTED'), ('EXECUTING','REPORTED'), ('FINAL','EXECUTING'), ('POSTED','FINAL'), ('POSTED','OVERTURNED'), ('REPORTED','ACCEPTED'), ('REPORTED','EXECUTING')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='9ca901362717413798e51a95ff417fefaaf97dd6', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_39006', table='consultation_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='cites_a_passed_ballot', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM consultation_ballot AS ballot\n                        JOIN consultation_ballotresult AS result ON result.ballot_id = ballot.id\n                        WHERE ballot.id = NEW.ballot_id AND ballot.topic_id = NEW.topic_id\n                            AND ballot.status = 'PUBLISHED' AND result.is_passed\n                    ) THEN\n                        RAISE EXCEPTION 'The ballot has not passed in public'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_cites_a_passed_ballot';\n                    END IF;\n                    RETURN NEW;\n                ", hash='afa463b12ba9445fcd01d098b19970cceaf34706', operation='INSERT OR UPDATE OF "ballot_id", "topic_id"', pgid='pgtrigger_cites_a_passed_ballot_48434', table='consultation_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='follows_its_notice', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" = \'POSTED\')', func="\n                    IF NEW.status <> OLD.status AND NOT EXISTS (\n                        SELECT 1 FROM communities_publicnotice AS notice\n                        WHERE notice.id = NEW.notice_id AND notice.closed_at IS NOT NULL\n                            AND (NEW.status = 'OVERTURNED') = EXISTS (\n                                SELECT 1 FROM communities_objection\n                                WHERE notice_id = notice.id AND outcome = 'UPHELD'\n                            )\n                    ) THEN\n                        RAISE EXCEPTION 'The notice has not closed so'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_follows_its_notice';\n                    END IF;\n                    RETURN NEW;\n                ", hash='c357635896fcefd8d3aad377c190cfd5d45c45d3', operation='UPDATE OF "status"', pgid='pgtrigger_follows_its_notice_a9f22', table='consultation_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='posted_text_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'DRAFT' AND (OLD.number, OLD.topic_id, OLD.ballot_id, OLD.division_id, OLD.text, OLD.cost_estimate, OLD.notice_id) IS DISTINCT FROM (NEW.number, NEW.topic_id, NEW.ballot_id, NEW.division_id, NEW.text, NEW.cost_estimate, NEW.notice_id))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='fff7c9029cac65d62034c7ea8bd55972f5a3063f', operation='UPDATE', pgid='pgtrigger_posted_text_stays_23e38', table='consultation_decision', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='ballot',
            index=models.Index(fields=['division', '-id'], name='ballot_place'),
        ),
        migrations.AddIndex(
            model_name='ballot',
            index=models.Index(condition=models.Q(('status', 'FROZEN')), fields=['opens_at'], name='ballot_to_open'),
        ),
        migrations.AddIndex(
            model_name='ballot',
            index=models.Index(condition=models.Q(('status', 'OPEN')), fields=['closes_at'], name='ballot_to_close'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'FROZEN', 'OPEN', 'CLOSED', 'COUNTED', 'PUBLISHED', 'CANCELLED'])), name='ballot_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.CheckConstraint(condition=models.Q(('method__in', ['FOR_AGAINST', 'SINGLE', 'APPROVAL']), ('roll_source__in', ['RESIDENTS', 'BODY'])), name='ballot_kinds_are_known'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('opens_at'))), name='ballot_runs_forward'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('body__isnull', False), ('roll_source', 'BODY')), models.Q(('body', None), ('roll_source', 'RESIDENTS')), _connector='OR'), name='ballot_body_where_its_members_vote'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.CheckConstraint(condition=models.Q(('is_binding', False), ('approved_method__isnull', False), _connector='OR'), name='ballot_binds_by_an_approved_method'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'CANCELLED']), models.Q(('electorate_on__isnull', False), ('entitled__gte', 1), ('fingerprint__regex', '^[0-9a-f]{64}$')), _connector='OR'), name='ballot_frozen_has_a_fingerprint'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'CANCELLED']), ('notice__isnull', False), _connector='OR'), name='ballot_frozen_has_a_notice'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.CheckConstraint(condition=models.Q(('most_choices', 1), models.Q(('method', 'APPROVAL'), ('most_choices__gte', 1)), _connector='OR'), name='ballot_marks_fit_the_method'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.CheckConstraint(condition=models.Q(('frozen_at', None), ('frozen_at__lt', models.F('opens_at')), _connector='OR'), name='ballot_frozen_before_it_opens'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.CheckConstraint(condition=models.Q(('opened_at', None), ('opened_at__gte', models.F('opens_at')), _connector='OR'), name='ballot_opens_at_its_time'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.CheckConstraint(condition=models.Q(('closed_at', None), ('closed_at__gte', models.F('closes_at')), _connector='OR'), name='ballot_closes_at_its_time'),
        ),
        migrations.AddConstraint(
            model_name='ballot',
            constraint=models.CheckConstraint(condition=models.Q(('published_by', None), models.Q(('published_by', models.F('counted_by')), _negated=True), _connector='OR'), name='ballot_published_by_another'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ballot',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'DRAFT' THEN\n                    RAISE EXCEPTION 'A new row begins as DRAFT, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'ballot_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('CLOSED','COUNTED'), ('COUNTED','PUBLISHED'), ('DRAFT','CANCELLED'), ('DRAFT','FROZEN'), ('FROZEN','CANCELLED'), ('FROZEN','OPEN'), ('OPEN','CLOSED')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'ballot_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='2da0995393aa4c47539b823e65a62b80da0e0d41', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_515e7', table='consultation_ballot', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ballot',
            trigger=pgtrigger.compiler.Trigger(name='frozen_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'DRAFT' AND (OLD.topic_id, OLD.question, OLD.division_id, OLD.rule_id, OLD.method, OLD.most_choices, OLD.roll_source, OLD.body_id, OLD.is_binding, OLD.approved_method_id, OLD.opens_at, OLD.closes_at, OLD.fingerprint, OLD.frozen_text, OLD.notice_id, OLD.electorate_on, OLD.entitled) IS DISTINCT FROM (NEW.topic_id, NEW.question, NEW.division_id, NEW.rule_id, NEW.method, NEW.most_choices, NEW.roll_source, NEW.body_id, NEW.is_binding, NEW.approved_method_id, NEW.opens_at, NEW.closes_at, NEW.fingerprint, NEW.frozen_text, NEW.notice_id, NEW.electorate_on, NEW.entitled))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='620ec633638a1653f7084056eff00c5e83dceb54', operation='UPDATE', pgid='pgtrigger_frozen_stays_199f1', table='consultation_ballot', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ballot',
            trigger=pgtrigger.compiler.Trigger(name='counted_with_a_result', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."status" = \'COUNTED\' AND OLD."status" = \'CLOSED\')', func="\n        IF NOT EXISTS (SELECT 1 FROM consultation_ballotresult WHERE ballot_id = NEW.id) THEN\n            RAISE EXCEPTION 'Nothing has been counted'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'ballot_counted_has_a_result';\n        END IF;\n        RETURN NEW;\n    ", hash='a91acc8df9258ee3d7a716c2cc439ade9249b1ff', operation='UPDATE OF "status"', pgid='pgtrigger_counted_with_a_result_9bcbd', table='consultation_ballot', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='topicmatter',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e2d13c750c84700f19a75f803dae9229fae763c5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_dfd8a', table='consultation_topicmatter', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='topic',
            index=models.Index(fields=['division', '-id'], name='topic_place'),
        ),
        migrations.AddIndex(
            model_name='topic',
            index=models.Index(condition=models.Q(('status__in', ['ANNOUNCED', 'DELIBERATED'])), fields=['id'], name='topic_open'),
        ),
        migrations.AddConstraint(
            model_name='topic',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['PREPARED', 'ANNOUNCED', 'DELIBERATED', 'DECIDED', 'CLOSED', 'WITHDRAWN'])), name='topic_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='topic',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['PREPARED', 'WITHDRAWN']), ('notice__isnull', False), _connector='OR'), name='topic_announced_has_a_notice'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='topic',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'PREPARED' THEN\n                    RAISE EXCEPTION 'A new row begins as PREPARED, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'topic_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('ANNOUNCED','DELIBERATED'), ('ANNOUNCED','WITHDRAWN'), ('DECIDED','CLOSED'), ('DECIDED','DELIBERATED'), ('DELIBERATED','CLOSED'), ('DELIBERATED','DECIDED'), ('PREPARED','ANNOUNCED'), ('PREPARED','WITHDRAWN')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'topic_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='2bbfb5a49a9e7fa5378b232ced30749dc00a3941', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_22585', table='consultation_topic', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='topicphase',
            trigger=pgtrigger.compiler.Trigger(name='announced_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF EXISTS (SELECT 1 FROM consultation_topic WHERE id = OLD.topic_id AND status <> 'PREPARED') THEN\n                        RAISE EXCEPTION 'The phases of an announced topic stay'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'topicphase_announced_stays';\n                    END IF;\n                    IF TG_OP = 'DELETE' THEN\n                        RETURN OLD;\n                    END IF;\n                    RETURN NEW;\n                ", hash='c98ebd8f82a58acc832aea0a6e12327a54576423', operation='UPDATE OR DELETE', pgid='pgtrigger_announced_stays_916c2', table='consultation_topicphase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='vote',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='849e143bfdd5c2ee17b0511ce6a56dea0c54469b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_11399', table='consultation_vote', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='vote',
            trigger=pgtrigger.compiler.Trigger(name='cast_while_open', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE state text; opens timestamptz; closes timestamptz; most smallint;', func="\n        SELECT status, opens_at, closes_at, most_choices INTO state, opens, closes, most\n        FROM consultation_ballot WHERE id = NEW.ballot_id FOR KEY SHARE;\n        IF NEW.cast_at < opens OR NEW.cast_at >= closes\n            OR NOT (state = 'OPEN' OR (state = 'CLOSED' AND NEW.channel = 'PAPER'))\n        THEN\n            RAISE EXCEPTION 'The ballot is not open'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_cast_while_open';\n        END IF;\n        IF cardinality(NEW.choices) > most OR NEW.choices IS DISTINCT FROM (\n            SELECT array_agg(number ORDER BY number) FROM consultation_ballotoption\n            WHERE ballot_id = NEW.ballot_id AND number = ANY(NEW.choices)\n        ) THEN\n            RAISE EXCEPTION 'The ballot does not allow these marks'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_names_options_of_its_ballot';\n        END IF;\n        IF NEW.channel = 'PAPER' AND NOT EXISTS (\n            SELECT 1 FROM consultation_papervote\n            WHERE ballot_id = NEW.ballot_id AND entry_id = NEW.entry_id AND voided_at IS NULL\n                AND checked_at IS NOT NULL AND choices = NEW.choices AND entered_at = NEW.cast_at\n        ) THEN\n            RAISE EXCEPTION 'No checked sheet says so'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_on_paper_has_its_sheet';\n        END IF;\n        RETURN NEW;\n    ", hash='bded4e014b955ff672ecefccdcf39ddffef37f1d', operation='INSERT', pgid='pgtrigger_cast_while_open_76c90', table='consultation_vote', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='papervote',
            trigger=pgtrigger.compiler.Trigger(name='photo_is_sealed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.photo_id IS NOT NULL)', func="\n        IF NOT EXISTS (\n            SELECT 1 FROM communities_attachment\n            WHERE id = NEW.photo_id AND visibility = 'SEALED' AND uploaded_by_id = NEW.entered_by_id\n        ) THEN\n            RAISE EXCEPTION 'The photo of a sheet shows a vote'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'papervote_photo_is_sealed';\n        END IF;\n        RETURN NEW;\n    ", hash='6636af96a7db5c49cb25ff5a9627f918fefc40e3', operation='INSERT', pgid='pgtrigger_photo_is_sealed_c2729', table='consultation_papervote', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='papervote',
            trigger=pgtrigger.compiler.Trigger(name='sheet_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.voided_at IS NOT NULL OR OLD.vote_id IS NOT NULL OR (OLD.ballot_id, OLD.entry_id, OLD.serial_number, OLD.choices, OLD.photo_id, OLD.entered_at, OLD.entered_by_id) IS DISTINCT FROM (NEW.ballot_id, NEW.entry_id, NEW.serial_number, NEW.choices, NEW.photo_id, NEW.entered_at, NEW.entered_by_id))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='81332ae54e1223102bd8203cb04292460962201a', operation='UPDATE', pgid='pgtrigger_sheet_stays_09d18', table='consultation_papervote', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='papervote',
            trigger=pgtrigger.compiler.Trigger(name='vote_is_its_own', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.vote_id IS NOT NULL)', func="\n        IF NOT EXISTS (\n            SELECT 1 FROM consultation_vote\n            WHERE id = NEW.vote_id AND entry_id = NEW.entry_id AND channel = 'PAPER'\n        ) THEN\n            RAISE EXCEPTION 'The vote is not that of the sheet'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'papervote_vote_is_its_own';\n        END IF;\n        RETURN NEW;\n    ", hash='b1f6503c56259ef291c4a423b06ab61ccb8c9589', operation='INSERT OR UPDATE OF "vote_id"', pgid='pgtrigger_vote_is_its_own_62f97', table='consultation_papervote', when='BEFORE')),
        ),
    ]
