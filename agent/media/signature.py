"""What a file is by its first bytes, where ffprobe is not the one to ask."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path

HEAD_BYTES = 4096


class Signature(Enum):
    """The families that are probed in ways of their own."""

    IMAGE = auto()
    SVG = auto()
    FONT = auto()
    TEXT = auto()
    PLAYLIST = auto()
    OTHER = auto()


_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*")
_ISO_IMAGE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")
_FONTS = (b"\0\1\0\0", b"OTTO", b"true", b"wOFF", b"wOF2")
_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<MPD", b"<?xml")
"""What names other files, which ffmpeg would open in its stead, wherever they are."""
_TEXT_SUFFIXES = {".json", ".srt", ".vtt", ".txt"}


def signature_of(path: Path) -> Signature:
    """The family of *path*; GIF counts as OTHER because it may move."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(_IMAGES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return Signature.IMAGE
    if head[4:8] == b"ftyp" and head[8:12] in _ISO_IMAGE_BRANDS:
        return Signature.IMAGE
    if head.startswith(_FONTS) and path.suffix.lower() in {".ttf", ".otf", ".woff", ".woff2"}:
        return Signature.FONT
    if b"<svg" in head and path.suffix.lower() == ".svg":
        return Signature.SVG
    if head.lstrip().startswith(_PLAYLISTS):
        return Signature.PLAYLIST
    return Signature.TEXT if path.suffix.lower() in _TEXT_SUFFIXES else Signature.OTHER
