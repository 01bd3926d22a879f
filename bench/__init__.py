"""Measurements: `python3 run.py bench NAME` runs one next to its limit and writes bench/results/NAME.json.

Importing this package sets Django up on the engines of the profile "bench", so that a measurement imports the product
like any other module. Work goes to a scratch database, see `bench.measure`.
"""

import os

import django

from engines.keys import set_demonstration_variables

os.environ.setdefault("EMBED_PROFILE", "bench")
os.environ.setdefault("DATABASE_AS", "owner")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
set_demonstration_variables()
django.setup()
