"""Real processes: what they load, and that they share one index."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[3]
TIMEOUT_S = 120

SEARCH = """
import json, sys
from pathlib import Path
from docs_index.embed import default_embedder
from docs_index.search import DocsIndex
from tests.unit.docs.corpora import installed_corpus

result = DocsIndex(installed_corpus, Path(sys.argv[1]), default_embedder).search("crossfade two clips")
heavy = sorted({"torch", "chromadb", "sentence_transformers", "transformers"} & sys.modules.keys())
print(json.dumps({"mode": result.mode, "title": result.hits[0].chunk.title, "heavy": heavy}))
"""
BUILD = """
import json, sys
from pathlib import Path
from docs_index.store import stored_vectors
from tests.unit.docs.word_vectors import CHUNKS, WordVectors

print("ready", flush=True)
sys.stdin.readline()
stored = stored_vectors(Path(sys.argv[1]), CHUNKS, WordVectors())
print(json.dumps([stored.folder.name, stored.embedded, len(stored.table)]))
"""


def start(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_search_loads_no_torch_and_no_chroma(index, docs_cache):
    """The index is there already: a fresh process answers by meaning from the files alone."""
    index.search("anything")

    with start(SEARCH, docs_cache) as process:
        out, _ = process.communicate(timeout=TIMEOUT_S)

    assert json.loads(out) == {
        "mode": "hybrid",
        "title": index.search("crossfade two clips").hits[0].chunk.title,
        "heavy": [],
    }


def test_processes_that_start_together_compute_once(tmp_path):
    """Four at the same moment: one builds, the others wait and read; all have everything."""
    processes = [start(BUILD, tmp_path) for _ in range(4)]
    try:
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        with ThreadPoolExecutor(4) as threads:
            outs = list(threads.map(lambda p: p.communicate("go\n", timeout=TIMEOUT_S)[0], processes))
    finally:
        for process in processes:
            process.kill()
            process.wait(TIMEOUT_S)

    results = [json.loads(out) for out in outs]
    folders, embedded, sizes = (set(column) for column in zip(*results, strict=True))
    assert len(folders) == 1
    assert embedded == {0, *sizes}
    assert sorted(result[1] for result in results)[:3] == [0, 0, 0]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == list(folders)


def test_a_process_that_is_killed_while_it_builds_harms_nobody(tmp_path):
    """What it left has no name; its lock went with it."""
    with start(KILLED, tmp_path) as process:
        process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == -9
    assert list(tmp_path.glob(".building-*"))

    with start(BUILD, tmp_path) as process:
        out, _ = process.communicate("go\n", timeout=TIMEOUT_S)

    folder, embedded, size = json.loads(out.splitlines()[-1])
    assert (tmp_path / folder / "manifest.json").exists()
    assert embedded == size


KILLED = """
import os, signal, sys
from pathlib import Path
from docs_index.store import stored_vectors
from docs_index.table import VectorTable
from tests.unit.docs.word_vectors import CHUNKS, WordVectors

VectorTable.write = lambda table, folder: os.kill(os.getpid(), signal.SIGKILL)
stored_vectors(Path(sys.argv[1]), CHUNKS, WordVectors())
"""
