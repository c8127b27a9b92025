"""Transposed convolution, in one to three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops import convolution_ops
from kerasish.backend.ops.convolution import (
    convolution_arguments,
    from_channels_last,
    to_channels_last,
)
from kerasish.backend.ops.convolution_padding import (
    check_padding,
    dilated,
    spatial_tuple,
    standardize_data_format,
)
from kerasish.errors import ShapeError


def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    output_padding: int | Sequence[int] | None = None,
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """Transpose of a convolution: spread each element with the weights of a window.

    It is the gradient of `conv` with respect to its inputs. With stride `s` and window
    `k` the output has `size * s` elements along an axis for `'same'`, and
    `size * s + max(k - s, 0)` for `'valid'`; with `output_padding` `p`,
    `(size - 1) * s + k + p`, less `2 * (k // 2)` for `'same'`.

    Args:
        inputs: `(batch, *spatial, channels)`, or channels first.
        kernel: `(*window, filters, channels)`.
        strides: The step from window to window in the output.
        padding: `'valid'` or `'same'`, that of the convolution this is transposed to.
        output_padding: Elements added behind, below the stride; `None` as said above.
        data_format: `None` for the configured one.
        dilation_rate: The step between the elements of a window.

    Returns:
        `(batch, *positions, filters)`, with the channels where the inputs have theirs.

    Raises:
        ShapeError: If channels do not match.
        ValueError: If `output_padding` is not below the stride.

    Example:

    >>> from kerasish.backend import ops
    >>> x, w = ops.ones((1, 4, 4, 2)), ops.ones((3, 3, 5, 2))
    >>> ops.conv_transpose(x, w, strides=2, padding="same").shape
    (1, 8, 8, 5)
    """
    data_format = standardize_data_format(data_format)
    mode = check_padding(padding)
    x, w = convolution_arguments("conv_transpose", inputs, kernel)
    x = to_channels_last(x, data_format)
    if None not in (x.shape[-1], w.shape[-1]) and x.shape[-1] != w.shape[-1]:
        raise ShapeError(
            f"conv_transpose: the input has {x.shape[-1]} channels, but the kernel of "
            f"shape {w.shape} expects {w.shape[-1]}.\n"
            f"  got: input {as_tensor(inputs).spec}, data_format={data_format!r}"
        )
    attrs = _geometry(w, mode, strides, dilation_rate, output_padding)
    y = convolution_ops.conv_input(x, w, **attrs, groups=1)
    return from_channels_last(y, data_format)


def _geometry(
    w: Tensor,
    mode: str,
    strides: int | Sequence[int],
    dilation_rate: int | Sequence[int],
    output_padding: int | Sequence[int] | None,
) -> dict[str, Any]:
    rank = w.ndim - 2
    steps = spatial_tuple(strides, rank, "strides")
    dilation = spatial_tuple(dilation_rate, rank, "dilation_rate")
    spans = dilated(w.shape[:-2], dilation)
    if None in spans:
        raise ShapeError(f"conv_transpose: the window must be known: {w.shape}")
    extras = _output_paddings(output_padding, steps)
    axes = [
        _transposed_axis(mode, span, step, extra)
        for span, step, extra in zip(spans, steps, extras)
    ]
    return {
        "strides": steps,
        "pads": tuple(pads for pads, _ in axes),
        "dilation": dilation,
        "output_padding": tuple(extra for _, extra in axes),
    }


def _output_paddings(
    value: int | Sequence[int] | None, strides: tuple[int, ...]
) -> tuple[int | None, ...]:
    if value is None:
        return (None,) * len(strides)
    entries = tuple(value) if hasattr(value, "__iter__") else (value,) * len(strides)
    numbers = [entry for entry in entries if entry is not None]
    if len(entries) != len(strides) or any(int(n) != n or n < 0 for n in numbers):
        raise ValueError(
            f"`output_padding` must be an integer or {len(strides)} integers, none "
            f"negative.\nReceived: output_padding={value!r}"
        )
    return entries


def _transposed_axis(
    mode: str, span: int, stride: int, output_padding: int | None
) -> tuple[tuple[int, int], int]:
    """Return the padding of the convolution, and what is added behind its reach.

    Both follow from how much longer the output is than `(size - 1) * stride`.
    """
    if output_padding is not None:
        rest = span + output_padding - (2 * (span // 2) if mode == "same" else 0)
    else:
        rest = stride if mode == "same" else max(span, stride)
    total = max(span - rest, 0)
    extra = rest - (span - total)
    if extra >= stride:
        raise ValueError(
            "`output_padding` must be below the stride.\n"
            f"Received: output_padding={output_padding}, stride {stride}, "
            f"window of {span}, padding={mode!r}"
        )
    return (total // 2, total - total // 2), extra
