"""Tools join by an entry point, say what they take, and cannot take the others down with them."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import cast

import pytest

from agent.services import tool_plugins
from agent.settings import Settings
from agent.tools.base import ToolPlugin, for_model, with_installed
from agent.tools.bridge import Bridge, ToolFailed
from agent.tools.context import Page, ToolContext
from agent.tools.metadata import Metadata

SHOUT = """
from pydantic import Field
from agent.tools.base import Arguments, ToolPlugin

class ShoutArguments(Arguments):
    text: str = Field(description="What to shout.")
    times: int = Field(default=1, ge=1, le=3, description="How often.")

class Shout(ToolPlugin[ShoutArguments]):
    name = "shout"
    arguments = ShoutArguments
    purpose = "Shouts; use it when nobody listens."
    returns = "Returns the text in capitals."

    async def run(self, context, given):
        return given.text.upper() * given.times

    async def try_out(self, context):
        assert await self.run(context, ShoutArguments(text="a")) == "A"
"""


def install(folder: Path, module: str, source: str, entry: str) -> None:
    """As an installer leaves a package: its module, and its metadata beside it."""
    (folder / f"{module}.py").write_text(source)
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[roughcut.tools]\n{entry}\n")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder from which packages are imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("shouting", "broken", "thief"):
        sys.modules.pop(name, None)


def context(loop: asyncio.AbstractEventLoop) -> ToolContext:
    nobody = cast(Page, None)
    return ToolContext(nobody, None, Bridge(loop), "", None, 1)  # type: ignore[arg-type]


async def call(plugin: ToolPlugin, *values: object, **named: object) -> object:
    """As the agent's thread does it."""
    tool = for_model(plugin, context(asyncio.get_running_loop()))
    return await asyncio.to_thread(lambda: tool(*values, **named))


async def test_a_tool_of_another_package_is_there(elsewhere: Path):
    """It is found by its entry point, described to the model, and called by position and by name."""
    install(elsewhere, "shouting", SHOUT, "shout = shouting:Shout")

    plugins = with_installed([Metadata()])

    assert plugins.problems == ()
    assert [tool.name for tool in plugins.tools] == ["metadata", "shout"]
    shout = plugins.tools[1]
    described = for_model(shout, context(asyncio.get_running_loop()))
    assert described.inputs["times"]["type"] == "integer"
    assert "nobody listens" in described.description
    assert await call(shout, "hey", times=2) == "HEYHEY"
    await shout.try_out(context(asyncio.get_running_loop()))


@pytest.mark.parametrize(
    ("source", "entry", "why"),
    [
        ("raise RuntimeError('no licence')", "broken = broken:Tool", "no licence"),
        ("Tool = 5", "broken = broken:Tool", "expected a subclass of ToolPlugin"),
        ("", "broken = broken:Missing", "Missing"),
        (SHOUT.replace('name = "shout"', 'name = "metadata"'), "broken = broken:Shout", "already"),
        (SHOUT.replace("    async def run", "    async def walk"), "broken = broken:Shout", "abstract"),
    ],
    ids=["raises", "no tool", "not there", "taken name", "unfinished"],
)
def test_a_tool_that_does_not_load_is_reported(elsewhere: Path, source: str, entry: str, why: str):
    """The others are there, and the report names package and reason."""
    install(elsewhere, "broken", source, entry)

    plugins = with_installed([Metadata()])

    assert [tool.name for tool in plugins.tools] == ["metadata"]
    (problem,) = plugins.problems
    assert "broken" in problem
    assert why in problem


async def test_wrong_arguments_are_told_with_what_was_expected(elsewhere: Path):
    """A wrong type, a number out of its range, a name that is not there, one value too many."""
    install(elsewhere, "shouting", SHOUT, "shout = shouting:Shout")
    shout = with_installed([]).tools[0]

    for values, named, told in [
        (("hey",), {"times": 9}, "times: Input should be less than or equal to 3, got 9"),
        ((), {}, "text: Field required"),
        (("hey",), {"loud": True}, "loud: Extra inputs are not permitted"),
        (("hey", 1, 2), {}, "takes 2 arguments, got 3"),
    ]:
        with pytest.raises(ToolFailed, match=told):
            await call(shout, *values, **named)


def test_every_tool_of_ours_is_fit_for_planner_and_coder():
    """Each says in a sentence what it is for and what it returns, and describes its arguments."""
    for tool in tool_plugins(Settings()).tools:
        assert tool.purpose.endswith(".") and tool.returns.endswith("."), tool.name
        for name, field in tool.arguments.model_fields.items():
            assert field.description, f"{tool.name}.{name}"
