"""Where Chrome or Chromium is on this machine."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from browser_pool.chromium.errors import BrowserMissing

# Debian's own binary comes before its wrapper script, which adds flags of its own. Sandboxed packages (snap,
# flatpak) come last: they see only a part of the disk.
_LINUX = (
    "/usr/lib/chromium/chromium",
    "/usr/lib/chromium-browser/chromium-browser",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/opt/google/chrome/chrome",
    "google-chrome-stable",
    "google-chrome",
    "chromium",
    "chromium-browser",
    "chrome",
    "microsoft-edge-stable",
    "/snap/bin/chromium",
    "/var/lib/flatpak/exports/bin/com.google.Chrome",
    "/var/lib/flatpak/exports/bin/org.chromium.Chromium",
    "~/.local/share/flatpak/exports/bin/com.google.Chrome",
    "~/.local/share/flatpak/exports/bin/org.chromium.Chromium",
)
_MACOS = tuple(
    f"{folder}/{app}.app/Contents/MacOS/{app}"
    for app in ("Google Chrome", "Chromium", "Microsoft Edge")
    for folder in ("/Applications", "~/Applications")
)
_WINDOWS = tuple(
    f"{folder}/{program}"
    for program in ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
    for folder in ("%PROGRAMFILES%", "%PROGRAMFILES(X86)%", "%LOCALAPPDATA%")
)

_UBUNTU_FIX = (
    "curl -fsSLo /tmp/chrome.deb https://dl.google.com/linux/direct/google-chrome-stable_current_amd64.deb"
    " && sudo apt-get install -y /tmp/chrome.deb"
)


def find_browser(explicit: Path | None) -> Path:
    """The browser's executable: *explicit*, or the first of the known places that is there.

    Raises `BrowserMissing` with the command that installs one.
    """
    if explicit is not None:
        found = shutil.which(explicit.expanduser())
        if found is None:
            raise BrowserMissing(f"{explicit} is not an executable browser.", hint=install_command())
        return Path(found)
    for candidate in _candidates():
        if found := shutil.which(candidate):
            return Path(found)
    raise BrowserMissing(
        "No Chrome or Chromium was found.",
        hint=f"Install one ({install_command()}) or name it in ROUGHCUT_BROWSER_PATH.",
    )


def install_command() -> str:
    """The one command that installs a browser with H.264 on this system."""
    if sys.platform == "darwin":
        return "brew install --cask google-chrome"
    if sys.platform == "win32":
        return "winget install Google.Chrome"
    family = _linux_family()
    if "ubuntu" in family:
        return _UBUNTU_FIX  # Ubuntu's own chromium package is a snap
    if "fedora" in family or "rhel" in family:
        return "sudo dnf install -y chromium"
    if "arch" in family:
        return "sudo pacman -S --noconfirm chromium"
    return "sudo apt-get install -y chromium"


def _candidates() -> Iterator[str]:
    places = {"darwin": _MACOS, "win32": _WINDOWS}.get(sys.platform, _LINUX)
    for place in places:
        yield os.path.expandvars(str(Path(place).expanduser()) if place.startswith("~") else place)


def _linux_family() -> set[str]:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return set()
    return {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
