"""The figures as a table for people, or as one JSON object."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rich.table import Table

from tests.bench.figures import Figure, Target

Report = dict[str, object]


def table(figures: Sequence[Figure]) -> Table:
    """One row a figure, with its target and whether it is met."""
    rows = Table(title="Medians of paired rounds of one run", title_justify="left")
    rows.add_column("figure")
    rows.add_column("median", justify="right")
    rows.add_column("min - max", justify="right")
    rows.add_column("target", justify="right")
    rows.add_column("", justify="center")
    rows.add_column("measured")
    for figure in figures:
        rows.add_row(
            figure.name,
            f"{shown(figure.median)} {figure.unit}",
            f"{shown(min(figure.values))} - {shown(max(figure.values))}",
            _bound(figure.target),
            {True: "[green]pass[/]", False: "[red]miss[/]", None: ""}[figure.met],
            figure.detail,
        )
    return rows


def report(figures: Sequence[Figure], skipped: Sequence[str]) -> Report:
    """All of it as plain values; the machine's load says how far to trust it."""
    return {
        "machine": machine(),
        "figures": [
            {
                "name": figure.name,
                "unit": figure.unit,
                "median": figure.median,
                "min": min(figure.values),
                "max": max(figure.values),
                "values": list(figure.values),
                "target": _bound(figure.target) or None,
                "met": figure.met,
                "detail": figure.detail,
            }
            for figure in figures
        ],
        "skipped": list(skipped),
    }


def machine() -> dict[str, float | int | None]:
    """Cores, and how busy they are with everything."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"cores": os.cpu_count(), "load_1_min": load}


def shown(value: float) -> str:
    """*value* with three digits that count, whole numbers from 100 on."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _bound(target: Target | None) -> str:
    return f"{'≥' if target.at_least else '≤'} {target.bound:g}" if target else ""
