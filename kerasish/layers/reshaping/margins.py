"""What the padding and the cropping layers share."""

from __future__ import annotations

from typing import Any

from kerasish.backend.ops.convolution_padding import standardize_data_format
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.layer import Layer


def margin_pairs(value: Any, rank: int, argument: str) -> tuple[tuple[int, int], ...]:
    """Return `(before, after)` for each spatial axis.

    Args:
        value: An integer for all sides, an integer an axis, or a pair an axis; for one
            axis also the pair alone.
        rank: Number of spatial axes.
        argument: Name of the argument, for the message.

    Raises:
        ValueError: If the value is none of these or negative.

    Example:

    >>> margin_pairs((1, 2), 2, "padding")
    ((1, 1), (2, 2))
    """
    if isinstance(value, int):
        pairs = ((value, value),) * rank
    else:
        entries = tuple(value) if hasattr(value, "__iter__") else ()
        if rank == 1 and len(entries) == 2 and not hasattr(entries[0], "__iter__"):
            entries = (entries,)
        pairs = tuple(
            tuple(entry) if hasattr(entry, "__iter__") else (entry, entry)
            for entry in entries
        )
    fits = len(pairs) == rank and all(
        len(pair) == 2 and all(isinstance(n, int) and n >= 0 for n in pair)
        for pair in pairs
    )
    if not fits:
        raise ValueError(
            f"`{argument}` must be an integer of at least 0, or {rank} of them, or "
            f"{rank} pairs of them.\nReceived: {argument}={value!r}"
        )
    return pairs


class SpatialLayer(Layer):
    """Base of the layers that change the sizes of the spatial axes.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        **kwargs: Arguments of `Layer`.
    """

    rank = 2

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def first_spatial_axis(self) -> int:
        """The first spatial axis; the others follow it."""
        return 1 if self.data_format == "channels_last" else 2

    def for_all_axes(self, spatial: Any, other: Any) -> tuple:
        """Return one entry an axis: those given for space, `other` elsewhere."""
        if self.data_format == "channels_last":
            return (other, *spatial, other)
        return (other, other, *spatial)
