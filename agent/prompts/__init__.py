"""The texts given to models: instructions, the task, and prompts for common jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from html import escape
from pathlib import Path
from string import Template

from agent.domain import Asset, AssetKind, EditPlan, Expectation, Issue
from agent.media.fonts import font_face
from agent.prompts.footage import footage_tags
from agent.prompts.json_line import json_line
from agent.prompts.plan_tag import plan_tag

_HERE = Path(__file__).parent
_GUIDES = (_HERE.parent.parent / "llm.txt", _HERE.parent / "operator_page" / "llm.txt")
"""In a checkout the guide is at the top; an installed package has the built page's copy."""


def instructions(tool_guidance: Sequence[str] = ()) -> str:
    """What is added to smolagents' own system prompt: our rules, what tools say, the page's guide."""
    about_tools = "\n".join(["Of the tools", *(f"- {said}" for said in tool_guidance)])
    return "\n\n".join([_read("system.md"), *([about_tools] if tool_guidance else []), guide()])


def guide() -> str:
    """`llm.txt`: how to drive the operator page."""
    return guide_path().read_text(encoding="utf-8")


def guide_path() -> Path:
    """Where `llm.txt` is in this installation."""
    return next((path for path in _GUIDES if path.is_file()), _GUIDES[0])


def task(
    request: str,
    assets: Sequence[Asset],
    previous_program: str | None,
    footage: Mapping[str, str] | None = None,
    plan: EditPlan | None = None,
    findings: Sequence[Issue] = (),
    example: str = "",
) -> str:
    """The task as tags that a model reads and the offline model parses.

    *footage* is what is seen and heard in assets, by name; *findings* are the faults of the finished video
    of *previous_program*, which was made for this very request; *example* is a program that came out well
    for a similar one.
    """
    tags = _tags(request, assets, previous_program, footage)
    more = [*([plan_tag(plan)] if plan else []), *([_findings_tag(findings)] if findings else [])]
    more += [f"<example>\n{example}\n</example>"] if example else []
    return Template(_read("task.md")).substitute(tags, plan="".join(f"\n{tag}" for tag in more))


def _findings_tag(findings: Sequence[Issue]) -> str:
    """Said of the video, so that the program is mended and not begun anew."""
    listed = "\n".join(json_line(asdict(issue)) for issue in findings)
    return f"<faults_of_the_finished_video>\n{listed}\n</faults_of_the_finished_video>"


def plan_instructions(tools: Mapping[str, str], most_steps: int) -> str:
    """What is told of planning; *tools* is what each is for, by name."""
    lines = [f"- {name}: {purpose}" for name, purpose in tools.items()]
    return Template(_read("plan.md")).substitute(tools="\n".join(lines), most=most_steps)


def plan_task(
    request: str,
    assets: Sequence[Asset],
    previous_program: str | None,
    footage: Mapping[str, str] | None = None,
    expectation: Expectation | None = None,
    previous: EditPlan | None = None,
    reason: str = "",
) -> str:
    """What a plan is asked for with, in the tags of the task; *previous* gives way to it for *reason*."""
    tags = _tags(request, assets, previous_program, footage)
    before = ""
    if previous is not None:
        before = (
            f"\n{plan_tag(previous, 'previous_plan')}\n<reason>\n{escape(reason, quote=False)}\n</reason>"
        )
    # The names of all assets are no statement.
    known = asdict(replace(expectation or Expectation(), assets=frozenset()))
    stated = json_line({name: value for name, value in known.items() if value})
    return Template(_read("plan_task.md")).substitute(tags, stated=stated, previous=before)


def template_names() -> tuple[str, ...]:
    """Names of the prompts for common jobs."""
    return tuple(sorted(path.stem for path in (_HERE / "templates").glob("*.md")))


def template(name: str) -> str:
    """A prompt for a common job, to be sent as it is or changed; raises KeyError for an unknown name."""
    if name not in template_names():
        raise KeyError(f"Expected one of {', '.join(template_names())}, got {name!r}")
    return _read(f"templates/{name}.md")


def _tags(
    request: str, assets: Sequence[Asset], previous_program: str | None, footage: Mapping[str, str] | None
) -> dict[str, str]:
    """What every task has, by its name in the templates."""
    return {
        "request": request,
        "assets": "\n".join(_facts(asset) for asset in assets),
        "footage": f"\n{footage_tags(footage)}" if footage else "",
        "composition": f"\n<composition>\n{previous_program}\n</composition>" if previous_program else "",
    }


def _facts(asset: Asset) -> str:
    media = asset.media
    facts: dict[str, object] = {"name": asset.name, "kind": str(asset.kind)}
    if media is not None:
        facts |= {
            "duration_s": media.duration_s or None,
            "width": media.width,
            "height": media.height,
            "frame_rate": media.frame_rate,
            "has_audio": media.audio_codec is not None,
        }
    if asset.kind is AssetKind.FONT:
        face = font_face(asset.path, asset.name)
        facts |= {"family": face.family, "weight": face.weight, "style": face.style}
    return json_line(facts)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8").strip()
