"""One session's rows and folder together."""

from __future__ import annotations

import mimetypes
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy.orm import Session

from agent.domain import Artifact, Asset, JobStatus, Planned, PlanStep, Verdict
from agent.errors import StoreFailed
from agent.media.storage import DIGEST_LETTERS, sha256_of
from agent.store import artifacts, assets, compositions, evaluations, events, jobs, plans, sessions, verdicts
from agent.store.columns import JsonList, JsonObject
from agent.store.database import Database
from agent.store.fence import Fence
from agent.store.history import asset_row, history_of, is_taken_in, record_json
from agent.store.session_folder import RESTORE, JobRecord, SessionFolder, share
from agent.store.views import (
    LOCAL_TENANT,
    ArtifactView,
    EvaluationView,
    JobView,
    PlanView,
    SessionView,
    VerdictView,
    now,
)

T = TypeVar("T")


class SessionStore:
    """Writes go to the rows first, in one transaction, then to the folder, which mirrors them.

    With a fence every write raises `Superseded`, and leaves nothing, once another worker has the job. What is
    written again, as after a restart, is there once. All of it blocks: call it in a thread.
    """

    def __init__(
        self,
        database: Database,
        folder: SessionFolder,
        fence: Fence | None = None,
        flush: Callable[[], None] = lambda: None,
    ) -> None:
        self.database = database
        self.folder = folder
        self.fence = fence
        self._flush = flush

    @classmethod
    def create(cls, database: Database, home: Path, *, tenant: str = LOCAL_TENANT, title: str = "") -> Self:
        """A new session of *tenant*, with all its folders."""
        new = SessionView(str(uuid.uuid4()), tenant, title)
        database.do(partial(sessions.add, new=new))
        try:
            store = cls(database, SessionFolder.create(home, new.id))
        except StoreFailed:
            database.do(partial(sessions.delete, session_id=new.id))
            raise
        store._mirror()
        return store

    @classmethod
    def open(cls, database: Database, home: Path, reference: str) -> Self:
        """The session that *reference* names: its folder, its id, the start of its id, or a job's id.

        Raises `StoreFailed`, naming both, where rows or files are lost that the others tell of; none is made
        anew.
        """
        named = Path(reference).name if (Path(reference) / "history.json").is_file() else reference
        known = database.do(partial(sessions.find, reference=named), read_only=True)
        if known is None:
            folder = SessionFolder.open(home, reference)
            raise _lost_row(database, f"session {folder.history.session_id}", folder.root)
        root = home.absolute() / "sessions" / known.id
        if not (root / "history.json").is_file():
            raise _lost_folder(database, known, root)
        store = cls(database, SessionFolder.open(home, str(root)))
        store._refuse_losses()
        store._mirror()
        return store

    @property
    def attempt(self) -> int:
        """How often the job was begun, this time included."""
        return self._held.attempt

    @property
    def session_id(self) -> str:
        return self.folder.root.name

    @property
    def home(self) -> Path:
        """What storage paths are relative to."""
        return self.folder.root.parents[1]

    def for_job(self, fence: Fence, flush: Callable[[], None] | None = None) -> Self:
        """The same session, for the worker that has this job.

        *flush* puts on record what was told of the job, before its end is; None: as it is done here.
        """
        return type(self)(self.database, self.folder, fence, flush or self._flush)

    def view(self) -> SessionView:
        """The session as it is now."""
        return self._read(lambda session: sessions.get(session, self.session_id))

    def job(self) -> JobView:
        """The fence's job as it is now, whoever has it."""
        return self._read(lambda session: jobs.get(session, self._held.job_id))

    def save_assets(self, added: Sequence[Asset], *, b_roll: Collection[str] = ()) -> None:
        """Keeps the assets; video is raw footage, or b-roll where its name is in *b_roll*."""
        job_id = None if self.fence is None else self.fence.job_id

        def work(session: Session) -> None:
            if self.fence is not None:
                self.fence.hold(session)
            known = {row.name: row.type for row in assets.of_session(session, self.session_id)}
            for asset in added:
                is_b_roll = asset.name in b_roll
                row = asset_row(asset, self.session_id, self.folder.root, job_id=job_id, is_b_roll=is_b_roll)
                assets.add(session, replace(row, type=known.get(asset.name, row.type)))

        self._write(work)

    def save_job(self, record: JobRecord) -> None:
        """Keeps what is known of the job."""
        self._write(partial(_save_record, fence=self._held, record=record))

    def uploads(self) -> tuple[Path, ...]:
        """The files that came to the session and that no job has taken in yet."""
        rows = self._read(lambda session: assets.of_session(session, self.session_id))
        return tuple(self.home / row.storage_path for row in rows if not is_taken_in(row))

    def note(self, **values: object) -> None:
        """Sets columns of the job's row that its record does not have: what it spent, for one."""
        self._write(lambda session: jobs.update(session, self._held, **values), mirrors=False)

    def end_job(
        self,
        job_id: str,
        status: JobStatus,
        message: str,
        *,
        output: Artifact | None = None,
        hint: str = "",
        error: JsonObject | None = None,
    ) -> None:
        """Records how the job ended, for a completed one what it made and where, and tells its followers."""
        record = replace(self.folder.job(job_id), status=status, message=message, ended_at=now())
        if output is not None:
            record = replace(record, output=output.path.resolve(), output_sha256=output.sha256)
        end = partial(
            jobs.end,
            fence=self._held,
            status=status,
            message=message,
            hint=hint,
            error=error,
            record=record_json(record),
        )
        self._flush()
        self._write(end)

    def make_current(self, composition: str | None) -> None:
        """The composition, by its name, that the next request starts from; None: from nothing."""

        def work(session: Session) -> None:
            if self.fence is not None:
                self.fence.hold(session)
            row = None if composition is None else compositions.named(session, self.session_id, composition)
            sessions.make_current(session, self.session_id, None if row is None else row.id)

        self._write(work)

    def store_composition(self, fingerprint: str, program: str) -> str:
        """Keeps a version of the program; returns its name relative to the folder."""
        row = self._write(
            lambda session: compositions.add(session, self._held, fingerprint, program), mirrors=False
        )
        self.folder.keep_program(row.name, program)
        return row.name

    def store_verdict(self, verdict: Verdict) -> VerdictView:
        row = self._write(lambda session: verdicts.add(session, self._held, verdict), mirrors=False)
        self.folder.store_verdict(verdict)
        return row

    def store_plan(self, planned: Planned, model: str) -> PlanView:
        """Keeps the next version of the job's plan."""
        add = partial(
            plans.add,
            fence=self._held,
            plan=plans.plan_json(planned.plan),
            model=model,
            prompt_tokens=planned.prompt_tokens,
            completion_tokens=planned.completion_tokens,
            reason=planned.plan.reason,
        )
        return self._write(add, mirrors=False)

    def mark_step(self, step: PlanStep) -> None:
        """Marks a step of the plan that the job goes by."""
        self._write(partial(plans.mark, fence=self._held, step=step), mirrors=False)

    def add_artifact(self, path: Path, kind: str, *, sha256: str | None = None) -> ArtifactView:
        """Records a file that the job leaves behind.

        One in the session's folder is recorded under a name made of its digest, so that it stays what it is
        when another takes its name; one elsewhere is recorded where it is.
        """
        digest = sha256 or sha256_of(path)
        kept = self._place(path.resolve(), digest)
        new = ArtifactView(
            job_id=self._held.job_id,
            kind=kind,
            name=path.name,
            storage_path=self._storage_path(kept),
            sha256=digest,
            size_bytes=path.stat().st_size,
            media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        )
        row = self._write(lambda session: artifacts.add(session, self._held, new), mirrors=False)
        if not kept.exists():
            share(path, kept)
        return row

    def store_evaluation(
        self,
        *,
        total: float,
        golden: bool,
        scores: JsonObject,
        findings: JsonList,
        artifact_id: str | None = None,
    ) -> EvaluationView:
        new = EvaluationView(self._held.job_id, total, golden, scores, findings, artifact_id)
        return self._write(lambda session: evaluations.add(session, self._held, new), mirrors=False)

    def tell(self, kind: str, data: JsonObject) -> int:
        """Tells those who follow the job; returns the event's number."""
        add = partial(events.append, job_id=self._held.job_id, kind=kind, data=data, fence=self._held)
        return self._write(add, mirrors=False)

    @property
    def _held(self) -> Fence:
        if self.fence is None:
            raise StoreFailed(f"Session {self.session_id} is open without a job: `for_job` gives it one.")
        return self.fence

    def _read(self, work: Callable[[Session], T]) -> T:
        return self.database.do(work, read_only=True)

    def _write(self, work: Callable[[Session], T], *, mirrors: bool = True) -> T:
        written = self.database.do(work)
        if mirrors:
            self._mirror()
        return written

    def _mirror(self) -> None:
        """Brings `history.json` up to the rows; one at a time, so that the last leaves the newest."""

        def work(session: Session) -> None:
            lent = sessions.lock(session, self.session_id)
            history = history_of(session, lent, self.folder.root)
            if history != self.folder.history:
                self.folder.write_history(history)

        self.database.do(work)

    def _refuse_losses(self) -> None:
        """Raises `StoreFailed` where the folder tells of a job without a row, or an asset's file is gone."""
        history = self.folder.history
        rows = self._read(lambda session: jobs.of_session(session, self.session_id))
        missing = {record.job_id for record in history.jobs} - {row.id for row in rows}
        if missing:
            raise _lost_row(self.database, f"job {min(missing)}", self.folder.root)
        for asset in history.assets:
            for path in (asset.path, asset.page_path):
                if not path.is_file():
                    raise StoreFailed(f"{path}, a file of asset {asset.name}, is lost.", hint=RESTORE)

    def _place(self, path: Path, digest: str) -> Path:
        """Where an artifact is kept."""
        if not path.is_relative_to(self.folder.root.resolve()):
            return path
        return self.folder.outputs.resolve() / f"{digest[:DIGEST_LETTERS]}{path.suffix}"

    def _storage_path(self, path: Path) -> str:
        home = self.home.resolve()
        return str(path.relative_to(home) if path.is_relative_to(home) else path)


def _save_record(session: Session, fence: Fence, record: JobRecord) -> None:
    """An end that is on record already stays as it is."""
    fence.hold(session)
    if not jobs.get(session, fence.job_id).has_ended:
        jobs.update(
            session,
            fence,
            record=record_json(record),
            status=record.status,
            message=record.message,
            model=record.model,
        )


def _lost_row(database: Database, what: str, root: Path) -> StoreFailed:
    place = database.url.render_as_string(hide_password=True)
    return StoreFailed(
        f"The folder {root} tells of {what}, which the database {place} does not hold.",
        hint="Use the database that it was made with (ROUGHCUT_DATABASE_URL), or begin a new session.",
    )


def _lost_folder(database: Database, known: SessionView, root: Path) -> StoreFailed:
    place = database.url.render_as_string(hide_password=True)
    return StoreFailed(
        f"The database {place} holds session {known.id}, whose folder {root} is not there.",
        hint="Put it back from a backup, or set ROUGHCUT_HOME to where it is; else begin a new session.",
    )
