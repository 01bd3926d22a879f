"""The web application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

application = get_wsgi_application()

from governance import preflight  # noqa: E402 - needs the settings
from governance.portal import metrics  # noqa: E402 - needs the settings

preflight.require()
metrics.serve()
