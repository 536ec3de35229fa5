"""Every error that the documentation index raises on purpose.

DocsError
├── BadQuery             the question cannot be searched for: empty, of an unknown kind, with no such limit
├── BadQueryFile         a file of labelled queries cannot be read, or is not one
├── CorpusUnreadable     the extracted declarations or a recipe are not there or not what was expected
└── EmbedderUnavailable  the embedding model or its libraries are missing, or are not the pinned ones
"""

from __future__ import annotations


class DocsError(Exception):
    """Base of all errors of the index; `hint` is the next step, in one sentence."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class BadQuery(DocsError):
    """The question cannot be searched for."""


class BadQueryFile(DocsError):
    """A file of labelled queries cannot be read, or is not one."""


class CorpusUnreadable(DocsError):
    """The extracted declarations or a recipe are not there, or not what was expected."""


class EmbedderUnavailable(DocsError):
    """The embedding model or its libraries are missing, or are not the pinned ones."""
