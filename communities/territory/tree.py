"""The path column in step with the tree: ids drawn before the INSERT, subtrees moved in one statement.

Below `operations`, in a module of its own because the factories of tests and the importer know the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from communities.territory.models import Division

# The moved roots lie in subtrees of one tier, so no row belongs to two of them. The range of a path prefix is spelled
# out ("/" is followed by "0" in byte order), because LIKE can't use the index with a prefix from a column.
MOVE = """
    UPDATE communities_division AS d
    SET path = moved.path || substr(d.path, length(moved.was) + 1),
        parent_id = CASE WHEN d.id = moved.id THEN moved.parent_id ELSE d.parent_id END
    FROM (
        SELECT r.id, r.path AS was, p.id AS parent_id, COALESCE(p.path, '/') || r.id || '/' AS path
        FROM unnest(%(roots)s::bigint[], %(parents)s::bigint[]) AS wanted (id, parent_id)
        JOIN communities_division r ON r.id = wanted.id
        LEFT JOIN communities_division p ON p.id = wanted.parent_id
        WHERE r.parent_id IS DISTINCT FROM wanted.parent_id
    ) AS moved
    WHERE d.path >= moved.was AND d.path < left(moved.was, -1) || '0'
"""


def draw_ids(count: int) -> list[int]:
    """Draw ids for new divisions, whose paths need them before the INSERT; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('communities_division', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [int(row[0]) for row in cursor.fetchall()]


def path_below(parent: Division | None, key: int) -> str:
    """Return the path of a division below its parent."""
    return f"{parent.path if parent else '/'}{key}/"


def move(parents: Mapping[int, int | None]) -> None:
    """Hang divisions (by id) below other parents, with everything below them; one statement.

    The divisions must not lie within each other, nor a parent within one of them.
    """
    if parents:
        with connection.cursor() as cursor:
            cursor.execute(MOVE, {"roots": list(parents), "parents": list(parents.values())})
