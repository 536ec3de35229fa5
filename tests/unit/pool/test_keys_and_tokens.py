"""Keys, tokens, origins, and what the log does not say."""

import logging
import stat
from datetime import UTC, datetime, timedelta

import pytest

from browser_pool.errors import Forbidden, PoolError, Unauthorised
from browser_pool.keys import KeyRing, new_key, read_keys, write_keys
from browser_pool.logs import LineFormatter, RedactedRecord
from browser_pool.origins import Origins
from browser_pool.settings import PoolSettings
from browser_pool.tokens import Signer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MINE = "n1-" + "m" * 22
OTHER = "n1-" + "o" * 22


def test_a_key_is_kept_as_its_hash(tmp_path):
    """The file holds no key, is its owner's only, gives back the tenant, and is lines of text."""
    file = tmp_path / "keys.json"
    key, stored = new_key("studio", max_sessions=2, admin=True)

    write_keys(file, [stored])
    tenant = KeyRing(read_keys(file)).tenant_of(key)

    assert (tenant.name, tenant.max_sessions, tenant.admin) == ("studio", 2, True)
    assert key not in file.read_text()
    assert file.read_text().endswith("]\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("given", ["", "rcp_", "rcp_" + "x" * 43, "é\n"])
def test_another_key_is_nobody(given):
    """A key that is not on the ring is 401."""
    _, stored = new_key("studio")

    with pytest.raises(Unauthorised):
        KeyRing([stored]).tenant_of(given)


def test_a_broken_keys_file_is_told(tmp_path):
    """A node does not start with keys that it cannot read."""
    (tmp_path / "keys.json").write_text('[{"name": "a", "key": "plain"}]')

    with pytest.raises(PoolError, match="cannot be read"):
        read_keys(tmp_path / "keys.json")


def test_a_token_opens_its_own_session():
    """A fresh token for the session and scope is accepted, by any node with the same secret."""
    token = Signer(b"shared").sign(MINE, "cdp", LATER)

    Signer(b"shared").check(token, MINE, "cdp", NOW)
    Signer(b"shared").check(token, MINE, "view", NOW)


@pytest.mark.parametrize(
    ("token", "session", "now"),
    [
        (Signer(b"other").sign(MINE, "cdp", LATER), MINE, NOW),
        (Signer(b"secret").sign(OTHER, "cdp", LATER), MINE, NOW),
        (Signer(b"secret").sign(MINE, "cdp", LATER), MINE, LATER),
        (Signer(b"secret").sign(MINE, "cdp", LATER)[:-1], MINE, NOW),
        ("x" + Signer(b"secret").sign(MINE, "cdp", LATER), MINE, NOW),
        ("", MINE, NOW),
        (".", MINE, NOW),
        ("é.é", MINE, NOW),
        ("a" * 10_000, MINE, NOW),
    ],
    ids=["secret", "session", "expired", "cut", "changed", "empty", "dot", "unicode", "long"],
)
def test_a_token_that_is_not_right(token, session, now):
    """Wrong secret, another session's, expired or no token at all: 401."""
    with pytest.raises(Unauthorised):
        Signer(b"secret").check(token, session, "cdp", now)


def test_watching_is_not_driving():
    """A token to watch opens neither CDP nor files: 403."""
    token = Signer(b"secret").sign(MINE, "view", LATER)

    for scope in ("cdp", "files"):
        with pytest.raises(Forbidden):
            Signer(b"secret").check(token, MINE, scope, NOW)


@pytest.mark.parametrize(
    ("host", "origin", "code"),
    [
        ("127.0.0.1:8080", None, None),
        ("localhost:8080", None, None),
        ("[::1]:8080", None, None),
        ("10.0.0.7:8080", None, None),
        (None, None, None),
        ("pool.example", None, None),
        ("n1.pool.internal:8080", None, None),
        ("pool.example", "https://pool.example", None),
        ("pool.example", "https://studio.example", None),
        ("evil.example", None, "foreign_host"),
        ("pool.example.evil.example", None, "foreign_host"),
        ("pool.internal.evil.example", None, "foreign_host"),
        ("[", None, "foreign_host"),
        ("", None, "foreign_host"),
        ("localhost:8080", "https://evil.example", "foreign_origin"),
        ("localhost:8080", "http://localhost:9090", "foreign_origin"),
        ("localhost:8080", "null", "foreign_origin"),
        ("localhost:8080", "http://[", "foreign_origin"),
    ],
)
def test_hosts_and_origins(host, origin, code):
    """Addresses, loopback and the configured names are let in; every other page and name is not."""
    settings = PoolSettings(
        _env_file=None,
        public_url="https://pool.example",
        allowed_hosts=".pool.internal",
        allowed_origins="https://studio.example",
    )
    headers = {name: value for name, value in (("host", host), ("origin", origin)) if value is not None}

    if code is None:
        Origins(settings).check(headers)
        return
    with pytest.raises(Forbidden) as refused:
        Origins(settings).check(headers)
    assert refused.value.code == code


def test_secrets_do_not_reach_a_log_line():
    """Message, arguments, data and traceback are without tokens and keys, for uvicorn's formatter too."""
    key, _ = new_key("studio")
    url = "/v1/sessions/x/cdp?token=abc.def&at=1"
    try:
        raise ValueError(f"cannot reach ws://host{url}")
    except ValueError as exc:
        failure = (ValueError, exc, exc.__traceback__)

    record = RedactedRecord("uvicorn", logging.INFO, "", 1, "%s - %s", (url, f"Bearer {key}"), failure)
    record.url = url
    line = LineFormatter().format(record)

    assert "abc" not in line
    assert key not in line
    assert "at=1" in line
    assert "abc" not in str(record.args)
