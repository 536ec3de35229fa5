"""The house keeps its shape: imports point down only, and nothing heavy loads with the command line."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# From the top down; a module may import from its own row and from rows below it.
LAYERS = [
    ["agent.cli"],
    [
        "agent.chat",
        "agent.docs_commands",
        "agent.evaluation_commands",
        "agent.job_commands",
        "agent.plan_commands",
        "agent.pool_commands",
        "agent.serve_commands",
        "agent.trace_commands",
    ],
    ["agent.running"],
    [
        "agent.display",
        "agent.evaluation_display",
        "agent.evaluation_run",
        "agent.inspection",
        "agent.job_table",
        "agent.plan_display",
        "agent.toolbox",
        "agent.trace_view",
    ],
    ["agent.service"],
    ["agent.services"],
    ["agent.api"],
    ["agent.runner", "agent.replay"],
    ["agent.workflow"],
    ["agent.composing", "agent.evaluating"],
    ["agent.rendering", "agent.extras", "agent.recording"],
    ["agent.workspace"],
    ["agent.jobs", "agent.engine", "agent.event_log"],
    ["agent.order", "agent.job_result"],
    ["agent.planner", "agent.plan_check"],
    ["agent.composer", "agent.installed_docs"],
    ["agent.durable", "agent.outcomes"],
    ["agent.prompts", "agent.container", "agent.executor", "agent.executor_driver"],
    ["agent.tools"],
    ["agent.critic", "agent.evaluation"],
    ["agent.browser", "agent.media", "agent.models", "agent.store", "docs_index"],
    ["agent.tracing", "agent.tracing_export", "agent.trace_writer"],
    ["agent.steps"],
    ["agent.domain"],
    ["agent.settings", "agent.errors"],
    ["browser_pool"],
]


def modules() -> list[Path]:
    found = [
        path for package in ("agent", "browser_pool", "docs_index") for path in (ROOT / package).rglob("*.py")
    ]
    return sorted(path for path in found if path.parts[-1] != "__init__.py")


def layer_of(module: str) -> int | None:
    for row, names in enumerate(LAYERS):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return row
    return None


def imports_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path):
    """A module imports only from its own layer or from those below it."""
    own = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    row = layer_of(own)
    assert row is not None, f"{own} is in no layer: add it to LAYERS"

    upward = {
        name for name in imports_of(path) if (layer_of(name) or row) < row and layer_of(name) is not None
    }

    assert upward == set()


def test_docs_index_does_not_know_the_agent():
    """Other agents can use the search without ours."""
    imported = {name for path in (ROOT / "docs_index").rglob("*.py") for name in imports_of(path)}

    assert not [name for name in imported if name.split(".")[0] == "agent"]


def test_the_pool_does_not_know_the_agent():
    """Other agents can use its browsers without ours."""
    imported = {name for path in (ROOT / "browser_pool").rglob("*.py") for name in imports_of(path)}

    assert not [name for name in imported if name.split(".")[0] == "agent"]


def test_what_is_traced_loads_no_exporter():
    """OpenTelemetry's SDK comes with a process that traces, not with each module that could be traced."""
    assert loaded_by("import agent.media.ffmpeg", ["opentelemetry.sdk"]) == []


def test_the_command_line_loads_nothing_heavy():
    """`roughcut --help` does not wait for a browser library, a model client or an index."""
    heavy = ["playwright", "smolagents", "openai", "numpy", "PIL", "pydantic"]
    heavy += ["torch", "sentence_transformers", "tokenizers", "chromadb", "opentelemetry", "sqlalchemy"]

    assert loaded_by("import agent.cli", heavy) == []


def test_looking_at_jobs_loads_nothing_that_runs_them(tmp_path: Path):
    """`roughcut jobs` waits for the database alone."""
    heavy = [
        "playwright",
        "smolagents",
        "openai",
        "numpy",
        "PIL",
        "cv2",
        "dbos",
        "tokenizers",
        "opentelemetry",
    ]
    code = "from agent.cli import app; app(['jobs', '--json'], standalone_mode=False)"

    assert loaded_by(code, heavy, ROUGHCUT_HOME=str(tmp_path)) == []


def loaded_by(code: str, modules: list[str], **environment: str) -> list[str]:
    """Those of the *modules* that a new process has loaded after that."""
    code += f"; import sys; print([m for m in {modules!r} if m in sys.modules], file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | environment,
    )
    return [str(name) for name in ast.literal_eval(done.stderr.splitlines()[-1])]
