"""Taking the indexes and constraints of tables away before a load, and making them again after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype IN ('p', 'u', 'f') AND (conrelid::regclass::text = ANY(%(tables)s)
    OR (contype = 'f' AND confrelid::regclass::text = ANY(%(tables)s)))
ORDER BY contype = 'f' DESC, conname
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid::regclass::text = ANY(%(tables)s)
AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


def take_away(db: psycopg.Connection[Any], tables: Sequence[str]) -> list[str]:
    """Answers with the statements that bring them back, keys first and what refers to them last."""
    constraints = db.execute(_CONSTRAINTS, {"tables": list(tables)}).fetchall()
    indexes = db.execute(_INDEXES, {"tables": list(tables)}).fetchall()
    for table, name, _definition in constraints:
        db.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(_table(table), sql.Identifier(name)))
    for name, _definition in indexes:
        db.execute(sql.SQL("DROP INDEX {}").format(_table(name)))
    back = [
        f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {made}' for table, name, made in reversed(constraints)
    ]
    return (
        [one for one in back if "FOREIGN KEY" not in one]
        + [made for _name, made in indexes]
        + [one for one in back if "FOREIGN KEY" in one]
    )


def _table(name: str) -> sql.SQL:
    return sql.SQL(name)  # the catalogue quotes what needs it
