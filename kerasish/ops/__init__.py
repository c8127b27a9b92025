"""Operations on tensors and arrays, under the names of `keras.ops`."""

from kerasish.backend.ops import __all__ as _NAMES
from kerasish.lazy import attach

_PARTS = ("image", "linalg", "nn", "numpy")
__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        **{name: f"kerasish.backend.ops:{name}" for name in _NAMES},
        **{name: f"kerasish.ops.{name}:" for name in _PARTS},
    },
)
