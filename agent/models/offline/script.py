"""The Python that the offline model writes at each step, as a real model would."""

from __future__ import annotations

import json
from collections.abc import Sequence
from difflib import SequenceMatcher

from agent.models.answers import CANNOT
from agent.models.offline.hearing import FAILED, HEARD, ToolCall

_MOST_REPLACED_LINES = 8
_CODE = "\n<code>\n"


def listen(calls: Sequence[ToolCall]) -> str:
    """Calls tools and prints what each returns, or how it failed, on a line of its own as JSON."""
    lines = ["import json", *(line for call in calls for line in _heard_lines(call))]
    tools = ", ".join(dict.fromkeys(call.tool for call in calls))
    return _reply(f"The program depends on the footage; I ask {tools} first.", "\n".join(lines))


def compose(thought: str, program: str) -> str:
    """Puts the whole program into a variable and composes it."""
    return _reply(thought, f"program = {_literal(program)}\nprint(video_editor(program))")


def revise(thought: str, before: str, after: str) -> str:
    """Changes the variable by `replace` where few lines differ, else writes the program anew."""
    edits = _replacements(before, after)
    if edits is None:
        return compose(thought, after)
    lines = [
        f"program = program.replace(\n    {_literal(old)},\n    {_literal(new)},\n)" for old, new in edits
    ]
    return _reply(thought, "\n".join([*lines, "print(video_editor(program))"]))


def review() -> str:
    """Asks for a verdict on the composition."""
    return _reply("It is composed; I look at the frames.", "print(visual_feedback())")


def ask_for_render(words: str) -> str:
    """Ends the job: there is a green light."""
    return _reply("There is a green light; it may be rendered.", f"final_answer({words!r})")


def marking(numbers: Sequence[int], reply: str) -> str:
    """The reply, whose code first marks steps of the plan as done."""
    marks = "".join(f"mark_step({number})\n" for number in numbers)
    return reply.replace(_CODE, _CODE + marks, 1)


def refusal(reason: str) -> str:
    """Ends the job without a render."""
    return _reply("I cannot do this, and say so.", f"final_answer({CANNOT + ' ' + reason!r})")


def _heard_lines(call: ToolCall) -> list[str]:
    arguments = ", ".join(f"{name}={value!r}" for name, value in json.loads(call.arguments).items())
    part = f"[{call.part!r}]" if call.part else ""
    return [
        "try:",
        f"    print({HEARD!r}, json.dumps({call.tool}({arguments}){part}))",
        "except Exception as error:",
        f"    print({FAILED!r}, json.dumps(str(error)))",
    ]


def _reply(thought: str, code: str) -> str:
    return f"Thought: {thought}{_CODE}{code}\n</code>"


def _literal(text: str) -> str:
    if '"""' in text or text.endswith(('"', "\\")):
        return repr(text)
    return f'r"""{text}"""'


def _replacements(before: str, after: str) -> list[tuple[str, str]] | None:
    """Changed lines as unique texts to replace; None where writing the program anew is simpler."""
    old, new = before.splitlines(), after.splitlines()
    edits = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            continue
        if tag == "insert":
            old_from, new_from = old_from - 1, new_from - 1
        if old_from < 0:
            return None
        edits.append(("\n".join(old[old_from:old_to]), "\n".join(new[new_from:new_to])))
    changed_lines = sum(text.count("\n") + 1 for text, _ in edits)
    patched = before
    for text, replacement in edits:
        if not text.strip() or patched.count(text) != 1:
            return None
        patched = patched.replace(text, replacement)
    return edits if edits and patched == after and changed_lines <= _MOST_REPLACED_LINES else None
