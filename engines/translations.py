"""Catalogues of the pages' text: compile, check and refresh them, the first two without gettext on the machine.

Verbs: `python -m engines.translations check|sync|compile`.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polib

from engines.places import ROOT
from engines.say import EngineError, say

LANGUAGE = "zh_Hans"
CATALOGUES = "locale/*/LC_MESSAGES/*.po"
MAIN = f"locale/{LANGUAGE}/LC_MESSAGES/django.po"
NOT_PRODUCT = (
    ".venv",
    "var",
    "tests",
    "bench",
    "engines",
    "staticfiles",
    "media",
    "node_modules",
    "locale",
    "docs",
    "run.py",
)
MAKEMESSAGES = ("makemessages", "--locale", LANGUAGE, "--no-location", "--no-wrap", "--no-obsolete")
NAMED = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-zA-Z]")
POSITIONAL = re.compile(r"%(?!\()[#0\- +]*[\d.]*[a-zA-Z]")
BRACED = re.compile(r"(?<!\{)\{[\w.\[\]]*(?:![rsa])?(?::[^{}]*)?\}(?!\})")
Key = tuple[str | None, str]


def compile_catalogues(root: Path = ROOT) -> list[Path]:
    """Write the .mo file beside each .po file that has none or an older one; they are not committed."""
    written = []
    for source in sorted(root.glob(CATALOGUES)):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with tempfile.NamedTemporaryFile(dir=source.parent, suffix=".part", delete=False) as part:
            part.write(polib.pofile(str(source)).to_binary())
        Path(part.name).chmod(0o644)
        Path(part.name).replace(target)
        written.append(target)
    return written


def check(root: Path = ROOT) -> list[str]:
    """List what is wrong with the catalogues, in plain lines; an empty list when all is well.

    Where the machine has gettext, also whether extracting the messages again gives the same set of them.
    """
    compile_catalogues(root)
    wrong = [
        f"{source.relative_to(root)}: {line}"
        for source in sorted(root.glob(CATALOGUES))
        for line in check_entries(polib.pofile(str(source)))
    ]
    if (root / MAIN).exists() and shutil.which("xgettext"):
        wrong += check_extraction(root)
    return wrong


def check_entries(catalogue: polib.POFile) -> Iterator[str]:
    """List entries that are untranslated, fuzzy, or whose placeholders differ from the message's."""
    for entry in catalogue:
        if entry.obsolete:
            continue
        translations = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if not translations or not all(translations):
            yield f"untranslated: {entry.msgid!r}"
        elif entry.fuzzy:
            yield f"fuzzy: {entry.msgid!r}"
        else:
            wanted = [placeholders(text, entry.flags) for text in (entry.msgid, entry.msgid_plural) if text]
            for text in translations:
                if placeholders(text, entry.flags) not in wanted:
                    yield f"placeholders differ: {entry.msgid!r} -> {text!r}"


def placeholders(text: str, flags: list[str]) -> Counter[str]:
    """Count the placeholders of a message: named and braced ones as a set, positional ones by number."""
    found = Counter({*NAMED.findall(text), *BRACED.findall(text)})
    if "python-format" in flags:
        found += Counter(POSITIONAL.findall(text.replace("%%", "")))
    return found


def check_extraction(root: Path = ROOT) -> list[str]:
    """Compare the catalogue's messages with those that the sources have, extracted in a tree of links."""
    with tempfile.TemporaryDirectory() as folder:
        shadow = Path(folder)
        for entry in root.iterdir():
            if entry.name not in NOT_PRODUCT and not entry.name.startswith("."):
                (shadow / entry.name).symlink_to(entry)
        shutil.copytree(root / "locale", shadow / "locale")
        make_messages(shadow, "--symlinks")
        extracted = keys(shadow / MAIN)
    committed = keys(root / MAIN)
    missing = [f"{MAIN}: not in the catalogue: {key[1]!r}" for key in sorted(extracted - committed, key=str)]
    extra = [f"{MAIN}: not in the sources: {key[1]!r}" for key in sorted(committed - extracted, key=str)]
    return missing + extra


def keys(path: Path) -> set[Key]:
    """Give the messages of a catalogue with their contexts."""
    return {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(path)) if not entry.obsolete}


def make_messages(folder: Path, *options: str) -> None:
    """Run Django's makemessages in a folder, without settings, so that only the folder decides.

    Raises: EngineError with its output when it fails.
    """
    ignored = [part for name in NOT_PRODUCT for part in ("--ignore", name)]
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-m", "django", *MAKEMESSAGES, *ignored, *options],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"makemessages failed:\n{done.stdout}{done.stderr}"
        raise EngineError(message)


def sync(root: Path = ROOT) -> list[str]:
    """Bring the catalogue in step with the sources and list what is now untranslated or fuzzy."""
    (root / MAIN).parent.mkdir(parents=True, exist_ok=True)
    make_messages(root)
    return list(check_entries(polib.pofile(str(root / MAIN))))


def main(arguments: list[str]) -> int:
    """Run one verb; 1 when something is left to do."""
    verbs = {"check": check, "sync": sync}
    if len(arguments) != 1 or arguments[0] not in {*verbs, "compile"}:
        say(__doc__ or "")
        return 2
    if arguments[0] == "compile":
        say(f"{len(compile_catalogues())} catalogues compiled")
        return 0
    if arguments[0] == "check" and not (ROOT / MAIN).exists():
        say(f"no catalogue yet: {MAIN}")
        return 0
    wrong = verbs[arguments[0]]()
    for line in wrong:
        say(line)
    say(f"{len(wrong)} things to mend" if wrong else "catalogues complete")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except EngineError as error:
        sys.exit(str(error))
