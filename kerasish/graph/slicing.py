"""Parts of tensors, chosen as in NumPy."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.arrays import unstack
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.creation import listed
from kerasish.graph.documentation import example
from kerasish.graph.tensors import Tensor


@example("tf.slice([1, 2, 3, 4], [1], [2])", "[2 3]")
def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """Cut a block out of a tensor.

    Args:
        input_: A tensor.
        begin: Where it begins, a number for each axis.
        size: Its sizes; -1 for all that is left.
        name: A name.
    """
    x, starts, sizes = convert_to_tensor(input_), listed(begin), listed(size)
    if isinstance(sizes, tuple) and all(isinstance(n, int) and n >= 0 for n in sizes):
        return apply(
            "Slice", lambda t, first: ops.slice(t, first, sizes), x, starts, name=name
        )
    starts = unstack(starts) if isinstance(starts, Tensor) else starts
    sizes = unstack(sizes) if isinstance(sizes, Tensor) else sizes
    key = [
        ("slice", start, None if length == -1 else start + length, None)
        for start, length in zip(starts, sizes)
    ]
    return apply("Slice", _item, x, key, name=name)


@example("tf.strided_slice([1, 2, 3, 4], [0], [4], [2])", "[1 3]")
def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """Cut out a block, or every so many elements of it.

    Args:
        input_: A tensor.
        begin: Where it begins, a number for each axis.
        end: Where it ends.
        strides: The steps, ones for `None`.
        begin_mask: Bits of the axes whose beginning is not given.
        end_mask: Bits of the axes whose end is not given.
        ellipsis_mask: Must be 0.
        new_axis_mask: Must be 0.
        shrink_axis_mask: Bits of the axes of which one entry is taken.
        var: Kept for the signature.
        name: A name.
    """
    if ellipsis_mask or new_axis_mask:
        raise ValueError("strided_slice: use `tensor[..., tf.newaxis]` instead.")
    key = []
    for axis, (first, last) in enumerate(zip(listed(begin), listed(end))):
        bit = 1 << axis
        if shrink_axis_mask & bit:
            key.append(("index", first))
            continue
        step = None if strides is None else listed(strides)[axis]
        start = None if begin_mask & bit else first
        key.append(("slice", start, None if end_mask & bit else last, step))
    return apply("StridedSlice", _item, convert_to_tensor(input_), key, name=name)


def _item(x: Any, key: list) -> Any:
    make = {
        "slice": builtins.slice,
        "new": lambda: None,
        "rest": lambda: Ellipsis,
        "index": lambda number: number,
    }
    return ops.get_item(x, tuple(make[kind](*values) for kind, *values in key))


@example("tf.constant([1, 2, 3, 4])[1:-1]", "[2 3]")
def get_item(self: Tensor, key: Any) -> Tensor:
    """Return a part of a tensor, chosen as in NumPy.

    Args:
        self: The tensor.
        key: Numbers, slices, `None` and `...`, as in NumPy.
    """
    encoded: list[Any] = []
    for part in key if isinstance(key, tuple) else (key,):
        if isinstance(part, builtins.slice):
            encoded.append(("slice", part.start, part.stop, part.step))
        elif part is None:
            encoded.append(("new",))
        elif part is Ellipsis:
            encoded.append(("rest",))
        elif isinstance(part, (Tensor, np.ndarray, list)):
            encoded.append(("index", part))
        else:
            encoded.append(("index", int(part)))
    return apply("strided_slice", _item, self, encoded)
