"""Connections outside Django's: for listening, nudging and the log's reader, which keep one open for long."""

from __future__ import annotations

from typing import Any

import psycopg
from django.conf import settings


def _parameters() -> dict[str, Any]:
    database = settings.DATABASES["default"]
    given = {
        "dbname": database["NAME"],
        "user": database.get("USER"),
        "password": database.get("PASSWORD"),
        "host": database.get("HOST"),
        "port": database.get("PORT"),
    }
    options = {key: value for key, value in database.get("OPTIONS", {}).items() if key != "pool"}
    return {key: value for key, value in given.items() if value} | options


def plain_connection(*, autocommit: bool = False) -> psycopg.Connection[Any]:
    return psycopg.connect(**_parameters(), autocommit=autocommit)


async def plain_async_connection(*, autocommit: bool = False) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(**_parameters(), autocommit=autocommit)
