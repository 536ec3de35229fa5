"""The letters in a picture, read by rapidocr on this machine; an extra, because its models are large."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from agent.media.similarity import Picture

if TYPE_CHECKING:
    from rapidocr import RapidOCR

LONGEST_SIDE_PX = 736
"""Letters are looked for in the picture at this size, and read at its own: four times as fast as at 1080p."""
_THREADS = 2


@dataclass(frozen=True)
class TextBox:
    """The upright rectangle around a text, in pixels of the picture it was read in."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class ReadText:
    """A line of text as it was read; `confidence` from 0 to 1."""

    text: str
    box: TextBox
    confidence: float


class TextReader:
    """Reads pictures, one at a time; its models come inside the package and are loaded at the first use."""

    def __init__(self) -> None:
        self._engine: RapidOCR | None = None
        self._lock = threading.Lock()

    @property
    def why_not(self) -> str:
        """Why nothing can be read here; empty where it can."""
        missing = [name for name in ("rapidocr", "onnxruntime") if find_spec(name) is None]
        if not missing:
            return ""
        return f"{' and '.join(missing)} not installed: pip install 'roughcut[ocr]'"

    def read(self, picture: Picture) -> tuple[ReadText, ...] | None:
        """The lines in *picture* from the top down; None where `why_not` says why nothing can be read."""
        if self.why_not:
            return None
        from rapidocr.utils.output import RapidOCROutput

        with self._lock:
            # The engine was taught on pictures as OpenCV holds them, blue first.
            found = self._loaded()(np.ascontiguousarray(picture[:, :, ::-1]))
        # It answers in three other types where no line was found.
        if not isinstance(found, RapidOCROutput):
            return ()
        if found.txts is None or found.boxes is None or found.scores is None:
            return ()
        lines = zip(found.txts, found.boxes, found.scores, strict=True)
        return tuple(ReadText(text, _around(corners), float(score)) for text, corners, score in lines)

    def _loaded(self) -> RapidOCR:
        if self._engine is None:
            from rapidocr import RapidOCR

            self._engine = RapidOCR(
                params={
                    "Global.use_cls": False,
                    "Global.log_level": "error",
                    "Det.limit_type": "max",
                    "Det.limit_side_len": LONGEST_SIDE_PX,
                    "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
                }
            )
        return self._engine


@cache
def text_reader() -> TextReader:
    """The reader of this process: its models are in memory once."""
    return TextReader()


def _around(corners: np.ndarray) -> TextBox:
    left, top = (float(value) for value in corners.min(axis=0))
    right, bottom = (float(value) for value in corners.max(axis=0))
    return TextBox(left, top, right, bottom)
