"""`roughcut pool keys`, `haproxy` and `serve`, as a person types them."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli import app
from browser_pool.haproxy import configuration, parse_nodes

NODES = ["n1=10.0.0.1:8080:10", "n2=10.0.0.2:8080:20"]


def pool(*arguments: object):
    return CliRunner().invoke(app, ["pool", *map(str, arguments)])


def test_a_key_is_shown_once_and_kept_as_a_hash(tmp_path: Path):
    """Only its owner reads the file, and not even there is the key."""
    file = tmp_path / "keys.json"

    made = pool("keys", "studio", "--file", file, "--max-sessions", 3, "--admin")

    key = made.stdout.strip()
    (stored,) = json.loads(file.read_text())
    assert made.exit_code == 0
    assert key.startswith("rcp_")
    assert stored == {
        "name": "studio",
        "sha256": hashlib.sha256(key.encode()).hexdigest(),
        "max_sessions": 3,
        "admin": True,
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_keys_are_listed_kept_apart_and_taken_away(tmp_path: Path):
    """A name has one key; the others stay when it goes."""
    file = tmp_path / "keys.json"
    pool("keys", "studio", "--file", file)
    pool("keys", "lab", "--file", file)

    again = pool("keys", "studio", "--file", file)
    listed = pool("keys", "--file", file)
    removed = pool("keys", "studio", "--file", file, "--remove")
    unknown = pool("keys", "studio", "--file", file, "--remove")

    assert again.exit_code == unknown.exit_code == 2
    assert "studio" in listed.stdout
    assert "lab" in listed.stdout
    assert removed.exit_code == 0
    assert [key["name"] for key in json.loads(file.read_text())] == ["lab"]


@pytest.mark.parametrize("content", ["", "{}", '[{"name": "x"}]', '[{"key": "rcp_secret"}]'])
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, content: str):
    """And what is in it is not repeated."""
    file = tmp_path / "keys.json"
    file.write_text(content)

    refused = pool("keys", "studio", "--file", file)

    assert refused.exit_code == 1
    assert file.read_text() == content
    assert "rcp_secret" not in refused.output


def test_the_balancer_is_printed_from_options_and_from_a_list(tmp_path: Path):
    """The same configuration, ready for a file."""
    file = tmp_path / "nodes.toml"
    file.write_text(
        "".join(
            f"[[node]]\nname='{node.name}'\nhost='{node.host}'\nslots={node.slots}\n"
            for node in parse_nodes(NODES).node
        )
    )

    from_options = pool("haproxy", *[part for node in NODES for part in ("--node", node)])
    from_list = pool("haproxy", "--list", file)

    assert from_options.exit_code == from_list.exit_code == 0
    assert from_options.stdout == from_list.stdout == configuration(parse_nodes(NODES))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Expected at least one node, found none"),
        (("--node", "n1"), "found 'n1'"),
        (("--node", "n1=h:1:0"), "slots: Input should be greater than or equal to 1, found 0"),
        (("--node", NODES[0], "--node", NODES[0]), "expected nodes with names of their own"),
        (("--list", "/nowhere/nodes.toml"), "No such file"),
        (("--node", NODES[0], "--bind", "a b"), "bind: "),
    ],
)
def test_a_bad_list_is_bad_input(arguments: tuple[str, ...], said: str):
    """It says what was found; nothing is printed that somebody would redirect into a file."""
    refused = pool("haproxy", *arguments)

    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert said in " ".join(refused.stderr.split())
    assert "validation error" not in refused.stderr


def test_without_nodes_an_example_is_shown():
    """Whoever tries the command first sees how nodes are written."""
    refused = pool("haproxy")

    assert "`roughcut pool haproxy --node n1=10.0.0.1:8080:20`" in " ".join(refused.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--node", "N-1"), "node"), (("--port", "70000"), "port"), (("--host", "0.0.0.0"), "API keys")],
)
def test_a_node_that_cannot_be_is_refused(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Before it listens: a bad name or port, or the world let in without keys."""
    monkeypatch.setenv("ROUGHCUT_POOL_HOME", str(tmp_path))

    refused = pool("serve", *arguments)

    assert refused.exit_code in (1, 2)
    assert said in refused.stderr


@pytest.mark.parametrize("url", ["", "ftp://pool", "not an address"])
def test_a_status_needs_an_address(url: str):
    """Of a pool; anything else is bad input."""
    refused = pool("status", *(["--pool", url] if url else []))

    assert refused.exit_code == 2
    assert "Error" in refused.stderr
