"""Golden renders: videos that came out well, with what made them, for the next one to learn of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from agent.critic.stated_texts import without_quotes
from agent.domain import EditPlan
from agent.media.storage import written_aside
from docs_index.corpus import Chunk
from docs_index.lexical import LexicalIndex
from docs_index.words import index_words

LEAST_SHARED = 0.5
"""The share of a request's words that a similar one has too."""

_TITLE_LETTERS = 60
_ID_LETTERS = 8
_SHORTEST_FENCE = "```"


@dataclass(frozen=True)
class Golden:
    """A video over the mark, and the request, plan and program that it came of."""

    job_id: str
    request: str
    program: str = field(repr=False)
    total: float
    scores: Mapping[str, float | None]
    """By the metric's name; None where it does not apply."""
    made_at: datetime
    fingerprint: str = ""
    plan: EditPlan | None = None
    artifact: str | None = None
    """Where the video is, relative to the home of all sessions."""

    @property
    def title(self) -> str:
        """The first words of the request, on one line."""
        line = " ".join(self.request.split())
        return line if len(line) <= _TITLE_LETTERS else f"{line[: _TITLE_LETTERS - 1].rstrip()}…"


def nearest(request: str, goldens: Sequence[Golden]) -> Golden | None:
    """The golden render whose request asks for the most similar thing; None where none is alike.

    What is compared is the task. Quoted words and figures are what it is done with, and count for nothing.
    """
    wanted = _task_words(request)
    alike = [golden for golden in goldens if _shared(wanted, _task_words(golden.request)) >= LEAST_SHARED]
    if not alike:
        return None
    ranking = LexicalIndex([_as_chunk(golden) for golden in alike]).scores(" ".join(wanted))
    return alike[next(iter(ranking))]


def write_examples(goldens: Sequence[Golden], folder: Path) -> list[Path]:
    """Writes each as a Markdown file into *folder*, whole or not at all; returns their paths.

    Raises `OutputRefused` where the folder cannot be written.
    """
    written = []
    for golden in goldens:
        path = folder / f"{_slug(golden.title)}-{golden.job_id[:_ID_LETTERS]}.md"
        with written_aside(path) as aside:
            aside.write_text(example_of(golden), encoding="utf-8")
        written.append(path)
    return written


def example_of(golden: Golden) -> str:
    """Request, plan, program and scores as Markdown, to be shown to a model before it writes its own."""
    asked = "\n".join(f"> {line}".rstrip() for line in golden.request.splitlines())
    parts = [f"# {golden.title}", f"## Request\n\n{asked}"]
    if golden.plan is not None:
        steps = [f"{step.number}. {step.task} (`{step.tool}`)" for step in golden.plan.steps]
        parts.append("## Plan\n\n" + "\n".join(steps))
    parts.append(f"## Program\n\n{_fenced(golden.program)}")
    parts.append(f"## Scores\n\n{_table(golden)}")
    return "\n\n".join(parts) + "\n"


def _task_words(request: str) -> list[str]:
    words = index_words(without_quotes(request))
    return [word for word in words if not word.isdigit()]


def _shared(wanted: Sequence[str], offered: Sequence[str]) -> float:
    return len({*wanted} & {*offered}) / max(1, len({*wanted}))


def _as_chunk(golden: Golden) -> Chunk:
    task = " ".join(_task_words(golden.request))
    return Chunk(golden.job_id, "recipe", task, "", (), (), source="", importable=False)


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "golden"


def _fenced(program: str) -> str:
    """The program between fences that are longer than any within it."""
    longest = max(re.findall(r"`{3,}", program), key=len, default="")
    fence = f"{longest}`" if longest else _SHORTEST_FENCE
    return f"{fence}typescript\n{program.strip()}\n{fence}"


def _table(golden: Golden) -> str:
    rows = [("total", golden.total), *golden.scores.items()]
    told = [f"| {name} | {'–' if value is None else f'{value:.2f}'} |" for name, value in rows]
    return "\n".join(["| metric | score |", "|---|---|", *told])
