"""The evaluation job over a district's plans: closed collections to results, next to one SQL aggregate (docs/performance.md).

Plans, invitations and answers come in by COPY. Round by round the same scores are made by one statement, which reads
every answer and writes nothing (the limit), by one that writes a bare result, entry, event and move for each plan, by the
calculation alone (answers read in parts, nothing written), and by the product's job with its results in full, entries in
the trail, events and progress: in this process, and in two Celery workers, of which the most memory is told. All must
agree to the hundredth.

The goal is 100,000 plans with 3,000,000 answers: `--plans 100000 --rounds 1 --growth-from 10000` measures 300,000 answers
first, in a database of its own, and tells by how much the time per plan grows.

    python3 run.py bench evaluation [--plans 10000] [--answers 30] [--rounds 5] [--growth-from 0]
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import psutil
from django.db import connection
from psycopg2 import extensions, sql

import projects.tasks
from bench import measure
from bench._web import database_processes, processor_seconds
from bench._workers import celery_workers, peak_memory, work_off
from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.jobs import operations as jobs
from projects.evaluation import operations
from projects.evaluation.computing import CHUNK, results_of
from projects.evaluation.models import Cause, EvaluationPlan, EvaluationResult

assert projects.tasks  # its import registers what does the jobs

READS = "one SQL aggregate, nothing written"
WRITES = "one SQL aggregate, scores and moves written"
FIRST = 10_000_000
QUESTIONS = ((3, False), (2, False), (2, False), (3, True))
"""Weight, whether it counts as satisfaction."""
EFFECTS = ("projects_evaluationresult", "outbox_outboxevent", "audit_auditentry", "jobs_job")
FILLED = ("projects_evaluationplan", "projects_evaluationtask", "projects_evaluationanswer")

# The score of every plan, exact and cut off, by one aggregate over all answers.
AGGREGATE = """
WITH points AS (
    SELECT answer.plan_id, answer.party, count(DISTINCT answer.id) AS answers,
        sum(question.weight * 25 * ((mark.value #>> '{}')::int - 1))::numeric AS points
    FROM projects_evaluationanswer answer
    JOIN projects_evaluationplan plan ON plan.id = answer.plan_id
    CROSS JOIN LATERAL jsonb_each(answer.marks) mark
    JOIN projects_templatequestion question
        ON question.template_id = plan.template_id AND question.number = mark.key::int
    GROUP BY answer.plan_id, answer.party
), weight AS (
    SELECT template_id, sum(weight) AS total FROM projects_templatequestion GROUP BY template_id
)
SELECT plan.id, trunc(sum(
    CASE points.party WHEN 'PARTY_ORGANIZATION' THEN plan.weight_party WHEN 'RESIDENTS' THEN plan.weight_residents
        ELSE plan.weight_third END * points.points / (points.answers * weight.total)
) / 100, 2)
FROM points JOIN projects_evaluationplan plan ON plan.id = points.plan_id
JOIN weight ON weight.template_id = plan.template_id
GROUP BY plan.id
"""

# The same, and a result, an entry in the trail, an event and the move of the plan for each, as the job writes them; the
# details of the calculation, which is what the job works on, are left out.
WRITTEN = f"""
WITH score AS ({AGGREGATE.replace("SELECT plan.id, trunc(", "SELECT plan.id AS plan, trunc(").replace("/ 100, 2)", "/ 100, 2) AS score")}),
actor AS (SELECT id FROM accounts_user WHERE kind = 'SYSTEM' LIMIT 1),
result AS (
    INSERT INTO projects_evaluationresult (plan_id, version, cause, score, grade, answers, invited, satisfied,
        valid_for_satisfaction, details, digest, computed_at)
    SELECT plan, 1, 'CLOSING', score, 'PASS', 30, 30, 0, 0, '{{}}', repeat('0', 64), now() FROM score RETURNING plan_id, score
), trail AS (
    INSERT INTO audit_auditentry (at, actor_id, verb, object_label, object_key, object_name, before, after, reason, basis)
    SELECT now(), actor.id, 'projects.evaluation.compute', 'projects.EvaluationPlan', plan_id::text, '', '{{}}', '{{}}', '', ''
    FROM result, actor
), event AS (
    INSERT INTO outbox_outboxevent (event_id, topic, object_label, object_key, payload, created_at, due_at, attempts, last_error)
    SELECT gen_random_uuid(), 'projects.evaluation.computed', 'projects.EvaluationPlan', plan_id::text,
        jsonb_build_object('score', score::text), now(), now(), 0, '' FROM result
)
UPDATE projects_evaluationplan SET status = 'COMPUTED', computed_at = now() FROM result WHERE id = result.plan_id
"""

Row = tuple[Any, ...]


def fill(owner: extensions.connection, plans: int, answers: int) -> None:
    """Insert closed plans with their invitations and answers; nothing is random."""
    with owner, owner.cursor() as cursor:
        user, division, template = _ground(cursor)
    _switch(owner, "DISABLE")
    try:
        with owner, owner.cursor() as cursor:
            _copy(cursor, "projects_evaluationplan", (
                "id,title,subject_kind,subject_name,division_id,template_id,period_from,period_to,weight_party,"
                "weight_residents,weight_third,minimum_answers,grade_cuts,opens_on,closes_on,review_note,status,planned_at,"
                "planned_by_id,opened_at,closed_at"), _plans(plans, division, template, user))  # fmt: skip
            _copy(cursor, "projects_evaluationtask",
                "id,plan_id,party,method,number,token_hash,invited_at,invited_by_id", _tasks(plans, answers, user))  # fmt: skip
            _copy(cursor, "projects_evaluationanswer",
                "id,plan_id,task_id,party,method,marks,comment,source,answered_at", _answers(plans, answers))  # fmt: skip
    finally:
        _switch(owner, "ENABLE")
    _settle(owner, FILLED)


def _ground(cursor: extensions.cursor) -> tuple[int, int, int]:
    """Insert the user, the place and the template that everything hangs on."""
    user = _one(
        cursor,
        "INSERT INTO accounts_user (username, password, kind, display_name, phone, phone_verified, is_active,"
        " is_elder_mode, joined_at) VALUES ('generator', '!', 'STAFF', '', '', false, true, false, now()) RETURNING id",
    )
    division = _one(
        cursor,
        "INSERT INTO communities_division (id, name, short_name, tier, level, path, status, is_stub, urban_rural_class)"
        " VALUES (%s, '国', '国', 1, 'PROVINCE', %s, 'ACTIVE', false, '') RETURNING id",
        FIRST,
        f"/{FIRST}/",
    )
    template = _one(
        cursor,
        "INSERT INTO projects_evaluationtemplate"
        " (key, version, title, subject_kind, methods, status, drafted_at, drafted_by_id)"
        " VALUES ('bench', 1, 'bench', 'COMMITTEE', '{}', 'DRAFT', now(), %s) RETURNING id",
        user,
    )
    for number, (weight, satisfaction) in enumerate(QUESTIONS, start=1):
        cursor.execute(
            "INSERT INTO projects_templatequestion (template_id, number, text, weight, is_satisfaction, duty)"
            " VALUES (%s, %s, '?', %s, %s, '')",
            [template, number, weight, satisfaction],
        )
    cursor.execute("UPDATE projects_evaluationtemplate SET status = 'PUBLISHED' WHERE id = %s", [template])
    return user, division, template


def _one(cursor: extensions.cursor, statement: str, *parameters: Any) -> int:
    cursor.execute(statement, parameters or None)
    return int(cursor.fetchone()[0])


def _plans(plans: int, division: int, template: int, user: int) -> Iterator[Row]:
    cuts = '{"EXCELLENT": 90, "GOOD": 75, "PASS": 60}'
    for number in range(plans):
        yield (
            *(FIRST + number, f"评估{number}", "COMMITTEE", f"社区{number}", division, template),
            *("2026-01-01", "2026-06-30", 30, 40, 30, 30, cuts, "2026-07-01", "2026-07-31", "", "CLOSED"),
            *("2026-06-30 09:00+08", user, "2026-07-01 09:00+08", "2026-08-01 00:05+08"),
        )


def _party(number: int, answers: int) -> tuple[str, str]:
    """Return who gives the answer of this place: one of the party, one of the third party, residents the rest."""
    if number == 0:
        return "PARTY_ORGANIZATION", "MEETING"
    return ("THIRD_PARTY", "INTERVIEW") if number == answers - 1 else ("RESIDENTS", "QUESTIONNAIRE")


def _tasks(plans: int, answers: int, user: int) -> Iterator[Row]:
    for plan in range(plans):
        for number in range(answers):
            key = plan * answers + number
            yield (
                *(FIRST + key, FIRST + plan, *_party(number, answers), number + 1, f"{key:064x}"),
                *("2026-07-01 09:00+08", user),
            )


def _answers(plans: int, answers: int) -> Iterator[Row]:
    for plan in range(plans):
        for number in range(answers):
            key = plan * answers + number
            marks = [1 + (key * 7919 // (place * 3 + 1)) % 5 for place in range(len(QUESTIONS))]
            text = ", ".join(f'"{place}": {mark}' for place, mark in enumerate(marks, start=1))
            yield (
                *(FIRST + key, FIRST + plan, FIRST + key, *_party(number, answers), f"{{{text}}}"),
                *("", "WEB", "2026-07-02 09:00+08"),
            )


def _copy(cursor: extensions.cursor, table: str, columns: str, rows: Iterator[Row]) -> None:
    """Bring rows in by COPY, in pieces that fit into memory."""
    buffer = io.StringIO()

    def flush() -> None:
        buffer.seek(0)
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", buffer)
        buffer.seek(0)
        buffer.truncate()

    for number, row in enumerate(rows, start=1):
        buffer.write("\t".join(str(value) for value in row) + "\n")
        if number % 50_000 == 0:
            flush()
    flush()


def _switch(owner: extensions.connection, how: str) -> None:
    """Switch the row triggers off or on: the rows come from another system, finished."""
    with owner, owner.cursor() as cursor:
        for table in FILLED:
            cursor.execute(sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(table), sql.SQL(how)))


def _settle(owner: extensions.connection, tables: tuple[str, ...]) -> None:
    owner.autocommit = True
    try:
        with owner.cursor() as cursor:
            for table in tables:
                cursor.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))
    finally:
        owner.autocommit = False


def empty(owner: extensions.connection) -> None:
    """Take back what computing has written, so that it can be measured again."""
    _switch(owner, "DISABLE")
    with owner, owner.cursor() as cursor:
        names = sql.SQL(", ").join(map(sql.Identifier, EFFECTS))
        cursor.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))
        cursor.execute("UPDATE projects_evaluationplan SET status = 'CLOSED', computed_at = NULL")
    _switch(owner, "ENABLE")
    _settle(owner, (*EFFECTS, FILLED[0]))


def one_statement(owner: extensions.connection, expected: dict[int, Decimal]) -> float:
    """Make every score by one aggregate."""
    with owner, owner.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(AGGREGATE)
        found = dict(cursor.fetchall())
        taken = time.perf_counter() - began
    expected.update(found)
    return taken


def calculation(expected: dict[int, Decimal]) -> float:
    """Make every result without writing it."""
    began = time.perf_counter()
    keys = list(EvaluationPlan.objects.order_by("pk").values_list("pk", flat=True))
    found = {}
    for first in range(0, len(keys), CHUNK):
        rows = EvaluationPlan.objects.filter(pk__in=keys[first : first + CHUNK]).select_related("template")
        chunk = list(rows.prefetch_related("template__questions").order_by("pk"))
        for result in results_of(chunk, now=clock.now(), cause=Cause.CLOSING):
            found[result.plan_id] = result.score
    taken = time.perf_counter() - began
    _agree(found, expected)
    return taken


def the_job(owner: extensions.connection, expected: dict[int, Decimal]) -> float:
    """Make every result by the product's job in this process."""
    empty(owner)
    actor = system_actor()
    began = time.perf_counter()
    operations.compute_due(by=actor, now=clock.now())
    while jobs.run_due(by=actor, clock=clock.now):
        pass
    taken = time.perf_counter() - began
    _agree(dict(EvaluationResult.objects.values_list("plan", "score")), expected)
    return taken


def two_workers(owner: extensions.connection, expected: dict[int, Decimal], queue: str) -> float:
    """Make every result by the product's job in the Celery workers, closed and queued by the clock's own task."""
    empty(owner)
    taken = work_off("evaluation.tick", queue)
    _agree(dict(EvaluationResult.objects.values_list("plan", "score")), expected)
    return taken


def statement_that_writes(owner: extensions.connection, expected: dict[int, Decimal]) -> float:
    """Make every score by one aggregate and write what the job writes, without the calculation's details."""
    empty(owner)
    with owner, owner.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(WRITTEN)
        owner.commit()
        taken = time.perf_counter() - began
    _agree(dict(EvaluationResult.objects.values_list("plan", "score")), expected)
    return taken


def _agree(found: dict[int, Any], expected: dict[int, Decimal]) -> None:
    """Refuse to report figures of a run that has found other scores than the statement."""
    if found != expected:
        different = [key for key in expected if found.get(key) != expected[key]][:3]
        message = f"{len(found)} of {len(expected)} scores; first that differ: {different}"
        raise RuntimeError(message)


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=int, default=10_000)
    parser.add_argument("--answers", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--growth-from", type=int, default=0, help="plans of a smaller run before, to tell the growth")
    asked = parser.parse_args()
    smaller: dict[str, list[float]] = {}
    if asked.growth_from:
        with measure.scratch_database("evaluation_small"):
            smaller, _used, _memory = _run(asked, asked.growth_from)
            connection.close()
    with measure.scratch_database("evaluation"):
        return _report(asked, smaller)


Times = dict[str, list[float]]
JOB = "the whole job, one process"
JOBS = "the whole job, two Celery workers"


def _run(asked: argparse.Namespace, plans: int) -> tuple[Times, Times, float]:
    """Run every case in every round over so many plans."""
    owner, queue = measure.raw(), f"bench-{os.getpid()}"
    fill(owner, plans, asked.answers)
    expected: dict[int, Decimal] = {}
    one_statement(owner, expected)
    used: dict[str, list[float]] = {}
    with celery_workers(queue) as workers:

        def case(name: str, run: Callable[[], float]) -> measure.Case:
            used[name] = []

            def measured() -> float:
                before = processor_seconds([*database_processes(), *workers, psutil.Process()])
                taken = run()
                used[name].append(processor_seconds([*database_processes(), *workers, psutil.Process()]) - before)
                print(f"{name}: {taken:.1f} s", flush=True)
                return taken

            return measured

        times = measure.interleaved(
            {
                name: case(name, run)
                for name, run in {
                    READS: lambda: one_statement(owner, expected),
                    WRITES: lambda: statement_that_writes(owner, expected),
                    "calculation alone": lambda: calculation(expected),
                    JOB: lambda: the_job(owner, expected),
                    JOBS: lambda: two_workers(owner, expected, queue),
                }.items()
            },
            rounds=asked.rounds,
        )
        memory = peak_memory(workers)
    owner.close()
    return times, used, memory


def _report(asked: argparse.Namespace, smaller: Times) -> int:
    """Run over all plans and report."""
    times, used, memory = _run(asked, asked.plans)
    report = measure.Report(
        "evaluation", {"plans": asked.plans, "answers": asked.plans * asked.answers, "rounds": asked.rounds}
    )
    for name, values in times.items():
        report.line(name, values, unit="s", limit="" if name == READS else READS)
    for name in (JOB, JOBS):
        report.line(f"{name}, per plan", [1000 * taken / asked.plans for taken in times[name]], unit="ms")
        report.line(
            f"{name}, to the statement that writes",
            [ours / theirs for ours, theirs in zip(times[name], times[WRITES], strict=True)],
            unit="×",
        )
        report.line(f"{name}, processor time, with taking back", used[name], unit="s")
    for name, values in smaller.items():
        grown = [
            (large / asked.plans) / (small / asked.growth_from)
            for large, small in zip(times[name], values, strict=True)
        ]
        answers = asked.growth_from * asked.answers
        report.line(f"{name}, growth per plan from {answers:,} answers", grown, unit="×")
    report.line("most memory of a worker", [memory], unit="MB")
    connection.close()
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
