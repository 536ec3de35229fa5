"""Which graphics flags Chromium gets: those under which WebGL2 really runs on hardware, else software."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from browser_pool.chromium.account import browser_account
from browser_pool.chromium.errors import ChromiumError
from browser_pool.chromium.flags import Flags, LaunchOptions
from browser_pool.chromium.launch import launch_chromium
from browser_pool.chromium.programs import output_of

log = logging.getLogger(__name__)

# Two to six times the frames of a forced SwiftShader, which emulates reading the canvas back.
SOFTWARE: Flags = ("--disable-gpu",)
_PLAIN: Flags = ()
_NVIDIA: tuple[Flags, ...] = (
    (
        "--use-gl=angle",
        "--use-angle=gl-egl",
        "--ignore-gpu-blocklist",
        "--enable-gpu",
        "--enable-gpu-rasterization",
    ),
    (
        "--use-gl=angle",
        "--use-angle=vulkan",
        "--enable-features=Vulkan",
        "--disable-vulkan-surface",
        "--ignore-gpu-blocklist",
    ),
)
# Written as SOFTWARE in operator_ui/src/operator/gpu.ts, which reports on the page's own context.
_SOFTWARE_RENDERER = re.compile(r"swiftshader|llvmpipe|softpipe|software|basic render", re.IGNORECASE)

# In JavaScript, its name or nothing. Draws and reads one pixel: a context alone proves nothing.
WEBGL2_RENDERER = """(() => {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) return '';
  gl.clearColor(1, 0, 0, 1);
  gl.clear(gl.COLOR_BUFFER_BIT);
  const pixel = new Uint8Array(4);
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  const extension = gl.getExtension('WEBGL_debug_renderer_info');
  return pixel[0] === 255 && extension ? gl.getParameter(extension.UNMASKED_RENDERER_WEBGL) : '';
})()"""


async def gpu_flags(browser: Path, *, cache_file: Path | None = None) -> Flags:
    """The flags for this browser on this machine, tried once per browser version and driver."""
    if sys.platform in ("darwin", "win32"):
        return _PLAIN  # there is always a driver, and Chromium chooses well
    devices = _devices()
    if not devices:
        return SOFTWARE
    cache = _Cache(cache_file or user_cache_path("roughcut") / "gpu.json")
    key = f"{await browser_version(browser)} {_driver(devices)}"
    remembered = cache.get(key)
    if remembered is None:
        remembered = await _first_on_hardware(browser, has_nvidia=any("nvidia" in name for name in devices))
        cache.put(key, remembered)
    return remembered


async def browser_version(browser: Path) -> str:
    """What `--version` prints, e.g. `Chromium 156.0.8078.79`. Raises `ProgramFailed` if it prints nothing."""
    return await output_of(str(browser), "--version", account=browser_account())


def is_hardware(renderer: str) -> bool:
    """Whether the name that WebGL2 reports is a real GPU's; empty means that there is no WebGL2."""
    return bool(renderer) and not _SOFTWARE_RENDERER.search(renderer)


async def _first_on_hardware(browser: Path, *, has_nvidia: bool) -> Flags:
    for flags in (*(_NVIDIA if has_nvidia else ()), _PLAIN):
        try:
            renderer = await _probe(browser, flags)
        except ChromiumError as exc:
            log.info(
                "graphics flags failed", extra={"action": "gpu_probe", "flags": flags, "error": str(exc)}
            )
            continue
        log.info("graphics flags tried", extra={"action": "gpu_probe", "flags": flags, "renderer": renderer})
        if is_hardware(renderer):
            return flags
    return SOFTWARE


async def _probe(browser: Path, flags: Flags) -> str:
    async with launch_chromium(browser, LaunchOptions(gpu_flags=flags)) as chromium:
        if chromium.control is None:
            return ""
        target = await chromium.control.call("Target.createTarget", {"url": "about:blank"})
        async with chromium.control.attached(target["targetId"]) as page:
            answer = await page.call(
                "Runtime.evaluate", {"expression": WEBGL2_RENDERER, "returnByValue": True}
            )
        return str(answer["result"].get("value", ""))


def _devices() -> list[str]:
    devices = Path("/dev")
    return sorted(
        str(path) for pattern in ("dri/renderD*", "nvidia[0-9]*", "dxg") for path in devices.glob(pattern)
    )


def _driver(devices: list[str]) -> str:
    """What changes when driver, kernel or cards change."""
    nvidia = Path("/proc/driver/nvidia/version")
    facts = [*devices, Path("/proc/sys/kernel/osrelease").read_text()]
    if nvidia.exists():
        facts.append(nvidia.read_text())
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Cache:
    """A JSON file of flags by key; one that cannot be read or written is no cache, not an error."""

    file: Path

    def get(self, key: str) -> Flags | None:
        flags = self._entries().get(key)
        return None if flags is None else tuple(flags)

    def put(self, key: str, flags: Flags) -> None:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(json.dumps({**self._entries(), key: flags}))
        except OSError as exc:
            log.warning("graphics flags not remembered", extra={"action": "gpu_cache", "error": str(exc)})

    def _entries(self) -> dict[str, list[str]]:
        try:
            entries: dict[str, list[str]] = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return {}
        return entries
