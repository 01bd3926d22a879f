"""run.py: verbs, stamp, words for what is missing."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from engines.places import ROOT


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """run.py in an empty checkout with two requirement files."""
    spec = importlib.util.spec_from_file_location("run_under_test", ROOT / "run.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "installed.json")
    for name in module.DEVELOPMENT:
        (tmp_path / name).write_text(f"# {name}\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    return module


def install(run: ModuleType, files: tuple[str, ...]) -> None:
    run.STAMP.write_text(json.dumps(run.wanted_stamp(files)))


def test_stamp_skips_what_is_installed(run: ModuleType) -> None:
    assert not run.is_current(run.wanted_stamp(run.PRODUCT))
    install(run, run.DEVELOPMENT)
    assert run.is_current(run.wanted_stamp(run.PRODUCT))
    assert run.is_current(run.wanted_stamp(run.DEVELOPMENT))


def test_stamp_of_the_product_is_not_enough_for_tests(run: ModuleType) -> None:
    install(run, run.PRODUCT)

    assert run.is_current(run.wanted_stamp(run.PRODUCT))
    assert not run.is_current(run.wanted_stamp(run.DEVELOPMENT))


def test_stamp_notices_changed_files_and_another_python(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    install(run, run.PRODUCT)
    (run.ROOT / "requirements.txt").write_text("Django==5.2.20\n")
    assert not run.is_current(run.wanted_stamp(run.PRODUCT))
    install(run, run.PRODUCT)
    monkeypatch.setattr(sys, "version", "3.14.0")
    assert not run.is_current(run.wanted_stamp(run.PRODUCT))


def test_damaged_stamp_or_missing_environment_is_not_current(run: ModuleType) -> None:
    install(run, run.PRODUCT)
    run.STAMP.write_text("[1")
    assert not run.is_current(run.wanted_stamp(run.PRODUCT))
    install(run, run.PRODUCT)
    (run.ENVIRONMENT / "bin" / "python").unlink()
    assert not run.is_current(run.wanted_stamp(run.PRODUCT))


def test_environment_without_pip_does_not_work(run: ModuleType) -> None:
    assert not run.works_with_this_python(run.ENVIRONMENT)


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["launch"], 2), (["--help"], 0)])
def test_unknown_verb_shows_the_usage(arguments: list[str], code: int) -> None:
    done = subprocess.run([sys.executable, "run.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == code
    assert "demo [--port N] [--reset]" in done.stdout + done.stderr


def test_only_the_standard_library_is_imported() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", "run.py", "help"], cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == 0
