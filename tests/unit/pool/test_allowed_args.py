"""Callers may change how pages look, and nothing else."""

from __future__ import annotations

import pytest

from browser_pool.allowed_args import refused_args


def test_what_changes_the_looks_is_allowed() -> None:
    """With the values that are known."""
    assert refused_args(["--force-device-scale-factor=1.5", "--force-dark-mode", "--disable-lcd-text"]) == []


@pytest.mark.parametrize(
    "arg",
    [
        "--no-sandbox",
        "--user-data-dir=/tmp/x",
        "--remote-debugging-address=0.0.0.0",
        "--remote-allow-origins=*",
        "--load-extension=/tmp/x",
        "--renderer-cmd-prefix=/tmp/x",
        "--proxy-server=evil.example",
        "--disable-web-security",
        "--force-dark-mode --no-sandbox",
        "--force-device-scale-factor=1.5\n--no-sandbox",
        "--force-device-scale-factor=1000",
        "--FORCE-DARK-MODE",
        "file:///etc/passwd",
        "",
    ],
)
def test_everything_else_is_refused(arg: str) -> None:
    """Also what hides behind something allowed."""
    assert refused_args(["--force-dark-mode", arg]) == [arg]
