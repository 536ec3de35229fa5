"""HAProxy's configuration is made from a list of nodes, and HAProxy itself finds it sound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from browser_pool.agent_check import LEAST_PERCENT, Capacity, agent_line
from browser_pool.haproxy import BadNodeList, Balancer, configuration, parse_nodes, read_nodes
from tests.balancer import require_sound
from tests.certificates import self_signed

THREE = ["n1=10.0.0.1:8080:10", "n2=10.0.0.2:8080:20:9999", "n3=[::1]:8080:40"]


def weights(text: str) -> dict[str, int]:
    return {name: int(weight) for name, weight in re.findall(r"server (\w+) .* weight (\d+)", text)}


@pytest.mark.parametrize(
    "balancer",
    [Balancer(), Balancer(resolve=True), Balancer(admin_socket="/tmp/admin.sock", longest_session_s=60)],
    ids=["plain", "names that come and go", "admin socket"],
)
def test_haproxy_takes_what_is_generated(balancer: Balancer, tmp_path: Path):
    """Without an error and without a warning."""
    require_sound(configuration(parse_nodes(THREE, balancer)), tmp_path)


def test_haproxy_takes_a_certificate(tmp_path: Path):
    """TLS offers HTTP/1.1 only: WebSockets over HTTP/2 are another protocol."""
    certificate = self_signed(tmp_path)
    text = configuration(parse_nodes(THREE, Balancer(certificate=str(certificate))))

    require_sound(text, tmp_path)
    assert f"ssl crt {certificate} alpn http/1.1" in text


def test_weights_are_as_the_slots():
    """A node with twice the slots gets twice the sessions."""
    assert weights(configuration(parse_nodes(THREE))) == {"n1": 64, "n2": 128, "n3": 256}


def test_a_full_node_keeps_a_weight():
    """HAProxy rounds the agent's percentage of a weight down; at none it would drop the node."""
    text = configuration(parse_nodes(["big=h:1:1000", "small=h:3:1"]))

    assert weights(text)["small"] * LEAST_PERCENT // 100 == 1
    assert agent_line(Capacity(free=0, slots=8, draining=False)) == f"ready up {LEAST_PERCENT}%\n"


def test_each_node_has_a_backend_without_an_agent():
    """Neither drain nor load keeps a session from its client."""
    text = configuration(parse_nodes(THREE))
    backends = dict(re.findall(r"backend (\w+)\n((?:    .*\n)+)", text))

    assert {"node_n1", "node_n2", "node_n3"} < set(backends)
    assert not [name for name, body in backends.items() if name.startswith("node_") and "agent" in body]
    assert "agent-port 9999" in backends["create"]


def test_a_wish_can_be_sent_to_another_node():
    """HAProxy keeps the whole of it for that, also where the body comes after the headers."""
    create = dict(re.findall(r"backend (\w+)\n((?:    .*\n)+)", configuration(parse_nodes(THREE))))["create"]

    assert "option http-buffer-request" in create
    assert "retry-on conn-failure 503" in create


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["n1"],
        ["N1=a:1:1"],
        ["n-1=a:1:1"],
        ["n1=a b:1:1"],
        ["n1=a:0:1"],
        ["n1=a:70000:1"],
        ["n1=a:1:0"],
        ["n1=a:1:1", "n1=b:1:1"],
        ["n1='a:1:1"],
    ],
)
def test_what_is_no_node_is_refused(texts: list[str]):
    """Nothing gets into the configuration that HAProxy would read as something else."""
    with pytest.raises(BadNodeList):
        parse_nodes(texts)


@pytest.mark.parametrize(
    "text",
    ["", "[[node]]\nname='n1'", "node = 3", "[[node]]\nname='n1'\nhost='h'\nslots=1\nweight=2", "]"],
)
def test_a_list_with_anything_else_in_it_is_refused(text: str, tmp_path: Path):
    """A typo in a list of nodes is not silent."""
    file = tmp_path / "nodes.toml"
    file.write_text(text)

    with pytest.raises(BadNodeList, match="no list of nodes"):
        read_nodes(file)
