"""Layers that change the shape of a sample: Flatten, Reshape, Permute, RepeatVector."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.ops.convolution_padding import standardize_data_format
from kerasish.errors import ShapeError
from kerasish.layers.arguments import positive_int
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.layer import Layer


class Flatten(Layer):
    """Flattens each sample to one axis.

    Args:
        data_format: `"channels_last"`, `"channels_first"` (the channels are moved last
            before), or `None` for the configured one.

    Input shape: `(batch, ...)`.

    Output shape: `(batch, size of a sample)`.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.Flatten()(keras.ops.ones((2, 3, 4))).shape
    (2, 12)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        """Return the flattened samples."""
        rank = len(inputs.shape)
        if rank > 2 and self.data_format == "channels_first":
            inputs = ops.transpose(inputs, (0, *range(2, rank), 1))
        sizes = inputs.shape[1:]
        if None in sizes:
            return ops.reshape(inputs, (ops.shape(inputs)[0], -1))
        batch = inputs.shape[0]
        return ops.reshape(inputs, (-1 if batch is None else batch, math.prod(sizes)))


class Reshape(Layer):
    """Gives each sample another shape.

    Args:
        target_shape: Shape of a sample, without the batch; one entry may be -1.

    Input shape: `(batch, ...)`.

    Output shape: `(batch, *target_shape)`.

    Raises:
        ShapeError: If the sizes do not fit.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.Reshape((-1, 2))(keras.ops.ones((5, 6))).shape
    (5, 3, 2)
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(target_shape, int):
            target_shape = (target_shape,)
        self.target_shape = tuple(target_shape)
        known = [size for size in self.target_shape if isinstance(size, int)]
        negative = [size for size in known if size < 0]
        if negative not in ([], [-1]):
            raise ValueError(
                "One entry of `target_shape` may be -1, no other is negative.\n"
                f"Received: target_shape={self.target_shape}"
            )

    def _target(self, sizes: tuple) -> tuple[int, ...]:
        """Returns the target with -1 resolved where the sizes are known."""
        target = self.target_shape
        if None in sizes:
            return target
        total = math.prod(sizes)
        given = math.prod(size for size in target if size != -1)
        if -1 in target:
            fits = given > 0 and total % given == 0
            missing = total // given if given else 0
            target = tuple(missing if size == -1 else size for size in target)
        else:
            fits = given == total
        if not fits:
            raise ShapeError(
                f'layer "{self.name}": a sample of {total} entries cannot be given the '
                f"shape {self.target_shape}.\n  got: a sample of shape {tuple(sizes)}"
            )
        return target

    def call(self, inputs: Any) -> Any:
        """Return the samples in their new shape."""
        target = self._target(tuple(inputs.shape[1:]))
        batch = inputs.shape[0]
        if batch is None and -1 in target:
            batch = ops.shape(inputs)[0]
        return ops.reshape(inputs, (-1 if batch is None else batch, *target))


class Permute(Layer):
    """Rearranges the axes of each sample.

    Args:
        dims: The new order of the axes, counted from 1; the batch stays first.

    Input shape: `(batch, ...)`.

    Output shape: the same sizes in the new order.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.Permute((2, 1))(keras.ops.ones((5, 3, 4))).shape
    (5, 4, 3)
    """

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                "`dims` must name each axis from 1 on once.\n"
                f"Received: dims={self.dims}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        """Return the samples with their axes rearranged."""
        return ops.transpose(inputs, (0, *self.dims))


class RepeatVector(Layer):
    """Repeats a vector along a new time axis.

    Args:
        n: Number of times.

    Input shape: `(batch, features)`.

    Output shape: `(batch, n, features)`.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.RepeatVector(3)(keras.ops.ones((5, 2))).shape
    (5, 3, 2)
    """

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(n, int):
            raise TypeError(f"`n` must be an integer.\nReceived: n={n!r}")
        self.n = positive_int(n, "n")
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        """Return the repeated vectors."""
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, axis=1)
