"""Column types that hold the same on SQLite and PostgreSQL, whatever a model or a tool puts into them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Float, FunctionElement, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

# Any: what JSON holds is checked by whoever reads it, against a model of its own.
JsonObject = Mapping[str, Any]
JsonList = list[Any]

_REFUSED = re.compile("[\0\ud800-\udfff]")


def clean_text(text: str) -> str:
    """The text with U+FFFD for NUL and lone surrogates, which PostgreSQL takes in neither text nor JSONB."""
    return _REFUSED.sub("\ufffd", text)


def clean_json(value: object) -> object:
    """The value as JSON that both databases take: NaN and infinities are null, text is clean, keys are text,
    and what JSON has no form for is its `str`.
    """
    match value:
        case str():
            return clean_text(value)
        case float():
            return value if math.isfinite(value) else None
        case None | bool() | int():
            return value
        case Mapping():
            return {clean_text(str(key)): clean_json(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [clean_json(item) for item in value]
        case _:
            return clean_text(str(value))


class CleanText(TypeDecorator[str]):
    """Text of any length."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean_text(value)


class CleanJson(TypeDecorator[object]):
    """A JSON value, JSONB on PostgreSQL; None is NULL. Assign whole values: no change within is noticed."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[object]:
        json = JSONB if dialect.name == "postgresql" else JSON
        return dialect.type_descriptor(json(none_as_null=True))

    def process_bind_param(self, value: object, dialect: Dialect) -> object:
        return clean_json(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, in UTC when it is read. SQLite, which keeps no zone, holds it in UTC too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"Expected a time with its zone, found {value.isoformat()}.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DatabaseTime(FunctionElement[float]):
    """Seconds since 1970 by the database's own clock, so that machines need not agree on the time."""

    type = Float()
    inherit_cache = True


@compiles(DatabaseTime, "postgresql")
def _on_postgresql(element: DatabaseTime, compiler: SQLCompiler, **options: object) -> str:
    # now() would stand still for the whole transaction, also while it waits for a lock.
    return "extract(epoch from clock_timestamp())::float8"


@compiles(DatabaseTime, "sqlite")
def _on_sqlite(element: DatabaseTime, compiler: SQLCompiler, **options: object) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"
