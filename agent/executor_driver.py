"""Runs in a process of its own: executes the model's Python and passes its tool calls out, as JSON lines.

Sent as text by `agent.executor`. With imports to allow as its arguments it runs the code in smolagents'
interpreter, within limits of memory; without, in Python itself: then it needs nothing but Python, and the
container around it is what confines the code.
"""

import ast
import contextlib
import io
import json
import sys
import traceback

_MEMORY_BYTES = 2 * 1024**3


class _FinalAnswer(BaseException):
    """Not an Exception, so that the model's own `except Exception` does not hold it up."""


def _send(message: dict) -> None:  # type: ignore[type-arg]  # plain JSON
    sys.__stdout__.write(json.dumps(message) + "\n")  # type: ignore[union-attr]  # a container has a stdout
    sys.__stdout__.flush()  # type: ignore[union-attr]


def _tool(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  stands in for any tool
    def call(*arguments: object, **named: object) -> object:
        _send({"call": name, "arguments": arguments, "named": named})
        answer = json.loads(sys.__stdin__.readline())  # type: ignore[union-attr]
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    return call


def _final_answer(answer: object = None) -> None:
    raise _FinalAnswer(answer)


def _run(code: str, scope: dict) -> object:  # type: ignore[type-arg]  # names of any kind
    """Executes `code`; the value of its last line if that is an expression."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<step>", "exec"), scope)  # the container is there for this
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), "<step>", "eval"), scope)


def _step(code: str, scope: dict) -> dict:  # type: ignore[type-arg]
    printed = io.StringIO()
    result: dict = {"output": None, "final": False, "error": None}  # type: ignore[type-arg]
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            value = _run(code, scope)
            result["output"] = None if value is None else str(value)
        except _FinalAnswer as exc:
            result.update(output=str(exc.args[0]), final=True)
        except BaseException:  # noqa: BLE001  whatever the model's code raises goes back to the model
            result["error"] = traceback.format_exc(limit=-2)
    return {**result, "logs": printed.getvalue()}


def _interpreter(imports: list, scope: dict):  # type: ignore[no-untyped-def, type-arg]  # noqa: ANN202
    """A step as `_step` does it, interpreted."""
    from smolagents.local_python_executor import LocalPythonExecutor

    # With a limit of its own it would run the code in a thread, which cannot be ended.
    executor = LocalPythonExecutor(imports, timeout_seconds=None)
    tools = {name: value for name, value in scope.items() if callable(value)}
    executor.send_tools({**tools, "final_answer": lambda answer=None: answer})  # type: ignore[dict-item]
    executor.send_variables({name: value for name, value in scope.items() if name not in tools})

    def step(code: str, _: dict) -> dict:  # type: ignore[type-arg]
        result: dict = {"output": None, "final": False, "error": None}  # type: ignore[type-arg]
        try:
            done = executor(code)
            output = None if done.output is None else str(done.output)
            result.update(output=output, final=done.is_final_answer)
        except BaseException as exc:  # noqa: BLE001  whatever the model's code raises goes back to the model
            result["error"] = str(exc) or repr(exc)
        return {**result, "logs": str(executor.state.get("_print_outputs", ""))}

    return step


def _limit_memory() -> None:
    import resource

    # macOS has no such limit.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


def _serve(imports: list) -> None:  # type: ignore[type-arg]
    beginning = json.loads(sys.__stdin__.readline())  # type: ignore[union-attr]
    scope: dict = {"__name__": "__step__", **beginning["variables"]}  # type: ignore[type-arg]
    scope.update({name: _tool(name) for name in beginning["tools"]}, final_answer=_final_answer)
    step = _step
    if imports:
        _limit_memory()
        step = _interpreter(imports, scope)
    _send({"ready": True})
    for line in sys.__stdin__:  # type: ignore[union-attr]
        _send({"done": step(json.loads(line)["run"], scope)})


_serve(sys.argv[1:])
