"""`roughcut pool`: runs a node, puts a balancer before several, shows and drains them, makes their keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from agent.errors import BadInput, PoolRefused, RoughcutError
from agent.running import EXIT_FAILED, Json, err, explain, out, print_json, read_settings, run

if TYPE_CHECKING:
    from browser_pool.client import NodeOverview, PoolClient
    from browser_pool.errors import PoolError
    from browser_pool.keys import StoredKey
    from browser_pool.schemas import PressureView

_LOOK_AGAIN_S = 1.0
_NODES_EXAMPLE = (
    "For example `roughcut pool haproxy --node n1=10.0.0.1:8080:20`: name=host:port:slots, one --node each; "
    "or --list with a file of [[node]] tables."
)
_Pool = Annotated[
    str | None, typer.Option("--pool", help="Address of the pool or of one node; else ROUGHCUT_POOL_URL.")
]

pool_app = typer.Typer(help="Lend browsers to many agents, from one machine or many.", no_args_is_help=True)


@pool_app.command()
def serve(
    node: Annotated[
        str | None, typer.Option("--node", help="Its name, a-z and 0-9; each node of a pool has its own.")
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", help="Where to listen; anything but loopback needs keys.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port")] = None,
    agent_check_port: Annotated[
        int | None, typer.Option("--agent-check-port", help="Where HAProxy reads how much room there is.")
    ] = None,
    max_sessions: Annotated[int | None, typer.Option("--max-sessions", help="Browsers at once.")] = None,
    keys_file: Annotated[
        Path | None, typer.Option("--keys", help="Who may use it; `roughcut pool keys` makes it.")
    ] = None,
) -> None:
    """Run a node: a browser of its own for each session, over HTTP and WebSocket.

    All settings are in the environment or in .env, prefix ROUGHCUT_POOL_. SIGTERM drains the node and then
    ends it; a second one ends it at once.

    Example: `roughcut pool serve --max-sessions 4`, then `roughcut edit … --pool http://127.0.0.1:8080`
    """
    from pydantic import ValidationError

    from browser_pool.errors import PoolError
    from browser_pool.serve import serve as serve_node
    from browser_pool.settings import PoolSettings

    given = {
        "node": node,
        "host": host,
        "port": port,
        "agent_check_port": agent_check_port,
        "max_sessions": max_sessions,
        "keys_file": keys_file,
    }
    try:
        settings = PoolSettings.model_validate(
            PoolSettings().model_dump() | {name: value for name, value in given.items() if value is not None}
        )
        serve_node(settings)
    except ValidationError as exc:
        first = exc.errors()[0]
        explain(
            BadInput(
                f"Setting {'.'.join(map(str, first['loc']))}: {first['msg']}.",
                hint="Settings come from options, from ROUGHCUT_POOL_… variables and from .env.",
            ),
            as_json=False,
        )
    except PoolError as exc:
        explain(_told(exc), as_json=False)


@pool_app.command()
def haproxy(
    node: Annotated[
        list[str] | None,
        typer.Option("--node", help="name=host:port:slots, perhaps :agent-check-port; once for each node."),
    ] = None,
    node_list: Annotated[
        Path | None, typer.Option("--list", help="Instead: nodes and [balancer] in a TOML file.")
    ] = None,
    bind: Annotated[str, typer.Option("--bind", help="Where the balancer listens.")] = ":8080",
    certificate: Annotated[
        str | None, typer.Option("--certificate", help="Certificate and key in one PEM file, for https.")
    ] = None,
) -> None:
    """Print HAProxy's configuration for a pool of several nodes.

    Example: `roughcut pool haproxy --node n1=10.0.0.1:8080:20 --node n2=10.0.0.2:8080:20 > haproxy.cfg`
    """
    from pydantic import ValidationError

    from browser_pool.haproxy import BadNodeList, Balancer, configuration, faults_of, parse_nodes, read_nodes

    try:
        if node_list is not None:
            pool = read_nodes(node_list)
        else:
            pool = parse_nodes(node or (), Balancer(bind=bind, certificate=certificate))
    except BadNodeList as exc:
        explain(BadInput(str(exc), hint=_NODES_EXAMPLE), as_json=False)
    except ValidationError as exc:
        explain(BadInput(f"HAProxy cannot be set up so: {faults_of(exc)}."), as_json=False)
    typer.echo(configuration(pool), nl=False)


@pool_app.command()
def status(pool: _Pool = None, as_json: Json = False) -> None:
    """Show every node with its sessions, its graphics and how busy it is."""

    async def work() -> None:
        async with _client(pool) as client:
            nodes = await client.nodes()
        if as_json:
            print_json([_plain(each) for each in nodes])
        else:
            _print_tables(nodes)
        if not any(each.pressure and each.pressure.available for each in nodes):
            raise typer.Exit(EXIT_FAILED)

    run(work(), as_json=as_json)


@pool_app.command()
def drain(
    node: Annotated[
        str | None, typer.Argument(help="Its name; may be left out where the address is one node's.")
    ] = None,
    pool: _Pool = None,
    deadline_s: Annotated[
        float | None,
        typer.Option("--deadline", min=0, help="Seconds until sessions that are left are ended."),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when no session is left.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Let it take sessions again.")] = False,
    as_json: Json = False,
) -> None:
    """Let a node take no more sessions, before it is updated or taken away. Needs an admin's key.

    Jobs go on elsewhere: a new session goes to another node, one that the deadline ends is built again there.

    Example: `roughcut pool drain n2 --wait && ssh n2 reboot`
    """

    async def work() -> None:
        if undo and (wait or deadline_s is not None):
            raise BadInput("--undo goes with neither --wait nor --deadline.")
        async with _client(pool) as client:
            pressure = await (client.resume(node) if undo else client.drain(node, deadline_s=deadline_s))
            if wait:
                pressure = await _without_sessions(client, node)
        if as_json:
            print_json(pressure.model_dump(mode="json"))
        else:
            out.print(_drained(node or "The node", pressure))

    run(work(), as_json=as_json)


@pool_app.command()
def keys(
    name: Annotated[
        str | None, typer.Argument(help="Whose key to make; without a name they are listed.")
    ] = None,
    file: Annotated[Path, typer.Option("--file", help="Where the keys are kept, as hashes.")] = Path(
        "keys.json"
    ),
    max_sessions: Annotated[
        int | None, typer.Option("--max-sessions", min=1, help="Sessions at once, those that wait included.")
    ] = None,
    admin: Annotated[bool, typer.Option("--admin", help="May see and end all sessions, and drain.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take that name's key away instead.")] = False,
) -> None:
    """Make an API key for a pool. It is printed once; the file has only its hash.

    Example: `roughcut pool keys studio --max-sessions 8`, then `export ROUGHCUT_POOL_KEY=…`
    """
    from browser_pool.errors import PoolError
    from browser_pool.keys import new_key, read_keys, write_keys

    try:
        known = read_keys(file) if file.exists() else []
        others = [key for key in known if key.name != name]
        if name is None:
            _print_keys(known)
        elif remove:
            if len(others) == len(known):
                raise BadInput(f"There is no key {name!r} in {file}.")
            write_keys(file, others)
        elif len(others) < len(known):
            raise BadInput(f"There is a key {name!r} in {file}.", hint="Take it away by --remove first.")
        else:
            key, stored = new_key(name, max_sessions=max_sessions, admin=admin)
            write_keys(file, [*known, stored])
            typer.echo(key)
    except PoolError as exc:
        explain(_told(exc), as_json=False)
    except OSError as exc:
        explain(BadInput(f"Cannot write {file}: {exc.strerror}."), as_json=False)
    except RoughcutError as exc:
        explain(exc, as_json=False)


@asynccontextmanager
async def _client(pool: str | None) -> AsyncIterator[PoolClient]:
    from agent.browser.pool import PoolAddress
    from browser_pool.client import open_pool
    from browser_pool.errors import PoolError

    address = PoolAddress.of(read_settings(pool=pool))
    if address is None:
        raise BadInput("Which pool?", hint="Name it by --pool or in ROUGHCUT_POOL_URL.")
    try:
        async with open_pool(address.url, address.key) as client:
            yield client
    except PoolError as exc:
        raise _told(exc) from exc


async def _without_sessions(client: PoolClient, node: str | None) -> PressureView:
    """Waits as long as the node's own deadline lets sessions live, and no longer than it drains."""
    with err.status("") as shown:
        while True:
            pressure = await client.pressure(node)
            if not pressure.running or not pressure.draining:
                return pressure
            shown.update(_drained(node or "The node", pressure))
            await asyncio.sleep(_LOOK_AGAIN_S)


def _drained(node: str, pressure: PressureView) -> str:
    left = "1 session is left" if pressure.running == 1 else f"{pressure.running or 'no'} sessions are left"
    return f"{node} takes no more sessions; {left}." if pressure.draining else f"{node} takes sessions."


def _told(error: PoolError) -> RoughcutError:
    return PoolRefused(str(error), hint=error.hint)


def _plain(node: NodeOverview) -> dict[str, object]:
    """Without the tokens that are in the addresses of sessions."""
    secret = {"cdp_url", "live_url", "http_url"}
    return {
        "node": node.name,
        "error": node.error or None,
        "version": node.version.model_dump(mode="json") if node.version else None,
        "pressure": node.pressure.model_dump(mode="json") if node.pressure else None,
        "sessions": [session.model_dump(mode="json", exclude=secret) for session in node.sessions],
    }


def _print_tables(nodes: list[NodeOverview]) -> None:
    from rich.table import Table

    table = Table(
        "node", "state", "sessions", "free", "queued", "warm", "cpu", "memory", "gpu memory", "launch"
    )
    for node in nodes:
        pressure = node.pressure
        if pressure is None:
            table.add_row(node.name, f"[red]{escape(node.error)}[/]")
            continue
        state = "[green]ready[/]" if pressure.available else f"[yellow]{pressure.reason}[/]"
        table.add_row(
            node.name,
            state,
            f"{pressure.running} of {pressure.max_sessions}",
            str(pressure.free),
            f"{pressure.queued} of {pressure.max_queue}",
            str(pressure.warm),
            f"{pressure.cpu_pct:.0f} %",
            f"{pressure.mem_pct:.0f} %",
            "" if pressure.gpu_mem_pct is None else f"{pressure.gpu_mem_pct:.0f} %",
            "" if pressure.launch_p50_ms is None else f"{pressure.launch_p50_ms:.0f} ms",
        )
    out.print(table)
    _print_sessions(nodes)


def _print_sessions(nodes: list[NodeOverview]) -> None:
    from rich.table import Table

    table = Table("session", "status", "clients", "memory", "cpu time", "graphics", "since")
    for session in (session for node in nodes for session in node.sessions):
        usage, gpu = session.usage, session.gpu
        table.add_row(
            session.id,
            session.end_reason or session.status,
            str(session.clients),
            f"{usage.pss_mb:.0f} MB" if usage and usage.pss_mb is not None else "",
            f"{usage.cpu_s:.0f} s" if usage and usage.cpu_s is not None else "",
            "" if gpu is None else (gpu.renderer or "none") if gpu.hardware else "software",
            f"{session.created_at:%Y-%m-%d %H:%M:%S}",
        )
    if table.row_count:
        out.print(table)


def _print_keys(known: list[StoredKey]) -> None:
    from rich.table import Table

    table = Table("name", "sessions at once", "admin")
    for key in known:
        table.add_row(key.name, str(key.max_sessions or "any"), "yes" if key.admin else "")
    out.print(table)
