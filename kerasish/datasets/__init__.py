"""Data sets that come with the package."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__, {"digits": "kerasish.datasets.digits:"}
)
