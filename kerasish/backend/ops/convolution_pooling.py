"""Convolution and maximum pooling as one op, for devices that do both at once."""

from __future__ import annotations

from kerasish.backend.graph import Tensor, composite
from kerasish.backend.ops.convolution_ops import conv
from kerasish.backend.ops.convolution_padding import Pads
from kerasish.backend.ops.pooling_ops import max_pool, max_pool_index


@composite("conv_max_pool")
def conv_max_pool(
    x: Tensor,
    w: Tensor,
    *,
    strides: tuple[int, ...],
    pads: Pads,
    dilation: tuple[int, ...],
    groups: int,
    pool_size: tuple[int, ...],
    pool_strides: tuple[int, ...],
    indexed: bool,
) -> tuple[Tensor, ...]:
    """The largest outputs of a convolution in windows without padding.

    With `indexed` there is a second result: `max_pool_index` of the windows.
    """
    y = conv(x, w, strides=strides, pads=pads, dilation=dilation, groups=groups)
    none = ((0, 0),) * len(pool_size)
    window = dict(pool_size=pool_size, strides=pool_strides, pads=none)
    largest = max_pool(y, **window)
    if not indexed:
        return (largest,)
    return largest, max_pool_index(y, largest, **window)


conv_max_pool.multiple = True
