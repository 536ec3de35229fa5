"""What every test may use."""

from __future__ import annotations

pytest_plugins = ["tests.browser_fixtures", "tests.postgres", "tests.traced"]
