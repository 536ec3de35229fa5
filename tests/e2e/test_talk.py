"""A model with ears: pauses of a talk are taken out, what is left is captioned, in the delivered file."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.media.analysis.analyst import Analyst, Footage
from agent.media.analysis.speech import Transcriber
from agent.media.analysis.values import Analysis
from agent.media.probe import kind_of, probe
from agent.media.storage import sha256_of
from tests.e2e.cli import roughcut
from tests.integration.test_analysis import whisper_folder
from tests.model_server import MODEL, ModelServer, asks_for_verdict, code, finishes, model_server
from tests.music import talking_video, word_error_rate

LISTENS = """
kept = cut_list("talk.mp4")
made = captions("talk.mp4", "PAPER", kept)
print(kept, made["captions"], made["warnings"])
"""
WRITES = '''
clips = "".join(f"""
const part{n} = new core.VideoClip(asset('talk.mp4'), {{ range: [{start}, {end}], width: '100%' }});
part{n}.fadeInDurationSeconds = 0.03;
part{n}.fadeOutDurationSeconds = 0.03;
await footage.add(part{n});""" for n, (start, end) in enumerate(kept))
layer = "const footage = await composition.add(new core.Layer({ mode: 'SEQUENTIAL' }));"
program = "composition.resize(640, 360);\\n" + layer
program = program + clips + "\\n" + made["lines"]
print(video_editor(program))
'''


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


async def analysis_of(path: Path, cache: Path) -> Analysis:
    info = await probe(path)
    footage = Footage(path, sha256_of(path), kind_of(path, info), info)
    return await Analyst(cache, Transcriber(str(whisper_folder()))).analysis(footage)


async def test_pauses_go_and_captions_come(server: ModelServer, tmp_path: Path):
    """Every word is heard, no long pause is left, captions are asset, SRT and VTT; a replay is the same."""
    (tmp_path / "talk.mp4").write_bytes(talking_video().read_bytes())
    server.play(code(LISTENS), code(WRITES), asks_for_verdict(), finishes())
    settings = {
        "ROUGHCUT_MODEL": MODEL,
        "ROUGHCUT_MODEL_BASE_URL": server.base_url,
        "ROUGHCUT_SPEECH_MODEL": str(whisper_folder()),
        "ROUGHCUT_CACHE": str(tmp_path / "cache"),
    }
    request, output = "Take the pauses out and caption it", tmp_path / "out.mp4"

    ended = roughcut(
        "edit", tmp_path / "talk.mp4", request, "-o", output, "--json", home=tmp_path / "home", **settings
    )

    assert ended.code == 0, ended.stderr
    found = await analysis_of(output, tmp_path / "cache")
    assert found.transcript is not None and found.sound is not None
    assert word_error_rate(" ".join(word.text for word in found.transcript.words)) <= 0.05
    assert max((silence.duration_s for silence in found.sound.silences), default=0) <= 0.5
    session = Path(ended.json["folder"])
    assert (session / "outputs/talk.srt").read_text().startswith("1\n00:00:00,")
    assert (session / "outputs/talk.vtt").read_text().startswith("WEBVTT")
    assert "talk.captions.json" in json.loads((session / "history.json").read_text())["assets"][1]["name"]
    assert captions_are_seen(output)
    again = roughcut("replay", session, "--json", home=tmp_path / "home", **settings)
    assert again.code == 0, again.stdout + again.stderr


def captions_are_seen(video: Path) -> bool:
    """Whether white letters or their plates stand in the lower part of the picture while words are said."""
    crop = "crop=iw/2:ih/6:iw/4:ih*0.74,scale=160:30,format=gray"
    raw = subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-ss",
            "0.8",
            "-i",
            video,
            "-frames:v",
            "1",
            "-vf",
            crop,
            "-f",
            "rawvideo",
            "-",
        ],
        capture_output=True,
        check=True,
    ).stdout
    return max(raw) > 235
