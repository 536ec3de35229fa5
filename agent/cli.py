"""The command line: parses, calls, prints. Each command's work lives below."""

from __future__ import annotations

import os
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.docs_commands import docs_app
from agent.errors import BadInput
from agent.evaluation_commands import evaluate_app, golden_app
from agent.job_commands import approve, cancel, jobs, resume, retry, worker
from agent.models.offline.supported import supported_edits_text
from agent.plan_commands import Approve, PlanOnly, carried_on_if_approved, show_plan
from agent.pool_commands import pool_app
from agent.running import (
    EXIT_FAILED,
    Json,
    err,
    explain,
    out,
    print_json,
    read_settings,
    report,
    run,
)
from agent.serve_commands import keys_app, serve
from agent.trace_commands import trace

if TYPE_CHECKING:
    from agent.workspace import Services

app = typer.Typer(
    name="roughcut",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
# Typer joins the lines of a paragraph; an empty one between them keeps each edit on its own.
OFFLINE_EPILOG = "\n\n".join(
    ["**Without a model** (set ROUGHCUT_MODEL for one) it understands:", *supported_edits_text().splitlines()]
)


def _refuse_file_as_prompt(prompt: str) -> str:
    if os.path.isfile(prompt):  # noqa: PTH113  Path.is_file raises for a prompt too long for a name
        raise typer.BadParameter(f"{prompt} is a file. Say behind the files what to make of them.")
    return prompt


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"roughcut {version('roughcut')}")
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A chat prompt and footage in, a checked and rendered video out."""


Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILES",
        help="Footage, in order: video, sound, images, captions (JSON, SRT, VTT), fonts.",
    ),
]
Output = Annotated[Path, typer.Option("-o", "--output", help="The finished file: .mp4, .webm or .mov.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the output if it exists.")]
Headed = Annotated[bool, typer.Option("--headed", help="Show the operator page while it works.")]
Cdp = Annotated[
    str | None,
    typer.Option("--cdp", help="Use your own browser (http://127.0.0.1:9222) or a remote one (wss://…)."),
]
Pool = Annotated[
    str | None,
    typer.Option("--pool", help="Use a browser of this pool (https://…); its key: ROUGHCUT_POOL_KEY."),
]
Executor = Annotated[
    str | None,
    typer.Option("--executor", help="Where the model's Python runs: local (default) or docker."),
]
Fps = Annotated[
    float | None, typer.Option("--fps", min=1, max=120, help="Frames per second; else the footage's.")
]
Codec = Annotated[
    str | None,
    typer.Option("--codec", help="avc (H.264) or av1 in mp4, vp9 in webm; default: what plays everywhere."),
]
Bitrate = Annotated[
    int | None, typer.Option("--bitrate", min=50_000, help="Picture bits per second; else 10000000.")
]
Resolution = Annotated[
    float, typer.Option("--resolution", min=0.1, max=4, help="Multiplier of the composition's size.")
]


Loudness = Annotated[
    str,
    typer.Option(
        "--loudness", help="web (-14 LUFS), podcast (-16), broadcast (-23), a figure such as -18, or off."
    ),
]


@app.command(epilog=OFFLINE_EPILOG)
def edit(
    files: Files,
    prompt: Annotated[
        str,
        typer.Argument(
            metavar="PROMPT",
            help="What to make of it, in your own words.",
            callback=_refuse_file_as_prompt,
            is_eager=True,  # before FILES are found missing, which are there: it is the prompt that is not
        ),
    ],
    output: Output,
    force: Force = False,
    contact_sheet: Annotated[
        Path | None,
        typer.Option("--contact-sheet", help="Also keep the approved frames here, as one picture."),
    ] = None,
    fps: Fps = None,
    codec: Codec = None,
    bitrate: Bitrate = None,
    resolution: Resolution = 1.0,
    loudness: Loudness = "web",
    also: Annotated[
        list[str] | None,
        typer.Option(
            "--also", help="Also make it in this shape (9:16, 1:1 …), as a file of its own; repeatable."
        ),
    ] = None,
    gif: Annotated[Path | None, typer.Option("--gif", help="Also write the video as a GIF here.")] = None,
    still: Annotated[
        list[float] | None,
        typer.Option("--still", min=0, help="Also keep the picture at this second as PNG; repeatable."),
    ] = None,
    keep_master: Annotated[
        bool, typer.Option("--keep-master", help="Keep what the browser encoded, with its PCM sound.")
    ] = False,
    require_golden: Annotated[
        bool,
        typer.Option(
            "--require-golden",
            help="Deliver only what scores over 0.85; else a review is due. Needs a vision model.",
        ),
    ] = False,
    profile: Annotated[
        str | None,
        typer.Option("--profile", help="Its pace is held to: social, trailer, tutorial, talking_head."),
    ] = None,
    brand: Annotated[
        Path | None, typer.Option("--brand", help="A brand.toml that the finished video is held to.")
    ] = None,
    plan_only: PlanOnly = False,
    approve: Approve = False,
    headed: Headed = False,
    cdp: Cdp = None,
    pool: Pool = None,
    executor: Executor = None,
    as_json: Json = False,
) -> None:
    """Edit FILES as PROMPT says and write the finished video.

    Example: `roughcut edit clip.mp4 "Trim to 5 seconds and put the title 'Hello' in the centre" -o out.mp4`

    Exit codes: 0 done, 1 failed, 2 bad input, 3 review required, 130 stopped.
    """
    from agent.display import live_progress
    from agent.order import (
        EditOrder,
        checked_request,
        checked_shapes,
        export_settings,
        refuse_order,
        refuse_standard,
    )

    async def work() -> None:
        order = EditOrder(
            checked_request(prompt),
            output,
            files=tuple(files),
            export=export_settings(
                output, codec=codec, fps=fps, bitrate=bitrate, resolution=resolution, loudness=loudness
            ),
            force=force,
            contact_sheet=contact_sheet,
            gif=gif,
            stills_s=tuple(still or ()),
            keep_master=keep_master,
            shapes=checked_shapes(also or ()),
            plan_only=plan_only,
            require_golden=require_golden,
            profile=profile,
            brand=brand,
        )
        refuse_order(order)
        refuse_standard(order, read_settings().critic_model)
        # Not before: what runs an edit takes longer to load than all of that.
        from agent.service import edit_here

        services = _services(headed=headed, cdp=cdp, pool=pool, executor=executor)
        with live_progress(err, quiet=as_json) as listener:
            result = await edit_here(services, order, notify=listener, needs_approval=approve)
        if approve:
            result = await carried_on_if_approved(services, result, quiet=as_json)
        report(result, as_json=as_json)

    run(work(), as_json=as_json)


@app.command()
def chat(
    files: Files,
    output: Output,
    force: Force = False,
    headed: Headed = False,
    cdp: Cdp = None,
    pool: Pool = None,
    executor: Executor = None,
) -> None:
    """Edit FILES in a conversation: each request goes on from the last composition.

    `/undo` goes back one composition, `/sheet` says where the approved frames are, `/quit` ends.
    The output is written anew after each request that passes.
    """
    from agent.chat import converse

    async def work() -> None:
        services = _services(headed=headed, cdp=cdp, pool=pool, executor=executor)
        await converse(services, files, output, force=force, console=out)

    run(work())


@app.command()
def replay(
    reference: Annotated[str, typer.Argument(metavar="JOB", help="A session's folder or id, or a job's id.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Keep the replayed file here.")
    ] = None,
    force: Force = False,
    headed: Headed = False,
    cdp: Cdp = None,
    pool: Pool = None,
    as_json: Json = False,
) -> None:
    """Do a finished job again from its record, with no model, and compare fingerprint and frames."""
    from agent.display import live_progress
    from agent.replay import replay_job

    async def work() -> None:
        services = _services(headed=headed, cdp=cdp, pool=pool)
        with live_progress(err, quiet=as_json) as listener:
            comparison = await replay_job(services, reference, output, force=force, notify=listener)
        if as_json:
            print_json(asdict(comparison))
        else:
            out.print(comparison.describe(), highlight=False)
        if not comparison.identical:
            raise typer.Exit(EXIT_FAILED)

    run(work(), as_json=as_json)


@app.command()
def template(
    name: Annotated[str | None, typer.Argument(help="Which one; without a name they are listed.")] = None,
) -> None:
    """Print a prompt for a common job, to be used as it is or changed.

    Example: `roughcut edit clip.mp4 "$(roughcut template social-clip)" -o short.mp4`
    """
    from agent.prompts import template as read_template
    from agent.prompts import template_names

    if name is None:
        print("\n".join(template_names()))
    elif name in template_names():
        print(read_template(name))
    else:
        expected = ", ".join(template_names())
        explain(BadInput(f"No template {name!r}.", hint=f"There are: {expected}."), as_json=False)


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="A video or a sound file.")],
    chart: Annotated[
        Path | None,
        typer.Option("--chart", help="Draw filmstrip, waveform, silences, cuts, beats and words here (PNG)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what is seen and heard in FILE: streams, cuts, loudness, silences, beats and words.

    All of it is found on this machine, and only once: the next time it is known. Words need the extra `asr`.

    Example: `roughcut inspect talk.mp4 --chart talk.png`
    """
    from agent.inspection import analysis_progress, inspect_file, print_inspection
    from agent.services import analyst

    async def work() -> None:
        with analysis_progress(err, quiet=as_json) as listener:
            found = await inspect_file(file, analyst(read_settings()), chart, listener)
        if as_json:
            print_json(asdict(found))
        else:
            print_inspection(out, found)

    run(work(), as_json=as_json)


@app.command()
def tools(
    try_out: Annotated[
        bool, typer.Option("--try", help="Run each on dummy files and say what failed.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the tools that a model can call, ours and those of other packages, and those that did not load.

    A package adds tools by the entry point group `roughcut.tools`. Exit code 1: one failed on dummies.
    """
    from agent.browser.connect import BrowserOptions
    from agent.services import analyst, tool_plugins
    from agent.toolbox import print_tools, tool_entries
    from agent.tools.trial import try_tools

    async def work() -> None:
        settings = read_settings()
        plugins = tool_plugins(settings)
        problems: dict[str, str] = {}
        if try_out:
            with err.status("Trying each on dummies …"):
                browser = BrowserOptions.of(settings)
                problems = await try_tools(plugins.tools, analyst(settings), browser)
        entries = tool_entries(plugins, problems)
        if as_json:
            print_json({"tools": [asdict(entry) for entry in entries], "left_out": plugins.problems})
        else:
            print_tools(out, entries, plugins.problems)
        if try_out and (plugins.problems or any(problems.values())):
            raise typer.Exit(EXIT_FAILED)

    run(work(), as_json=as_json)


@app.command()
def doctor(as_json: Json = False, cdp: Cdp = None, pool: Pool = None) -> None:
    """Check browser, sandbox, GPU, codecs, ffmpeg, fonts and model; name the fix for each failure."""
    from rich.table import Table

    from agent.browser.doctor import examine

    async def work() -> None:
        with err.status("Examining this machine …"):
            findings = await examine(read_settings(cdp=cdp, pool=pool))
        if as_json:
            print_json([asdict(finding) for finding in findings])
        else:
            table = Table(show_lines=False)
            for heading in ("", "part", "found", "what to do"):
                table.add_column(heading, overflow="fold")
            for finding in findings:
                mark = "[green]ok[/]" if finding.ok else "[red]no[/]"
                table.add_row(mark, finding.name, finding.detail, finding.fix)
            out.print(table)
        if not all(finding.ok for finding in findings):
            raise typer.Exit(EXIT_FAILED)

    run(work(), as_json=as_json)


# The help lists commands in this order: what is done with a job, then what serves many.
app.command("plan")(show_plan)
for command in (approve, jobs, trace, cancel, resume, retry, serve, worker):
    app.command()(command)
for name, group in (
    ("docs", docs_app),
    ("evaluate", evaluate_app),
    ("golden", golden_app),
    ("pool", pool_app),
    ("keys", keys_app),
):
    app.add_typer(group, name=name)


def _services(
    *, headed: bool = False, cdp: str | None = None, pool: str | None = None, executor: str | None = None
) -> Services:
    from agent.services import build_services

    return build_services(read_settings(headed=headed, cdp=cdp, pool=pool, executor=executor))


if __name__ == "__main__":
    app()
