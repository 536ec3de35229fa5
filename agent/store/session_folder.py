"""The folder of one session: its assets, every composition, samples, verdicts, logs and `history.json`.

<home>/sessions/<uuid>/
    history.json            what was asked, tried, judged and made, in order
    assets/  proxies/       the session's own copies of the footage
    analysis/               what is seen and heard in it: <digest>.json, and <digest>.png for people
    compositions/           0001-<fingerprint>.ts, one file a version
    samples/                <fingerprint>/00003.000.jpg, and sheet.jpg of the same frames
    verdicts/               0001-<fingerprint>.json
    outputs/                rendered and delivered files
    logs/                   <job>.jsonl: each model reply, in order; what `replay` plays back
"""

from __future__ import annotations

import glob
import json
import logging
import os
import shutil
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter, ValidationError

from agent.domain import Artifact, Asset, ExportSettings, FrameSample, JobStatus, Verdict
from agent.errors import BadInput, NotFound, StoreFailed
from agent.media.analysis.values import Analysis
from agent.media.storage import DIGEST_LETTERS, written_aside
from agent.store.sessions import SHORTEST_START

log = logging.getLogger(__name__)

HISTORY_VERSION = 1
RESTORE = "Put it back from a backup; what else the session holds is unharmed."
FOLDERS = ("assets", "proxies", "analysis", "compositions", "samples", "verdicts", "outputs", "logs")


@dataclass(frozen=True)
class JobRecord:
    """One edit request of the session and how far it came; compositions are named relative to the folder."""

    job_id: str
    request: str
    model: str
    started_at: datetime
    status: JobStatus = JobStatus.PENDING
    ended_at: datetime | None = None
    message: str = ""
    export: ExportSettings = field(default_factory=ExportSettings)
    max_steps: int = 12
    max_rounds: int = 4
    marked: bool = True
    """Whether core drew its mark, for want of a licence key."""
    asset_names: tuple[str, ...] = ()
    """What the session held when the job began."""
    surveyed: bool = False
    """Whether the model was told what is seen and heard in the footage."""
    example: str = ""
    """The program of a golden render of a similar request, which the model was shown."""
    previous_composition: str | None = None
    composition: str | None = None
    fingerprint: str | None = None
    output: Path | None = None
    output_sha256: str | None = None


@dataclass(frozen=True)
class History:
    """Everything `history.json` holds."""

    session_id: str
    created_at: datetime
    version: int = HISTORY_VERSION
    assets: tuple[Asset, ...] = ()
    jobs: tuple[JobRecord, ...] = ()
    current_composition: str | None = None


class SessionFolder:
    """Reads and writes one session's folder; each write is complete or absent.

    Its paths are absolute: browsers and ffmpeg, which are given them, work in other folders.
    """

    def __init__(self, root: Path, history: History) -> None:
        self.root = root
        self.history = history

    @classmethod
    def create(cls, home: Path, session_id: str | None = None) -> Self:
        """A new session under `home`, with all its folders."""
        session_id = session_id or str(uuid.uuid4())
        folder = cls(home.absolute() / "sessions" / session_id, History(session_id, datetime.now(UTC)))
        try:
            for name in FOLDERS:
                (folder.root / name).mkdir(parents=True)
        except OSError as exc:
            raise StoreFailed.at(folder.root, exc) from exc
        folder.write_history(folder.history)
        return folder

    @classmethod
    def open(cls, home: Path, reference: str) -> Self:
        """The session that `reference` names: its folder, its id or a job's, or the start of either."""
        for root in _candidates(home.absolute(), reference):
            return cls(root, _read_history(root / "history.json"))
        raise NotFound(
            f"No session or job {reference!r} under {home / 'sessions'}.",
            hint="Give the session folder that `roughcut edit` printed, or set ROUGHCUT_HOME as it was then.",
        )

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def outputs(self) -> Path:
        return self.root / "outputs"

    @property
    def current_composition(self) -> str | None:
        """Name of the composition that a follow-up starts from, relative to the folder."""
        return self.history.current_composition

    def program(self, composition: str) -> str:
        path = self.root / composition
        try:
            return path.read_text(encoding="utf-8")
        except OSError as exc:
            raise StoreFailed(f"{path} is lost: {exc.strerror}.", hint=RESTORE) from exc

    def job(self, job_id: str) -> JobRecord:
        for job in self.history.jobs:
            if job.job_id == job_id:
                return job
        raise BadInput(f"Session {self.history.session_id} has no job {job_id}.")

    def whole_id(self, reference: str) -> str:
        """The id of the job that *reference* begins, the last one of several; else *reference* as it is."""
        ids = [job.job_id for job in self.history.jobs if job.job_id.startswith(reference)]
        return ids[-1] if ids and _may_begin_id(reference) else reference

    def replies_path(self, job_id: str) -> Path:
        return self.logs / f"{job_id}.jsonl"

    def log_path(self, job_id: str) -> Path:
        return self.logs / f"{job_id}.log"

    def write_history(self, history: History) -> None:
        """Replaces what is known of the session."""
        write_aside(self.root / "history.json", _HISTORY.dump_json(history, indent=2))
        self.history = history

    def save_assets(self, assets: Sequence[Asset]) -> None:
        self.write_history(replace(self.history, assets=tuple(assets)))

    def save_job(self, job: JobRecord) -> None:
        """Adds the job, or replaces what was known of it."""
        others = tuple(known for known in self.history.jobs if known.job_id != job.job_id)
        self.write_history(replace(self.history, jobs=(*others, job)))

    def end_job(
        self, job_id: str, status: JobStatus, message: str, *, output: Artifact | None = None
    ) -> None:
        """Records how the job ended, and for a completed one what it made and where."""
        job = replace(self.job(job_id), status=status, message=message, ended_at=datetime.now(UTC))
        if output is not None:
            job = replace(job, output=output.path.resolve(), output_sha256=output.sha256)
        self.save_job(job)

    def make_current(self, composition: str | None) -> None:
        """The composition that the next request starts from; None: from nothing."""
        self.write_history(replace(self.history, current_composition=composition))

    def frame_record_path(self, job_id: str) -> Path:
        return self.outputs / f"{job_id}.frames.gz"

    def samples_path(self, fingerprint: str) -> Path:
        return self.root / "samples" / fingerprint[:12]

    def store_composition(self, fingerprint: str, program: str) -> str:
        """Keeps a version of the program; returns its name relative to the folder."""
        number = len(list((self.root / "compositions").iterdir())) + 1
        name = f"compositions/{number:04d}-{fingerprint[:12]}.ts"
        self.keep_program(name, program)
        return name

    def keep_program(self, composition: str, program: str) -> None:
        """Keeps a version of the program under the name that it has in the store."""
        write_aside(self.root / composition, program.encode())

    def store_refused(self, program: str) -> None:
        """Keeps a program that did not compose, behind the last one that did."""
        folder = self.root / "compositions"
        composed = [path.name for path in folder.iterdir() if "-refused" not in path.name]
        before = max(composed, default="0000")[:4]
        number = len(list(folder.glob(f"{before}-refused-*"))) + 1
        write_aside(folder / f"{before}-refused-{number}.ts", program.encode())

    def store_samples(self, fingerprint: str, samples: Sequence[FrameSample]) -> Path:
        """Keeps the frames a verdict was made on; returns their folder."""
        folder = self.samples_path(fingerprint)
        try:
            folder.mkdir(exist_ok=True)
        except OSError as exc:
            raise StoreFailed.at(folder, exc) from exc
        for sample in samples:
            write_aside(folder / _sample_name(sample.timestamp_s), sample.jpeg)
        return folder

    def sample_jpeg(self, fingerprint: str, timestamp_s: float) -> bytes:
        """A frame that a verdict was made on. Raises `StoreFailed` where it is lost."""
        path = self.samples_path(fingerprint) / _sample_name(timestamp_s)
        try:
            return path.read_bytes()
        except OSError as exc:
            raise StoreFailed(f"{path} is lost: {exc.strerror}.", hint=RESTORE) from exc

    def store_output(self, name: str, content: bytes) -> Path:
        """Keeps a file that goes along with the video; one of the same name is replaced."""
        path = self.outputs / name
        write_aside(path, content)
        return path

    def chart_path(self, asset: Asset) -> Path:
        """Where the picture of what is seen and heard in the asset is."""
        return self._analysis_path(asset).with_suffix(".png")

    def analysis(self, asset: Asset) -> Analysis | None:
        """What was found in the asset; None: nobody has looked."""
        try:
            return _ANALYSIS.validate_json(self._analysis_path(asset).read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as exc:
            log.warning("analysis unreadable", extra={"action": "analysis_read", "why": str(exc)})
            return None

    def store_analysis(self, asset: Asset, analysis: Analysis) -> None:
        """Keeps what was found in the asset, for this job and for those that follow."""
        path = self._analysis_path(asset)
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as exc:
            raise StoreFailed.at(path.parent, exc) from exc
        write_aside(path, _ANALYSIS.dump_json(analysis))

    def store_verdict(self, verdict: Verdict) -> Path:
        """Keeps a verdict; one that is given again, as after a restart, is kept once."""
        folder, name = self.root / "verdicts", f"{verdict.fingerprint[:12]}.json"
        content = json.dumps(asdict(verdict), ensure_ascii=False, indent=2).encode()
        for known in folder.glob(f"*-{name}"):
            if known.read_bytes() == content:
                return known
        path = folder / f"{len(list(folder.iterdir())) + 1:04d}-{name}"
        write_aside(path, content)
        return path

    def _analysis_path(self, asset: Asset) -> Path:
        return self.root / "analysis" / f"{asset.sha256[:DIGEST_LETTERS]}.json"


_HISTORY = TypeAdapter(History)
_ANALYSIS = TypeAdapter(Analysis)


def write_aside(path: Path, content: bytes) -> None:
    """Writes `content` beside `path` and renames it, so that a reader never meets half a file."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as exc:
        raise StoreFailed.at(path, exc) from exc
    finally:
        aside.unlink(missing_ok=True)


def _sample_name(timestamp_s: float) -> str:
    return f"{timestamp_s:09.3f}.jpg"


def share(path: Path, name: Path) -> None:
    """Gives the file another name, or makes a copy of it where the filesystem cannot do that."""
    try:
        with suppress(FileExistsError):
            name.hardlink_to(path)
    except OSError:
        with written_aside(name) as aside:
            shutil.copyfile(path, aside)


def _candidates(home: Path, reference: str) -> list[Path]:
    named = Path(reference)
    if (named / "history.json").is_file():
        return [named.absolute()]
    sessions = sorted(home.glob("sessions/*/history.json"), key=lambda path: -path.stat().st_mtime)
    roots = [path.parent for path in sessions]
    by_session = [root for root in roots if _may_begin_id(reference) and root.name.startswith(reference)]
    return by_session or [root for root in roots if _has_job(root, reference)]


def _has_job(root: Path, reference: str) -> bool:
    if (root / "logs" / f"{reference}.jsonl").is_file():
        return True
    return _may_begin_id(reference) and any(root.glob(f"logs/{glob.escape(reference)}*.jsonl"))


def _may_begin_id(reference: str) -> bool:
    """Whether it is long enough to name a session or a job by the start of its id."""
    return len(reference) >= SHORTEST_START


def _read_history(path: Path) -> History:
    try:
        return _at_home(_HISTORY.validate_json(path.read_bytes()), path.parent)
    except ValidationError as exc:
        raise BadInput(
            f"{path} is not a history that this version reads ({exc.error_count()} faults).",
            hint="It was cut short or made by another version; the files beside it are unharmed.",
        ) from exc


def _at_home(history: History, root: Path) -> History:
    """The history with its assets where the folder is now: it may have been moved."""

    def moved(path: Path) -> Path:
        return root / path.parent.name / path.name

    assets = [replace(a, path=moved(a.path), page_path=moved(a.page_path)) for a in history.assets]
    return replace(history, assets=tuple(assets))
