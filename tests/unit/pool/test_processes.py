"""What is known of a browser's processes."""

from __future__ import annotations

import os
import subprocess
import sys

from browser_pool.confinement import processes

_PARENT_THAT_NEVER_ASKS = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
print(child.pid, flush=True)
input()
"""


def test_a_process_of_others_has_ended_before_they_ask_after_it():
    """A zombie is still listed among its session's processes, but it holds nothing to wait for."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT_THAT_NEVER_ASKS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        zombie = processes.of_session(int(parent.stdout.readline()))

        assert [processes.has_ended(each) for each in zombie] == [True]
        assert [processes.has_ended(each) for each in processes.of_session(parent.pid)] == [False]
        parent.communicate(b"\n")


def test_a_process_of_ours_has_ended_when_we_have_asked_after_it():
    """Until then it is ours to bury: the node may be process 1, to which all orphans come."""
    child = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    (zombie,) = processes.of_session(child.pid)

    assert not processes.has_ended(zombie)
    child.wait()
    assert processes.has_ended(zombie)
