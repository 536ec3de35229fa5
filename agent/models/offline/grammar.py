"""Reads a prompt into an `Edit`, clause by clause; every word must be read by a rule or be filler.

Pure: the same prompt, assets and previous edit always give the same edit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.models.offline.edit import Edit
from agent.models.offline.nouns import NOUN_RULES, speak_of
from agent.models.offline.reading import NothingUnderstoodError, NotUnderstoodError, Reading, Rule
from agent.models.offline.rules_fades import FADE_RULES
from agent.models.offline.rules_footage import FOOTAGE_RULES, RANGE_RULES
from agent.models.offline.rules_frame import FRAME_RULES
from agent.models.offline.rules_overlay import OVERLAY_RULES
from agent.models.offline.rules_pace import PACE_RULES
from agent.models.offline.rules_sound import SOUND_RULES
from agent.models.offline.rules_speech import CAPTION_RULES, SPEECH_RULES
from agent.models.offline.rules_text import QUOTE_RULES, TEXT_RULES
from agent.models.offline.rules_transitions import TRANSITION_RULES
from agent.models.offline.task import AssetFacts
from agent.models.offline.words import tokenize

_CLAUSE_END = re.compile(
    r"(?:[,;!?\n]|\.(?=\s|$)|\b(?:and|then|also|plus|but|with|while|as well as)\b)+"
    r"|\b(?=(?:add|adding|put|putting|mute)\b)"
)
_ALL_RULES: tuple[Rule, ...] = (
    *NOUN_RULES,
    *QUOTE_RULES,
    *SPEECH_RULES,
    *PACE_RULES,
    *CAPTION_RULES,
    *TRANSITION_RULES,
    *FADE_RULES,
    *RANGE_RULES,
    *TEXT_RULES,
    *FOOTAGE_RULES,
    *FRAME_RULES,
    *SOUND_RULES,
    *OVERLAY_RULES,
)
_FILLER = frozenset(
    """
    a about across add added adding again all along an any appear appears apply are around as at
    audio background be been before beginning behind below between big by can captions change clip
    clips convert converted could create do does edit effect effects emblem end entire every
    everything exactly file files film five footage for four frame from full give have heading
    headings headline headlines help here i i'd i'm if image images in insert instead interview into
    is it it's its just kindly let lets lettering like logo long look loudness lowerthird made make
    makes making me montage move movie music my need new nice nicely now of off ok okay on one only
    onto or our out over overlaid overlay part photo photos picture pictures place play played
    playing please put putting recording rename render replace resize resized result run same say
    saying says scene score screen sentences set shot shots should show simple simply slide slides
    slow slowly smooth smoothly so some song sound soundtrack speech spoken start style subtitle
    subtitles sure talk text texts thanks that the their them there these they thing this those
    three time title titles to together too track transition transitions tune turn two under
    underneath up upon us use using very video videos volume want watermark we whole will word words
    would you your
    """.split()  # noqa: SIM905  a block of words reads better than a list
)


def understand(prompt: str, assets: Sequence[AssetFacts], previous: Edit | None = None) -> Edit:
    """`previous` changed as `prompt` asks. Raises `NotUnderstoodError` naming what no rule reads, and
    `NothingUnderstoodError` where that is all of it.
    """
    tokens = tokenize(prompt, [asset.name for asset in assets])
    reading = Reading(edit=previous or Edit(), assets=assets, tokens=tokens)
    unread: list[str] = []
    for clause in filter(None, map(str.strip, _CLAUSE_END.split(tokens.text))):
        try:
            unread += _read_clause(reading, clause)
        except NotUnderstoodError:
            if not unread:
                raise
            # It may follow from what was not understood before it.
    if not reading.read_any:
        raise NothingUnderstoodError(
            unread[0] if unread else f"nothing in “{prompt.strip()}” says what to do with the video"
        )
    if unread:
        raise NotUnderstoodError(unread[0])
    return reading.edit


def _read_clause(reading: Reading, clause: str) -> list[str]:
    """Why the clause is not understood as a whole; nothing: it is."""
    reading.noun_in_clause = False
    reading.target = None
    reading.quotes_in_clause = 0
    reading.fade_ways = reading.fade_ways if re.match(r"(?:in|out)\b", clause) else ()
    speak_of(reading, clause)
    rest = clause
    for known in _ALL_RULES:
        rest = _consume(reading, known, rest)
    unknown = [word for word in re.findall(r"<[^>]+>|[^\s()\[\]:\"'-]+", rest) if word not in _FILLER]
    if not unknown:
        return []
    words = reading.tokens.readable(" ".join(unknown))
    return [f"I do not understand “{words}” in “{reading.tokens.readable(clause)}”"]


def _consume(reading: Reading, known: Rule, rest: str) -> str:
    position = 0
    while match := known.pattern.search(rest, position):
        if known.read(reading, match):
            reading.read_any = True
            rest = f"{rest[: match.start()]} {rest[match.end() :]}"
            position = match.start()
        else:
            position = match.end()
    return rest
