"""An OpenAI-compatible endpoint that plays a script: replies, verdicts and faults, in order. Tests only."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

MODEL, CRITIC_MODEL = "scripted-writer", "scripted-critic"
_START_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Said:
    """A reply with this text."""

    content: str
    input_tokens: int = 100
    output_tokens: int = 20


@dataclass(frozen=True)
class Fault:
    """An answer that is no reply: a status, or status 200 with a body that is none."""

    status: int
    body: str = '{"error": {"message": "scripted fault"}}'
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Silence:
    """No answer until the asker has given up."""

    seconds: float


Answer = Said | Fault | Silence


def code(python: str, thought: str = "I go on.") -> Said:
    """A reply of the writer: a thought and a block of Python."""
    return Said(f"Thought: {thought}\n<code>\n{python}\n</code>")


def composes(program: str) -> Said:
    """The writer puts a program into a variable and composes it."""
    return code(f'program = r"""{program}"""\nprint(video_editor(program))')


def asks_for_verdict() -> Said:
    """The writer asks for visual feedback."""
    return code("print(visual_feedback())")


def finishes(words: str = "done") -> Said:
    """The writer gives its final answer."""
    return code(f"final_answer({words!r})")


def approves(summary: str = "As asked.") -> Said:
    """The critic's green light."""
    return Said(json.dumps({"approved": True, "summary": summary, "issues": []}))


def rejects(message: str, fix: str = "", time_s: float | None = 1.0) -> Said:
    """The critic's refusal for one reason."""
    issue = {
        "kind": "text",
        "severity": "blocker",
        "time_s": time_s,
        "message": message,
        "suggested_fix": fix,
    }
    return Said(json.dumps({"approved": False, "summary": message, "issues": [issue]}))


def plans(*tasks: str, tool: str = "video_editor") -> Said:
    """The planner's reply."""
    return Said(json.dumps({"cannot": "", "steps": [{"task": task, "tool": tool} for task in tasks]}))


class ModelServer:
    """Plays `script` by model name; a script that has run out answers with status 500.

    Plans have a script of their own, which goes on with a plan of one step. With `mind` what is asked decides
    what is answered, for conversations that go on at once.
    """

    def __init__(self) -> None:
        self.script: dict[str, list[Answer]] = {}
        self.plans: list[Answer] = []
        self.mind: Callable[[dict[str, Any]], Answer] | None = None
        self.requests: list[dict[str, Any]] = []  # whatever a client sends
        self.questions: list[str] = []
        """The Idempotency-Key of each request."""
        self.base_url = ""

    def play(self, *answers: Answer, model: str = MODEL) -> None:
        """Appends answers to the script of `model`."""
        self.script.setdefault(model, []).extend(answers)

    def asked(self, model: str = MODEL) -> list[dict[str, Any]]:
        """The requests that `model` was sent, those for plans left aside."""
        return [
            request for request in self.requests if request["model"] == model and not is_for_plan(request)
        ]

    def asked_to_plan(self) -> list[dict[str, Any]]:
        """The requests for plans."""
        return [request for request in self.requests if is_for_plan(request)]

    def clear(self) -> None:
        """Forgets script and requests."""
        self.script.clear()
        self.plans.clear()
        self.requests.clear()

    def app(self) -> FastAPI:
        """The endpoint."""
        app = FastAPI()

        @app.get("/v1/models")
        def models() -> dict[str, Any]:
            return {
                "object": "list",
                "data": [{"id": name, "object": "model"} for name in (MODEL, CRITIC_MODEL)],
            }

        @app.post("/v1/chat/completions")
        async def complete(request: Request) -> Response:
            asked = await request.json()
            self.requests.append(asked)
            self.questions.append(request.headers.get("idempotency-key", ""))
            return await _response(self._answer(asked), asked["model"])

        return app

    def _answer(self, asked: dict[str, Any]) -> Answer:
        if self.mind is not None:
            return self.mind(asked)
        if is_for_plan(asked):
            return self.plans.pop(0) if self.plans else plans("Do what was asked.")
        answers = self.script.get(asked["model"], [])
        return answers.pop(0) if answers else Fault(500, '{"error": {"message": "the script has ended"}}')


def is_for_plan(asked: dict[str, Any]) -> bool:
    return any("<stated>" in json.dumps(message) for message in asked["messages"])


async def _response(answer: Answer, model: str) -> Response:
    if isinstance(answer, Silence):
        await asyncio.sleep(answer.seconds)
        return PlainTextResponse("too late", status_code=504)
    if isinstance(answer, Fault):
        return Response(answer.body, answer.status, answer.headers, media_type="application/json")
    total = answer.input_tokens + answer.output_tokens
    return JSONResponse(
        {
            "id": "scripted",
            "object": "chat.completion",
            "created": 0,
            "model": model,
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": answer.content},
                }
            ],
            "usage": {
                "prompt_tokens": answer.input_tokens,
                "completion_tokens": answer.output_tokens,
                "total_tokens": total,
            },
        }
    )


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """A running server on a free loopback port; `base_url` ends in /v1."""
    server = ModelServer()
    listening = socket.create_server(("127.0.0.1", 0))
    server.base_url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    running = uvicorn.Server(
        uvicorn.Config(server.app(), log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    _wait_until_listening(listening.getsockname()[1])
    try:
        yield server
    finally:
        running.should_exit = True
        thread.join(_START_TIMEOUT_S)
        listening.close()


def _wait_until_listening(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=_START_TIMEOUT_S) as probe:
        probe.sendall(b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert probe.recv(1), "the scripted server answers"
