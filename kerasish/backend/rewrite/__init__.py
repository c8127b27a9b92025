"""Rewriting graphs into faster equal ones."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "fired": "kerasish.backend.rewrite.rules",
        "optimise": "kerasish.backend.rewrite.passes",
        "rule": "kerasish.backend.rewrite.rules",
    },
)
