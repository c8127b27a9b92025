"""Kernels of convolutions that are short-time Fourier transforms."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import config, ops
from kerasish.backend.graph import as_numpy
from kerasish.errors import ShapeError
from kerasish.initializers.initializer import Initializer

_COSINES = {
    "boxcar": (1.0,),
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
}


def window_values(name: str, length: int, periodic: bool) -> np.ndarray:
    """Return the values of a window function.

    Args:
        name: `"boxcar"`, `"hann"`, `"hamming"`, `"blackman"`, or another name that
            `scipy.signal.get_window` knows.
        length: How many values there are.
        periodic: Whether the window goes on with its first value after the last one.

    Raises:
        ImportError: If the name needs SciPy, which is not installed.
        ValueError: If the name is unknown.

    Example:

    >>> window_values("hann", 5, False).round(3).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    if name in _COSINES:
        turns = 2.0 * np.pi * np.arange(length) / max(length - (not periodic), 1)
        terms = (
            (-1) ** i * weight * np.cos(i * turns)
            for i, weight in enumerate(_COSINES[name])
        )
        return sum(terms)
    try:
        from scipy.signal import get_window
    except ImportError:
        raise ImportError(
            f"The window {name!r} needs SciPy: install scipy, or use one of "
            f"{tuple(_COSINES)}."
        ) from None
    return get_window(name, length, periodic)


class STFT(Initializer):
    """The real or the imaginary part of a short-time Fourier transform, as a kernel.

    The kernel of a convolution of shape `(frame, 1, frequencies)`: the cosines or the
    negative sines of `frequencies = fft_length / 2 + 1` frequencies, times a window.

    Args:
        side: `"real"` or `"imag"`.
        window: Name of a window function, its values, or `None` for none.
        scaling: `"density"` to divide by the window's root of the sum of squares,
            `"spectrum"` to divide by its sum, or `None`.
        periodic: Whether the window goes on with its first value after the last one.

    Raises:
        ValueError: If an argument has no such value.

    Example:

    >>> STFT("real", None, None)((2, 1, 2)).numpy().round(3).tolist()
    [[[1.0, 1.0]], [[1.0, -1.0]]]
    """

    def __init__(
        self,
        side: str = "real",
        window: Any = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ) -> None:
        if side not in ("real", "imag"):
            raise ValueError(
                f"`side` must be 'real' or 'imag'.\nReceived: side={side!r}"
            )
        if scaling not in ("density", "spectrum", None):
            raise ValueError(
                "`scaling` must be 'density', 'spectrum' or None.\n"
                f"Received: scaling={scaling!r}"
            )
        if isinstance(window, str):
            window_values(window, 1, periodic)
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return a tensor of the given shape and dtype (`floatx()` by default)."""
        length, _, frequencies = shape
        steps = np.arange(length)[:, None, None] * np.arange(frequencies)
        angles = 2.0 * np.pi * steps / (2 * (frequencies - 1))
        kernel = np.cos(angles) if self.side == "real" else -np.sin(angles)
        if self.window is not None:
            kernel = kernel * self._window(length)[:, None, None]
        return ops.convert_to_tensor(kernel, dtype=dtype or config.floatx())

    def _window(self, length: int) -> np.ndarray:
        if isinstance(self.window, str):
            window = window_values(self.window, length, self.periodic)
        else:
            window = as_numpy(self.window)
        if window.shape != (length,):
            raise ShapeError(
                "The window must have as many values as the kernel has rows.\n"
                f"  got: window {window.shape}, {length} rows"
            )
        if self.scaling == "density":
            return window / np.sqrt(np.sum(np.square(window)))
        return window / np.sum(np.abs(window)) if self.scaling else window

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "side": self.side,
            "window": self.window,
            "periodic": self.periodic,
            "scaling": self.scaling,
        }
