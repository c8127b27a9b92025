"""Features brought to mean 0 and variance 1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from kerasish.backend import config, ops
from kerasish.backend.graph import as_numpy
from kerasish.errors import ShapeError
from kerasish.layers.layer import Layer
from kerasish.layers.preprocessing.batches import numeric_batches


class Normalization(Layer):
    """Shifts and scales features to mean 0 and variance 1.

    Mean and variance are given, or found by `adapt`. The output is
    `(inputs - mean) / max(sqrt(variance), epsilon)`.

    Args:
        axis: Axis or axes that have a mean of their own for each index; `None` for one
            mean of all.
        mean: The mean, a number or an array over the axes.
        variance: The variance.
        invert: Whether to undo the normalisation instead.

    Input shape: any; the sizes of the axes must be known.

    Output shape: the same.

    Weights: without given numbers, `mean` and `variance` of the shape of the axes, and
    `count`.

    Raises:
        ValueError: If only one of mean and variance is given.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Normalization(axis=None)
    >>> layer.adapt(keras.ops.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    >>> layer(keras.ops.array([3.0])).numpy().tolist()
    [0.0]
    """

    def __init__(
        self,
        axis: Any = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if (mean is None) != (variance is None):
            raise ValueError(
                "`mean` and `variance` are given together.\n"
                f"Received: mean={mean!r}, variance={variance!r}"
            )
        axes = () if axis is None else axis
        self.axis = (axes,) if isinstance(axes, int) else tuple(axes)
        self.input_mean = None if mean is None else as_numpy(mean).tolist()
        self.input_variance = None if mean is None else as_numpy(variance).tolist()
        self.invert = invert
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of this shape."""
        rank = len(input_shape)
        for axis in self.axis:
            if not -rank <= axis < rank or input_shape[axis] is None:
                raise ShapeError(
                    f'layer "{self.name}": the size of axis {axis} must be known.\n'
                    f"  got: input {tuple(input_shape)}"
                )
        self._kept = tuple(sorted(axis % rank for axis in self.axis))
        shape = tuple(input_shape[axis] for axis in self._kept)
        self._broadcast = tuple(
            size if axis in self._kept else 1 for axis, size in enumerate(input_shape)
        )
        if self.input_mean is not None:
            return
        for name, start in (("mean", "zeros"), ("variance", "ones")):
            weight = self.add_weight(
                name=name, shape=shape, initializer=start, trainable=False
            )
            setattr(self, f"adapt_{name}", weight)
        self.count = self.add_weight(
            name="count", shape=(), dtype="int32", initializer="zeros", trainable=False
        )

    def _given(self, value: Any) -> Any:
        array = np.asarray(value, "float32")
        shape = [1] * len(self._broadcast)
        for place in range(1, array.ndim + 1):
            shape[self._kept[-place]] = array.shape[-place]
        return np.broadcast_to(array.reshape(shape), self._broadcast)

    def _moments(self) -> tuple[Any, Any]:
        dtype = self.compute_dtype
        if self.input_mean is not None:
            pair = self._given(self.input_mean), self._given(self.input_variance)
            return tuple(ops.cast(np.array(value), dtype) for value in pair)
        pair = self.adapt_mean, self.adapt_variance
        return tuple(
            ops.cast(ops.reshape(value, self._broadcast), dtype) for value in pair
        )

    def call(self, inputs: Any) -> Any:
        """Return the normalised inputs."""
        inputs = ops.cast(inputs, self.compute_dtype)
        mean, variance = self._moments()
        scale = ops.maximum(ops.sqrt(variance), config.epsilon())
        if self.invert:
            return mean + inputs * scale
        return (inputs - mean) / scale

    def adapt(self, data: Any, batch_size: Any = None, steps: Any = None) -> None:
        """Find mean and variance from data.

        Args:
            data: An array, or an iterable of batches.
            batch_size: Of no effect.
            steps: Number of batches to use; all by default.

        Raises:
            ValueError: If the layer was made with a mean.
        """
        if self.input_mean is not None:
            raise ValueError(
                f'layer "{self.name}": it was made with `mean` and `variance`, so it '
                "cannot adapt.\n"
                f"Received: mean={self.input_mean}"
            )
        self._set(*self._of_batches(numeric_batches(data, steps)))

    def _of_batches(self, batches: Iterable[np.ndarray]) -> tuple:
        total, mean, variance = 0, 0.0, 0.0
        for batch in batches:
            if not self.built:
                self.build(batch.shape)
            rest = tuple(a for a in range(batch.ndim) if a not in self._kept)
            count = int(np.prod([batch.shape[axis] for axis in rest]))
            own_mean = batch.mean(axis=rest, dtype="float64")
            own_variance = batch.var(axis=rest, dtype="float64")
            share = count / (total + count)
            merged = mean + (own_mean - mean) * share
            variance = (variance + (mean - merged) ** 2) * (1 - share)
            variance = variance + (own_variance + (own_mean - merged) ** 2) * share
            total, mean = total + count, merged
        return total, mean, variance

    def _set(self, total: int, mean: Any, variance: Any) -> None:
        self.adapt_mean.assign(np.asarray(mean, "float32"))
        self.adapt_variance.assign(np.asarray(variance, "float32"))
        self.count.assign(np.int32(min(total, 2**31 - 1)))

    @property
    def mean(self) -> Any:
        """The mean, of the shape that broadcasts to the inputs."""
        return self._moments()[0]

    @property
    def variance(self) -> Any:
        """The variance, of the shape that broadcasts to the inputs."""
        return self._moments()[1]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        config["axis"] = list(self.axis) if self.axis else None
        config["mean"] = self.input_mean
        config["variance"] = self.input_variance
        return config
