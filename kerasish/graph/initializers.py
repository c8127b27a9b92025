"""First values of variables: the initializers of TensorFlow 1 and regularizers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasish.backend import graph as engine
from kerasish.backend import ops, random
from kerasish.backend.dtypes import dtype_name
from kerasish.graph.applying import apply
from kerasish.graph.constants import constant_array, convert_to_tensor
from kerasish.graph.creation import zeros
from kerasish.graph.documentation import example
from kerasish.graph.draws import drawn, random_normal, random_uniform, truncated_normal
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.mathematics import abs as absolute
from kerasish.graph.reductions import reduce_sum
from kerasish.graph.shapes import TensorShape
from kerasish.graph.tensors import Tensor

# The standard deviation of a normal distribution that is cut off at two of them.
_TRUNCATED = 0.87962566103423978


class Initializer:
    """Makes the first value of a variable.

    Args:
        dtype: The data type where none is asked for.
    """

    def __init__(self, dtype: Any = "float32") -> None:
        self.dtype = as_dtype(dtype)

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None
    ) -> Tensor:
        """Return a tensor.

        Args:
            shape: Its shape.
            dtype: Its data type.
            partition_info: Kept for the signature.
        """
        sizes = TensorShape(shape).as_list()
        return self.value(sizes, as_dtype(dtype or self.dtype))

    def value(self, shape: list[int], dtype: Any) -> Tensor:
        """Return a tensor of a shape and type; what subclasses define."""
        raise NotImplementedError


@example("tf.zeros_initializer()([2])", "[0. 0.]")
class Zeros(Initializer):
    """Zeros."""

    def value(self, shape: list[int], dtype: Any) -> Tensor:
        return zeros(shape, dtype)


@example("tf.constant_initializer([1, 2])([2])", "[1. 2.]")
class Constant(Initializer):
    """Given numbers.

    Args:
        value: A number, or as many as the variable has elements.
        dtype: The data type where none is asked for.
        verify_shape: Kept for the signature.
    """

    def __init__(
        self, value: Any = 0, dtype: Any = "float32", verify_shape: bool = False
    ) -> None:
        super().__init__(dtype)
        self.given = value

    def value(self, shape: list[int], dtype: Any) -> Tensor:
        array = constant_array(self.given, dtype)
        array = np.broadcast_to(
            array.reshape(shape) if array.size > 1 else array, shape
        )
        kind = dtype_name(array.dtype)
        return apply("Const", lambda: engine.constant(array, kind))


@example("tf.ones_initializer()([2])", "[1. 1.]")
class Ones(Constant):
    """Ones."""

    def __init__(self, dtype: Any = "float32") -> None:
        super().__init__(1, dtype)


class Identity(Initializer):
    """The identity matrix.

    Args:
        gain: A factor.
        dtype: The data type where none is asked for.
    """

    def __init__(self, gain: float = 1.0, dtype: Any = "float32") -> None:
        super().__init__(dtype)
        self.gain = gain

    def value(self, shape: list[int], dtype: Any) -> Tensor:
        return Constant(self.gain * np.eye(*shape)).value(shape, dtype)


class _Random(Initializer):
    """Draws from a distribution of two numbers, `(mean, stddev)` or limits."""

    def __init__(
        self, first: float, second: float, seed: Any = None, dtype: Any = "float32"
    ) -> None:
        super().__init__(dtype)
        self.first, self.second, self.seed = first, second, seed


@example("tf.shape(tf.random_normal_initializer(seed=1)([2, 3]))", "[2 3]")
class RandomNormal(_Random):
    """Draws of a normal distribution.

    Args:
        mean: The mean.
        stddev: The standard deviation.
        seed: A seed.
        dtype: The data type where none is asked for.
    """

    def __init__(
        self, mean: float = 0.0, stddev: float = 1.0, seed: Any = None,
        dtype: Any = "float32",
    ) -> None:  # fmt: skip
        super().__init__(mean, stddev, seed, dtype)

    def value(self, shape: list[int], dtype: Any) -> Tensor:
        return random_normal(shape, self.first, self.second, dtype, self.seed)


@example("tf.shape(tf.truncated_normal_initializer(seed=1)([2, 3]))", "[2 3]")
class TruncatedNormal(RandomNormal):
    """Draws of a normal distribution that is cut off; see `RandomNormal`."""

    def value(self, shape: list[int], dtype: Any) -> Tensor:
        return truncated_normal(shape, self.first, self.second, dtype, self.seed)


@example("tf.shape(tf.random_uniform_initializer(seed=1)([2, 3]))", "[2 3]")
class RandomUniform(_Random):
    """Draws of a uniform distribution.

    Args:
        minval: The lower bound.
        maxval: The upper bound; 1 for `None`.
        seed: A seed.
        dtype: The data type where none is asked for.
    """

    def __init__(
        self, minval: float = 0, maxval: float | None = None, seed: Any = None,
        dtype: Any = "float32",
    ) -> None:  # fmt: skip
        super().__init__(minval, 1 if maxval is None else maxval, seed, dtype)

    def value(self, shape: list[int], dtype: Any) -> Tensor:
        return random_uniform(shape, self.first, self.second, dtype, self.seed)


def fans(shape: list[int]) -> tuple[float, float]:
    """Return how many inputs and outputs a kernel connects.

    Args:
        shape: Its shape; the last two axes are inputs and outputs.
    """
    if len(shape) < 2:
        size = float(shape[0]) if shape else 1.0
        return size, size
    window = math.prod(shape[:-2])
    return float(window * shape[-2]), float(window * shape[-1])


@example("tf.shape(tf.variance_scaling_initializer(seed=1)([2, 3]))", "[2 3]")
class VarianceScaling(Initializer):
    """Draws whose variance is `scale / n`, `n` the number of inputs or outputs.

    Args:
        scale: A factor.
        mode: `"fan_in"`, `"fan_out"` or `"fan_avg"`.
        distribution: `"normal"` (cut off at two deviations), `"truncated_normal"`,
            `"untruncated_normal"` or `"uniform"`.
        seed: A seed.
        dtype: The data type where none is asked for.
    """

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "normal",
        seed: Any = None, dtype: Any = "float32",
    ) -> None:  # fmt: skip
        super().__init__(dtype)
        self.scale, self.mode = scale, mode
        self.distribution, self.seed = distribution, seed

    def value(self, shape: list[int], dtype: Any) -> Tensor:
        inputs, outputs = fans(shape)
        count = {
            "fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2
        }[self.mode]  # fmt: skip
        variance = self.scale / max(1.0, count)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return random_uniform(shape, -limit, limit, dtype, self.seed)
        deviation = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return random_normal(shape, 0.0, deviation, dtype, self.seed)
        return truncated_normal(shape, 0.0, deviation / _TRUNCATED, dtype, self.seed)


@example("tf.shape(tf.glorot_uniform_initializer(seed=1)([2, 3]))", "[2 3]")
class GlorotUniform(VarianceScaling):
    """Uniform draws for as much variance forwards as backwards (Glorot, 2010).

    Args:
        seed: A seed.
        dtype: The data type where none is asked for.
    """

    def __init__(self, seed: Any = None, dtype: Any = "float32") -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)


@example("tf.shape(tf.glorot_normal_initializer(seed=1)([2, 3]))", "[2 3]")
class GlorotNormal(VarianceScaling):
    """Normal draws for as much variance forwards as backwards; see `GlorotUniform`."""

    def __init__(self, seed: Any = None, dtype: Any = "float32") -> None:
        super().__init__(1.0, "fan_avg", "normal", seed, dtype)


@example("tf.shape(tf.orthogonal_initializer(seed=1)([2, 3]))", "[2 3]")
class Orthogonal(Initializer):
    """A random orthogonal matrix (Saxe et al., 2014).

    Args:
        gain: A factor.
        seed: A seed.
        dtype: The data type where none is asked for.
    """

    def __init__(
        self, gain: float = 1.0, seed: Any = None, dtype: Any = "float32"
    ) -> None:
        super().__init__(dtype)
        self.gain, self.seed = gain, seed

    def value(self, shape: list[int], dtype: Any) -> Tensor:
        rows, columns = math.prod(shape[:-1]), shape[-1]
        sizes = (max(rows, columns), min(rows, columns))

        def draw(source: Any) -> Any:
            q, r = ops.qr(random.normal(sizes, dtype=str(dtype), seed=source))
            q = q * ops.sign(ops.diagonal(r))
            q = ops.transpose(q) if rows < columns else q
            return self.gain * ops.reshape(q, tuple(shape))

        return drawn("orthogonal", draw, seed=self.seed, dtypes=[dtype])


@example("tf.contrib.layers.xavier_initializer()([2, 3]).shape", "(2, 3)", run=False)
def xavier_initializer(
    uniform: bool = True, seed: Any = None, dtype: Any = "float32"
) -> Initializer:
    """Return `GlorotUniform` or, for a normal distribution, `GlorotNormal`.

    Args:
        uniform: Which of them.
        seed: A seed.
        dtype: The data type.
    """
    return (GlorotUniform if uniform else GlorotNormal)(seed, dtype)


xavier_initializer_conv2d = xavier_initializer


@example(
    "tf.contrib.layers.variance_scaling_initializer()([2, 3]).shape", "(2, 3)",
    run=False,
)  # fmt: skip
def variance_scaling_initializer(
    factor: float = 2.0, mode: str = "FAN_IN", uniform: bool = False, seed: Any = None,
    dtype: Any = "float32",
) -> Initializer:  # fmt: skip
    """Return `VarianceScaling` under the arguments of `tf.contrib.layers`.

    Args:
        factor: The scale.
        mode: `"FAN_IN"`, `"FAN_OUT"` or `"FAN_AVG"`.
        uniform: Whether draws are uniform.
        seed: A seed.
        dtype: The data type.
    """
    distribution = "uniform" if uniform else "normal"
    return VarianceScaling(factor, mode.lower(), distribution, seed, dtype)


@example("tf.contrib.layers.l2_regularizer(0.5)([1.0, -3.0])", "2.5")
def l2_regularizer(scale: float, scope: Any = None) -> Any:
    """Return a function that gives `scale * sum(w ** 2) / 2`.

    Args:
        scale: A factor.
        scope: Kept for the signature.
    """

    def penalty(weights: Any) -> Tensor:
        w = convert_to_tensor(weights)
        return reduce_sum(w * w) * 0.5 * scale

    return penalty


@example("tf.contrib.layers.l1_regularizer(0.5)([1.0, -3.0])", "2.0")
def l1_regularizer(scale: float, scope: Any = None) -> Any:
    """Return a function that gives `scale * sum(abs(w))`.

    Args:
        scale: A factor.
        scope: Kept for the signature.
    """
    return lambda weights: reduce_sum(absolute(weights)) * scale
