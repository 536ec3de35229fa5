"""What no program has to look at to be no footage: what is not there, a folder, a file of nothing."""

from __future__ import annotations

from pathlib import Path

from agent.errors import BadMedia


def require_readable(path: Path) -> None:
    """Raises `BadMedia` unless *path* is a regular file that can be read and is not empty."""
    if not path.exists():
        raise BadMedia(f"{path} does not exist.", hint="Check the spelling and the folder.")
    if path.is_dir():
        raise BadMedia(f"{path} is a folder, expected a file.", hint="Name the files in it one by one.")
    if not path.is_file():
        raise BadMedia(f"{path} is not a regular file.", hint="Copy it to a file on disk first.")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as exc:
        raise BadMedia(f"{path} cannot be read: {exc.strerror}.", hint="Give yourself read access.") from exc
    if empty:
        raise BadMedia(f"{path.name} is empty (0 bytes).", hint="Copy it again from where it came from.")
