"""The parts of the browser connection that need no browser."""

from __future__ import annotations

import pytest

from agent.browser.fingerprint import fingerprint
from agent.browser.gate import RenderGate
from agent.browser.messages import render_request
from agent.domain import ExportSettings, Verdict
from agent.errors import NotGreenlit


def test_a_fingerprint_is_of_program_assets_and_core() -> None:
    """Each of them changes it; the order in which assets came does not."""
    assets = [("b.mp4", "2" * 64), ("a.mp4", "1" * 64)]
    base = fingerprint("x", assets, "4.0.3")

    assert base == fingerprint("x", reversed(assets), "4.0.3")
    assert len({base, *_others(assets)}) == 4


def test_the_gate_wants_a_green_light_for_that_very_fingerprint() -> None:
    """The last verdict counts, also when it takes a green light back."""
    gate = RenderGate()
    gate.record(Verdict("a", True, "checks"))
    gate.require("a")

    with pytest.raises(NotGreenlit):
        gate.require("b")
    gate.record(Verdict("a", False, "checks"))
    with pytest.raises(NotGreenlit):
        gate.require("a")


def test_sound_for_aac_leaves_the_page_as_pcm() -> None:
    """In the only container that carries it; other sound is ready to play."""
    delivered = render_request("f", ExportSettings(), None)
    web = render_request("f", ExportSettings("webm", "vp9", "opus"), None)

    assert (delivered.format, delivered.audio) == ("mov", "pcm")
    assert (web.format, web.codec, web.audio) == ("webm", "vp9", "opus")


def test_a_licence_key_does_not_show() -> None:
    """Not even in the repr of the request."""
    assert "secret" not in repr(render_request("f", ExportSettings(), "secret"))


def _others(assets: list[tuple[str, str]]) -> list[str]:
    return [
        fingerprint("y", assets, "4.0.3"),
        fingerprint("x", assets[:1], "4.0.3"),
        fingerprint("x", assets, "4.0.4"),
    ]
