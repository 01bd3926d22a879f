"""Venues of centers and clubs; votes on grades by name; a failed inspection alerts who works with the body."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from governance.tables import AtOnce


class Migration(AtOnce):
    dependencies = [
        ("communities", "0005_venues"),
        ("socialorgs", "0011_places_of_clubs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AssessmentVote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50, verbose_name='name')),
                ('word', models.CharField(choices=[('FOR', 'for it'), ('AGAINST', 'against it'), ('ABSTAINED', 'abstained'), ('ABSENT', 'absent'), ('WITHDREW', 'withdrew')], max_length=10, verbose_name='vote')),
                ('worked_there_until', models.DateField(blank=True, null=True, verbose_name='worked for the body until')),
            ],
            options={
                'verbose_name': 'vote on a grade',
                'verbose_name_plural': 'votes on grades',
            },
        ),
        migrations.RemoveConstraint(
            model_name='standingalert',
            name='standingalert_cause_is_known',
        ),
        migrations.AddField(
            model_name='assessment',
            name='voted_on',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='voted on'),
        ),
        migrations.AddField(
            model_name='club',
            name='venue',
            field=models.ForeignKey(blank=True, help_text='The venue of the place in which it meets; empty for a park or a yard.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='clubs', to='communities.venue', verbose_name='venue'),
        ),
        migrations.AddField(
            model_name='servicecenter',
            name='venue',
            field=models.ForeignKey(blank=True, help_text='The premises of the place in which it is run, where they are entered as a venue.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='service_centers', to='communities.venue', verbose_name='venue'),
        ),
        migrations.AlterField(
            model_name='standingalert',
            name='cause',
            field=models.CharField(choices=[('LISTED', 'put on a credit list'), ('BANNED', 'barred from taking part'), ('FAILED', 'failed an inspection'), ('ENDED', 'deregistered or revoked')], max_length=10, verbose_name='cause'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(('voted_on', None), ('voted_on__lte', models.F('valid_from')), _connector='OR'), name='assessment_voted_before_it_holds'),
        ),
        migrations.AddConstraint(
            model_name='servicecenter',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_on', None)), fields=('venue',), name='servicecenter_one_a_venue'),
        ),
        migrations.AddConstraint(
            model_name='standingalert',
            constraint=models.CheckConstraint(condition=models.Q(('cause__in', ['LISTED', 'BANNED', 'FAILED', 'ENDED'])), name='standingalert_cause_is_known'),
        ),
        migrations.AddField(
            model_name='assessmentvote',
            name='assessment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='votes', to='socialorgs.assessment', verbose_name='assessment'),
        ),
        migrations.AddField(
            model_name='assessmentvote',
            name='user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='log-in'),
        ),
        migrations.AddConstraint(
            model_name='assessmentvote',
            constraint=models.UniqueConstraint(fields=('assessment', 'name'), name='assessmentvote_each_once'),
        ),
        migrations.AddConstraint(
            model_name='assessmentvote',
            constraint=models.CheckConstraint(condition=models.Q(('word__in', ['FOR', 'AGAINST', 'ABSTAINED', 'ABSENT', 'WITHDREW'])), name='assessmentvote_word_is_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='assessmentvote',
            trigger=pgtrigger.compiler.Trigger(name='vote_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.assessment_id, OLD.name, OLD.user_id, OLD.word, OLD.worked_there_until) IS DISTINCT FROM (NEW.assessment_id, NEW.name, NEW.user_id, NEW.word, NEW.worked_there_until))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='0cfae68bc2d56745d6ec187ab3fa6c4367130258', operation='UPDATE', pgid='pgtrigger_vote_stays_eae8f', table='socialorgs_assessmentvote', when='BEFORE')),
        ),
    ]
