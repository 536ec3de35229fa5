"""The compose stage: the agent's work, each step of it told and stored as it happens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

from pydantic import JsonValue
from smolagents import Model, TokenUsage

from agent.browser.protocol import Composed, Rejected
from agent.composer import EditRequest, Outcome, StepEvent, compose
from agent.critic.review import Critic
from agent.critic.sheet import write_contact_sheet
from agent.domain import (
    EditPlan,
    EventKind,
    FrameSample,
    JobEvent,
    Planned,
    PlanStep,
    Stage,
    Verdict,
)
from agent.durable import DurableCritic, DurableModel, DurablePage, MeteredSteps
from agent.errors import OutputRefused
from agent.models.meter import Meter
from agent.models.prices import cost_usd
from agent.planner import make_plan
from agent.store import model_calls, plans
from agent.store.session_folder import JobRecord
from agent.tools.context import Observer
from agent.workspace import Workspace

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Minds:
    """Who thinks in a job: the model that plans and writes, and the critic."""

    model: Model
    critic: Critic
    judging: MeteredSteps
    """Of those who look: the critic, and the judge of the finished file."""


@asynccontextmanager
async def minds(workspace: Workspace, job: JobRecord) -> AsyncIterator[Minds]:
    """A model and a critic whose every reply is recorded, and paid once."""
    services, replies = workspace.services, workspace.folder.replies_path(job.job_id)
    bill, steps, leave = _Bill(workspace), workspace.attempt.steps, partial(_leave_to_ask, workspace)
    model = DurableModel(services.new_model(replies), steps, partial(bill.heard, job.model), leave)
    meter, vision = Meter(leave), services.settings.critic_model or ""
    async with services.new_judge(replies, meter) as judge:
        critic = Critic(judge, watermarked=job.marked)
        yield Minds(model, critic, MeteredSteps(steps, meter, partial(bill.heard, vision)))


async def planned(
    workspace: Workspace, job: JobRecord, request: EditRequest, model: Model, *, approved: bool
) -> EditPlan:
    """The plan of the job, stored and told; one that a person has *approved* is not made anew."""
    async with workspace.stage(Stage.PLAN, f"{job.model} plans the edit"):
        if approved:
            found = await _approved_plan(workspace, job)
        else:
            found = await make_plan(request, workspace.services.plugins.tools, model)
    await _Recorder(workspace, job.job_id).planned(found)
    return found.plan


async def plan_on_record(workspace: Workspace, job: JobRecord) -> EditPlan:
    """The version that the job goes by, with what is marked of it."""
    kept = await workspace.store.database.run(partial(plans.current, job_id=job.job_id), read_only=True)
    assert kept is not None, "a plan is stored before anybody goes by it"
    return plans.plan_of(kept.plan)


async def composed(workspace: Workspace, job: JobRecord, request: EditRequest, who: Minds) -> Outcome:
    """What the agent made of the request, with a green light or without one."""
    services, steps = workspace.services, workspace.attempt.steps
    async with workspace.stage(Stage.COMPOSE, f"{job.model} works on the request"):
        await workspace.page.present(prompt=job.request, stage="Composing")
        return await compose(
            request,
            model=who.model,
            page=DurablePage(workspace.page, steps, workspace.folder),
            critic=DurableCritic(who.critic, who.judging),
            tools=services.plugins.tools,
            desk=workspace,
            steps=steps,
            planner=partial(_plan_again, workspace, request, who.model),
            limits=replace(services.limits, steps=job.max_steps, rounds=job.max_rounds),
            observer=_Recorder(workspace, job.job_id),
            on_step=partial(_tell_step, workspace),
            executor=services.settings.executor,
        )


def keep_sheet(workspace: Workspace, outcome: Outcome, wanted: Path | None) -> Path | None:
    """The judged frames as one picture in the session, and where the user wants it."""
    if not outcome.samples:
        return None
    kept = workspace.folder.root / "samples" / f"{outcome.fingerprint[:12]}.png"
    for path in filter(None, (kept, wanted)):
        try:
            write_contact_sheet(outcome.samples, path)
        except OSError as exc:
            raise OutputRefused(f"Cannot write the contact sheet {path}: {exc.strerror}.") from exc
    return wanted or kept


async def _approved_plan(workspace: Workspace, job: JobRecord) -> Planned:
    """As it was when work on it began, whatever the edit has made of it since."""

    async def read() -> JsonValue:
        return dict(plans.plan_json(await plan_on_record(workspace, job)))

    kept = await workspace.attempt.steps.run("approved plan", read)
    return Planned(plans.plan_of(cast("dict[str, JsonValue]", kept)).unmarked())


async def _plan_again(
    workspace: Workspace, request: EditRequest, model: Model, previous: EditPlan, reason: str
) -> Planned:
    return await make_plan(request, workspace.services.plugins.tools, model, previous=previous, reason=reason)


def _tell_step(workspace: Workspace, step: StepEvent) -> None:
    said = step.thought.splitlines()[0] if step.thought else "the model's code ran"
    log.info("step done", extra={"action": "model_step", **asdict(step)})
    message = f"step {step.number}: {said}"
    workspace.notify(JobEvent(Stage.COMPOSE, message, kind=EventKind.STEP, data=asdict(step)))


def _leave_to_ask(workspace: Workspace) -> float:
    """The seconds that a call of the model has to wait, of all that the tenant makes in a minute."""
    per_minute, store = workspace.services.settings.model_calls_per_minute, workspace.store
    if per_minute is None:
        return 0.0
    tenant = store.job().tenant
    return store.database.do(partial(model_calls.take, tenant=tenant, per_minute=per_minute))


class _Bill:
    """What the replies of all models cost in tokens and, where all their prices are known, in money."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._tokens_in = self._tokens_out = 0
        self._cost_usd: float | None = 0.0
        self._loop = asyncio.get_running_loop()

    def heard(self, model: str, usage: TokenUsage) -> None:
        """Counts replies, in a thread of its own; a run that goes on hears those of the record again."""
        if not usage.input_tokens + usage.output_tokens:
            return
        self._tokens_in += usage.input_tokens
        self._tokens_out += usage.output_tokens
        cost = cost_usd(model, usage.input_tokens, usage.output_tokens)
        self._cost_usd = None if self._cost_usd is None or cost is None else self._cost_usd + cost
        spent = {"tokens_in": self._tokens_in, "tokens_out": self._tokens_out, "cost_usd": self._cost_usd}
        self._workspace.store.note(**spent)
        message = f"{self._tokens_in} tokens in, {self._tokens_out} out"
        event = JobEvent(self._workspace.current_stage, message, kind=EventKind.COST, data=spent)
        self._loop.call_soon_threadsafe(self._workspace.notify, event)


class _Recorder(Observer):
    """Stores what the tools did before the model hears of it, and shows it at the page."""

    def __init__(self, workspace: Workspace, job_id: str) -> None:
        self._workspace = workspace
        self._store = workspace.store
        self._job_id = job_id

    async def composed(self, program: str, composed: Composed) -> None:
        name = await asyncio.to_thread(self._store.store_composition, composed.fingerprint, program)
        job = replace(
            self._store.folder.job(self._job_id), composition=name, fingerprint=composed.fingerprint
        )
        await asyncio.to_thread(self._store.save_job, job)
        seconds = composed.summary.duration_seconds
        self._tell(
            EventKind.CODE, f"composed {seconds:g} s", program=program, fingerprint=composed.fingerprint
        )

    async def rejected(self, program: str, rejected: Rejected) -> None:
        await asyncio.to_thread(self._store.folder.store_refused, program)
        log.info("program refused", extra={"action": "program_refused", **rejected.model_dump()})
        told = [found.message for found in rejected.diagnostics]
        self._tell(EventKind.CODE, f"refused: {rejected.reason}", program=program, diagnostics=told)

    async def reviewed(self, verdict: Verdict, samples: Sequence[FrameSample]) -> None:
        await asyncio.to_thread(self._store.folder.store_samples, verdict.fingerprint, samples)
        await asyncio.to_thread(self._store.store_verdict, verdict)
        times = [sample.timestamp_s for sample in samples]
        self._tell(EventKind.SAMPLES, f"{len(times)} frames", times_s=times, fingerprint=verdict.fingerprint)
        self._tell(EventKind.VERDICT, verdict.summary or "judged", **asdict(replace(verdict, summary="")))
        await self._workspace.page.present(verdict=verdict)

    async def planned(self, planned: Planned) -> None:
        await asyncio.to_thread(self._store.store_plan, planned, self._workspace.services.model_name)
        message = f"plan {planned.plan.version}: {len(planned.plan.steps)} steps"
        stage = Stage.PLAN if planned.plan.version == 1 else Stage.COMPOSE
        data = {"plan": asdict(planned.plan)}
        self._workspace.notify(JobEvent(stage, message, kind=EventKind.PLAN, data=data))

    async def marked(self, step: PlanStep) -> None:
        await asyncio.to_thread(self._store.mark_step, step)
        self._tell(EventKind.PLAN, f"{step.number}. {step.task}: {step.status}", step=asdict(step))

    def _tell(self, kind: EventKind, message: str, **data: object) -> None:
        self._workspace.notify(JobEvent(Stage.COMPOSE, message, kind=kind, data=data))
