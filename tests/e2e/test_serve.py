"""`roughcut serve` as a client meets it: footage up, a job followed to its end, a video that plays."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from browser_pool.chromium.find import find_browser
from tests.e2e.cli import FOOTAGE, command, command_environment, heed_interrupts, roughcut
from tests.e2e.test_stop import processes_naming, wait_for

LIMIT_S = 120


@contextmanager
def serving(home: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a service on *home*, and its process; it is ended, if it has not ended before."""
    scratch = home.with_name("scratch")
    scratch.mkdir(mode=0o755, exist_ok=True)
    log = home.with_name("serve.log")
    with log.open("w") as said:
        process = subprocess.Popen(
            command("serve", "--port", 0, *options),
            env=command_environment(home, TMPDIR=str(scratch), ROUGHCUT_CACHE=str(home / "cache")),
            stderr=said,
            text=True,
            preexec_fn=heed_interrupts,
        )
    try:
        wait_for(lambda: process.poll() is not None or "Serving on" in log.read_text(), "the service")
        found = re.search(r"Serving on (http://\S+)", log.read_text())
        assert found, log.read_text()
        yield found[1], process
    finally:
        process.terminate()
        process.wait(timeout=LIMIT_S)


def followed(client: httpx.Client, job_url: str, after: int = 0) -> Iterator[tuple[int, str, dict]]:
    """The events of a job: number, kind, data."""
    headers = {"last-event-id": str(after)}
    with client.stream("GET", f"{job_url}/events", headers=headers, timeout=LIMIT_S) as stream:
        fields: dict[str, str] = {}
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            fields[name] = value
            if not line and "event" in fields:
                yield int(fields["id"]), fields["event"], json.loads(fields["data"])
                fields = {}


@pytest.mark.timeout(600)
def test_a_job_goes_on_after_a_restart_and_its_video_plays(tmp_path: Path):
    """Stopped in the midst of a job the service leaves no browser; the next one goes on with the job, and a
    client that comes back with the last event's id misses nothing. A browser plays the video and seeks in it;
    its trace holds both runs, and a replay makes the same again.
    """
    home = tmp_path / "home"
    with serving(home) as (url, process), httpx.Client(base_url=url, timeout=LIMIT_S) as client:
        session_id = client.post("/v1/sessions", json={}).json()["id"]
        uploaded = client.put(f"/v1/sessions/{session_id}/assets/clip.mp4", content=FOOTAGE.read_bytes())
        body = {"session_id": session_id, "prompt": "Trim to 2 seconds, black and white", "base_revision": 0}
        job_url = client.post("/v1/jobs", json=body).json()["url"].removeprefix(url)
        seen = next(number for number, _, data in followed(client, job_url) if data.get("stage") == "compose")
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=LIMIT_S)
    wait_for(lambda: not processes_naming(str(tmp_path / "scratch")), "the browser to end")
    with serving(home) as (url, _process), httpx.Client(base_url=url, timeout=LIMIT_S) as client:
        events = list(followed(client, job_url, after=seen))
        job = client.get(job_url).json()
        output = client.get(job["output_url"])
        middle = client.get(job["output_url"], headers={"range": "bytes=1000-1999"})
        played = _played(job["output_url"])
    traced = roughcut("trace", job["id"], "--json", home=home)
    replayed = roughcut("replay", job["id"], "--json", home=home)

    assert (uploaded.status_code, code) == (201, 0)
    assert [number for number, _, _ in events] == list(range(seen + 1, seen + 1 + len(events)))
    assert (events[-1][1], events[-1][2]["status"]) == ("end", "completed")
    assert (job["status"], job["attempt"]) == ("completed", 2)
    assert (middle.status_code, middle.content) == (206, output.content[1000:2000])
    assert abs(_duration_s(tmp_path, output.content) - 2) < 0.1
    assert played == {"duration": 2, "at": 1.5, "width": 1280}
    spans = traced.json["spans"]
    assert {span["trace_id"] for span in spans} == {job["trace_id"]}
    assert [span["kind"] for span in spans].count("job") == 2, "one for each run"
    assert replayed.code == 0, replayed.stderr
    assert replayed.json["first_fingerprint"] == replayed.json["again_fingerprint"]
    assert replayed.json["samples"] == replayed.json["equal_samples"] > 0
    frames = replayed.json["frames"]
    assert frames["first_frames"] == frames["again_frames"] == frames["same_frames"] > 0


@pytest.mark.timeout(600)
def test_a_job_waits_for_its_plan_to_be_approved(tmp_path: Path):
    """Nothing is edited before; who follows it hears that it waits, and of its end on the same connection."""
    with (
        serving(tmp_path / "home") as (url, _process),
        httpx.Client(base_url=url, timeout=LIMIT_S) as client,
    ):
        session_id = client.post("/v1/sessions", json={}).json()["id"]
        client.put(f"/v1/sessions/{session_id}/assets/clip.mp4", content=FOOTAGE.read_bytes())
        body = {"session_id": session_id, "prompt": "Trim to 1 second", "needs_approval": True}
        job_url = client.post("/v1/jobs", json=body).json()["url"].removeprefix(url)
        events = followed(client, job_url)
        before = [kind for _, kind, _ in takewhile(lambda event: event[1] != "approval", events)]
        waiting = client.get(job_url).json()["status"]
        planned = client.get(f"{job_url}/plan").json()["plans"]
        approved = client.post(f"{job_url}/approve")
        *_, (_, last, end) = events
        output = client.get(client.get(job_url).json()["output_url"])

    assert "code" not in before
    assert (waiting, len(planned)) == ("review_required", 1)
    assert (approved.status_code, approved.json()["leg"]) == (202, 2)
    assert (last, end["status"]) == ("end", "completed")
    assert abs(_duration_s(tmp_path, output.content) - 1) < 0.1


def _played(url: str) -> dict[str, float]:
    """What a browser with a network makes of the address: it opens the video and seeks to a place in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(None))
        page = browser.new_page()
        page.goto(url)
        wait_for(lambda: page.evaluate("document.querySelector('video')?.readyState") == 4, "the video")
        page.evaluate("document.querySelector('video').pause()")
        page.evaluate("document.querySelector('video').currentTime = 1.5")
        wait_for(lambda: not page.evaluate("document.querySelector('video').seeking"), "the place in it")
        found = page.evaluate(
            """() => {
                const {duration, currentTime, videoWidth} = document.querySelector('video');
                return {duration: Math.round(duration), at: currentTime, width: videoWidth};
            }"""
        )
        browser.close()
    return found


def _duration_s(tmp_path: Path, content: bytes) -> float:
    path = tmp_path / "downloaded.mp4"
    path.write_bytes(content)
    asked = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)]
    return float(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
