"""The page protocol has two sides: TypeScript says it in the page, Python in the agent."""

from __future__ import annotations

import pytest

from agent.browser import protocol
from agent.browser.page import OperatorPage
from agent.browser.protocol import Description, Message

# Unions and nested literals of protocol.ts have no name there.
ONLY_IN_PYTHON = {
    "Box",
    "Composed",
    "FontFace",
    "FromInput",
    "FromUpload",
    "LogEvent",
    "ProgressEvent",
    "Rejected",
    "ShownIssue",
    "ShownVerdict",
}
METHODS = (
    "abortUpload",
    "addAsset",
    "artifactFile",
    "assets",
    "cancel",
    "check",
    "compose",
    "describe",
    "dropArtifact",
    "present",
    "receiveUpload",
    "render",
    "reset",
    "sample",
)
MESSAGES = {model.__name__: model for model in Message.__subclasses__()}


@pytest.fixture
def description(page: OperatorPage) -> Description:
    """What the page says of itself."""
    return page.description


def test_both_speak_the_same_version(description: Description) -> None:
    """A page of another version would have been refused."""
    assert description.protocol_version == protocol.PROTOCOL_VERSION


def test_the_page_has_the_methods_that_the_agent_knows(description: Description) -> None:
    """No method is missing on either side."""
    assert description.methods == METHODS


def test_every_message_has_the_same_fields(description: Description) -> None:
    """Names and whether they may be left out agree, message by message."""
    ours = {name: _fields(model) for name, model in MESSAGES.items() if name not in ONLY_IN_PYTHON}

    assert {name: description.shapes.get(name) for name in ours} == ours


def test_no_message_of_the_page_is_unknown_here(description: Description) -> None:
    """A type that is added to the page is added here."""
    assert set(description.shapes) <= set(MESSAGES)


def _fields(model: type[Message]) -> tuple[str, ...]:
    names = {
        (field.alias or name).removesuffix("_") + ("" if field.is_required() else "?")
        for name, field in model.model_fields.items()
    }
    return tuple(sorted(names))
