"""The tools of ours; each has arguments of its own."""

from __future__ import annotations

from typing import Any

from agent.tools.base import ToolPlugin
from agent.tools.captions import Captions
from agent.tools.cut_list import CutList
from agent.tools.docs_search import Docs, DocsSearch
from agent.tools.docs_symbol import DocsSymbol
from agent.tools.ffmpeg import Ffmpeg
from agent.tools.heard import BeatsTool, SilencesTool, TranscriptTool
from agent.tools.metadata import Metadata
from agent.tools.plan_steps import MarkStep, NewPlan
from agent.tools.video_editor import VideoEditor
from agent.tools.visual_feedback import VisualFeedback


def composing_tools(docs: Docs) -> tuple[ToolPlugin[Any], ...]:
    """What every edit needs: compose, look things up, have it judged."""
    return VideoEditor(docs), DocsSearch(docs), DocsSymbol(docs), VisualFeedback()


def footage_tools() -> tuple[ToolPlugin[Any], ...]:
    """What understands footage, or makes more of it."""
    heard = TranscriptTool(), SilencesTool(), BeatsTool(), CutList(), Captions()
    return Metadata(), *heard, Ffmpeg()


def plan_tools() -> tuple[ToolPlugin[Any], ...]:
    """What keeps the plan of an edit true."""
    return MarkStep(), NewPlan()
