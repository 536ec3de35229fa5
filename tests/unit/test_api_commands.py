"""`roughcut serve` and `roughcut keys` before anything is served."""

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.api.server import listening_socket
from agent.cli import app
from agent.errors import SetupMissing


@pytest.fixture
def roughcut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command with a home of its own."""
    monkeypatch.setenv("ROUGHCUT_HOME", str(tmp_path))
    monkeypatch.delenv("ROUGHCUT_DATABASE_URL", raising=False)

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


def test_where_there_is_no_key_the_list_says_how_to_make_one(roughcut):
    """An empty table would leave open who is served."""
    listed = roughcut("keys", "list")

    assert listed.exit_code == 0
    assert "roughcut keys add" in listed.stdout


def test_a_key_is_shown_once(roughcut, tmp_path: Path):
    """The list tells whose it is and what it allows; neither it nor the database has the key."""
    secret = roughcut("keys", "add", "studio", "--jobs-per-day", 5).stdout.strip()
    listed = roughcut("keys", "list", "--json").stdout

    [key] = json.loads(listed)
    assert secret.startswith("rck_")
    assert (key["name"], key["tenant"], key["quotas"]) == ("studio", "studio", {"jobs_per_day": 5})
    assert secret not in listed
    assert not [
        path for path in tmp_path.iterdir() if path.is_file() and secret.encode() in path.read_bytes()
    ]


def test_keys_of_one_tenant_share_its_things(roughcut):
    """So that one can take the place of another."""
    keys = [
        json.loads(roughcut("keys", "add", name, "--tenant", "studio", "--json").stdout)
        for name in ("old", "new")
    ]

    assert [key["tenant"] for key in keys] == ["studio", "studio"]
    assert keys[0]["secret"] != keys[1]["secret"]


def test_a_key_is_revoked_by_its_name(roughcut):
    """It stays in the list; one that there is not is bad input."""
    roughcut("keys", "add", "studio")

    revoked = roughcut("keys", "revoke", "studio")
    unknown = roughcut("keys", "revoke", "nobody")

    assert (revoked.exit_code, unknown.exit_code) == (0, 2)
    [key] = json.loads(roughcut("keys", "list", "--json").stdout)
    assert key["revoked_at"] is not None
    assert "studio" in roughcut("keys", "list").stdout


def test_a_port_that_is_taken_is_told():
    """And another one suggested."""
    with (
        listening_socket("127.0.0.1", 0) as taken,
        pytest.raises(SetupMissing, match="Cannot listen") as refused,
    ):
        listening_socket("127.0.0.1", taken.getsockname()[1])

    assert "--port" in refused.value.hint


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_loopback_of_either_kind_is_listened_on():
    """127.0.0.1 and ::1."""
    with listening_socket("::1", 0) as listening:
        assert listening.family == socket.AF_INET6
