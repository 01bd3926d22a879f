"""Extensions that constraints and searches of every floor rest on."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Exclusion over equality and ranges (btree_gist), trigrams of names (pg_trgm)."""

    initial = True
    # Third parties first: each of their steps renders the models that are known so far, which is slow once ours are.
    dependencies = [
        ("oauth2_provider", "0022_refreshtoken_token_family_index"),
        ("axes", "0010_accessattemptexpiration"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("sessions", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [BtreeGistExtension(), TrigramExtension()]
