"""Pooling ops, each with a linear gradient that is itself an op.

Maximum pooling takes the element that `max_pool_index` names, and its gradient puts the
incoming gradient there: `max_unpool` and `pool_gather` are each other's transpose.
`average_pool` and `average_unpool` are too. Arrays are channels last,
`(batch, *spatial, channels)`. Padding never counts: neither as a maximum nor in an
average.
"""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend.graph import Node, Op, Spec, Tensor, register
from kerasish.backend.ops import pooling_kernels
from kerasish.backend.ops.convolution_padding import output_sizes, resolve_pads
from kerasish.errors import ShapeError

Array = Any


class _Pooling(Op):
    """What the pooling ops share: a window that slides over the spatial axes."""

    def _pooled_shape(self, x: Spec, attrs: dict) -> tuple[int | None, ...]:
        window = attrs["pool_size"]
        if x.rank != len(window) + 2:
            raise ShapeError(
                f"{self.name}: a window of size {window} needs an input with "
                f"{len(window) + 2} axes.\n  got: {x}"
            )
        sizes = output_sizes(
            self.name, x.shape[1:-1], window, attrs["strides"], attrs["pads"],
            (1,) * len(window),
        )  # fmt: skip
        return (x.shape[0], *sizes, x.shape[-1])

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        """Replace `'same'` by numbers; the larger array is the last input."""
        attrs = node.attrs
        if attrs["pads"] != "same":
            return None
        sizes, window = self._large(inputs).shape[1:-1], attrs["pool_size"]
        pads = resolve_pads("same", sizes, window, attrs["strides"], (1,) * len(window))
        return self(*inputs, **{**attrs, "pads": pads})

    def _large(self, inputs: tuple) -> Any:
        """Pick the input that has the shape from before pooling."""
        return inputs[0]


class MaxPool(_Pooling):
    """The largest element of each window."""

    name = "max_pool"

    def infer(self, x: Spec, **attrs: Any) -> Spec:
        return Spec(self._pooled_shape(x, attrs), x.dtype)

    def kernel(self, xp: Any, x: Array, *, out: Array = None, **attrs: Any) -> Array:
        return pooling_kernels.max_pool(xp, x, out, **attrs)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        (x,), (y,) = node.inputs, node.outputs
        index = max_pool_index(x, y, **node.attrs)
        return (max_unpool(g, index, x, **node.attrs),)


class MaxPoolIndex(_Pooling):
    """The first place in each window, in row-major order, where its maximum is.

    Inputs are `x` and `max_pool(x)`. A window with a NaN names no element.
    """

    name = "max_pool_index"
    differentiable = False

    def infer(self, x: Spec, y: Spec, **attrs: Any) -> Spec:
        return Spec(self._pooled_shape(x, attrs), _index_dtype(attrs["pool_size"]))

    def kernel(
        self, xp: Any, x: Array, y: Array, *, out: Array = None, **attrs: Any
    ) -> Array:
        dtype = _index_dtype(attrs["pool_size"])
        return pooling_kernels.max_index(xp, x, y, dtype, out, **attrs)

    def vjp(self, node: Node, g: Tensor) -> tuple[None, None]:
        return None, None


class MaxUnpool(_Pooling):
    """Put each element where an index says; elements that meet are added.

    Inputs are `g` of the pooled shape, the index, and `x`, of which only the shape
    matters.
    """

    name = "max_unpool"
    linear = True
    shape_only = (2,)

    def infer(self, g: Spec, index: Spec, like: Spec, **attrs: Any) -> Spec:
        return Spec(like.shape, g.dtype)

    def _large(self, inputs: tuple) -> Any:
        return inputs[2]

    def kernel(
        self,
        xp: Any,
        g: Array,
        index: Array,
        like: Array,
        *,
        out: Array = None,
        **attrs: Any,
    ) -> Array:
        return pooling_kernels.max_unpool(xp, g, index, like.shape, out, **attrs)

    def vjp(self, node: Node, h: Tensor) -> tuple[Tensor | None, ...]:
        return pool_gather(h, node.inputs[1], **node.attrs), None, None


class PoolGather(_Pooling):
    """The element of each window that an index names."""

    name = "pool_gather"
    linear = True

    def infer(self, x: Spec, index: Spec, **attrs: Any) -> Spec:
        return Spec(self._pooled_shape(x, attrs), x.dtype)

    def kernel(
        self, xp: Any, x: Array, index: Array, *, out: Array = None, **attrs: Any
    ) -> Array:
        return pooling_kernels.gather(xp, x, index, out, **attrs)

    def vjp(self, node: Node, h: Tensor) -> tuple[Tensor | None, ...]:
        x, index = node.inputs
        return max_unpool(h, index, x, **node.attrs), None


class AveragePool(_Pooling):
    """The mean of the elements of each window, padding left out."""

    name = "average_pool"
    linear = True

    def infer(self, x: Spec, **attrs: Any) -> Spec:
        return Spec(self._pooled_shape(x, attrs), x.dtype)

    def kernel(self, xp: Any, x: Array, *, out: Array = None, **attrs: Any) -> Array:
        return pooling_kernels.average_pool(xp, x, out, **attrs)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (average_unpool(g, node.inputs[0], **node.attrs),)


class AverageUnpool(_Pooling):
    """Spread each element evenly over its window, padding left out.

    Inputs are `g` of the pooled shape, and `x`, of which only the shape matters.
    """

    name = "average_unpool"
    linear = True
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec, **attrs: Any) -> Spec:
        return Spec(like.shape, g.dtype)

    def _large(self, inputs: tuple) -> Any:
        return inputs[1]

    def kernel(
        self, xp: Any, g: Array, like: Array, *, out: Array = None, **attrs: Any
    ) -> Array:
        return pooling_kernels.average_unpool(xp, g, like.shape, out, **attrs)

    def vjp(self, node: Node, h: Tensor) -> tuple[Tensor, None]:
        return average_pool(h, **node.attrs), None


def _index_dtype(window: tuple[int, ...]) -> str:
    return "uint8" if math.prod(window) < 256 else "int32"


max_pool = register(MaxPool)
max_pool_index = register(MaxPoolIndex)
max_unpool = register(MaxUnpool)
pool_gather = register(PoolGather)
average_pool = register(AveragePool)
average_unpool = register(AverageUnpool)
