"""What tokens cost."""

import pytest

from agent.models.prices import cost_usd


def test_input_and_output_have_prices_of_their_own():
    """In USD for a million tokens each."""
    assert cost_usd("gpt-5", 1_000_000, 0) == 1.25
    assert cost_usd("gpt-5", 0, 1_000_000) == 10
    assert cost_usd("gpt-5", 12_000, 900) == pytest.approx(0.015 + 0.009)


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("gpt-5-2025-08-07", "gpt-5"),
        ("openai/gpt-4.1-mini", "gpt-4.1-mini"),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("claude-opus-4-5-20251101", "claude-opus-4-5"),
        ("mistral-small-latest", "mistral-small"),
    ],
)
def test_a_model_is_known_by_its_other_names(name, known_as):
    """Vendors put dates behind names, those who resell models put the vendor in front."""
    cost = cost_usd(name, 1000, 1000)

    assert cost is not None
    assert cost == cost_usd(known_as, 1000, 1000)


@pytest.mark.parametrize("name", ["qwen3:8b", "scripted-writer", "gpt-5-unheard-of", "gpt", ""])
def test_a_model_without_a_price_is_not_free(name):
    """Nobody is told a sum in which it counts as nothing."""
    assert cost_usd(name, 1000, 1000) is None


def test_rules_cost_nothing():
    """The offline model is no model that anybody bills."""
    assert cost_usd("offline", 0, 0) == 0
