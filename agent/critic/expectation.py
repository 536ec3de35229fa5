"""What a request states in figures, names and quoted words, so that it can be checked without a model.

Every rule would rather find nothing than what was not meant: what is found can withhold a green light.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.critic import stated_looks
from agent.critic.named import NamedRequest, named_request
from agent.critic.stated_clips import stated_order, stated_ranges, stated_shown, stated_throughout
from agent.critic.stated_frame import stated_aspect_ratio, stated_size
from agent.critic.stated_length import stated_length_s
from agent.critic.stated_places import stated_places, stated_spans
from agent.critic.stated_sound import speaks_of_silence, stated_levels, stated_music, states_muted
from agent.critic.stated_texts import stated_texts
from agent.domain import Asset, Expectation


def expectation(prompt: str, assets: Sequence[Asset] = ()) -> Expectation:
    """What *prompt* asks for in so many words; None or empty for what it leaves open."""
    request = named_request(prompt, assets)
    width, height = stated_size(request.bare) or (None, None)
    return Expectation(
        duration_s=stated_length_s(request.bare, assets),
        width=width,
        height=height,
        aspect_ratio=stated_aspect_ratio(request.bare),
        texts=(texts := stated_texts(prompt, [asset.name for asset in assets])),
        assets=frozenset(asset.name for asset in assets),
        shown=stated_shown(request),
        order=stated_order(request),
        ranges=stated_ranges(request),
        throughout=stated_throughout(request),
        places=tuple(place for place in stated_places(request) if _is_there(place.subject, texts, request)),
        spans=tuple(span for span in stated_spans(request) if span.text in texts),
        levels=stated_levels(request),
        music=stated_music(request),
        muted=states_muted(request),
        may_be_silent=speaks_of_silence(request),
        captions=stated_looks.states_captions(request),
        fading_texts=tuple(text for text in stated_looks.fading_texts(request) if text in texts),
        fades=stated_looks.states_fade(request),
        fades_from_plain=stated_looks.fades_from_plain(request),
        fades_to_plain=stated_looks.fades_to_plain(request),
        transitions=stated_looks.stated_transitions(request),
        liberties=stated_looks.liberties(request),
    )


def _is_there(subject: str, texts: Sequence[str], request: NamedRequest) -> bool:
    """Of quoted words only those that are to be shown have a place."""
    return subject == "" or subject in texts or any(asset.name == subject for asset in request.files)
