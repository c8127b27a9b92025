"""Rows that are combined by the segments to which they belong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.documentation import example
from kerasish.graph.tensors import Tensor


def _sqrt_count(data: Any, ids: Any, number: Any) -> Any:
    return _sum(data, ids, number) / ops.sqrt(_counts(data, ids, number))


def _sum(data: Any, ids: Any, number: Any) -> Any:
    return ops.segment_sum(data, ids, number)


def _counts(data: Any, ids: Any, number: Any) -> Any:
    counts = ops.segment_sum(ops.ones_like(ids, dtype=data.dtype), ids, number)
    counts = ops.maximum(counts, ops.ones_like(counts))
    return ops.reshape(counts, (-1,) + (1,) * (data.ndim - 1))


# How rows are combined, and what comes of 1, 2, 3 and 4.
_SEGMENTS: dict[str, tuple[Callable, str]] = {
    "sum": (_sum, "[10.]"),
    "mean": (lambda d, i, n: _sum(d, i, n) / _counts(d, i, n), "[2.5]"),
    "prod": (lambda d, i, n: ops.segment_prod(d, i, n), "[24.]"),
    "max": (lambda d, i, n: ops.segment_max(d, i, n), "[4.]"),
    "min": (lambda d, i, n: ops.segment_min(d, i, n), "[1.]"),
    "sqrt_n": (_sqrt_count, "[5.]"),
}


def _segment(kind: str, function: Callable, printed: str) -> Callable:
    def operation(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
        def combined(d: Any, i: Any) -> Any:
            found = function(d, i, None)
            if kind not in ("max", "min"):
                return found
            # Segments without rows are zeros.
            present = _sum(ops.ones_like(i), i, None) > 0
            present = ops.reshape(present, (-1,) + (1,) * (d.ndim - 1))
            return ops.where(present, found, ops.zeros_like(found))

        return apply(
            f"Segment{kind.title()}", combined, convert_to_tensor(data),
            convert_to_tensor(segment_ids), name=name,
        )  # fmt: skip

    operation.__doc__ = f"""Combine the rows of each segment ({kind}).

    Args:
        data: A tensor.
        segment_ids: The number of the segment of each row; they must be known while
            the graph is built (else use `unsorted_segment_{kind}`).
        name: A name.
    """
    call = f"tf.segment_{kind}([1.0, 2.0, 3.0, 4.0], [0, 0, 0, 0])"
    return example(call, printed)(operation)


def _unsorted(kind: str, function: Callable, printed: str) -> Callable:
    def operation(
        data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
    ) -> Tensor:
        number = int(num_segments)

        def flat(d: Any, i: Any) -> Any:
            if i.ndim > 1:
                d = ops.reshape(d, (-1, *d.shape[i.ndim :]))
                i = ops.reshape(i, (-1,))
            return function(d, i, number)

        return apply(
            f"UnsortedSegment{kind.title()}", flat, convert_to_tensor(data),
            convert_to_tensor(segment_ids), name=name,
        )  # fmt: skip

    operation.__doc__ = f"""Combine the rows of each segment ({kind}), in any order.

    Args:
        data: A tensor.
        segment_ids: The number of the segment of each row.
        num_segments: How many segments there are.
        name: A name.
    """
    call = f"tf.unsorted_segment_{kind}([1.0, 2.0, 3.0, 4.0], [0, 0, 0, 0], 1)"
    return example(call, printed)(operation)


_names = globals()
for _name, _row in _SEGMENTS.items():
    if _name != "sqrt_n":
        _names[f"segment_{_name}"] = _segment(_name, *_row)
    _names[f"unsorted_segment_{_name}"] = _unsorted(_name, *_row)
