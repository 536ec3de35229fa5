"""The tool that asks for a verdict: frames by the encoder's own path, judged by the critic."""

from __future__ import annotations

from agent.browser.protocol import Composed, CompositionSummary
from agent.critic.sampling import sampling_times
from agent.critic.unchanged import Previous
from agent.domain import FrameSample, Issue, Severity, Verdict
from agent.errors import RoughcutError
from agent.tools.base import Arguments, ToolPlugin
from agent.tools.bridge import ToolFailed
from agent.tools.context import Composition, ToolContext
from agent.tools.video_editor import trial_program

SAMPLE_WIDTH_PX = 640


class VisualFeedback(ToolPlugin[Arguments]):
    """`visual_feedback()` for the model's Python code."""

    name = "visual_feedback"
    arguments = Arguments
    purpose = "Judges the current composition by its frames: one a second, and those about cuts and texts."
    returns = (
        "Returns 'GREEN LIGHT', which the final answer needs, or 'NOT APPROVED' with issues: code, time, "
        "what is wrong, how to mend it. Rounds are limited."
    )

    def limit_s(self, context: ToolContext) -> float:
        return context.review_timeout_s

    async def run(self, context: ToolContext, given: Arguments) -> str:
        return await judge_composition(context)

    async def try_out(self, context: ToolContext) -> None:
        composed = await context.page.compose(trial_program(context))
        if not isinstance(composed, Composed):
            raise ToolFailed(f"FAILED: the program of the trial was not composed: {composed.reason}.")
        context.composition = Composition("", composed.fingerprint, composed.summary)
        await judge_composition(context)


async def judge_composition(context: ToolContext) -> str:
    """The verdict in words. A composition that was judged already costs no second round.

    Raises `ToolFailed` when there is nothing to judge or no round left; ends the edit when page, critic or
    store fail. A verdict that is not stored opens nothing.
    """
    context.require_not_ended()
    composition = context.composition
    if composition is None:
        raise ToolFailed("FAILED: nothing is composed yet; call video_editor(program) first.")
    if context.verdict is not None and context.verdict.fingerprint == composition.fingerprint:
        again = _describe(context, context.verdict)
        return f"This composition was judged already, and is judged the same.\n{again}"
    try:
        await _judge(context)
    except RoughcutError as exc:
        context.fail(exc)
        raise ToolFailed(f"FAILED: {exc}") from exc
    assert context.verdict is not None, "a judged composition has a verdict"
    return _describe(context, context.verdict)


async def _judge(context: ToolContext) -> None:
    composition = context.composition
    assert composition is not None, "checked by the caller"
    if context.previous is None and context.previous_program is not None:
        context.previous = await _drawn(context, context.previous_program, composition)
    samples = await _samples(context, composition.summary)
    verdict = await context.critic.review(
        composition.fingerprint,
        context.request,
        composition.summary,
        samples,
        context.expectation,
        context.previous,
    )
    await context.store(context.observer.reviewed(verdict, samples))
    context.page.gate.record(verdict)
    context.verdict, context.samples = verdict, samples
    context.rounds += 1


async def _drawn(context: ToolContext, program: str, current: Composition) -> Previous | None:
    """*program* as it looks; the page shows *current* again afterwards. None for one that no longer runs."""
    composed = await context.page.compose(program)
    if not isinstance(composed, Composed):
        return None
    previous = Previous(composed.summary, await _samples(context, composed.summary))
    again = await context.page.compose(current.program)
    assert isinstance(again, Composed), "a program that ran runs again: it is no state"
    return previous


async def _samples(context: ToolContext, summary: CompositionSummary) -> tuple[FrameSample, ...]:
    times = sampling_times(summary, context.frame_rate)
    return await context.page.sample(times=times, width=SAMPLE_WIDTH_PX, frame_rate=context.frame_rate)


def _describe(context: ToolContext, verdict: Verdict) -> str:
    lines = [_headline(context, verdict)]
    if verdict.summary:
        lines.append(verdict.summary)
    return "\n".join([*lines, *(describe_issue(issue) for issue in verdict.issues)])


def _headline(context: ToolContext, verdict: Verdict) -> str:
    if verdict.green_light:
        return f"GREEN LIGHT (judged by {verdict.judged_by}): give the final answer to have it rendered."
    left = context.rounds_allowed - context.rounds
    return f"NOT APPROVED (judged by {verdict.judged_by}); {left} of {context.rounds_allowed} rounds left."


def describe_issue(issue: Issue) -> str:
    """One line: severity and code, time, what is wrong, how to mend it."""
    severity = "BLOCKER" if issue.severity is Severity.BLOCKER else "WARNING"
    at = f" at {issue.time_s:g} s" if issue.time_s is not None else ""
    fix = f" Fix: {issue.suggested_fix}" if issue.suggested_fix else ""
    return f"- [{severity} {issue.code}]{at}: {issue.message}{fix}"
