"""The plugin protocol: a tool says in one place what it is for, what it takes, and how it is tried out.

A package of its own adds a tool by the entry point group `roughcut.tools`, whose entries name subclasses of
`ToolPlugin`.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import JsonValue as Recordable
from smolagents import Tool

from agent.tools.bridge import ToolFailed
from agent.tools.context import ToolContext
from agent.tracing import span

ENTRY_POINTS = "roughcut.tools"

JsonValue = str | int | float | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
"""What a tool returns: the model's Python may run in another process."""


class Arguments(BaseModel):
    """Base of what tools take: each field is an argument, its description tells the model what to give."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


A = TypeVar("A", bound=Arguments)


class ToolPlugin(ABC, Generic[A]):
    """A tool that the model's Python can call by `name`."""

    name: ClassVar[str]
    arguments: ClassVar[type[Arguments]]
    returns: ClassVar[str]
    """One or two sentences for who writes code: what comes back, in what units."""
    purpose: ClassVar[str]
    """One sentence for who plans: what it can do, and when to use it."""
    guidance: ClassVar[str] = ""
    """What else who writes code should know; goes into the instructions."""
    in_plans: ClassVar[bool] = True
    """Whether a step of a plan can be done with it."""
    recorded: ClassVar[bool] = False
    """Whether a job that goes on after a crash takes the result from the record; for a tool that changes
    nothing but the session's files, and works longer than a moment.
    """
    timeout_s: ClassVar[float] = 60.0

    def limit_s(self, context: ToolContext) -> float:
        """How long a call may take in this edit."""
        return self.timeout_s

    @abstractmethod
    async def run(self, context: ToolContext, given: A) -> JsonValue:
        """Does the work. Raises `ToolFailed`, with words for the model, when it cannot."""

    @abstractmethod
    async def try_out(self, context: ToolContext) -> None:
        """Does its work once on the assets of `context`, which are dummies. Raises what fails."""


@dataclass(frozen=True)
class Plugins:
    """The tools that could be loaded, and in words those that could not."""

    tools: tuple[ToolPlugin[Any], ...]  # each has arguments of its own
    problems: tuple[str, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    """Where the tools come from that are not ours, by name."""


def with_installed(built_in: Sequence[ToolPlugin[Any]]) -> Plugins:
    """The built-in tools and those of other packages; one that does not load is reported and left out."""
    tools, problems, packages = list(built_in), [], {}
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        try:
            tool = _loaded(entry, {tool.name for tool in tools})
        except Exception as exc:  # noqa: BLE001  whatever a foreign package raises, the others go on
            problems.append(f"Tool {entry.name!r} of {_package(entry)} was left out: {exc}")
        else:
            tools.append(tool)
            packages[tool.name] = _package(entry)
    return Plugins(tuple(tools), tuple(problems), packages)


def for_model(plugin: ToolPlugin[Any], context: ToolContext) -> Tool:
    """The plugin as smolagents calls it; a wrong argument is told with what was expected."""
    return _PluginTool(plugin, context)


class _PluginTool(Tool):  # type: ignore[no-untyped-call]  # smolagents is half typed
    skip_forward_signature_validation = True
    output_type = "any"

    def __init__(self, plugin: ToolPlugin[Any], context: ToolContext) -> None:
        self.name = plugin.name
        self.description = f"{plugin.purpose} {plugin.returns}"
        self.inputs = _inputs(plugin.arguments)
        super().__init__()  # type: ignore[no-untyped-call]
        self._plugin = plugin
        self._context = context

    def forward(self, *values: object, **named: object) -> JsonValue:
        with span(self.name, kind="tool") as traced:
            given = self._given(values, named)
            traced.add_payload(in_=given.model_dump(mode="json"))
            result = self._context.bridge.call(self._run(given), self._plugin.limit_s(self._context))
            traced.add_payload(out=result)
        return result

    async def _run(self, given: Arguments) -> JsonValue:
        async def work() -> Recordable:
            return cast(Recordable, await self._plugin.run(self._context, given))

        if not self._plugin.recorded:
            return await work()
        return cast(JsonValue, await self._context.steps.run(f"tool {self.name}", work))

    def _given(self, values: tuple[object, ...], named: dict[str, object]) -> Arguments:
        names = list(self._plugin.arguments.model_fields)
        if len(values) > len(names):
            raise ToolFailed(f"FAILED: {self.name} takes {len(names)} arguments, got {len(values)}.")
        try:
            return self._plugin.arguments.model_validate({**dict(zip(names, values, strict=False)), **named})
        except ValidationError as exc:
            raise ToolFailed(f"FAILED: {self.name}: {_faults(exc)}") from exc


_TYPES = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "array": "array",
}


def _inputs(arguments: type[Arguments]) -> dict[str, dict[str, str | type | bool]]:
    """As smolagents describes arguments to a model."""
    schema = arguments.model_json_schema()
    required = schema.get("required", ())
    inputs: dict[str, dict[str, str | type | bool]] = {}
    for name, found in schema.get("properties", {}).items():
        default = "" if name in required else f" Default: {found.get('default')!r}."
        inputs[name] = {
            "type": _TYPES.get(found.get("type", ""), "any"),
            "description": f"{found.get('description', '')}{default}".strip(),
            "nullable": name not in required,
        }
    return inputs


def _faults(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['msg']}, got {fault['input']!r:.80}"
        for fault in error.errors(include_url=False)
    )


def _loaded(entry: EntryPoint, taken: set[str]) -> ToolPlugin[Any]:
    found = entry.load()
    if not (inspect.isclass(found) and issubclass(found, ToolPlugin)):
        raise TypeError(f"expected a subclass of ToolPlugin, found {found!r}")
    tool: ToolPlugin[Any] = found()
    missing = [part for part in ("name", "arguments", "returns", "purpose") if not hasattr(tool, part)]
    if missing:
        raise TypeError(f"it states no {', '.join(missing)}")
    if tool.name in taken:
        raise ValueError(f"there is a tool {tool.name!r} already")
    return tool


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
