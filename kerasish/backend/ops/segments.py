"""Sums, products and extremes of the rows that belong to one segment."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.dtypes import is_integer, numpy_dtype
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.shape_arguments import static_value
from kerasish.errors import DTypeError, ShapeError


def _segments(
    data: Any, segment_ids: Any, num_segments: int | None, start: Any, reduction: str
) -> Tensor:
    data, ids = as_tensor(data), as_tensor(segment_ids)
    if not is_integer(ids.dtype) or ids.ndim != 1 or data.ndim < 1:
        raise DTypeError(
            "Segment numbers must be a vector of integers, one for each row of data.\n"
            f"  got: data {data.spec}, segment_ids {ids.spec}"
        )
    if num_segments is None:
        numbers = static_value(ids)
        if numbers is None:
            raise ShapeError(
                "num_segments is needed while building, where the segment numbers "
                f"are not known.\n  got: segment_ids {ids.spec}"
            )
        num_segments = max(numbers, default=-1) + 1
    # One row more takes what belongs to no segment.
    outside = ops.logical_or(ops.less(ids, 0), ops.greater_equal(ids, num_segments))
    ids = ops.where(outside, num_segments, ids)
    base = ops.full((num_segments + 1, *ops.shape(data)[1:]), start, data.dtype)
    filled = ops.scatter_update(base, ops.expand_dims(ids, 1), data, reduction)
    return filled[:num_segments]


def _limits(data: Any) -> tuple[float, float]:
    dtype = as_tensor(data).dtype
    if is_integer(dtype):
        integers = np.iinfo(dtype)
        return int(integers.min), int(integers.max)
    floats = np.finfo(numpy_dtype(dtype))
    return float(floats.min), float(floats.max)


def segment_sum(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """Sum the rows of each segment.

    Args:
        data: A tensor.
        segment_ids: An integer vector: the segment of each row of `data`. Rows with a
            number outside `[0, num_segments)` belong to none.
        num_segments: How many segments there are; by default as many as the largest
            number says, which must be known then.
        sorted: Accepted for compatibility; the order makes no difference.

    Returns:
        A tensor with a row for each segment, 0 for one without rows.

    Raises:
        DTypeError: If the segment numbers are no integer vector.
        ShapeError: If `num_segments` is needed.

    Example:

    >>> segment_sum([1.0, 2.0, 3.0], [0, 0, 2]).numpy()
    array([3., 0., 3.], dtype=float32)
    """
    return _segments(data, segment_ids, num_segments, 0, "add")


def segment_prod(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """Multiply the rows of each segment.

    Args:
        data: A tensor.
        segment_ids: As for `segment_sum`.
        num_segments: As for `segment_sum`.
        sorted: Accepted for compatibility; the order makes no difference.

    Returns:
        A tensor with a row for each segment, 1 for one without rows.

    Example:

    >>> segment_prod([1.0, 2.0, 3.0], [0, 0, 2]).numpy()
    array([2., 1., 3.], dtype=float32)
    """
    return _segments(data, segment_ids, num_segments, 1, "mul")


def segment_max(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """Return the largest rows' elements of each segment.

    Args:
        data: A tensor.
        segment_ids: As for `segment_sum`.
        num_segments: As for `segment_sum`.
        sorted: Accepted for compatibility; the order makes no difference.

    Returns:
        A tensor with a row for each segment, the lowest finite value for one without
        rows.

    Example:

    >>> segment_max([1.0, 2.0, 3.0], [0, 0, 1]).numpy()
    array([2., 3.], dtype=float32)
    """
    lowest = _limits(data)[0]
    return _segments(data, segment_ids, num_segments, lowest, "max")


def segment_min(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """Return the smallest rows' elements of each segment.

    Args:
        data: A tensor.
        segment_ids: As for `segment_sum`.
        num_segments: As for `segment_sum`.
        sorted: Accepted for compatibility; the order makes no difference.

    Returns:
        A tensor with a row for each segment, the highest finite value for one without
        rows.

    Example:

    >>> segment_min([1.0, 2.0, 3.0], [0, 0, 1]).numpy()
    array([1., 3.], dtype=float32)
    """
    highest = _limits(data)[1]
    return _segments(data, segment_ids, num_segments, highest, "min")
