"""Initializers whose values are drawn at random.

An integer seed gives the same values at every call; without a seed each call draws
from the global generator, which `kerasish.utils.set_random_seed` resets.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np

from kerasish.backend import config, ops, random
from kerasish.backend.dtypes import standardize_dtype
from kerasish.backend.graph import as_numpy
from kerasish.errors import ShapeError
from kerasish.initializers.initializer import Initializer, gives_new_array

# Standard deviation of a standard normal truncated at two standard deviations.
_TRUNCATED_STDDEV = 0.87962566103423978


class _Random(Initializer):
    """Holds the seed and the dtype rule of the random initializers."""

    def __init__(self, seed: Any = None) -> None:
        self.seed = seed

    def _draw(self, shape: tuple[int, ...], dtype: str) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define _draw().")

    @gives_new_array
    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return a tensor of the given shape and dtype (`floatx()` by default)."""
        return self._draw(tuple(shape), standardize_dtype(dtype or config.floatx()))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        seed = self.seed
        if hasattr(seed, "get_config"):
            seed = seed.get_config().get("seed")
        return {"seed": seed}


class RandomNormal(_Random):
    """Values of a normal distribution.

    Args:
        mean: Mean.
        stddev: Standard deviation.
        seed: `None`, an integer, or a `SeedGenerator`.

    Example:

    >>> RandomNormal(seed=1)((2, 3)).shape
    (2, 3)
    """

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None
    ) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def _draw(self, shape: tuple[int, ...], dtype: str) -> Any:
        return random.normal(shape, self.mean, self.stddev, dtype, self.seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"mean": self.mean, "stddev": self.stddev, **super().get_config()}


class TruncatedNormal(RandomNormal):
    """Values of a normal distribution, redrawn beyond two standard deviations.

    Args:
        mean: Mean.
        stddev: Standard deviation before the truncation.
        seed: `None`, an integer, or a `SeedGenerator`.

    Example:

    >>> bool(ops.all(ops.abs(TruncatedNormal(stddev=1.0, seed=1)((99,))) <= 2.0))
    True
    """

    def _draw(self, shape: tuple[int, ...], dtype: str) -> Any:
        return random.truncated_normal(shape, self.mean, self.stddev, dtype, self.seed)


class RandomUniform(_Random):
    """Values of a uniform distribution.

    Args:
        minval: Lower bound.
        maxval: Upper bound.
        seed: `None`, an integer, or a `SeedGenerator`.

    Example:

    >>> bool(ops.all(ops.abs(RandomUniform(-1.0, 1.0, seed=1)((99,))) <= 1.0))
    True
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None
    ) -> None:
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def _draw(self, shape: tuple[int, ...], dtype: str) -> Any:
        return random.uniform(shape, self.minval, self.maxval, dtype, self.seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"minval": self.minval, "maxval": self.maxval, **super().get_config()}


def compute_fans(
    shape: tuple[int, ...],
    input_axes: Any = None,
    output_axes: Any = None,
) -> tuple[int, int]:
    """Count the inputs and outputs of a unit from the shape of its weight.

    Args:
        shape: Shape of a kernel: `(inputs, outputs)`, or spatial sizes before these.
        input_axes: Axes whose product is the number of inputs.
        output_axes: Axes whose product is the number of outputs.

    Returns:
        `(fan_in, fan_out)`.

    Example:

    >>> compute_fans((3, 3, 16, 32))
    (144, 288)
    """
    if input_axes is not None or output_axes is not None:
        axes_in = {axis % len(shape) for axis in input_axes or ()}
        axes_out = {axis % len(shape) for axis in output_axes or ()}
        field = [n for i, n in enumerate(shape) if i not in axes_in | axes_out]
        fan_in = math.prod([shape[i] for i in axes_in] + field)
        return fan_in, math.prod([shape[i] for i in axes_out] + field)
    if len(shape) < 2:
        size = math.prod(shape)
        return size, size
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


class VarianceScaling(_Random):
    """Values whose variance is `scale / n`, with `n` taken from the shape.

    Args:
        scale: Positive factor.
        mode: What `n` is: `"fan_in"`, `"fan_out"` or `"fan_avg"`.
        distribution: `"truncated_normal"`, `"untruncated_normal"` or `"uniform"`.
        seed: `None`, an integer, or a `SeedGenerator`.
        input_axes: Axes that count as inputs; by default the last but one.
        output_axes: Axes that count as outputs; by default the last.

    Raises:
        ValueError: If an argument has no meaning.

    Example:

    >>> VarianceScaling(2.0, "fan_in", seed=1)((3, 4)).shape
    (3, 4)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Any = None,
        output_axes: Any = None,
    ) -> None:
        super().__init__(seed)
        if scale <= 0:
            raise ValueError(
                f"The `scale` of VarianceScaling must be positive.\n"
                f"  Received: scale={scale}"
            )
        distribution = distribution.lower()
        if distribution == "normal":
            distribution = "truncated_normal"
        _choose("mode", mode, ("fan_in", "fan_out", "fan_avg"))
        _choose(
            "distribution",
            distribution,
            ("uniform", "truncated_normal", "untruncated_normal"),
        )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes

    def for_axes(self, input_axes: Any, output_axes: Any) -> VarianceScaling:
        """Return this initializer for kernels whose axes play the given parts.

        Args:
            input_axes: Axes that count as inputs.
            output_axes: Axes that count as outputs.

        Returns:
            A copy; itself where its axes are set already.
        """
        if self.input_axes is not None and self.output_axes is not None:
            return self
        twin = copy.copy(self)
        twin.input_axes, twin.output_axes = tuple(input_axes), tuple(output_axes)
        return twin

    def _draw(self, shape: tuple[int, ...], dtype: str) -> Any:
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        count = {
            "fan_in": fan_in,
            "fan_out": fan_out,
            "fan_avg": (fan_in + fan_out) / 2,
        }[self.mode]
        variance = self.scale / max(1.0, count)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return random.uniform(shape, -limit, limit, dtype, self.seed)
        stddev = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, stddev, dtype, self.seed)
        stddev /= _TRUNCATED_STDDEV
        return random.truncated_normal(shape, 0.0, stddev, dtype, self.seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            **super().get_config(),
            **self._axes_config(),
        }

    def _axes_config(self) -> dict[str, Any]:
        """Returns the arguments that Keras 2 lacks, where they are used."""
        axes = {"input_axes": self.input_axes, "output_axes": self.output_axes}
        return {name: value for name, value in axes.items() if value is not None}


def _choose(argument: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(
            f"The `{argument}` of VarianceScaling must be one of {choices}.\n"
            f"  Received: {argument}={value!r}"
        )


class _Preset(VarianceScaling):
    """A VarianceScaling with its first three arguments fixed."""

    _preset: tuple[float, str, str]

    def __init__(
        self, seed: Any = None, input_axes: Any = None, output_axes: Any = None
    ) -> None:
        super().__init__(*self._preset, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        return {"seed": config["seed"], **self._axes_config()}


class GlorotUniform(_Preset):
    """Uniform in `[-a, a]` with `a = sqrt(6 / (fan_in + fan_out))`.

    See Glorot and Bengio, 2010,
    https://proceedings.mlr.press/v9/glorot10a.html. The arguments are those of
    `VarianceScaling`.

    Example:

    >>> GlorotUniform(seed=1)((3, 4)).shape
    (3, 4)
    """

    _preset = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Preset):
    """Truncated normal with standard deviation `sqrt(2 / (fan_in + fan_out))`.

    See Glorot and Bengio, 2010,
    https://proceedings.mlr.press/v9/glorot10a.html. The arguments are those of
    `VarianceScaling`.

    Example:

    >>> GlorotNormal(seed=1)((3, 4)).shape
    (3, 4)
    """

    _preset = (1.0, "fan_avg", "truncated_normal")


class LecunNormal(_Preset):
    """Truncated normal with standard deviation `sqrt(1 / fan_in)`.

    See Klambauer et al., 2017, https://arxiv.org/abs/1706.02515. The arguments are
    those of `VarianceScaling`.

    Example:

    >>> LecunNormal(seed=1)((3, 4)).shape
    (3, 4)
    """

    _preset = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_Preset):
    """Uniform in `[-a, a]` with `a = sqrt(3 / fan_in)`.

    See Klambauer et al., 2017, https://arxiv.org/abs/1706.02515. The arguments are
    those of `VarianceScaling`.

    Example:

    >>> LecunUniform(seed=1)((3, 4)).shape
    (3, 4)
    """

    _preset = (1.0, "fan_in", "uniform")


class HeNormal(_Preset):
    """Truncated normal with standard deviation `sqrt(2 / fan_in)`.

    See He et al., 2015, https://arxiv.org/abs/1502.01852. The arguments are those of
    `VarianceScaling`.

    Example:

    >>> HeNormal(seed=1)((3, 4)).shape
    (3, 4)
    """

    _preset = (2.0, "fan_in", "truncated_normal")


class HeUniform(_Preset):
    """Uniform in `[-a, a]` with `a = sqrt(6 / fan_in)`.

    See He et al., 2015, https://arxiv.org/abs/1502.01852. The arguments are those of
    `VarianceScaling`.

    Example:

    >>> HeUniform(seed=1)((3, 4)).shape
    (3, 4)
    """

    _preset = (2.0, "fan_in", "uniform")


class Orthogonal(_Random):
    """An orthogonal matrix; of a longer shape, all axes but the last are merged.

    The matrix is the `Q` of a QR decomposition of normal values, with the signs of
    `R`'s diagonal, so that it is uniform among orthogonal matrices.
    See Saxe et al., 2013, https://arxiv.org/abs/1312.6120.

    Args:
        gain: Factor.
        seed: `None`, an integer, or a `SeedGenerator`.

    Raises:
        ShapeError: If the shape has less than two axes.

    Example:

    >>> q = Orthogonal(seed=1)((3, 3)).numpy()
    >>> bool((abs(q @ q.T - np.eye(3)) < 1e-5).all())
    True
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def _draw(self, shape: tuple[int, ...], dtype: str) -> Any:
        if len(shape) < 2:
            raise ShapeError(
                "The Orthogonal initializer needs two axes or more.\n"
                f"  got: shape {shape} of rank {len(shape)}"
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        flat = (max(rows, columns), min(rows, columns))
        draws = as_numpy(random.normal(flat, 0.0, 1.0, "float32", self.seed))
        q, r = np.linalg.qr(draws.astype("float64"))
        q *= np.where(np.diag(r) < 0, -1.0, 1.0)
        matrix = q.T if rows < columns else q
        return ops.convert_to_tensor(self.gain * matrix.reshape(shape), dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"gain": self.gain, **super().get_config()}
