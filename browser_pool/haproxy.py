"""HAProxy's configuration for some nodes: creation goes by free slots, all else to the node an id names."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from browser_pool.agent_check import LEAST_PERCENT

# HAProxy ends at 256. The agent names percent of this weight, rounded down: with a weight of 0 nothing comes.
_GREATEST_WEIGHT = 256
_LEAST_WEIGHT = 100 // LEAST_PERCENT
_FEWEST_RETRIES = 3
_MOST_RETRIES = 8
_RETRY_AFTER_S = 2
_NODE_NAME = "[a-z0-9]{1,16}"
_NODE = re.compile(
    r"(?P<name>[^=]+)=(?P<host>\[[^\]]+\]|[^:]+):(?P<port>\d+):(?P<slots>\d+)(:(?P<agent_port>\d+))?"
)

Port = Annotated[int, Field(ge=1, le=65535)]
# Goes into the configuration as it is, where a space or a quote would begin something else.
Word = Annotated[str, Field(pattern=r"^[\w./:*@\[\]-]+$")]


class BadNodeList(ValueError):
    """What was given names no nodes, or names them in no way that this module knows."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PoolNode(_Entry):
    """Where a node listens, and how many sessions it has room for."""

    name: Annotated[str, Field(pattern=f"^{_NODE_NAME}$")]
    host: Word
    port: Port = 8080
    agent_port: Port = 8081
    slots: Annotated[int, Field(ge=1)]


class Balancer(_Entry):
    """How HAProxy itself runs."""

    bind: Word = ":8080"
    certificate: Word | None = None
    """Certificate and key in one PEM file; without it the front is plain HTTP."""
    admin_socket: Word | None = None
    longest_session_s: Annotated[int, Field(ge=1)] = 6 * 3600
    """After a reload the old process serves its tunnels for this long."""
    check_interval_ms: Annotated[int, Field(ge=50)] = 1000
    resolve: bool = False
    """Hosts are names that come and go, as pods do."""


class NodeList(_Entry):
    """A file of nodes: tables `[[node]]`, and `[balancer]` for what differs from the defaults."""

    node: Annotated[tuple[PoolNode, ...], Field(min_length=1)]
    balancer: Balancer = Balancer()

    @model_validator(mode="after")
    def _has_names_of_their_own(self) -> Self:
        names = [node.name for node in self.node]
        if len(set(names)) < len(names):
            raise ValueError(f"expected nodes with names of their own, found {', '.join(names)}")
        return self


def read_nodes(path: Path) -> NodeList:
    """The list in the TOML file at *path*. Raises `BadNodeList`."""
    try:
        return NodeList.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as exc:
        raise BadNodeList(f"{path} cannot be read: {exc.strerror or exc}.") from exc
    except ValidationError as exc:
        raise BadNodeList(f"{path} is no list of nodes: {faults_of(exc)}.") from exc
    except ValueError as exc:
        raise BadNodeList(f"{path} is no list of nodes: {exc}.") from exc


def parse_nodes(texts: Sequence[str], balancer: Balancer | None = None) -> NodeList:
    """Nodes written as `name=host:port:slots` or `name=host:port:slots:agent_port`.

    Without an agent port it is the one after *port*. Raises `BadNodeList`.
    """
    if not texts:
        raise BadNodeList("Expected at least one node, found none.")
    nodes = tuple(map(_parsed, texts))
    try:
        return NodeList(node=nodes, balancer=balancer or Balancer())
    except ValidationError as exc:
        raise BadNodeList(f"These are no nodes of one pool: {faults_of(exc)}.") from exc


def faults_of(error: ValidationError) -> str:
    """What is wrong, field by field, on one line."""
    return "; ".join(map(_fault, error.errors()))


def configuration(pool: NodeList) -> str:
    """The whole `haproxy.cfg`, for HAProxy 2.6 or newer; it names no other file but the certificate."""
    balancer, nodes = pool.balancer, pool.node
    sections = [
        _section("global", _global(balancer)),
        _section("defaults", _defaults(balancer, nodes)),
        *(
            [_section("resolvers cluster", ["parse-resolv-conf", "hold valid 5s"])]
            if balancer.resolve
            else []
        ),
        _section("frontend pool", _frontend(balancer, [node.name for node in nodes])),
        _section("backend create", _create(balancer, nodes)),
        _section("backend oneshot", _oneshot(balancer, nodes)),
        *(_section(f"backend node_{node.name}", _one_node(balancer, node)) for node in nodes),
        _section("backend nomatch", [_return(404, "not_found", "There is no such path, or no such node.")]),
    ]
    return "# Made by `roughcut pool haproxy`.\n" + "\n".join(sections)


def _parsed(text: str) -> PoolNode:
    found = _NODE.fullmatch(text)
    if found is None:
        raise BadNodeList(f"Expected a node such as n1=10.0.0.1:8080:20, found {text!r}.")
    port = int(found["port"])
    try:
        return PoolNode(
            name=found["name"],
            host=found["host"],
            port=port,
            slots=int(found["slots"]),
            agent_port=int(found["agent_port"] or port + 1),
        )
    except ValidationError as exc:
        raise BadNodeList(f"{text} is no node: {faults_of(exc)}.") from exc


def _fault(fault: ErrorDetails) -> str:
    place = ".".join(map(str, fault["loc"]))
    found = fault["input"]
    # Of a table, all of which would be shown, the field that it lacks says enough.
    shown = f", found {found!r}" if isinstance(found, str | int | float) else ""
    return f"{place}: {fault['msg']}{shown}".removeprefix(": Value error, ")


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
    session_id = f"'^{_NODE_NAME}-[0-9A-Za-z]{{22}}$'"
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
        # Weighted, and without the memory of round robin, which follows the agents' weights too slowly.
        "balance random",
        # A request that is repeated goes where it went before: the node knows its key.
        "stick-table type string len 128 size 100k expire 1h",
        "stick on req.hdr(idempotency-key)",
        "option httpchk",
        "http-check send meth GET uri /healthz/ready",
        # Safe: a node that answers 503 has created nothing. Only a request that came whole can be sent again,
        # and a body may come after its headers.
        "option http-buffer-request",
        "retry-on conn-failure 503",
        # Whoever gives up waiting has given up the session: the node hears of it.
        "option abortonclose",
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
        "option abortonclose",
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
    # A node that hangs keeps its connections open: they are cut when the checks fail. Three of them, for
    # encoding may hold up one.
    checks = f"check inter {balancer.check_interval_ms}ms fall 3 rise 1 on-marked-down shutdown-sessions"
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
