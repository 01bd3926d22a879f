"""What no statement can do to a ballot: keys over (ballot, entry), and a fingerprint that is not that of its text.

Written by hand: Django has no keys over two columns.
"""

from django.db import migrations

KEYS = """
ALTER TABLE consultation_vote ADD CONSTRAINT vote_entry_of_its_ballot
    FOREIGN KEY (ballot_id, entry_id) REFERENCES consultation_rollentry (ballot_id, id);
ALTER TABLE consultation_papervote ADD CONSTRAINT papervote_entry_of_its_ballot
    FOREIGN KEY (ballot_id, entry_id) REFERENCES consultation_rollentry (ballot_id, id);
"""

NO_KEYS = """
ALTER TABLE consultation_papervote DROP CONSTRAINT papervote_entry_of_its_ballot;
ALTER TABLE consultation_vote DROP CONSTRAINT vote_entry_of_its_ballot;
"""

FINGERPRINT = """
ALTER TABLE consultation_ballot ADD CONSTRAINT ballot_fingerprint_is_of_its_text CHECK (
    (fingerprint = '' AND frozen_text = '')
    OR fingerprint = encode(sha256(convert_to(frozen_text, 'UTF8')), 'hex')
);
"""


class Migration(migrations.Migration):
    dependencies = [("consultation", "0001_initial")]

    operations = [
        migrations.RunSQL(KEYS, NO_KEYS),
        migrations.RunSQL(
            FINGERPRINT, "ALTER TABLE consultation_ballot DROP CONSTRAINT ballot_fingerprint_is_of_its_text;"
        ),
    ]
