"""The command line that Chromium is started with."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

# Chromium keeps only the last --disable-features, so there is one list.
_DISABLED_FEATURES = (
    "AcceptCHFrame",
    "DialMediaRouteProvider",
    "HttpsUpgrades",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
    "SpareRendererForSitePerProcess",
    "Translate",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
)
_ALWAYS = (
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-startup-window",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-field-trial-config",
    "--disable-search-engine-choice-screen",
    "--disable-sync",
    "--metrics-recording-only",
    "--password-store=basic",
    "--use-mock-keychain",
    # Colours are the same on every machine.
    "--force-color-profile=srgb",
    # Timers go on while a hidden page encodes.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-hang-monitor",
    "--disable-ipc-flooding-protection",
    "--disable-renderer-backgrounding",
    # The page is served over CDP, so this browser needs no network at all.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_HEADLESS = ("--headless=new", "--hide-scrollbars", "--mute-audio", "--window-size=1600,1000")
_SMALL_SHARED_MEMORY_BYTES = 1 << 30


def command_line(
    browser: Path, profile: Path, *, headed: bool, sandbox: bool, gpu_flags: tuple[str, ...]
) -> list[str]:
    """*browser* with its arguments, on a fresh *profile* folder."""
    return [
        str(browser),
        f"--user-data-dir={profile}",
        *_ALWAYS,
        f"--disable-features={','.join(_DISABLED_FEATURES)}",
        *(() if headed else _HEADLESS),
        *(() if sandbox else ("--no-sandbox",)),
        *(() if sys.platform == "win32" else ("--remote-debugging-pipe",)),
        *(("--disable-dev-shm-usage",) if _shared_memory_is_small() else ()),
        *gpu_flags,
    ]


def _shared_memory_is_small() -> bool:
    shared_memory = Path("/dev/shm")
    return shared_memory.is_dir() and shutil.disk_usage(shared_memory).total < _SMALL_SHARED_MEMORY_BYTES
