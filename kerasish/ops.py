"""Operations on tensors and arrays, under the names of `keras.ops`."""

from kerasish.backend.ops import __all__, __dir__, __getattr__  # noqa: F401
