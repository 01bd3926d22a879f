"""The checker of catalogues, on a good and on bad ones."""

from pathlib import Path

import polib
import pytest

from engines import translations

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n\n'


def write(root: Path, text: str) -> Path:
    path = root / translations.MAIN
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ('msgid "Fund"\nmsgstr "基金"\n', None),
        ('msgid "Fund"\nmsgstr ""\n', "untranslated"),
        ('#, fuzzy\nmsgid "Fund"\nmsgstr "基金"\n', "fuzzy"),
        ('#, python-format\nmsgid "%(name)s left"\nmsgstr "剩余"\n', "placeholders differ"),
        ('#, python-format\nmsgid "%(name)s left"\nmsgstr "剩余%(nome)s"\n', "placeholders differ"),
        ('#, python-format\nmsgid "%(name)s left"\nmsgstr "剩余%(name)s"\n', None),
        ('#, python-format\nmsgid "100%% of %s"\nmsgstr "%s的100%%"\n', None),
        ('#, python-format\nmsgid "%s of %s"\nmsgstr "%s"\n', "placeholders differ"),
        ('msgid "{count} days"\nmsgstr "{days}天"\n', "placeholders differ"),
        ('msgid "{count} days"\nmsgstr "{count}天"\n', None),
        ('#, python-format\nmsgid "one day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s天"\n', None),
        ('#, python-format\nmsgid "one day"\nmsgid_plural "%(n)s days"\nmsgstr[0] ""\n', "untranslated"),
        ('#~ msgid "Gone"\n#~ msgstr ""\n', None),
    ],
)
def test_entries_are_checked(tmp_path: Path, entry: str, wrong: str | None) -> None:
    found = list(translations.check_entries(polib.pofile(str(write(tmp_path, entry)))))

    assert [line.partition(":")[0] for line in found] == ([wrong] if wrong else [])


def test_catalogues_are_compiled_when_stale(tmp_path: Path) -> None:
    source = write(tmp_path, 'msgid "Fund"\nmsgstr "基金"\n')

    assert translations.compile_catalogues(tmp_path) == [source.with_suffix(".mo")]
    assert translations.compile_catalogues(tmp_path) == []
    assert polib.mofile(str(source.with_suffix(".mo"))).find("Fund").msgstr == "基金"
    assert sorted(path.name for path in source.parent.iterdir()) == ["django.mo", "django.po"]


def test_messages_of_sources_and_catalogue_are_compared(tmp_path: Path) -> None:
    if not translations.shutil.which("xgettext"):
        pytest.skip("gettext is not installed")
    (tmp_path / "funds").mkdir()
    (tmp_path / "funds" / "labels.py").write_text(
        'from django.utils.translation import gettext as _\n_("Fund")\n_("New")\n'
    )
    source = write(tmp_path, 'msgid "Fund"\nmsgstr "基金"\n\nmsgid "Old"\nmsgstr "旧"\n')
    before = source.read_bytes()

    found = translations.check(tmp_path)

    assert [line.partition(": ")[2] for line in found] == ["not in the catalogue: 'New'", "not in the sources: 'Old'"]
    assert source.read_bytes() == before


def test_sync_adds_what_the_sources_say(tmp_path: Path) -> None:
    if not translations.shutil.which("xgettext"):
        pytest.skip("gettext is not installed")
    (tmp_path / "funds").mkdir()
    (tmp_path / "funds" / "labels.py").write_text(
        'from django.utils.translation import gettext as _\n_("Fund")\n_("New")\n'
    )
    write(tmp_path, 'msgid "Fund"\nmsgstr "基金"\n')

    assert translations.sync(tmp_path) == ["untranslated: 'New'"]


def test_no_catalogue_passes(tmp_path: Path) -> None:
    assert translations.check(tmp_path) == []
