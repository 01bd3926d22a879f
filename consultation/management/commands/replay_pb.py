"""`manage.py replay_pb FILE`: count an election of another city again, and compare with its official winners."""

from __future__ import annotations

import json
import resource
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from consultation.ballots.allocation.allocate import Allocation, allocate
from consultation.ballots.allocation.explaining import explain
from consultation.ballots.allocation.figures import satisfaction
from consultation.ballots.allocation.pabulib import FileUnreadable, PbFile, opened
from consultation.ballots.allocation.rule import Rule
from consultation.ballots.allocation.sentences import Writing


class Command(BaseCommand):
    """Read a `.pb` file, apply the rule that its header names, print the winners."""

    help = "Read a .pb file, apply the rule that its header names (or --rule), print winners and agreement."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own annotation is not a class variable

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare file, rule and form of the output."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--rule",
            default="",
            help="greedy, greedy-threshold, greedy-no-skip, or equalshares[-cardinality][/add1|/add1exhaustive]"
            "[-greedy][-comparison]; without it the rule of the header",
        )
        parser.add_argument("--json", action="store_true", help="one line of JSON")
        parser.add_argument("--explain", action="store_true", help="one sentence for each project")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count and say what came of it."""
        del args
        begun = time.perf_counter()
        read = self._read(options["file"])
        rule, is_official = _rule(read, options["rule"])
        loaded = time.perf_counter()
        outcome = allocate(read.election, rule)
        ended = time.perf_counter()
        report = _report(options["file"], read, outcome, is_official=is_official)
        report["seconds"] = {"read": round(loaded - begun, 3), "count": round(ended - loaded, 3)}
        report["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
        if options["explain"]:
            writing = Writing(read.election, read.kind, rule.threshold_on)
            report["why"] = {
                read.election.projects[reason.place].key: writing.sentence(reason)
                for reason in explain(read.election, outcome)
            }
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self._tell(report)

    def _read(self, file: Path) -> PbFile:
        try:
            return opened(file)
        except OSError as error:
            raise CommandError(_("%(file)s cannot be read: %(reason)s") % _told(file, error.strerror)) from error
        except FileUnreadable as refusal:
            for fault in refusal.faults:
                self.stderr.write(f"{file}:{fault.line}: {fault.text}")
            raise CommandError(_("%(file)s cannot be counted") % _told(file)) from refusal

    def _tell(self, report: dict[str, Any]) -> None:
        told = {
            **report,
            "official": report["official_rule"] or _("nothing"),
            "count": len(report["winners"]),
            "named": ", ".join(report["winners"]),
            "agreement": {
                True: _("the same as the official winners"),
                False: _("not the same as the official winners"),
                None: _("not compared with official winners"),
            }[report["agrees"]],
            "read": report["seconds"]["read"],
            "counted": report["seconds"]["count"],
        }
        self.stdout.write(_("%(file)s: %(projects)s projects, %(voters)s papers") % told)
        self.stdout.write(_("rule: %(rule)s (the file says: %(official)s)") % told)
        self.stdout.write(_("winners (%(count)s): %(named)s") % told)
        self.stdout.write(_("spent %(spent)s of %(budget)s; %(agreement)s") % told)
        if report["agrees"] is None:
            self.stdout.write(f"  {report['because']}")
        if report["only_here"]:
            self.stdout.write(_("  only here: %(keys)s") % {"keys": ", ".join(report["only_here"])})
        if report["only_official"]:
            self.stdout.write(_("  only in the file: %(keys)s") % {"keys": ", ".join(report["only_official"])})
        self.stdout.write(
            _(
                "%(voters_with_something)s voters got at least one project that they named (%(runs)s runs of equal shares)"
            )
            % told
        )
        for line in report["duplicates"] + report["notes"]:
            self.stdout.write(f"  {line}")
        for key, sentence in report.get("why", {}).items():
            self.stdout.write(f"{key}: {sentence}")
        self.stdout.write(_("read %(read)s s, counted %(counted)s s, %(peak_mb)s MB") % told)


def _told(file: Path, reason: str | None = "") -> dict[str, str]:
    return {"file": str(file), "reason": reason or ""}


def _rule(read: PbFile, asked: str) -> tuple[Rule, bool]:
    """Return the rule to apply, and whether it is the one of the header."""
    if asked:
        rule = read.rule_named(asked)
        if rule is None:
            raise CommandError(_("no rule is called “%(rule)s”") % {"rule": asked})
        return rule, rule == read.rule
    return (read.rule, True) if read.rule is not None else (Rule(threshold=read.threshold), False)


def _report(file: Path, read: PbFile, outcome: Allocation, *, is_official: bool) -> dict[str, Any]:
    election = read.election
    winners = frozenset(outcome.winners)
    comparable = is_official and read.selected is not None
    official = read.selected or frozenset()

    def keys(places: frozenset[int]) -> list[str]:
        return [election.projects[place].key for place in sorted(places)]

    because = "" if comparable else _("the file does not name its winners")
    if not is_official:
        because = _("this is not the rule that the file names")
    return {
        "file": file.name,
        "rule": outcome.rule.code,
        "parameters": outcome.rule.document(),
        "official_rule": read.meta.get("rule", ""),
        "projects": len(election.projects),
        "voters": election.voters,
        "budget": float(election.budget / election.unit),
        "spent": float(outcome.spent / election.unit),
        "winners": [election.projects[place].key for place in outcome.winners],
        "agrees": winners == official if comparable else None,
        "because": because,
        "only_here": keys(winners - official) if comparable else [],
        "only_official": keys(official - winners) if comparable else [],
        "runs": outcome.runs,
        "voters_with_something": satisfaction(election, outcome.winners).with_something,
        "duplicates": [str(fault) for fault in read.duplicates],
        "notes": [str(fault) for fault in read.notes],
    }
