"""Runs inside the container: executes the model's Python and passes its tool calls out, as JSON lines.

Needs nothing but Python; sent as text by `agent.executor`.
"""

import ast
import contextlib
import io
import json
import sys
import traceback


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
    return {"done": {**result, "logs": printed.getvalue()}}


def _serve() -> None:
    scope: dict = {"__name__": "__step__"}  # type: ignore[type-arg]
    for line in sys.__stdin__:  # type: ignore[union-attr]
        message = json.loads(line)
        if "tools" in message:
            scope.update({name: _tool(name) for name in message["tools"]}, final_answer=_final_answer)
        elif "variables" in message:
            scope.update(message["variables"])
        else:
            _send(_step(message["run"], scope))


_serve()
