"""Every constraint, unique index and trigger of the money: a statement that it alone refuses, and not once it is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from tests.funds.prober import Prober, guards
from tests.sweep.world import build_world


class Undone(Exception):
    """Takes everything back."""


@pytest.mark.django_db(transaction=True)
def test_every_guard_alone_refuses_a_statement(owner: Callable[[], Any]) -> None:
    import time

    t0 = time.time()
    found, behind, left = {}, {}, []
    with owner(), pytest.raises(Undone), transaction.atomic():
        build_world()
        print("world", time.time() - t0)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            probers: dict[str, Prober] = {}
            for guard in guards():
                t = time.time()
                prober = probers.setdefault(guard.table, None) or Prober(cursor, guard.table)
                probers[guard.table] = prober
                if hit := prober.find(guard):
                    found[guard.label] = hit
                elif guard.kind != "t" and (hit := prober.find_behind(guard)):
                    behind[guard.label] = hit
                else:
                    left.append((guard.label, len(prober.rows), guard.text[:200]))
                if time.time() - t > 3:
                    print("slow", guard.label, time.time() - t)
        raise Undone
    print(len(found), len(behind), len(left), time.time() - t0)
    with open("/tmp/wl/left.txt", "w") as f:
        f.write(
            "\n".join(map(str, left))
            + "\n\nBEHIND\n"
            + "\n".join(f"{k}: {v}" for k, v in behind.items())
            + "\n\nFOUND\n"
            + "\n".join(f"{k}: {v}" for k, v in found.items())
        )
