"""`roughcut serve` and `roughcut keys`: the HTTP API, and who may use it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from agent.running import Json, err, log_to_stderr, out, print_json, read_settings, run

if TYPE_CHECKING:
    from agent.service import Service
    from agent.settings import Settings
    from agent.store.views import KeyView

keys_app = typer.Typer(help="Who may use the HTTP API: make, list and revoke keys.", no_args_is_help=True)


def serve(
    host: Annotated[
        str | None, typer.Option("--host", help="Where to listen; anything but loopback needs keys.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="0: any that is free.")] = None,
    works: Annotated[
        bool,
        typer.Option(
            "--work/--no-work",
            help="Whether jobs are carried out here, too; else `roughcut worker` does it elsewhere.",
        ),
    ] = True,
) -> None:
    """Serve the HTTP API: sessions, uploads, jobs as they happen, and the finished videos.

    On SQLite this one process serves and works; on PostgreSQL (ROUGHCUT_DATABASE_URL) any number of workers
    join in. Ctrl-C or SIGTERM ends it: a running job goes on in another worker, or here after the next start.

    Example: `roughcut serve --port 8000`, then open http://127.0.0.1:8000/openapi.json
    """
    from agent.service import open_service
    from agent.services import build_services

    async def work() -> None:
        given = {"serve_host": host, "serve_port": port}
        chosen = {name: value for name, value in given.items() if value is not None}
        settings = read_settings().model_copy(update=chosen)
        async with open_service(build_services(settings), works=works) as service:
            await _serve(service, settings)

    run(work())


async def _serve(service: Service, settings: Settings) -> None:
    """Returns when the process is asked to end, after the last answers."""
    from agent.api.app import create_app
    from agent.api.auth import require_keys_or_loopback
    from agent.api.server import ApiServer, listening_socket
    from agent.job_commands import stopped

    host = settings.serve_host
    await service.database.run(partial(require_keys_or_loopback, host=host))
    log_to_stderr()
    with listening_socket(host, settings.serve_port) as listening:
        server = ApiServer(create_app(service.jobs, service.database, settings.home, settings))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        leaving = asyncio.create_task(stopped(service))
        shown = f"[{host}]" if ":" in host else host
        err.print(f"Serving on http://{shown}:{listening.getsockname()[1]}  Ctrl-C ends it.", highlight=False)
        try:
            await asyncio.wait({serving, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            server.should_exit = True
            await serving


@keys_app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Whose key it is, or what for.")],
    tenant: Annotated[
        str | None, typer.Option("--tenant", help="Whose sessions and jobs it opens; else a tenant NAME.")
    ] = None,
    jobs_per_day: Annotated[int | None, typer.Option("--jobs-per-day", min=1)] = None,
    concurrent_jobs: Annotated[
        int | None, typer.Option("--concurrent-jobs", min=1, help="Waiting and running ones.")
    ] = None,
    upload_bytes: Annotated[
        int | None, typer.Option("--upload-bytes", min=1, help="Of all files in the tenant's sessions.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key. It is printed once; the database keeps only its hash.

    From the first key on nobody is served without one. Example: `roughcut keys add studio --jobs-per-day 50`
    """
    from agent.api.callers import Quotas
    from agent.services import open_database
    from agent.store import keys

    quotas = Quotas(jobs_per_day=jobs_per_day, concurrent_jobs=concurrent_jobs, upload_bytes=upload_bytes)

    async def work() -> None:
        secret = keys.new_secret()
        new = partial(
            keys.add,
            secret=secret,
            name=name,
            tenant=tenant or name,
            quotas=quotas.model_dump(exclude_none=True),
        )
        async with open_database(read_settings()) as database:
            key = await database.run(new)
        if as_json:
            print_json(_figures(key) | {"secret": secret})
        else:
            typer.echo(secret)

    run(work(), as_json=as_json)


@keys_app.command("list")
def list_all(as_json: Json = False) -> None:
    """List all keys, revoked ones too; not the secrets, which nobody has."""
    from agent.services import open_database
    from agent.store import keys

    async def work() -> None:
        async with open_database(read_settings()) as database:
            found = await database.run(keys.list_keys, read_only=True)
        if as_json:
            print_json([_figures(key) for key in found])
        else:
            _print_keys(found)

    run(work(), as_json=as_json)


@keys_app.command("revoke")
def revoke(
    reference: Annotated[str, typer.Argument(metavar="KEY", help="Its id, or the name of one or more.")],
    as_json: Json = False,
) -> None:
    """Let a key in no more. What was made with it stays."""
    from agent.services import open_database
    from agent.store import keys

    async def work() -> None:
        async with open_database(read_settings()) as database:
            revoked = await database.run(partial(keys.revoke, reference=reference))
        if as_json:
            print_json([_figures(key) for key in revoked])
        else:
            out.print(f"Revoked: {', '.join(key.name for key in revoked)}.", highlight=False)

    run(work(), as_json=as_json)


def _figures(key: KeyView) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "tenant": key.tenant,
        "quotas": dict(key.quotas),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


def _print_keys(found: tuple[KeyView, ...]) -> None:
    from rich.table import Table

    if not found:
        out.print(
            "No key yet: only this machine is served. `roughcut keys add NAME` makes one.", highlight=False
        )
        return
    table = Table("id", "name", "tenant", "quotas", "made", "revoked")
    for key in found:
        quotas = ", ".join(f"{name} {limit}" for name, limit in key.quotas.items())
        revoked = "" if key.revoked_at is None else f"{key.revoked_at:%Y-%m-%d %H:%M}"
        table.add_row(key.id, key.name, key.tenant, quotas, f"{key.created_at:%Y-%m-%d %H:%M}", revoked)
    out.print(table)
