"""A real PostgreSQL of the test run's own, and a database of its own for each test."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Literal

import psycopg
import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from agent.store.database import Database, default_url
from agent.store.models import Base
from tests.balancer import free_ports

KINDS = ("sqlite", "postgresql")
_PLACES = ("opt/homebrew/opt/postgresql*/bin", "usr/local/opt/postgresql*/bin", "usr/lib/postgresql/*/bin")
_LIMIT_S = 60
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    # A killed server loses nothing by it, only a machine that loses its power.
    "fsync": "off",
    "full_page_writes": "off",
}


def postgres_programs() -> Path:
    """The folder of `initdb` and `pg_ctl`; without one the test is skipped."""
    on_path = shutil.which("pg_ctl")
    if on_path is not None and Path(on_path).with_name("initdb").exists():
        return Path(on_path).parent
    found = [folder for place in _PLACES for folder in sorted(Path("/").glob(place))]
    if not found:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1]


class PostgresCluster:
    """A server on a free port of the loopback, with its data in *folder*; anyone may log in."""

    def __init__(self, folder: Path) -> None:
        self._programs = postgres_programs()
        self._folder = folder
        self._data = folder / "data"
        # PostgreSQL refuses to be root.
        self._user = "postgres" if os.geteuid() == 0 else None
        (self._port,) = free_ports(1)
        self._numbers = count(1)

    def start(self) -> None:
        """Returns once it answers."""
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        options = ["--auth=trust", "--username=roughcut", "--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", *options)
        settings = " ".join(f"-c {name}='{value}'" for name, value in _SETTINGS.items())
        log = str(self._folder / "server.log")
        self._run("pg_ctl", "start", "-w", "-l", log, "-o", f"-p {self._port} {settings}")

    def restart(self, mode: Literal["fast", "immediate"] = "immediate") -> None:
        """`immediate` is a crash: connections break off, and the server recovers from its log."""
        self._run("pg_ctl", "restart", "-w", "-m", mode, "-l", str(self._folder / "server.log"))

    def stop(self) -> None:
        """The server is gone, and what it held."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")

    def new_database(self) -> str:
        """The address of an empty database."""
        name = f"test_{next(self._numbers)}"
        server = f"postgresql://roughcut@127.0.0.1:{self._port}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"{server}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments],
            env={**os.environ, "PGDATA": str(self._data)},
            cwd=self._folder,
            user=self._user,
            # The server inherits what is open: a pipe would never end.
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=_LIMIT_S,
        )
        assert done.returncode == 0, f"{program} {arguments[:1]}: see {self._folder}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """The server that the tests of this process share."""
    # Not below pytest's own folder, which only its user may enter.
    with tempfile.TemporaryDirectory(prefix="roughcut-postgres-", ignore_cleanup_errors=True) as folder:
        cluster = PostgresCluster(Path(folder))
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture
def postgres_url(postgres: PostgresCluster) -> str:
    """An empty database on it."""
    return postgres.new_database()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return default_url(tmp_path / "home")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def postgres_with_tables(postgres: PostgresCluster) -> str:
    """A database with our tables: to empty it takes less than to make one for each test."""
    return postgres.new_database()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Our tables without a row, in a database of each kind."""
    is_sqlite = request.param == "sqlite"
    url = default_url(tmp_path / "home") if is_sqlite else request.getfixturevalue("postgres_with_tables")
    with closing(Database.open(url)) as opened:
        opened.do(_empty)
        yield opened


def _empty(session: Session) -> None:
    for table in Base.metadata.tables.values():
        session.execute(delete(table))
