"""Where windows lie: padding, output sizes, and the slices that a window tap touches.

All of it follows TensorFlow: `'same'` pads so that the output has `ceil(size / stride)`
positions, with the odd element at the end, and so depends on the size of the input when
the stride is above 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from kerasish.backend import config
from kerasish.errors import ShapeError, did_you_mean

Pads = tuple[tuple[int, int], ...]
Sizes = tuple[int | None, ...]


def spatial_tuple(value: int | Sequence[int], rank: int, name: str) -> tuple[int, ...]:
    """Return one positive int for each spatial axis.

    Args:
        value: One int for all axes, or one an axis.
        rank: The number of spatial axes.
        name: The argument's name, for the message.

    Raises:
        ValueError: If the value is neither, or an entry is below 1.

    Example:

    >>> spatial_tuple(2, 3, "strides")
    (2, 2, 2)
    """
    try:
        entries = tuple(value) if hasattr(value, "__iter__") else (value,) * rank
        numbers = tuple(int(entry) for entry in entries)
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != rank or min(numbers, default=0) < 1 or numbers != entries:
        raise ValueError(
            f"`{name}` must be a positive integer or a tuple of {rank} positive "
            f"integers.\nReceived: {name}={value!r}"
        )
    return numbers


def check_padding(padding: str, allowed: tuple[str, ...] = ("valid", "same")) -> str:
    """Return the name of a padding mode in lower case.

    Raises:
        ValueError: If it is none of the allowed names.
    """
    mode = padding.lower() if isinstance(padding, str) else padding
    if mode not in allowed:
        raise ValueError(
            f"`padding` must be one of {', '.join(map(repr, allowed))}."
            f"{did_you_mean(str(padding), allowed)}\nReceived: padding={padding!r}"
        )
    return mode


def standardize_data_format(data_format: str | None) -> str:
    """Return `'channels_last'` or `'channels_first'`; `None` is the configured one.

    Raises:
        ValueError: If it is something else.
    """
    if data_format is None:
        return config.image_data_format()
    name = str(data_format).lower()
    if name not in ("channels_last", "channels_first"):
        raise ValueError(
            "`data_format` must be 'channels_last' or 'channels_first'."
            f"{did_you_mean(name, ('channels_last', 'channels_first'))}"
            f"\nReceived: data_format={data_format!r}"
        )
    return name


def dilated(kernel: Sizes, dilation: tuple[int, ...]) -> Sizes:
    """Return the lengths that a dilated kernel spans."""
    return tuple(
        None if size is None else (size - 1) * step + 1
        for size, step in zip(kernel, dilation)
    )


def same_pads(size: int, span: int, stride: int) -> tuple[int, int]:
    """Return the elements that `'same'` adds before and after one axis.

    Args:
        size: The length of the axis.
        span: The length of the window, dilation included.
        stride: The step from window to window.

    Example:

    >>> same_pads(5, 4, 2)
    (1, 2)
    """
    total = max((-(-size // stride) - 1) * stride + span - size, 0)
    return total // 2, total - total // 2


def static_pads(
    mode: str,
    sizes: Sizes,
    kernel: Sizes,
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Pads | str:
    """Turn a padding mode into numbers, as far as the sizes are known.

    Args:
        mode: `'valid'`, `'same'` or `'causal'`.
        sizes: Lengths of the spatial axes.
        kernel: Lengths of the window.
        strides: Steps from window to window.
        dilation: Steps inside the window.

    Returns:
        `((before, after), ...)`, or `'same'` itself where a needed size is unknown.

    Example:

    >>> static_pads("same", (None, 5), (3, 4), (1, 2), (1, 1))
    ((1, 1), (1, 2))
    >>> static_pads("same", (None, 5), (3, 4), (2, 2), (1, 1))
    'same'
    """
    if mode == "valid":
        return ((0, 0),) * len(kernel)
    spans = dilated(kernel, dilation)
    if None in spans:
        return "same"
    if mode == "causal":
        return tuple((span - 1, 0) for span in spans)
    if any(s is None and step > 1 for s, step in zip(sizes, strides)):
        return "same"
    # With stride 1 the padding is the same for every size.
    return tuple(
        same_pads(span if size is None else size, span, step)
        for size, span, step in zip(sizes, spans, strides)
    )


@lru_cache(maxsize=4096)
def resolve_pads(
    pads: Pads | str,
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Pads:
    """Return the padding in numbers, now that all sizes are exact."""
    if pads != "same":
        return pads
    spans = dilated(kernel, dilation)
    return tuple(map(same_pads, sizes, spans, strides))


def output_sizes(
    op: str,
    sizes: Sizes,
    kernel: Sizes,
    strides: tuple[int, ...],
    pads: Pads | str,
    dilation: tuple[int, ...],
) -> Sizes:
    """Return how many window positions there are along each axis.

    Args:
        op: Name of the operation, for the message.
        sizes: Lengths of the spatial axes.
        kernel: Lengths of the window.
        strides: Steps from window to window.
        pads: `((before, after), ...)` or `'same'`.
        dilation: Steps inside the window.

    Raises:
        ShapeError: If a window is longer than the padded axis.

    Example:

    >>> output_sizes("conv", (None, 7), (3, 3), (2, 2), ((0, 0), (0, 0)), (1, 1))
    (None, 3)
    """
    if pads == "same":
        return tuple(
            None if size is None else -(-size // step)
            for size, step in zip(sizes, strides)
        )
    spans = dilated(kernel, dilation)
    result: list[int | None] = []
    for axis, (size, span) in enumerate(zip(sizes, spans)):
        if size is None or span is None:
            result.append(None)
            continue
        low, high = pads[axis]
        room = size + low + high - span
        if room < 0 < size:
            widened = f" with dilation {dilation}" if max(dilation) > 1 else ""
            raise ShapeError(
                f"{op}: a window of size {tuple(kernel)}{widened} is larger than the "
                f"padded input.\n  got: spatial sizes {tuple(sizes)}, padding {pads}"
            )
        result.append(max(room // strides[axis] + 1, 0))
    return tuple(result)


@lru_cache(maxsize=1024)
def window_taps(
    sizes: tuple[int, ...],
    outputs: tuple[int, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    pads: Pads,
    dilation: tuple[int, ...],
) -> tuple[tuple[tuple[int, ...], tuple[slice, ...], tuple[slice, ...]], ...]:
    """List the taps of a window with the elements that each combines.

    Padding is never touched: a tap reaches only the windows in which it lies inside.

    Returns:
        For each tap, in row-major order: its position in the window, and slices of the
        output and of the input, equally long, for `x[:, *spatial]`. Taps that lie in
        the padding of every window are left out.

    Example:

    >>> for tap, there, here in window_taps((4,), (4,), (2,), (1,), ((0, 1),), (1,)):
    ...     print(tap, there[1], here[1])
    (0,) slice(0, 4, None) slice(0, 4, 1)
    (1,) slice(0, 3, None) slice(1, 4, 1)
    """
    axes = [
        list(_axis_taps(*numbers))
        for numbers in zip(sizes, outputs, kernel, strides, pads, dilation)
    ]
    everything = slice(None)
    return tuple(
        (
            tuple(tap for tap, _, _ in combination),
            (everything, *(there for _, there, _ in combination)),
            (everything, *(here for _, _, here in combination)),
        )
        for combination in itertools.product(*axes)
    )


def _axis_taps(
    size: int, outputs: int, kernel: int, stride: int, pads: Any, dilation: int
) -> Iterator[tuple[int, slice, slice]]:
    for tap in range(kernel):
        offset = tap * dilation - pads[0]
        first = max(0, -(offset // stride))
        last = min(outputs - 1, (size - 1 - offset) // stride)
        if first <= last:
            start = first * stride + offset
            stop = last * stride + offset + 1
            yield tap, slice(first, last + 1), slice(start, stop, stride)
