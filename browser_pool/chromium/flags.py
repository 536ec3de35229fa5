"""The command line that Chromium is started with."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

Flags = tuple[str, ...]

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
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_NO_NETWORK = ("--host-resolver-rules=MAP * ~NOTFOUND",)
_CLOUD_METADATA = (
    "169.254.*", "::ffff:a9fe:*", "fd00:ec2::254", "100.100.100.200", "168.63.129.16",
    "metadata.google.internal", "metadata.goog", "*.ec2.internal",
)  # fmt: skip
_NO_CLOUD_METADATA = (
    "--host-resolver-rules=" + ",".join(f"MAP {host} ~NOTFOUND" for host in _CLOUD_METADATA),
)
"""Addresses that give a machine's credentials to whatever runs on it, in every way to write them. A name of
somebody else's that resolves to one is a matter for a firewall.
"""
_HEADLESS = ("--headless=new", "--hide-scrollbars", "--mute-audio")
_SMALL_SHARED_MEMORY_BYTES = 1 << 30


@dataclass(frozen=True)
class LaunchOptions:
    """What differs from one Chromium to the next."""

    headed: bool = False
    allow_no_sandbox: bool = False
    """Whether to go without a sandbox where the machine offers none."""
    gpu_flags: Flags = ()
    width: int = 1600
    height: int = 1000
    network: bool = False
    """Whether pages reach anything but what is served to them over CDP."""
    locale: str | None = None
    timezone: str | None = None
    js_heap_mb: int | None = None
    """Limit of each page's JavaScript heap; None is Chromium's own."""
    max_processes: int | None = None
    """How many processes and threads the account may have, all its browsers together."""
    args: Flags = ()
    """The caller's own, which come last and have been checked."""


def command_line(browser: Path, profile: Path, options: LaunchOptions, *, sandbox: bool) -> list[str]:
    """*browser* with its arguments, on a fresh *profile* folder."""
    return [
        str(browser),
        f"--user-data-dir={profile}",
        *_ALWAYS,
        f"--disable-features={','.join(_DISABLED_FEATURES)}",
        f"--window-size={options.width},{options.height}",
        *(() if options.headed else _HEADLESS),
        *(_NO_CLOUD_METADATA if options.network else _NO_NETWORK),
        *(() if sandbox else ("--no-sandbox",)),
        *(() if sys.platform == "win32" else ("--remote-debugging-pipe",)),
        *(("--disable-dev-shm-usage",) if _shared_memory_is_small() else ()),
        *(() if options.js_heap_mb is None else (f"--js-flags=--max-old-space-size={options.js_heap_mb}",)),
        *(() if options.locale is None else (f"--lang={options.locale}", f"--accept-lang={options.locale}")),
        *options.gpu_flags,
        *options.args,
    ]


def _shared_memory_is_small() -> bool:
    shared_memory = Path("/dev/shm")
    return shared_memory.is_dir() and shutil.disk_usage(shared_memory).total < _SMALL_SHARED_MEMORY_BYTES
