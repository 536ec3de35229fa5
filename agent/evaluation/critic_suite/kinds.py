"""All kinds of defects."""

from __future__ import annotations

from agent.evaluation.critic_suite.defect import Kind
from agent.evaluation.critic_suite.footage_defects import FOOTAGE_KINDS
from agent.evaluation.critic_suite.moment_defects import MOMENT_KINDS
from agent.evaluation.critic_suite.overlay_defects import OVERLAY_KINDS
from agent.evaluation.critic_suite.sound_defects import SOUND_KINDS
from agent.evaluation.critic_suite.text_defects import TEXT_KINDS

KINDS: tuple[Kind, ...] = (*TEXT_KINDS, *FOOTAGE_KINDS, *OVERLAY_KINDS, *MOMENT_KINDS, *SOUND_KINDS)
