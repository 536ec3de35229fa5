"""`roughcut docs`: search recipes and core's signatures, look names up, build and measure the index."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from agent.errors import BadInput, RoughcutError
from agent.running import EXIT_FAILED, Json, err, out, print_json, read_settings, run

if TYPE_CHECKING:
    from docs_index.corpus import Chunk
    from docs_index.evaluate import Evaluation
    from docs_index.search import BuildReport, DocsIndex, SearchResult
    from docs_index.symbols import SymbolDoc, Unknown

_NOTHING = "Nothing found. Try other words, or a name such as TextClip."

docs_app = typer.Typer(
    help="Search checked recipes and the signatures of Diffusion Studio core.", no_args_is_help=True
)


@docs_app.command()
def search(
    query: Annotated[
        str, typer.Argument(help="A task in an editor's words, an error message, or a name of core's.")
    ],
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, max=50, help="How many results.")] = 5,
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="Only recipe, api, guide, or one kind of api: class, options, methods …"),
    ] = None,
    titles: Annotated[bool, typer.Option("--titles", help="Only titles and sources, as a table.")] = False,
    as_json: Json = False,
) -> None:
    """Find recipes (whole programs that were run) first, then signatures, best match on top.

    Into a pipe or a file it writes what our own agent is told, as plain text.

    For example:

    - `roughcut docs search "logo in the corner, half transparent"`
    - `roughcut docs search "text is cut off" --kind recipe`
    - `roughcut docs search "VideoClip.range" --json`
    """

    async def work(docs: DocsIndex) -> None:
        result = await asyncio.to_thread(docs.search, query, limit=limit, kind=kind)
        if as_json:
            print_json(_as_dict(result))
        elif titles:
            _print_titles(result)
        else:
            _print_hits(result)

    _run(work, as_json=as_json)


@docs_app.command()
def symbol(
    name: Annotated[
        str, typer.Argument(help="A class, type or member: TextClip, VideoClipProps, AudioClip.range.")
    ],
    as_json: Json = False,
) -> None:
    """Show one class, type or member exactly; for a name that core does not have, the nearest ones.

    Example: `roughcut docs symbol TextClip.align`
    """

    async def work(docs: DocsIndex) -> None:
        from docs_index.symbols import SymbolDoc

        found = await asyncio.to_thread(docs.symbol, name)
        if as_json:
            print_json(asdict(found))
        else:
            _print_symbol(found)
        if not isinstance(found, SymbolDoc):
            raise typer.Exit(EXIT_FAILED)

    _run(work, as_json=as_json)


@docs_app.command()
def build(as_json: Json = False) -> None:
    """Build the index now, so that no search has to; quick where it is built already.

    It is kept in a folder named by all that went into it, and built anew when core, a recipe or the model
    changes.
    """

    async def work(docs: DocsIndex) -> None:
        with _progress(quiet=as_json) as tell:
            report = await asyncio.to_thread(docs.build, tell)
        if as_json:
            print_json(asdict(report))
        else:
            _print_report(report)

    _run(work, as_json=as_json)


@docs_app.command()
def evaluate(
    queries: Annotated[
        Path | None,
        typer.Option("--queries", help="A JSON list of {query, expected_symbols}; else the committed one."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure how often the search finds what is expected, by each of its methods.

    A hit is a returned chunk that holds one of the expected symbols. R@3 is the share of queries with a hit
    among the first three; MRR is the mean of 1 / rank of the first hit. `reranked` is what a search answers.
    """

    async def work(docs: DocsIndex) -> None:
        from docs_index.evaluate import COMMITTED_QUERIES, read_queries
        from docs_index.evaluate import evaluate as measure

        labelled = read_queries(queries or COMMITTED_QUERIES)
        with err.status(f"Asking {len(labelled)} queries …"):
            evaluation = await asyncio.to_thread(measure, docs, labelled)
        if as_json:
            print_json(asdict(evaluation))
        else:
            _print_evaluation(evaluation)

    _run(work, as_json=as_json)


def _run(work: Callable[[DocsIndex], Awaitable[None]], *, as_json: bool) -> None:
    """Runs a command with the index of this installation; what the index refuses is told like any error."""

    async def with_docs() -> None:
        from agent.installed_docs import docs_index
        from docs_index.errors import BadQuery, BadQueryFile, DocsError

        try:
            await work(docs_index(read_settings()))
        except (BadQuery, BadQueryFile) as exc:
            raise BadInput(str(exc), hint=exc.hint) from exc
        except DocsError as exc:
            raise RoughcutError(str(exc), hint=exc.hint) from exc

    run(with_docs(), as_json=as_json)


def _as_dict(result: SearchResult) -> dict[str, object]:
    hits = [{**asdict(hit.chunk), "text": hit.chunk.text, "score": hit.score} for hit in result.hits]
    return {**asdict(replace(result, hits=())), "hits": hits}


def _print_hits(result: SearchResult) -> None:
    """Recipes first; as plain text, with no line broken, where no person looks."""
    from rich.markdown import Markdown

    from docs_index.answer import recipes_first

    chunks = recipes_first([hit.chunk for hit in result.hits])
    if not out.is_terminal:
        _echo_plainly(chunks, result)
        return
    for chunk in chunks:
        out.rule(f"[bold]{escape(chunk.title)}[/]  [dim]{escape(_origin(chunk))}[/]", align="left")
        if chunk.summary:
            out.print(escape(chunk.summary))
        for member in chunk.members:
            is_code = chunk.kind not in ("recipe", "guide")
            out.print(Markdown(f"```ts\n{member}\n```" if is_code else member))
    _print_note(result)


def _echo_plainly(chunks: list[Chunk], result: SearchResult) -> None:
    from docs_index.answer import answer, footer

    text = answer(chunks, footer=footer(result), max_tokens=sys.maxsize)
    typer.echo(text if chunks else f"{_NOTHING} {text}")


def _print_titles(result: SearchResult) -> None:
    from rich.table import Table

    table = Table("", "title", "kind", "source", "score")
    for rank, hit in enumerate(result.hits, start=1):
        chunk = hit.chunk
        table.add_row(str(rank), escape(chunk.title), chunk.kind, escape(_origin(chunk)), f"{hit.score:.3f}")
    out.print(table)
    _print_note(result)


def _print_note(result: SearchResult) -> None:
    from docs_index.answer import footer

    if not result.hits:
        out.print(_NOTHING)
    err.print(f"[dim]{escape(footer(result))}[/]")


def _print_symbol(found: SymbolDoc | Unknown) -> None:
    from rich.syntax import Syntax

    from docs_index.answer import describe_unknown
    from docs_index.symbols import Unknown

    if isinstance(found, Unknown):
        err.print(escape(describe_unknown(found)))
        return
    out.rule(f"[bold]{escape(found.name)}[/]  [dim]{escape('; '.join(found.sources))}[/]", align="left")
    out.print(Syntax(found.text, "typescript", background_color="default", word_wrap=True))


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while chunks are embedded."""
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("Embedding"),
        *Progress.get_default_columns()[1:3],
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, disable=quiet) as progress:
        task = progress.add_task("", total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield tell


def _print_report(report: BuildReport) -> None:
    from rich.table import Table

    table = Table(show_header=False)
    table.add_row("chunks", str(report.chunks))
    table.add_row("embedded now", str(report.embedded))
    table.add_row("search", "by words and meaning" if report.mode == "hybrid" else "by words alone")
    table.add_row("kept in", escape(str(report.folder or "nowhere")))
    table.add_row("took", f"{report.duration_s:.1f} s")
    if report.note:
        table.add_row("note", escape(report.note))
    out.print(table)


def _print_evaluation(evaluation: Evaluation) -> None:
    from rich.table import Table

    table = Table("method", "R@1", "R@3", "R@5", "MRR", title=f"{evaluation.queries} queries")
    for method, scores in evaluation.scores.items():
        figures = (scores.recall_at_1, scores.recall_at_3, scores.recall_at_5, scores.mrr)
        table.add_row(method, *(f"{figure:.3f}" for figure in figures))
    out.print(table)
    if evaluation.misses:
        misses = Table("missed", "expected", "found instead", show_lines=True)
        for miss in evaluation.misses:
            misses.add_row(
                *map(escape, (miss.query, ", ".join(miss.expected_symbols), "\n".join(miss.found)))
            )
        out.print(misses)
    if evaluation.unknown_symbols:
        names = escape(", ".join(evaluation.unknown_symbols))
        out.print(f"Expected, but in no chunk: {names}")
    if evaluation.note:
        err.print(f"[dim]{escape(evaluation.note)}[/]")


def _origin(chunk: Chunk) -> str:
    return chunk.source if chunk.importable else f"{chunk.source}; importable: no"
