"""The composition root: settings in, collaborators out. The only place that picks implementations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from agent.settings import Settings

if TYPE_CHECKING:
    from smolagents import Model

    from agent.domain import Judge, RetentionJudge
    from agent.evaluation.evaluate import OnProgress
    from agent.evaluation.subject import Subject
    from agent.evaluation.values import Evaluation
    from agent.media.analysis.analyst import Analyst
    from agent.media.ingest import Usable
    from agent.models.meter import Meter
    from agent.store.database import Database
    from agent.store.session_store import SessionStore
    from agent.tools.base import Plugins
    from agent.workspace import Services

OFFLINE = "offline"


def build_services(settings: Settings) -> Services:
    """The parts that the settings ask for; nothing is opened yet."""
    # Here, because half of the commands only look into the database: these cost a second.
    from agent.browser.connect import BrowserOptions
    from agent.composer import Limits
    from agent.workspace import Services

    return Services(
        settings=settings,
        browser=BrowserOptions.of(settings),
        analyst=analyst(settings),
        plugins=tool_plugins(settings),
        surveys=settings.model is not None,
        limits=Limits(
            steps=settings.max_steps,
            rounds=settings.max_rounds,
            compose_timeout_s=settings.compose_timeout_s,
            # Rules without a model write the same program again.
            evaluations=settings.evaluation_rounds if settings.model else 1,
        ),
        refuse_beforehand=_refuse_nothing if settings.model else _refused_by_rules,
        find_example=_golden_example if settings.model else _no_example,
        evaluate=partial(_evaluated, settings),
        model_name=settings.model or OFFLINE,
        new_model=lambda replies: _recorded_model(settings, replies),
        new_judge=lambda replies, meter: _recorded_judge(settings, replies, meter),
    )


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Where jobs are on record: the database that the settings name, else the one at home."""
    from agent.store.database import Database, default_url

    named = settings.database_url
    url = named.get_secret_value() if named else default_url(settings.home)
    database = await asyncio.to_thread(Database.open, url)
    try:
        yield database
    finally:
        await asyncio.to_thread(database.close)


def tool_plugins(settings: Settings) -> Plugins:
    """The tools that a model has, ours and those of other packages."""
    from agent.installed_docs import docs_index
    from agent.tools.base import with_installed
    from agent.tools.built_in import composing_tools, footage_tools, plan_tools

    return with_installed([*composing_tools(docs_index(settings)), *footage_tools(), *plan_tools()])


def analyst(settings: Settings) -> Analyst:
    """Looks and listens to footage; transcribes where faster-whisper is installed."""
    from agent.media.analysis.analyst import Analyst
    from agent.media.analysis.speech import Transcriber

    installed = find_spec("faster_whisper") is not None
    return Analyst(settings.cache / "analysis", Transcriber(settings.speech_model) if installed else None)


def _refuse_nothing(request: str, files: Sequence[Usable]) -> None:
    """What a model makes of a request is known when it has been asked."""


def _refused_by_rules(request: str, files: Sequence[Usable]) -> None:
    from agent.models.offline.beforehand import refuse_beforehand

    refuse_beforehand(request, files)


async def _golden_example(store: SessionStore, request: str) -> str:
    """The program of the tenant's golden render whose request is most like this one."""
    from agent.evaluation.golden import nearest
    from agent.evaluation.golden_store import golden_renders

    tenant = store.job().tenant
    known = await store.database.run(partial(golden_renders, tenant=tenant), read_only=True)
    found = nearest(request, known)
    return found.program if found else ""


async def _no_example(store: SessionStore, request: str) -> str:
    """Rules learn nothing from examples."""
    return ""


async def _evaluated(
    settings: Settings, path: Path, subject: Subject, replies: Path, meter: Meter, tell: OnProgress
) -> Evaluation:
    """The file's scores, with every part that this installation can judge."""
    from agent.evaluation.evaluate import evaluate
    from agent.models.recorded import RecordedRetentionJudge

    async with retention_judge(settings, meter) as judge:
        return await evaluate(
            path,
            subject,
            cache=settings.cache / "evaluation",
            judge=RecordedRetentionJudge(judge, replies, meter) if judge else None,
            on_progress=tell,
        )


@asynccontextmanager
async def retention_judge(
    settings: Settings, meter: Meter | None = None
) -> AsyncIterator[RetentionJudge | None]:
    """The vision model as one who marks how well a video holds its viewers; None without one."""
    if settings.critic_model is None:
        yield None
        return
    from agent.evaluation.retention_model import VisionRetentionJudge

    judge = VisionRetentionJudge(**_endpoint(settings, settings.critic_model), meter=meter)
    try:
        yield judge
    finally:
        await judge.close()


def _recorded_model(settings: Settings, replies: Path) -> Model:
    from agent.models.recorded import RecordedModel

    return RecordedModel(_model(settings, conversation=replies.stem), replies)


def _model(settings: Settings, conversation: str) -> Model:
    if settings.model is None:
        from agent.models.offline.model import OfflineModel

        return OfflineModel()
    from agent.models.openai import chat_model

    return chat_model(settings, conversation)


@asynccontextmanager
async def _recorded_judge(settings: Settings, replies: Path, meter: Meter) -> AsyncIterator[Judge | None]:
    if settings.critic_model is None:
        yield None
        return
    from agent.critic.vision import VisionCritic
    from agent.models.recorded import RecordedJudge

    critic = VisionCritic(**_endpoint(settings, settings.critic_model), meter=meter)
    try:
        yield RecordedJudge(critic, replies, meter)
    finally:
        await critic.close()


class _Endpoint(TypedDict):
    model: str
    api_key: str | None
    base_url: str | None
    timeout_s: float
    attempts: int


def _endpoint(settings: Settings, model: str) -> _Endpoint:
    """Where the vision model is asked."""
    key = settings.critic_api_key or settings.model_api_key
    return {
        "model": model,
        "api_key": key.get_secret_value() if key else None,
        "base_url": settings.critic_base_url or settings.model_base_url,
        "timeout_s": settings.model_timeout_s,
        "attempts": settings.model_attempts,
    }
