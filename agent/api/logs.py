"""What the service logs: a line of JSON for each event, on stderr."""

from __future__ import annotations

import logging
import sys

from agent.store.job_log import JsonLines


def log_to_stderr() -> None:
    """Events of ours from INFO on, of others from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("agent", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.INFO)
