import django.contrib.postgres.fields
import django.db.models.deletion
import governance.accounts.secrets
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('accounts', '__first__'),
        ('outbox', '0002_place_of_events'),
    ]

    operations = [
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=500, verbose_name='address')),
                ('topics', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), size=None, verbose_name='topics')),
                ('description', models.CharField(blank=True, max_length=200, verbose_name='description')),
                ('secret', governance.accounts.secrets.EncryptedTextField(editable=False, verbose_name='secret')),
                ('previous_secret', governance.accounts.secrets.EncryptedTextField(blank=True, default='', editable=False, verbose_name='secret before')),
                ('previous_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='secret before holds until')),
                ('status', models.CharField(choices=[('ACTIVE', 'active'), ('DISABLED', 'switched off'), ('REMOVED', 'removed')], default='ACTIVE', editable=False, max_length=10, verbose_name='status')),
                ('registered_at', models.DateTimeField(editable=False, verbose_name='registered at')),
                ('disabled_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='switched off at')),
                ('removed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='removed at')),
                ('failures', models.PositiveIntegerField(default=0, editable=False, verbose_name='attempts without an answer')),
                ('failing_since', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='no answer since')),
                ('paused_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='asked again at')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL, verbose_name='API client')),
                ('registered_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='registered by')),
            ],
            options={
                'verbose_name': 'webhook',
                'verbose_name_plural': 'webhooks',
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['ACTIVE', 'DISABLED', 'REMOVED'])), name='webhookendpoint_status_is_known'), models.CheckConstraint(condition=models.Q(('topics__len__gte', 1)), name='webhookendpoint_wants_something'), models.CheckConstraint(condition=models.Q(models.Q(('previous_secret', ''), ('previous_until', None)), models.Q(models.Q(('previous_secret', ''), _negated=True), ('previous_until__isnull', False)), _connector='OR'), name='webhookendpoint_old_secret_ends'), models.UniqueConstraint(condition=models.Q(('status', 'REMOVED'), _negated=True), fields=('client', 'url'), name='webhookendpoint_address_stands_once')],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('PENDING', 'waiting'), ('DELIVERED', 'delivered'), ('FAILED', 'given up'), ('CANCELLED', 'cancelled with its endpoint')], default='PENDING', editable=False, max_length=10, verbose_name='status')),
                ('attempts', models.PositiveIntegerField(default=0, editable=False, verbose_name='attempts')),
                ('created_at', models.DateTimeField(editable=False, verbose_name='queued at')),
                ('due_at', models.DateTimeField(editable=False, verbose_name='next attempt')),
                ('give_up_at', models.DateTimeField(editable=False, verbose_name='tried until')),
                ('attempted_at', models.DateTimeField(editable=False, null=True, verbose_name='last attempt')),
                ('answer', models.PositiveSmallIntegerField(editable=False, null=True, verbose_name='last answer')),
                ('last_error', models.CharField(blank=True, editable=False, max_length=300, verbose_name='what went wrong')),
                ('delivered_at', models.DateTimeField(editable=False, null=True, verbose_name='delivered at')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.outboxevent', verbose_name='event')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='partners.webhookendpoint', verbose_name='webhook')),
            ],
            options={
                'verbose_name': 'webhook delivery',
                'verbose_name_plural': 'webhook deliveries',
                'indexes': [models.Index(condition=models.Q(('status', 'PENDING')), fields=['due_at', 'id'], name='webhookdelivery_due'), models.Index(fields=['endpoint', '-id'], name='webhookdelivery_newest'), models.Index(condition=models.Q(('status', 'FAILED')), fields=['-id'], name='webhookdelivery_failed')],
                'constraints': [models.UniqueConstraint(fields=('endpoint', 'event'), name='webhookdelivery_event_goes_once'), models.CheckConstraint(condition=models.Q(('status__in', ['PENDING', 'DELIVERED', 'FAILED', 'CANCELLED'])), name='webhookdelivery_status_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'DELIVERED'), _negated=True), models.Q(('attempts__gte', 1), ('delivered_at__isnull', False)), _connector='OR'), name='webhookdelivery_delivered_has_a_time')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhookendpoint',
            trigger=pgtrigger.compiler.Trigger(name='lifecycle', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.status <> 'ACTIVE' THEN\n                    RAISE EXCEPTION 'A new row begins as ACTIVE, not %', NEW.status\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'webhookendpoint_begins_at_the_start';\n                END IF;\n            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('ACTIVE','DISABLED'), ('ACTIVE','REMOVED'), ('DISABLED','ACTIVE'), ('DISABLED','REMOVED')) THEN\n                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'webhookendpoint_moves_by_the_table';\n            END IF;\n            RETURN NEW;\n        ", hash='4eefe75a98c1fb7f8826d850dee81447400a1118', operation='INSERT OR UPDATE OF "status"', pgid='pgtrigger_lifecycle_57e33', table='partners_webhookendpoint', when='BEFORE')),
        ),
    ]
