"""Joining inputs along an axis."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.errors import ShapeError
from kerasish.layers.merging.base_merge import Merge


class Concatenate(Merge):
    """Joins the inputs along an axis.

    Args:
        axis: The axis.

    Input shape: a list of shapes that agree on all axes but this one.

    Output shape: the same, with the sizes of this axis added up.

    Raises:
        ShapeError: If other axes differ.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Concatenate()
    >>> layer([keras.ops.ones((2, 3)), keras.ops.ones((2, 4))]).shape
    (2, 7)
    """

    least = 1

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        """Check that the shapes agree on all axes but one."""
        shapes = [tuple(shape) for shape in self.check_list(input_shape)]
        rank = len(shapes[0])
        fits = all(len(shape) == rank for shape in shapes)
        fits = fits and -rank <= self.axis < rank
        for axis in range(rank) if fits else ():
            sizes = {shape[axis] for shape in shapes} - {None}
            fits = fits and (axis == self.axis % rank or len(sizes) <= 1)
        if not fits:
            raise ShapeError(
                f'layer "{self.name}": the inputs must have one rank, and one size on '
                f"all axes but axis {self.axis}.\n  got: {shapes}"
            )

    def call(self, inputs: Any) -> Any:
        """Return the inputs joined along the axis."""
        return ops.concatenate(self.check_list(inputs), axis=self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the masks joined as the inputs are; a missing one keeps all."""
        self.check_masks(inputs, mask)
        if mask is None or all(item is None for item in mask):
            return None
        rank = len(inputs[0].shape)
        axis = self.axis % rank
        whole = []
        for x, item in zip(inputs, mask):
            kept = ops.ones_like(x, dtype="bool")
            if item is not None:
                missing = tuple(range(len(item.shape), rank))
                item = ops.expand_dims(item, missing) if missing else item
                kept = ops.logical_and(kept, item)
            whole.append(kept)
        whole = ops.concatenate(whole, axis=axis)
        return (ops.all if self.older_masks else ops.any)(whole, axis=-1)
