"""What models and tools say is made such that both databases take it; the rest stays as it is."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite

from agent.store.columns import UtcTime, clean_json, clean_text


def test_text_loses_only_what_postgresql_refuses():
    """NUL and halves of surrogate pairs are replaced, emoji and line ends are not."""
    assert clean_text("a\0b\ud83dc\n\t🎬é") == "a\ufffdb\ufffdc\n\t🎬é"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"a\0": [float("nan"), float("inf"), 1.5, -0.0]}, {"a\ufffd": [None, None, 1.5, -0.0]}),
        ({1: (True, None), "deep": [{"x": "\udfff"}]}, {"1": [True, None], "deep": [{"x": "\ufffd"}]}),
        (Path("a/b"), "a/b"),
        ({3}, [3]),
        (2**70, 2**70),
    ],
)
def test_json_loses_only_what_it_has_no_form_for(value: object, kept: object):
    """NaN and infinities are null, keys are text, and what JSON does not know is told in words."""
    assert clean_json(value) == kept


def test_a_time_without_a_zone_is_refused():
    """It would be read as another time on another machine."""
    with pytest.raises(ValueError, match="zone"):
        UtcTime().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())

    assert UtcTime().process_result_value(datetime(2026, 1, 1), sqlite.dialect()) == datetime(
        2026, 1, 1, tzinfo=UTC
    )
