"""What the merging layers share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.errors import ShapeError
from kerasish.layers.layer import Layer


class Merge(Layer):
    """Base of the layers that merge inputs entry by entry.

    Inputs of lower rank get axes of size 1 after the batch axis.

    Args:
        **kwargs: Arguments of `Layer`.

    Attributes:
        older_masks: Whether masks mean what they did before Keras 3: an entry is kept
            where all masks keep it, inputs without one do not count, and values do not
            depend on masks. Files of those versions set it.
    """

    least = 2
    most: int | None = None
    older_masks = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def merge(self, inputs: list[Any]) -> Any:
        """Return the merged inputs, which broadcast against each other."""
        raise NotImplementedError(f"{type(self).__name__} must define merge(inputs).")

    def build(self, input_shape: Any) -> None:
        """Check that the shapes broadcast against each other."""
        shapes = [tuple(shape) for shape in self.check_list(input_shape)]
        rank = max(len(shape) for shape in shapes)
        for axis in range(1, rank):
            sizes = {
                shape[axis - rank]
                for shape in shapes
                if rank - axis < len(shape) and shape[axis - rank] not in (None, 1)
            }
            if len(sizes) > 1:
                raise ShapeError(
                    f'layer "{self.name}": the shapes of the inputs do not broadcast '
                    f"to one.\n  got: {shapes}"
                )

    def check_list(self, inputs: Any) -> list[Any]:
        """Return the inputs as a list, after a check of their number."""
        several = isinstance(inputs, (list, tuple)) and len(inputs) >= self.least
        if not several or any(item is None or isinstance(item, int) for item in inputs):
            raise ValueError(
                f'layer "{self.name}": a merging layer is called on a list of at least '
                f"{self.least} inputs.\n  got: {inputs!r}"
            )
        if self.most is not None and len(inputs) > self.most:
            raise ValueError(
                f'layer "{self.name}": {type(self).__name__} is called on '
                f"{self.most} inputs.\n  got: {len(inputs)} inputs"
            )
        return list(inputs)

    def call(self, inputs: Any) -> Any:
        """Return the merged inputs."""
        inputs = self.check_list(inputs)
        rank = max(len(x.shape) for x in inputs)
        inputs = [_raise_rank(x, rank) for x in inputs]
        # A copy has no mask.
        return self.merge([ops.copy(x) for x in inputs] if self.older_masks else inputs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return where at least one input is kept, or `None` if one has no mask."""
        self.check_masks(inputs, mask)
        if not self.older_masks:
            return any_mask(mask)
        known = [item for item in mask or () if item is not None]
        return functools.reduce(ops.logical_and, known) if known else None

    def masks_differ(self) -> bool:
        """Tell whether it is called on inputs that do not have one mask."""
        return any(
            len({id(getattr(x, "mask", None)) for x in node.input_tensors}) > 1
            for node in self._inbound_nodes
        )

    def get_marks(self) -> dict[str, Any]:
        """Return what files say beside the configuration, which other readers skip."""
        older = self.older_masks and self.masks_differ()
        return {"older_masks": True} if older else {}

    def check_masks(self, inputs: Any, mask: Any) -> None:
        """Check that there is one mask, or `None`, for each input."""
        for name, value in {"inputs": inputs, "mask": mask}.items():
            if value is not None and not isinstance(value, (list, tuple)):
                raise ValueError(
                    f'layer "{self.name}": `{name}` should be a list.\n'
                    f"Received: {name}={value!r}"
                )
        if mask is not None and len(mask) != len(inputs):
            raise ValueError(
                f'layer "{self.name}": `inputs` and `mask` must have one length.\n'
                f"Received: {len(inputs)} inputs, {len(mask)} masks"
            )


def _raise_rank(x: Any, rank: int) -> Any:
    missing = rank - len(x.shape)
    return ops.expand_dims(x, tuple(range(1, 1 + missing))) if missing else x


def spread_mask(x: Any) -> Any:
    """Return the mask of a tensor with an axis for the features, or `None`.

    Example:

    >>> spread_mask(ops.ones((2, 3))) is None
    True
    """
    mask = getattr(x, "mask", None)
    return None if mask is None else ops.expand_dims(mask, -1)


def among_kept(choose: Callable[[Any, Any], Any], inputs: list[Any]) -> Any:
    """Reduce the inputs by a choice of two; what a mask leaves out has no say.

    Args:
        choose: A function of two tensors that returns one or the other, by entries.
        inputs: The tensors.

    Example:

    >>> among_kept(ops.maximum, [ops.ones((2,)), ops.zeros((2,))]).numpy().tolist()
    [1.0, 1.0]
    """
    merged, kept = inputs[0], spread_mask(inputs[0])
    for x in inputs[1:]:
        mask = spread_mask(x)
        if mask is not None:
            x = ops.where(mask, x, merged)
        if kept is not None:
            merged = ops.where(kept, merged, x)
        kept = any_mask((kept, mask))
        merged = choose(merged, x)
    return merged


def any_mask(masks: Sequence[Any] | None) -> Any:
    """Return where at least one mask is true, or `None` if a mask is missing.

    Example:

    >>> any_mask([[True, False], [False, False]]).numpy().tolist()
    [True, False]
    """
    if masks is None or any(mask is None for mask in masks):
        return None
    merged = masks[0]
    for mask in masks[1:]:
        merged = ops.logical_or(merged, mask)
    return merged
