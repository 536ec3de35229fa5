"""What a model's tokens cost, by the list prices in `prices.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

_TOKENS_OF_A_PRICE = 1_000_000
_VERSION_SUFFIX = re.compile(r"-(latest|\d{4}-\d{2}-\d{2}|\d{8})$")


def cost_usd(model: str, input_tokens: int, output_tokens: int) -> float | None:
    """An estimate by the list price; None for a model that has none in the table: unknown is not free."""
    price = _prices().get(_plain(model))
    if price is None:
        return None
    input_usd, output_usd = price
    return (input_tokens * input_usd + output_tokens * output_usd) / _TOKENS_OF_A_PRICE


def _plain(model: str) -> str:
    """A name as vendors and those who resell them agree on it: `openai/gpt-5-2025-08-07` is `gpt-5`."""
    name = model.lower().rpartition("/")[2]
    return _VERSION_SUFFIX.sub("", name).replace(".", "-")


@cache
def _prices() -> dict[str, tuple[float, float]]:
    table = tomllib.loads((files("agent.models") / "prices.toml").read_text(encoding="utf-8"))
    return {_plain(name): (float(price[0]), float(price[1])) for name, price in table.items()}
