"""Jobs as `roughcut jobs` lists them."""

from io import StringIO

import pytest
from rich.console import Console

from agent.job_table import job_figures, print_jobs
from agent.store.views import JobView


@pytest.mark.parametrize(("cost_usd", "shown"), [(0.0, []), (0.0125, ["0.0125"]), (None, ["unknown"])])
def test_a_cost_that_nobody_knows_is_not_shown_as_free(cost_usd: float | None, shown: list[str]):
    """Nothing where no model was paid, else the sum; machines are told null."""
    job = JobView(id="0" * 32, session_id="s", request="Trim", title="Trim", tokens_in=900, cost_usd=cost_usd)
    told = StringIO()

    print_jobs(Console(file=told, width=100), [job])

    cells = told.getvalue().splitlines()[1].split()
    assert cells[cells.index("900") + 1 : -1] == shown
    assert job_figures(job)["cost_usd"] == cost_usd
