"""Cropping of space."""

from __future__ import annotations

from typing import Any

from kerasish.errors import ShapeError
from kerasish.layers.reshaping.margins import SpatialLayer, margin_pairs


class BaseCropping(SpatialLayer):
    """Base of the layers that crop.

    Args:
        cropping: Number of entries cut off at each side.
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        **kwargs: Arguments of `Layer`.
    """

    def __init__(
        self, cropping: Any, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format, **kwargs)
        pairs = margin_pairs(cropping, self.rank, "cropping")
        self.cropping = pairs[0] if self.rank == 1 else pairs

    def call(self, inputs: Any) -> Any:
        """Return the cropped inputs."""
        pairs = (self.cropping,) if self.rank == 1 else self.cropping
        for axis, (before, after) in enumerate(pairs, self.first_spatial_axis):
            size = inputs.shape[axis]
            if size is not None and before + after >= size:
                raise ShapeError(
                    f'layer "{self.name}": the cropping {self.cropping} leaves nothing '
                    f"of axis {axis}.\n  got: input {tuple(inputs.shape)} "
                    f"{inputs.dtype}, data_format={self.data_format!r}"
                )
        window = [slice(before, -after or None) for before, after in pairs]
        return inputs[self.for_all_axes(window, slice(None))]


class Cropping1D(BaseCropping):
    """Cuts entries off sequences at their sides.

    Args:
        cropping: Number of entries cut off: an integer for both sides, or a pair.

    Input shape: `(batch, time, channels)`.

    Output shape: the same, smaller by the cropping.

    Raises:
        ShapeError: If nothing would be left.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.Cropping1D(1)(keras.ops.ones((2, 5, 4))).shape
    (2, 3, 4)
    """

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__(cropping, "channels_last", **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        config.pop("data_format", None)
        return config


class Cropping2D(BaseCropping):
    """Cuts entries off images at their sides.

    Args:
        cropping: Number of entries cut off: an integer, a pair of them (rows,
            columns), or a pair of pairs (before, after).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, rows, columns, channels)`, or with the channels after the
    batch.

    Output shape: the same, smaller by the cropping.

    Raises:
        ShapeError: If nothing would be left.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.Cropping2D(1)(keras.ops.ones((2, 5, 5, 4))).shape
    (2, 3, 3, 4)
    """

    rank = 2

    def __init__(
        self,
        cropping: Any = ((0, 0), (0, 0)),
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(cropping, data_format, **kwargs)


class Cropping3D(BaseCropping):
    """Cuts entries off volumes at their sides.

    Args:
        cropping: Number of entries cut off: an integer, three of them, or
            three pairs (before, after).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, depth, rows, columns, channels)`, or with the
    channels after the batch.

    Output shape: the same, smaller by the cropping.

    Raises:
        ShapeError: If nothing would be left.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.Cropping3D(1)(keras.ops.ones((1, 4, 4, 4, 3))).shape
    (1, 2, 2, 2, 3)
    """

    rank = 3

    def __init__(
        self,
        cropping: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(cropping, data_format, **kwargs)
