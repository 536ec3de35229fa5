"""The OpenAPI document is kept: generated requests, good and malformed, get what it promises."""

import asyncio
import sys
from functools import partial
from pathlib import Path

import pytest

from agent.store import executors
from tests.api_service import ServedApi, served_api

TIME_S = 25
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "ignored_auth",
    "unsupported_method",
    "allow_header_conformance",
]


@pytest.mark.slow
async def test_generated_requests_get_what_the_document_promises(tmp_path):
    """No answer is a 5xx or of an undocumented status, type or shape, and no bad request is taken."""
    async with served_api(tmp_path / "home", edit_wait_s=0.2) as api:
        headers = api.bearer("studio")
        api.parts.database.do(partial(executors.beat, executor_id="one", host="here", pid=1))
        await _something_there(api, headers, tmp_path / "schemathesis.toml")

        code, said = await _schemathesis(
            *("--config-file", str(tmp_path / "schemathesis.toml")),
            *("run", f"{api.url}/openapi.json"),
            *("--header", f"Authorization: {headers['authorization']}"),
            *("--phases", "examples,coverage,fuzzing"),
            *("--checks", ",".join(CHECKS)),
            *("--max-time", str(TIME_S)),
            *("--request-timeout", "10"),
            "--continue-on-failure",
            cwd=tmp_path,
        )

    assert code == 0, said[-8000:]
    assert "Operations" in said or "Test cases:" in said


async def _something_there(api: ServedApi, headers: dict[str, str], config: Path) -> None:
    """A session, an ended job and its artifact, which the generated requests ask for."""
    session_id = await api.session(headers)
    job = await api.job(session_id, headers=headers)
    worker = api.worker(session_id, job["id"])
    artifact = worker.make("video.mp4", b"frames")
    worker.end()
    config.write_text(
        f'[parameters]\n"path.session_id" = "{session_id}"\n"path.job_id" = "{job["id"]}"\n'
        f'"path.artifact_id" = "{artifact}"\n'
    )


async def _schemathesis(*args: str, cwd: Path) -> tuple[int | None, str]:
    """How it ended, and what it printed."""
    running = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("schemathesis")), *args),
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(6 * TIME_S):
        said, _ = await running.communicate()
    return running.returncode, said.decode()
