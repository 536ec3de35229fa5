"""The relay stays awake for a brisk conversation, for a moment, and only where a core is to spare."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

import pytest

from browser_pool.relay.attention import Attention, Conversation

WINDOW_S = 0.001
CORES = 2


class Machine:
    """A clock that is moved by hand, cores with *busy* of them at work, and what was to be called soon."""

    def __init__(self, busy: float = 1.0) -> None:
        self.now_s = 100.0
        self.busy = busy
        self.awake_s = 0.0
        self.idle_s = 0.0
        self.soon: list[Callable[[], None]] = []
        self.attention = Attention(
            WINDOW_S, idle_s=lambda: self.idle_s, now=lambda: self.now_s, call_soon=self.soon.append
        )

    def pass_time(self, seconds: float) -> None:
        """What the event loop does meanwhile: it goes round as long as something is to be called soon."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            step_s = min(WINDOW_S / 4, end_s - self.now_s)
            self.now_s += step_s
            awake = 1.0 if self.soon else 0.0
            self.awake_s += awake * step_s
            self.idle_s += max(CORES - self.busy - awake, 0.0) * step_s
            due, self.soon[:] = list(self.soon), []
            for call in due:
                call()

    def talk(self, conversation: Conversation, every_s: float, for_s: float) -> None:
        for _ in range(round(for_s / every_s)):
            conversation.passed(100)
            self.pass_time(every_s)


def test_a_brisk_conversation_is_waited_for() -> None:
    """Messages that follow each other within the window keep the loop awake, but when it counts cores."""
    machine = Machine()
    conversation = Conversation(machine.attention)
    machine.talk(conversation, WINDOW_S / 2, 5.0)
    assert 0.7 < machine.awake_s / 5.0 < 0.85


def test_a_slow_conversation_is_not_waited_for() -> None:
    """A message that comes later than the window finds the loop asleep, and does not keep it awake."""
    machine = Machine()
    machine.talk(Conversation(machine.attention), 3 * WINDOW_S, 1.0)
    assert machine.awake_s == 0


def test_the_loop_sleeps_when_the_conversation_pauses() -> None:
    """One window after the last message nothing is to be called soon."""
    machine = Machine()
    machine.talk(Conversation(machine.attention), WINDOW_S / 2, 1.0)
    machine.pass_time(2 * WINDOW_S)
    assert not machine.soon


def test_large_messages_are_not_waited_for() -> None:
    """What passes in large pieces keeps the loop busy by itself."""
    machine = Machine()
    conversation = Conversation(machine.attention)
    for _ in range(2_000):
        conversation.passed(1 << 20)
        machine.pass_time(WINDOW_S / 2)
    assert machine.awake_s == 0


@pytest.mark.parametrize("busy", [1.6, 2.0])
def test_a_machine_without_a_core_to_spare_is_left_alone(busy: float) -> None:
    """Where others need the cores, the loop sleeps as it would without us."""
    machine = Machine(busy)
    machine.talk(Conversation(machine.attention), WINDOW_S / 2, 1.0)
    assert machine.awake_s == 0


def test_a_machine_that_gets_busy_is_let_go_within_a_second() -> None:
    """That the loop itself keeps a core at work is no reason to go on, nor to stop."""
    machine = Machine(busy=1.0)
    conversation = Conversation(machine.attention)
    machine.talk(conversation, WINDOW_S / 2, 1.0)
    assert machine.awake_s > 0.5
    machine.busy = 2.0
    machine.talk(conversation, WINDOW_S / 2, 1.0)
    machine.awake_s = 0.0
    machine.talk(conversation, WINDOW_S / 2, 1.0)
    assert machine.awake_s == 0


def test_many_links_stay_awake_once() -> None:
    """However many links are brisk, one call goes round in the loop, and its time is counted once."""
    machine = Machine()
    conversations = [Conversation(machine.attention) for _ in range(5)]
    for _ in range(2_000):
        for conversation in conversations:
            conversation.passed(100)
        machine.pass_time(WINDOW_S / 2)
        assert len(machine.soon) <= 1
    assert machine.awake_s > 0.5


async def test_a_real_loop_turns_without_waiting_and_comes_to_rest() -> None:
    """On asyncio's own loop: it goes round far more often than others wake it, and in the end not at all."""
    turns = woken = 0
    loop = asyncio.get_running_loop()
    rested = asyncio.Event()

    def call_soon(act: Callable[[], None]) -> None:
        nonlocal turns
        turns += 1
        rested.clear()
        loop.call_soon(act)
        loop.call_later(0.2, lambda before=turns: rested.set() if turns == before else None)

    seconds = count(0, 10)
    attention = Attention(0.05, idle_s=lambda: float(next(seconds)), call_soon=call_soon)
    conversation = Conversation(attention)
    async with asyncio.timeout(20):
        while turns < 1000:
            conversation.passed(1)
            woken += bool(turns)
            await asyncio.sleep(0.01)
        await rested.wait()
    assert woken < 100
