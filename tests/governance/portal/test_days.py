"""The demonstration's next day, as the web process lets it pass: in any thread, without a worker's preparations."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import os, threading
os.environ["DJANGO_SETTINGS_MODULE"] = "governance.settings"
import django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
def look():
    from celery import current_app
    from governance.portal.demonstration.days import TASKS
    current_app.loader.import_default_modules()
    print(current_app.main, [name for name in TASKS if name not in current_app.tasks])
thread = threading.Thread(target=look)
thread.start()
thread.join()
"""


def test_a_fresh_web_process_knows_what_a_day_brings() -> None:
    # Over a second: another process, since in this one other tests have imported what would be missing there.
    ran = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (ran.stdout.strip(), ran.returncode) == ("governance []", 0), ran.stderr
