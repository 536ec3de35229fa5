"""What the pool's relay costs: the same calls to one Chromium, directly and through it."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
import uvicorn
import uvloop
from starlette.responses import Response
from websockets.sync.client import ClientConnection, connect

from browser_pool.chromium.find import find_browser
from browser_pool.chromium.launch import launch_chromium
from browser_pool.relay.policy import CdpPolicy
from browser_pool.relay.route import Route, Upgrade
from browser_pool.relay.upgrade import Relay
from tests.bench.figures import Figure, Measured, Say, at_least, at_most, paired_ratios

_CALLS = 300
_BATCHES = 12
_MB = 1_000_000
_SIZE_MB = 50
_MESSAGES = 10
_MESSAGE_BYTES = _SIZE_MB * _MB // _MESSAGES
_CPU_PER_MB = 300
_OPEN_TIMEOUT_S = 15.0
_CALL_TIMEOUT_S = 120.0
_NOWHERE = Path("/nowhere")


async def measure(rounds: int, say: Say) -> Measured:
    """Round trips and large messages in pairs, directly and through the relay, and what the relay uses."""
    async with launch_chromium(find_browser(None)) as chromium, _relay_process(chromium.endpoint) as relay:
        return await asyncio.to_thread(_measure, chromium.endpoint, relay, rounds, say)


@dataclass(frozen=True)
class _RelayProcess:
    url: str
    process: psutil.Process

    def cpu_seconds(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)


def _measure(endpoint: str, relay: _RelayProcess, rounds: int, say: Say) -> Measured:
    round_trips: list[list[_Pair]] = []
    down: list[_Pair] = []
    up: list[_Pair] = []
    cpu_seconds: list[float] = []
    with _client(endpoint) as direct, _client(relay.url) as relayed:
        _warm(direct, relayed)
        for number in range(1, rounds + 1):
            say(f"round trips, round {number} of {rounds}")
            round_trips.append(_in_turn(direct, relayed, _Client.round_trip, _BATCHES))
            say(f"large messages, round {number} of {rounds}")
            cpu_before_s = relay.cpu_seconds()
            down.append(_sum(_in_turn(direct, relayed, _Client.fetch, _MESSAGES)))
            up.append(_sum(_in_turn(direct, relayed, _Client.push, _MESSAGES)))
            cpu_seconds.append((relay.cpu_seconds() - cpu_before_s) * _CPU_PER_MB / (2 * _SIZE_MB))
    memory_mb = relay.process.memory_info().rss / _MB
    cpu_detail = f"as much each way; {memory_mb:.0f} MB resident at the end"
    return Measured(
        (
            _added(round_trips),
            _speed("relay: from the browser", down),
            _speed("relay: to the browser", up),
            Figure("relay: processor time for 300 MB", "s", tuple(cpu_seconds), detail=cpu_detail),
        )
    )


@dataclass(frozen=True)
class _Pair:
    """Seconds of the same work."""

    direct_s: float
    relayed_s: float


def _in_turn(direct: _Client, relayed: _Client, work: Callable[[_Client], float], times: int) -> list[_Pair]:
    """*work* by both, *times* times, the first to begin changing: others use this machine as well."""
    pairs = []
    for number in range(times):
        if number % 2:
            relayed_s = work(relayed)
            pairs.append(_Pair(work(direct), relayed_s))
        else:
            pairs.append(_Pair(work(direct), work(relayed)))
    return pairs


def _sum(pairs: Sequence[_Pair]) -> _Pair:
    return _Pair(sum(each.direct_s for each in pairs), sum(each.relayed_s for each in pairs))


def _added(rounds: Sequence[Sequence[_Pair]]) -> Figure:
    added_us = tuple(median(each.relayed_s - each.direct_s for each in pairs) * 1e6 for pairs in rounds)
    direct_us = median(each.direct_s for pairs in rounds for each in pairs) * 1e6
    detail = f"p50 of {_CALLS} calls, {_BATCHES} pairs of them a round; direct {direct_us:.0f} µs"
    return Figure("relay: added to a round trip", "µs", added_us, at_most(60), detail)


def _speed(name: str, pairs: Sequence[_Pair]) -> Figure:
    direct_s, relayed_s = [each.direct_s for each in pairs], [each.relayed_s for each in pairs]
    size = f"{_SIZE_MB} MB in messages of {_SIZE_MB // _MESSAGES} MB"
    detail = f"speed of {size}, in turn; direct {_SIZE_MB / median(direct_s):.0f} MB/s"
    return Figure(name, "× direct", paired_ratios(direct_s, relayed_s), at_least(0.9), detail)


class _Client:
    """A CDP client that costs little itself."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        created = self._call("Target.createTarget", {"url": "about:blank"})
        attached = self._call("Target.attachToTarget", {"targetId": created["targetId"], "flatten": True})
        self._session = attached["sessionId"]
        self._large_command = self._evaluation(f"'{'x' * _MESSAGE_BYTES}'.length")

    def round_trip(self) -> float:
        """Seconds of the smallest call there is: the median of one batch."""
        taken_s = []
        for _ in range(_CALLS):
            started_s = time.perf_counter()
            self._connection.send('{"id":1,"method":"Browser.getVersion"}')
            self._connection.recv(_CALL_TIMEOUT_S, decode=False)
            taken_s.append(time.perf_counter() - started_s)
        return median(taken_s)

    def fetch(self) -> float:
        """Seconds until a large string has come."""
        return self._timed(self._evaluation(f"'x'.repeat({_MESSAGE_BYTES})"))

    def push(self) -> float:
        """Seconds until a large command is answered."""
        return self._timed(self._large_command)

    def _evaluation(self, expression: str) -> str:
        params = {"expression": expression, "returnByValue": True}
        return json.dumps(
            {"id": 2, "sessionId": self._session, "method": "Runtime.evaluate", "params": params}
        )

    def _timed(self, command: str) -> float:
        started_s = time.perf_counter()
        self._connection.send(command)
        while not self._connection.recv(_CALL_TIMEOUT_S, decode=False).startswith(b'{"id":2,'):
            pass
        return time.perf_counter() - started_s

    def _call(self, method: str, params: dict[str, object]) -> dict[str, str]:
        self._connection.send(json.dumps({"id": 3, "method": method, "params": params}))
        while True:
            message = json.loads(self._connection.recv(_CALL_TIMEOUT_S))
            if message.get("id") == 3:
                return dict(message["result"])


@contextmanager
def _client(url: str) -> Iterator[_Client]:
    options = {"compression": None, "max_size": None, "ping_interval": None}
    with connect(url, open_timeout=_OPEN_TIMEOUT_S, **options) as connection:
        yield _Client(connection)


def _warm(*clients: _Client) -> None:
    for client in clients:
        client.round_trip()
        client.fetch()
        client.push()


@asynccontextmanager
async def _relay_process(endpoint: str) -> AsyncIterator[_RelayProcess]:
    """The relay behind uvicorn in a process of its own, as it runs in a node."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, endpoint, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        port = int(await asyncio.wait_for(process.stdout.readline(), _OPEN_TIMEOUT_S))
        yield _RelayProcess(f"ws://127.0.0.1:{port}/v1/sessions/n1-0/cdp", psutil.Process(process.pid))
    finally:
        process.terminate()
        await process.wait()


async def _serve(endpoint: str) -> None:
    async def resolve(_: Upgrade) -> Route:
        policy = CdpPolicy(_NOWHERE, _NOWHERE)
        return Route(endpoint, "n1-0", policy, on_open=lambda _: None, on_close=lambda *_: None)

    config = uvicorn.Config(
        Response(status_code=404), http=Relay(resolve).http_protocol, lifespan="off", log_level="error"
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1]))
