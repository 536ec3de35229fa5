"""What a request states itself, in figures and quoted words, so that it can be checked without a model.

Every rule would rather find nothing than what was not meant: what is found can withhold a green light.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.critic.stated_frame import stated_aspect_ratio, stated_size
from agent.critic.stated_length import stated_length_s
from agent.critic.stated_texts import stated_texts, without_quotes
from agent.domain import Asset, Expectation


def expectation(prompt: str, assets: Sequence[Asset] = ()) -> Expectation:
    """What *prompt* asks for in so many words; None or empty for what it leaves open."""
    bare = without_quotes(_without_names(prompt, assets))
    width, height = stated_size(bare) or (None, None)
    return Expectation(
        duration_s=stated_length_s(bare, assets),
        width=width,
        height=height,
        aspect_ratio=stated_aspect_ratio(bare),
        texts=stated_texts(prompt, [asset.name for asset in assets]),
    )


def _without_names(prompt: str, assets: Sequence[Asset]) -> str:
    """File names may hold figures of their own."""
    for asset in assets:
        prompt = prompt.replace(asset.name, " ")
    return prompt
