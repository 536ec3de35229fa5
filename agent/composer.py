"""From a request to a composition with a green light: a model writes, the tools run and judge."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from smolagents import AgentMemory, CodeAgent, LogLevel, Model
from smolagents.memory import ActionStep
from smolagents.utils import AgentError

from agent.browser.protocol import CompositionSummary
from agent.container import ContainerExecutor
from agent.domain import Asset, EditPlan, Expectation, FrameSample, Issue, Verdict
from agent.errors import ModelError, NotUnderstood, RoughcutError
from agent.executor import ProcessExecutor
from agent.models.answers import CANNOT, stop_waiting
from agent.prompts import instructions, task
from agent.steps import PlainSteps, Steps
from agent.tools.base import ToolPlugin, for_model
from agent.tools.bridge import Bridge, in_own_thread
from agent.tools.context import Critic, Desk, Observer, Page, Planner, ToolContext

IMPORTS_ALLOWED = ["json", "math", "re"]
_GRACE_S = 15.0
"""Over the page's own limit, which ends an endless program and says so."""
_SENDING_TIMEOUT_S = 3600.0
"""Large footage goes to a browser on another machine when a program first composes."""


@dataclass(frozen=True)
class EditRequest:
    """What to make. `previous_program` is what a follow-up starts from; `frame_rate` is the export's.

    `footage` says what is seen and heard in assets, by name, where that is known already; `plan` is worked
    step by step.
    """

    prompt: str
    assets: tuple[Asset, ...]
    previous_program: str | None = None
    expectation: Expectation = field(default_factory=Expectation)
    frame_rate: float = 30.0
    footage: Mapping[str, str] = field(default_factory=dict)
    plan: EditPlan | None = None
    example: str = ""
    """A program that came out well for a similar request; empty: none is known."""
    findings: tuple[Issue, ...] = ()
    """What was wrong with the finished video of `previous_program`, made for the same request."""


@dataclass(frozen=True)
class Limits:
    """How long a model may try."""

    steps: int = 12
    rounds: int = 4
    evaluations: int = 2
    """Finished videos that are scored, before a person has to look."""
    compose_timeout_s: float = 30.0


@dataclass(frozen=True)
class Greenlit:
    """The composition may be rendered. `message` is the model's last word."""

    program: str
    fingerprint: str
    summary: CompositionSummary
    verdict: Verdict
    samples: tuple[FrameSample, ...]
    message: str


@dataclass(frozen=True)
class OutOfRounds:
    """The last composition, not approved: a person has to look. `verdict` may be on an earlier one."""

    program: str
    fingerprint: str
    summary: CompositionSummary
    verdict: Verdict | None
    samples: tuple[FrameSample, ...]
    message: str


Outcome = Greenlit | OutOfRounds


@dataclass(frozen=True)
class StepEvent:
    """One reply of the model and what came of it."""

    number: int
    thought: str
    code: str
    observation: str
    error: str
    input_tokens: int
    output_tokens: int


async def compose(
    request: EditRequest,
    *,
    model: Model,
    page: Page,
    critic: Critic,
    tools: Sequence[ToolPlugin[Any]],
    desk: Desk | None = None,
    planner: Planner | None = None,
    steps: Steps | None = None,
    limits: Limits | None = None,
    observer: Observer | None = None,
    on_step: Callable[[StepEvent], None] | None = None,
    executor: Literal["local", "docker"] = "local",
) -> Outcome:
    """Lets `model` write, run, look and revise until there is a green light or no round or step is left.

    `executor` runs the model's Python, which is not trusted:
    - `local`: smolagents' own interpreter in a process of its own, without our environment and with limits
      on time and memory. It allows no imports but `IMPORTS_ALLOWED`, no files and no dunder access. It is an
      interpreter, not a sandbox: it does not protect against a flaw in itself, nor against what the tools
      are allowed to do.
    - `docker`: a container without network, with a read-only disk and limits on time, memory and processes.
      It does not protect against flaws of Docker or the kernel, nor against what the tools are allowed to do.
    In both the program in TypeScript runs in the browser, behind the page's own fences.

    Raises `NotUnderstood` with the model's reason if it says that it cannot do it, `ModelError` if the model
    fails, loops on one error or never composes anything, and whatever page or critic fail with.
    """
    limits = limits or Limits()
    loop = asyncio.get_running_loop()
    context = ToolContext(
        page=page,
        critic=critic,
        bridge=Bridge(loop),
        request=request.prompt,
        expectation=request.expectation,
        # A video that is mended is held to the request alone, not to what it was before.
        previous_program=None if request.findings else request.previous_program,
        rounds_allowed=limits.rounds,
        observer=observer or Observer(),
        desk=desk,
        frame_rate=request.frame_rate,
        planner=planner,
        steps=steps or PlainSteps(),
        plan=request.plan,
        compose_timeout_s=_SENDING_TIMEOUT_S + 2 * limits.compose_timeout_s + _GRACE_S,
    )

    def report(step: ActionStep) -> None:
        if on_step is not None:
            loop.call_soon_threadsafe(on_step, _event(step))

    runner = await asyncio.to_thread(ContainerExecutor.in_docker) if executor == "docker" else None
    agent = _agent(context, model, tools, limits, report, runner or ProcessExecutor(IMPORTS_ALLOWED))
    try:
        text = task(
            request.prompt,
            request.assets,
            request.previous_program,
            request.footage,
            request.plan,
            request.findings,
            request.example,
        )
        answer = await in_own_thread(lambda: _run(agent, text))
    except asyncio.CancelledError:
        agent.interrupt()  # type: ignore[no-untyped-call]
        context.bridge.cancel()
        stop_waiting(model)
        raise
    finally:
        await asyncio.to_thread(agent.cleanup)
    return _outcome(context, answer)


def _agent(
    context: ToolContext,
    model: Model,
    tools: Sequence[ToolPlugin[Any]],
    limits: Limits,
    report: Callable[[ActionStep], None],
    executor: ProcessExecutor,
) -> CodeAgent:
    def after_step(step: ActionStep, agent: CodeAgent) -> None:
        report(step)
        if context.ended or step.step_number >= limits.steps:
            agent.interrupt()  # type: ignore[no-untyped-call]

    return CodeAgent(
        tools=[for_model(tool, context) for tool in tools],
        model=model,
        instructions=instructions([tool.guidance for tool in tools if tool.guidance]),
        additional_authorized_imports=IMPORTS_ALLOWED,
        # One more than allowed: at its own limit smolagents would ask the model for a last answer.
        max_steps=limits.steps + 1,
        executor=executor,
        final_answer_checks=[_may_end(context)],
        step_callbacks={ActionStep: after_step},
        verbosity_level=LogLevel.OFF,
    )


def _may_end(context: ToolContext) -> Callable[..., bool]:
    def green_light(answer: object, memory: AgentMemory, agent: CodeAgent) -> bool:
        if _refuses(answer) or context.green_lit:
            return True
        raise ValueError(
            "there is no green light for the program composed last. Call visual_feedback(), mend what it "
            "says, then give the final answer."
        )

    return green_light


def _run(agent: CodeAgent, text: str) -> str | None:
    """The final answer; None if the agent was stopped before it gave one."""
    try:
        return str(agent.run(text))
    except AgentError as exc:
        if isinstance(exc.__cause__, RoughcutError):
            raise exc.__cause__ from exc
        if agent.interrupt_switch:
            return None
        raise ModelError(f"The model failed: {exc}") from exc


def _refuses(answer: object) -> bool:
    return str(answer).lstrip().upper().startswith(CANNOT)


def _outcome(context: ToolContext, answer: str | None) -> Outcome:
    if context.failure is not None:
        raise context.failure
    composition = context.composition
    refused = answer is not None and _refuses(answer)
    if refused and (composition is None or context.verdict is None):
        raise NotUnderstood(_reason(answer))
    if composition is None:
        raise ModelError("The model used all its steps and never composed a program that runs.")
    kind: type[Greenlit] | type[OutOfRounds] = Greenlit if context.green_lit and not refused else OutOfRounds
    message = _reason(answer) if answer is not None else _why_stopped(context)
    return kind(
        composition.program,
        composition.fingerprint,
        composition.summary,
        context.verdict,  # type: ignore[arg-type]  # a green light is a verdict
        context.samples,
        message,
    )


def _reason(answer: str | None) -> str:
    text = (answer or "").strip()
    return text[len(CANNOT) :].strip() if _refuses(text) else text


def _why_stopped(context: ToolContext) -> str:
    if context.out_of_rounds:
        return f"No green light after {context.rounds} verdicts; the last composition is kept."
    return "The model used all its steps before it gave a final answer; the last composition is kept."


def _event(step: ActionStep) -> StepEvent:
    output = step.model_output if isinstance(step.model_output, str) else ""
    usage = step.token_usage
    return StepEvent(
        number=step.step_number,
        thought=_thought(output),
        code=step.code_action or "",
        observation=step.observations or "",
        error=str(step.error) if step.error else "",
        input_tokens=usage.input_tokens if usage else 0,
        output_tokens=usage.output_tokens if usage else 0,
    )


def _thought(output: str) -> str:
    before_code = re.split(r"<code>|```", output, maxsplit=1)[0]
    return before_code.strip().removeprefix("Thought:").strip()
