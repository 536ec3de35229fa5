"""HAProxy's configuration for some nodes: creation goes by free slots, all else to the node an id names."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from browser_pool.agent_check import LEAST_PERCENT

NODE_NAME = r"[a-z0-9]{1,16}"

# HAProxy ends at 256. The agent names percent of this weight, rounded down: with a weight of 0 nothing comes.
_GREATEST_WEIGHT = 256
_LEAST_WEIGHT = 100 // LEAST_PERCENT
_FEWEST_RETRIES = 3
_MOST_RETRIES = 8
_RETRY_AFTER_S = 2
_NODE = re.compile(
    rf"(?P<name>{NODE_NAME})=(?P<host>\[[0-9a-fA-F:]+\]|[^:\s=]+):(?P<port>\d+):(?P<slots>\d+)(:(?P<agent_port>\d+))?"
)


class BadNodeList(ValueError):
    """What was given names no nodes, or names them in no way that this module knows."""


@dataclass(frozen=True)
class PoolNode:
    """Where a node listens, and how many sessions it has room for."""

    name: str
    host: str
    port: int
    slots: int
    agent_port: int

    @classmethod
    def parse(cls, text: str) -> PoolNode:
        """A node written as `name=host:port:slots` or `name=host:port:slots:agent_port`.

        Without an agent port it is the one after *port*. Raises `BadNodeList`.
        """
        found = _NODE.fullmatch(text)
        if found is None:
            raise BadNodeList(f"Expected a node such as n1=10.0.0.1:8080:20, got {text!r}.")
        port = int(found["port"])
        node = cls(
            name=found["name"],
            host=found["host"],
            port=port,
            slots=int(found["slots"]),
            agent_port=int(found["agent_port"] or port + 1),
        )
        node.require_sense()
        return node

    def require_sense(self) -> None:
        """Raises `BadNodeList` if this cannot be a node."""
        if not re.fullmatch(NODE_NAME, self.name):
            raise BadNodeList(f"A node's name is 1 to 16 of a-z and 0-9, not {self.name!r}.")
        if not re.fullmatch(r"[\w.:\[\]-]+", self.host):
            raise BadNodeList(f"Node {self.name}: {self.host!r} is no host.")
        if not (0 < self.port < 65536 and 0 < self.agent_port < 65536 and self.slots > 0):
            raise BadNodeList(f"Node {self.name}: ports are 1 to 65535 and there is at least one slot.")


@dataclass(frozen=True)
class Balancer:
    """How HAProxy itself runs. *resolve*: hosts are names that come and go, as pods do."""

    bind: str = ":8080"
    certificate: Path | None = None
    """Certificate and key in one PEM file; without it the front is plain HTTP."""
    admin_socket: Path | None = None
    longest_session_s: int = 6 * 3600
    """After a reload the old process serves its tunnels for this long."""
    check_interval_ms: int = 1000
    resolve: bool = False


def read_nodes(path: Path) -> tuple[PoolNode, ...]:
    """The nodes of a TOML file: tables `[[node]]` with name, host, port, slots and perhaps agent_port.

    Raises `BadNodeList`.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["node"]
        nodes = tuple(_node(table) for table in tables)
    except (OSError, ValueError, LookupError, TypeError) as exc:
        raise BadNodeList(f"{path} is no list of nodes: {exc}") from exc
    return nodes


def configuration(nodes: Sequence[PoolNode], balancer: Balancer | None = None) -> str:
    """The whole `haproxy.cfg`, for HAProxy 2.6 or newer; it names no other file but the certificate.

    Raises `BadNodeList` if there is no node, or two of one name.
    """
    names = [node.name for node in nodes]
    if not nodes or len(set(names)) < len(names):
        raise BadNodeList(f"Expected nodes with names of their own, got {names}.")
    balancer = balancer or Balancer()
    sections = [
        _section("global", _global(balancer)),
        _section("defaults", _defaults(balancer, nodes)),
        *(
            [_section("resolvers cluster", ["parse-resolv-conf", "hold valid 5s"])]
            if balancer.resolve
            else []
        ),
        _section("frontend pool", _frontend(balancer, names)),
        _section("backend create", _create(balancer, nodes)),
        _section("backend oneshot", _oneshot(balancer, nodes)),
        *(_section(f"backend node_{node.name}", _one_node(balancer, node)) for node in nodes),
        _section("backend nomatch", [_return(404, "not_found", "There is no such path, or no such node.")]),
    ]
    return "# Made by `roughcut pool haproxy`.\n" + "\n".join(sections)


def _node(table: dict[str, object]) -> PoolNode:
    port = _whole(table["port"])
    agent_port = _whole(table.get("agent_port", port + 1))
    node = PoolNode(str(table["name"]), str(table["host"]), port, _whole(table["slots"]), agent_port)
    if unknown := set(table) - {"name", "host", "port", "slots", "agent_port"}:
        raise BadNodeList(f"Node {node.name}: unknown {', '.join(sorted(unknown))}.")
    node.require_sense()
    return node


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise BadNodeList(f"Expected a whole number, got {value!r}.")
    return value


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(f"    {line}" for line in lines)]) + "\n"


def _global(balancer: Balancer) -> list[str]:
    lines = ["log stdout format raw local0 info", f"hard-stop-after {balancer.longest_session_s}s"]
    if balancer.admin_socket:
        lines.append(f"stats socket {balancer.admin_socket} mode 600 level admin expose-fd listeners")
    return lines


def _defaults(balancer: Balancer, nodes: Sequence[PoolNode]) -> list[str]:
    retries = min(_MOST_RETRIES, max(_FEWEST_RETRIES, len(nodes)))
    return [
        "mode http",
        "log global",
        # The path without its query: tokens are in queries.
        'log-format "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %ts %HM %HPO"',
        "timeout connect 2s",
        "timeout http-request 10s",
        "timeout client 90s",
        # More than a create may wait in a queue and for its browser.
        "timeout server 90s",
        "timeout queue 30s",
        # After the 101; the node's pings keep what lives alive.
        f"timeout tunnel {balancer.longest_session_s}s",
        "timeout client-fin 10s",
        "timeout server-fin 10s",
        "option forwardfor",
        "option redispatch 1",
        f"retries {retries}",
        _error(502, "bad_gateway", "The node broke off."),
        _error(503, "no_capacity", "No node can take this now."),
        _error(504, "timeout", "The node did not answer in time."),
    ]


def _frontend(balancer: Balancer, names: Sequence[str]) -> list[str]:
    # WebSockets over HTTP/2 are another protocol (RFC 8441) and are kept off.
    tls = f" ssl crt {balancer.certificate} alpn http/1.1" if balancer.certificate else ""
    session_id = f"'^{NODE_NAME}-[0-9A-Za-z]{{22}}$'"
    of_session = "{ path_beg /v1/sessions/ }"
    return [
        f"bind {balancer.bind}{tls}",
        "monitor-uri /healthz/ready",
        "monitor fail if { nbsrv(create) lt 1 }",
        f"http-request set-header X-Forwarded-Proto {'https' if balancer.certificate else 'http'}",
        "http-request set-header X-Forwarded-Host %[req.hdr(host)]",
        f"http-request set-var(txn.sid) path,field(4,/) if {of_session}",
        f"http-request set-var(txn.node) var(txn.sid),field(1,-) if {of_session}",
        _return(400, "bad_session_id", "A session's id is <node>-<22 letters and digits>.")
        + f" if {of_session} !{{ var(txn.sid) -m reg {session_id} }}",
        # What is one node's own, by the node's name: its list, its pressure, its page.
        "http-request set-var(txn.node) path,field(3,/) if { path_beg /nodes/ }",
        "http-request replace-path /nodes/[^/]+(/.*)? \\1 if { path_beg /nodes/ }",
        f"http-request return status 200 {_json(nodes=names)} if {{ path /nodes }}",
        "use_backend create if { method POST } { path /v1/sessions }",
        "use_backend oneshot if { path /v1/connect }",
        "use_backend node_%[var(txn.node)] if { var(txn.node) -m found }",
        "default_backend nomatch",
    ]


def _create(balancer: Balancer, nodes: Sequence[PoolNode]) -> list[str]:
    most = max(node.slots for node in nodes)
    return [
        "balance roundrobin",
        # A request that is repeated goes where it went before: the node knows its key.
        "stick-table type string len 128 size 100k expire 1h",
        "stick on req.hdr(idempotency-key)",
        "option httpchk",
        "http-check send meth GET uri /healthz/ready",
        # Safe: a node that answers 503 has created nothing.
        "retry-on conn-failure 503",
        *(f"{_server(balancer, node)} weight {_weight(node, most)} {_agent(node)}" for node in nodes),
    ]


def _oneshot(balancer: Balancer, nodes: Sequence[PoolNode]) -> list[str]:
    return [
        # The socket is the session, so that counting connections counts sessions.
        "balance leastconn",
        "option httpchk",
        # Not `ready`: a node that drains keeps the sockets it has, and its agent keeps new ones away.
        "http-check send meth GET uri /healthz/live",
        "retry-on conn-failure 503",
        *(f"{_server(balancer, node)} maxconn {node.slots} {_agent(node)}" for node in nodes),
    ]


def _one_node(balancer: Balancer, node: PoolNode) -> list[str]:
    return [
        "option httpchk",
        # No agent: neither drain nor load may keep a session from its client.
        "http-check send meth GET uri /healthz/live",
        _error(503, "node_unavailable", "The node of this session does not answer."),
        _server(balancer, node),
    ]


def _server(balancer: Balancer, node: PoolNode) -> str:
    # A node that hangs keeps its connections open: they are cut when the checks fail.
    checks = f"check inter {balancer.check_interval_ms}ms fall 2 rise 1 on-marked-down shutdown-sessions"
    resolved = " resolvers cluster init-addr none" if balancer.resolve else ""
    return f"server {node.name} {node.host}:{node.port} {checks}{resolved}"


def _agent(node: PoolNode) -> str:
    return f"agent-check agent-port {node.agent_port} agent-inter 500ms"


def _weight(node: PoolNode, most_slots: int) -> int:
    return max(_LEAST_WEIGHT, round(_GREATEST_WEIGHT * node.slots / most_slots))


def _return(status: int, error: str, message: str) -> str:
    return f"http-request return status {status} {_json(error=error, message=message)}"


def _error(status: int, error: str, message: str) -> str:
    body = _json(error=error, message=message, retry_after_s=_RETRY_AFTER_S)
    return f"http-error status {status} {body} hdr Retry-After {_RETRY_AFTER_S}"


def _json(**body: object) -> str:
    # An apostrophe would end the string for HAProxy.
    text = json.dumps(body).replace("'", "\\u0027")
    return f"content-type application/json string '{text}'"
