"""Work that takes longer than a request."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    """Jobs as rows: what runs, how far it is, what went wrong."""

    name = "governance.jobs"
    label = "jobs"
    verbose_name = _("Jobs")
