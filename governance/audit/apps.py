"""Who did what, and the walls that keep it so."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate  # noqa: TID251 - a management signal, not a model signal
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """The audit trail, its daily seal and the table privileges of the application's database role."""

    name = "governance.audit"
    label = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        """Grant the application's role its rights after every migration, append-only tables without changes."""
        from governance.audit.privileges import grant_privileges  # noqa: PLC0415 - needs the app registry

        post_migrate.connect(grant_privileges, dispatch_uid="audit.grant_privileges")
