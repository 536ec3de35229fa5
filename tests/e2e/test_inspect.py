"""`roughcut inspect` tells what is in a file, to people and to programs."""

from pathlib import Path

import numpy as np
from PIL import Image

from tests.e2e.cli import roughcut
from tests.integration.test_analysis import whisper_folder
from tests.music import talking_video


def test_a_talk_is_shown_as_table_chart_and_json(tmp_path: Path):
    """The words are in the table, the chart has picture, sound and words, and JSON holds all figures."""
    settings = {"ROUGHCUT_CACHE": str(tmp_path), "ROUGHCUT_SPEECH_MODEL": str(whisper_folder())}
    chart = tmp_path / "talk.png"

    shown = roughcut("inspect", talking_video(), "--chart", chart, home=tmp_path, **settings)
    told = roughcut("inspect", talking_video(), "--json", home=tmp_path, **settings)

    assert shown.code == 0, shown.stderr
    assert "market" in shown.stdout
    assert "640x360" in shown.stdout
    pixels = np.asarray(Image.open(chart))
    assert pixels.shape[1] == 1600
    assert pixels.reshape(-1, 3).std(axis=0).min() > 20
    assert told.json["analysis"]["sound"]["silences"]
    assert told.json["analysis"]["transcript"]["language"] == "en"


def test_what_has_no_time_is_refused(tmp_path: Path):
    """A picture is named, with what was expected."""
    Image.new("RGB", (8, 8)).save(tmp_path / "dot.png")

    ended = roughcut("inspect", tmp_path / "dot.png", home=tmp_path)

    assert ended.code == 2
    assert "video or sound" in ended.stderr
