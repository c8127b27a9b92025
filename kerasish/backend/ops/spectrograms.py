"""Short-time Fourier transforms: the spectrum of a signal while it goes on."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.fourier import Pair, complex_pair
from kerasish.errors import DTypeError, ShapeError

# The weights of the constant and of the cosine, for each name.
_WINDOWS = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46)}


def _check_framing(name: str, length: Any, stride: Any, fft_length: Any) -> None:
    if not isinstance(stride, int) or stride <= 0:
        raise ValueError(
            f"{name}: the stride must be a positive integer.\n"
            f"Received: sequence_stride={stride}"
        )
    if fft_length < length:
        raise ValueError(
            f"{name}: fft_length must not be below sequence_length.\n"
            f"Received: sequence_length={length}, fft_length={fft_length}"
        )


def _window(name: str, window: Any, length: int, fft_length: int, dtype: str) -> Any:
    """Return the window in the middle of zeros, or `None` for no weights."""
    if window is None:
        return None
    if isinstance(window, str):
        if window not in _WINDOWS:
            raise ValueError(
                f"{name}: a window is {' or '.join(map(repr, _WINDOWS))}, a vector or "
                f"None.\nReceived: window={window!r}"
            )
        constant, cosine = _WINDOWS[window]
        angles = ops.arange(length, dtype=dtype) * (2 * math.pi / length)
        window = constant - cosine * ops.cos(angles)
    window = ops.cast(as_tensor(window), dtype)
    if window.ndim != 1 or window.shape[0] not in (length, None):
        raise ShapeError(
            f"{name}: the window must be a vector of the length of a sequence.\n"
            f"  got: window {window.spec}, sequence_length={length}"
        )
    before = (fft_length - length) // 2
    return ops.pad(window, ((before, fft_length - length - before),))


def stft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> Pair:
    """Return the spectra of parts of a signal that may overlap.

    Args:
        x: Signals of shape `(..., n)`, float32 or float64.
        sequence_length: The length of the parts.
        sequence_stride: The distance of their beginnings.
        fft_length: The length of the transforms; zeros surround the weighted parts.
        window: The weights of the elements of a part: `"hann"`, `"hamming"`, a vector
            of `sequence_length` numbers, or `None` for none.
        center: Whether the signal is mirrored at both ends by half of `fft_length`, so
            that part t is centred at `t * sequence_stride`.

    Returns:
        The pair of real and imaginary parts, each of shape
        `(..., parts, fft_length // 2 + 1)`.

    Raises:
        DTypeError: If the signal has another type.
        ValueError: If an argument is out of its range.

    Example:

    >>> real, imag = stft([1.0, 2.0, 3.0, 4.0, 5.0], 4, 2, 4)
    >>> real.shape
    (3, 3)
    """
    x = as_tensor(x)
    if x.dtype not in ("float32", "float64"):
        raise DTypeError(f"stft: signals are float32 or float64.\n  got: {x.spec}")
    _check_framing("stft", sequence_length, sequence_stride, fft_length)
    weights = _window("stft", window, sequence_length, fft_length, x.dtype)
    if center:
        half = fft_length // 2
        x = ops.pad(x, [(0, 0)] * (x.ndim - 1) + [(half, half)], mode="reflect")
    parts = ops.extract_sequences(x, fft_length, sequence_stride)
    if weights is not None:
        parts = parts * weights
    return ops.rfft(parts, fft_length)


def _overlapped(parts: Tensor, stride: int) -> Tensor:
    """Add up parts `(..., count, length)` that begin a stride after one another."""
    *batch, count, length = ops.shape(parts)
    pieces = -(-length // stride)
    # A row for each piece of the parts, delayed by one more step than the row before:
    # in rows that are one element too short, each begins one place later.
    widths = [(0, 0)] * len(batch)
    parts = ops.pad(parts, [*widths, (0, pieces), (0, pieces * stride - length)])
    rows = ops.reshape(parts, (*batch, count + pieces, pieces, stride))
    rows = ops.swapaxes(rows, -3, -2)
    rows = ops.reshape(rows, (*batch, (count + pieces) * pieces, stride))
    rows = rows[..., : (count + pieces - 1) * pieces, :]
    rows = ops.reshape(rows, (*batch, pieces, count + pieces - 1, stride))
    total = ops.reshape(ops.sum(rows, -3), (*batch, (count + pieces - 1) * stride))
    return total[..., : (count - 1) * stride + length]


def _dual_window(window: Tensor, stride: int) -> Tensor:
    """Divide a window by the sum of its squares at all places a stride apart."""
    (length,) = ops.shape(window)
    pieces = -(-length // stride)
    squares = ops.pad(ops.square(window), ((0, pieces * stride - length),))
    total = ops.sum(ops.reshape(squares, (pieces, stride)), 0)
    return ops.divide_no_nan(window, ops.tile(total, pieces)[:length])


def istft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> Tensor:
    """Undo `stft`, by adding up the parts of the signal.

    Args:
        x: The pair of real and imaginary parts, each of shape
            `(..., parts, fft_length // 2 + 1)`.
        sequence_length: As for `stft`.
        sequence_stride: As for `stft`.
        fft_length: As for `stft`.
        length: The length of the signal; by default what all parts cover.
        window: As for `stft`; the parts are weighted so that both weights together
            add up to 1 where enough parts overlap.
        center: As for `stft`.

    Returns:
        Signals of shape `(..., length)`.

    Raises:
        ValueError: If an argument is out of its range, or `x` is no pair.

    Example:

    >>> signal = [1.0, 2.0, 3.0, 4.0]
    >>> istft(stft(signal, 4, 2, 4), 4, 2, 4).numpy().round(3).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    pair = complex_pair("istft", x)
    _check_framing("istft", sequence_length, sequence_stride, fft_length)
    weights = _window("istft", window, sequence_length, fft_length, pair[0].dtype)
    parts = ops.irfft(pair, fft_length)
    if weights is not None:
        parts = parts * _dual_window(weights, sequence_stride)
    signal = _overlapped(parts, sequence_stride)
    start = fft_length // 2 if center else 0
    if length is not None:
        return signal[..., start : start + length]
    return signal[..., start:-start] if start else signal
