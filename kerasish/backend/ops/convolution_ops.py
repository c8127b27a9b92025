"""Convolution as three ops that are closed under differentiation.

With `y = conv(x, w)`, every product of two of the three arrays is linear in both, and
its gradients are the other two products:

| op            | computes        | gradient of first input | gradient of second input |
|---------------|-----------------|-------------------------|--------------------------|
| `conv`        | y from x and w  | `conv_input(g, w)`      | `conv_kernel(x, g)`      |
| `conv_input`  | x from y and w  | `conv(g, w)`            | `conv_kernel(g, y)`      |
| `conv_kernel` | w from x and y  | `conv_input(y, g)`      | `conv(x, g)`             |

Arrays are channels last. All three have the attributes `strides`, `pads`
(`((before, after), ...)`, or `'same'` while a size that decides is unknown), `dilation`
and `groups`.
"""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend.graph import Node, Op, Spec, Tensor, register
from kerasish.backend.ops.blocking import widened
from kerasish.backend.ops.convolution_kernels import (
    convolve,
    input_gradient,
    kernel_gradient,
)
from kerasish.backend.ops.convolution_padding import (
    Pads,
    dilated,
    output_sizes,
    resolve_pads,
)
from kerasish.errors import DTypeError, ShapeError


class _Convolution(Op):
    """What the three ops share."""

    linear = True

    def _check(self, first: Spec, second: Spec, attrs: dict) -> None:
        rank = len(attrs["strides"]) + 2
        if first.rank != rank or second.rank != rank:
            raise ShapeError(
                f"{self.name}: both inputs must have {rank} axes: {rank - 2} spatial "
                f"ones and two more.\n  got: {first} and {second}"
            )
        if first.dtype != second.dtype:
            raise DTypeError(
                f"{self.name}: the inputs must have one data type.\n"
                f"  got: {first} and {second}"
            )

    def _multiplications(self, y: Any, w: Any) -> int:
        """Return how many products reach `y`, or come from it, through `w`."""
        return math.prod(y.shape) * math.prod(w.shape[:-1])

    def _channel_error(self, x: Spec, channels: int, kernel: tuple) -> ShapeError:
        return ShapeError(
            f"{self.name}: the input has {x.shape[-1]} channels, but the kernel of "
            f"shape {kernel} expects {channels}.\n  got: input {x}"
        )

    def _filter_error(self, g: Spec, kernel: tuple) -> ShapeError:
        return ShapeError(
            f"{self.name}: {g.shape[-1]} channels do not match the kernel of shape "
            f"{kernel}, which has {kernel[-1]} filters.\n  got: {g}"
        )


class Conv(_Convolution):
    """Convolution: `y[n, p, o] = sum over t, c of x[n, p s + t d, c] w[t, c, o]`."""

    name = "conv"

    def infer(self, x: Spec, w: Spec, **attrs: Any) -> Spec:
        self._check(x, w, attrs)
        groups, channels, filters = attrs["groups"], x.shape[-1], w.shape[-1]
        if None not in (channels, w.shape[-2]) and channels != w.shape[-2] * groups:
            raise self._channel_error(x, w.shape[-2] * groups, w.shape)
        if filters is not None and filters % groups:
            raise ShapeError(
                f"{self.name}: {filters} filters cannot be split into {groups} groups."
                f"\n  got: input {x}, kernel {w}"
            )
        sizes = output_sizes(
            self.name, x.shape[1:-1], w.shape[:-2], attrs["strides"], attrs["pads"],
            attrs["dilation"],
        )  # fmt: skip
        return Spec((x.shape[0], *sizes, filters), x.dtype)

    def kernel(
        self,
        xp: Any,
        x: Any,
        w: Any,
        *,
        out: Any = None,
        strides: tuple[int, ...],
        pads: Pads | str,
        dilation: tuple[int, ...],
        groups: int,
    ) -> Any:
        window = w.shape[:-2]
        pads = resolve_pads(pads, x.shape[1:-1], window, strides, dilation)
        sizes = output_sizes(self.name, x.shape[1:-1], window, strides, pads, dilation)
        x, w = widened(xp, x, w)
        return convolve(xp, x, w, sizes, strides, pads, dilation, groups, out)

    def multiplications(self, node: Node) -> int:
        return self._multiplications(node.specs[0], node.inputs[1])

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, Tensor]:
        x, w = node.inputs
        return (
            conv_input(g, w, x, **node.attrs, output_padding=None),
            conv_kernel(x, g, w, **node.attrs),
        )

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        x, w = inputs
        return _with_exact_pads(self, node, inputs, x, w)


class ConvInput(_Convolution):
    """The gradient of `conv` with respect to `x`, which is also transposed convolution.

    Inputs are `g` of the shape of `y`, `w`, and optionally `x`, of which only the shape
    matters. Without it, `output_padding` says how many elements of each spatial axis
    lie behind the last window's reach, less the padding.
    """

    name = "conv_input"
    shape_only = (2,)

    def infer(self, g: Spec, w: Spec, like: Spec | None = None, **attrs: Any) -> Spec:
        self._check(g, w, attrs)
        if None not in (g.shape[-1], w.shape[-1]) and g.shape[-1] != w.shape[-1]:
            raise self._filter_error(g, w.shape)
        channels = None if w.shape[-2] is None else w.shape[-2] * attrs["groups"]
        if like is None:
            sizes = input_sizes(g.shape[1:-1], w.shape[:-2], **attrs)
            return Spec((g.shape[0], *sizes, channels), g.dtype)
        if None not in (channels, like.shape[-1]) and channels != like.shape[-1]:
            raise self._channel_error(like, channels, w.shape)
        batch = g.shape[0] if like.shape[0] is None else like.shape[0]
        last = channels if like.shape[-1] is None else like.shape[-1]
        return Spec((batch, *like.shape[1:-1], last), g.dtype)

    def kernel(
        self,
        xp: Any,
        g: Any,
        w: Any,
        like: Any = None,
        *,
        out: Any = None,
        output_padding: tuple[int, ...] | None,
        strides: tuple[int, ...],
        pads: Pads | str,
        dilation: tuple[int, ...],
        groups: int,
    ) -> Any:
        window = w.shape[:-2]
        if like is not None:
            sizes = like.shape[1:-1]
            pads = resolve_pads(pads, sizes, window, strides, dilation)
        else:
            sizes = input_sizes(
                g.shape[1:-1], window, strides, pads, dilation, output_padding
            )
        g, w = widened(xp, g, w)
        return input_gradient(xp, g, w, sizes, strides, pads, dilation, groups, out)

    def multiplications(self, node: Node) -> int:
        return self._multiplications(*node.inputs[:2])

    def vjp(self, node: Node, h: Tensor) -> tuple[Tensor | None, ...]:
        g, w = node.inputs[:2]
        attrs = dict(node.attrs)
        del attrs["output_padding"]
        gradients = (conv(h, w, **attrs), conv_kernel(h, g, w, **attrs))
        return gradients + (None,) * (len(node.inputs) - 2)

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        if len(inputs) == 2:
            return None
        g, w, like = inputs
        attrs, window, sizes = node.attrs, w.shape[:-2], like.shape[1:-1]
        strides, dilation = attrs["strides"], attrs["dilation"]
        pads = resolve_pads(attrs["pads"], sizes, window, strides, dilation)
        least = input_sizes(
            g.shape[1:-1], window, strides, pads, dilation, (0,) * len(sizes)
        )
        extra = tuple(size - low for size, low in zip(sizes, least))
        return self(g, w, **{**attrs, "pads": pads, "output_padding": extra})


class ConvKernel(_Convolution):
    """The gradient of `conv` with respect to `w`.

    Inputs are `x`, `g` of the shape of `y`, and `w`, of which only the shape matters.
    """

    name = "conv_kernel"
    shape_only = (2,)

    def infer(self, x: Spec, g: Spec, like: Spec, **attrs: Any) -> Spec:
        self._check(x, g, attrs)
        window, groups = like.shape, attrs["groups"]
        if None not in (x.shape[-1], window[-2]):
            if x.shape[-1] != window[-2] * groups:
                raise self._channel_error(x, window[-2] * groups, window)
        if None not in (g.shape[-1], window[-1]) and g.shape[-1] != window[-1]:
            raise self._filter_error(g, window)
        return Spec(window, x.dtype)

    def kernel(
        self,
        xp: Any,
        x: Any,
        g: Any,
        like: Any,
        *,
        out: Any = None,
        strides: tuple[int, ...],
        pads: Pads | str,
        dilation: tuple[int, ...],
        groups: int,
    ) -> Any:
        window = like.shape[:-2]
        pads = resolve_pads(pads, x.shape[1:-1], window, strides, dilation)
        x, g = widened(xp, x, g)
        return kernel_gradient(xp, x, g, window, strides, pads, dilation, groups)

    def multiplications(self, node: Node) -> int:
        return self._multiplications(node.inputs[1], node.specs[0])

    def vjp(self, node: Node, h: Tensor) -> tuple[Tensor | None, ...]:
        x, g, _ = node.inputs
        return (
            conv_input(g, h, x, **node.attrs, output_padding=None),
            conv(x, h, **node.attrs),
            None,
        )

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        x, _, like = inputs
        return _with_exact_pads(self, node, inputs, x, like)


def _with_exact_pads(
    op: Op, node: Node, inputs: tuple[Tensor, ...], x: Tensor, w: Tensor
) -> Tensor | None:
    attrs = node.attrs
    if attrs["pads"] != "same":
        return None
    pads = resolve_pads(
        "same", x.shape[1:-1], w.shape[:-2], attrs["strides"], attrs["dilation"]
    )
    return op(*inputs, **{**attrs, "pads": pads})


def input_sizes(
    sizes: tuple[int | None, ...],
    window: tuple[int | None, ...],
    strides: tuple[int, ...],
    pads: Pads,
    dilation: tuple[int, ...],
    output_padding: tuple[int, ...],
    groups: int = 1,
) -> tuple[int | None, ...]:
    """Return the lengths of the input of a convolution whose output lengths are given.

    Example:

    >>> input_sizes((4, None), (3, 3), (2, 2), ((0, 1), (0, 1)), (1, 1), (0, 0))
    (8, None)
    """
    spans = dilated(window, dilation)
    return tuple(
        None
        if size is None or span is None
        else (size - 1) * stride + span - sum(pad) + extra
        for size, span, stride, pad, extra in zip(
            sizes, spans, strides, pads, output_padding
        )
    )


conv = register(Conv)
conv_input = register(ConvInput)
conv_kernel = register(ConvKernel)
