"""Rectifiers as layers: ReLU and its relatives."""

from __future__ import annotations

from typing import Any

from kerasish import activations
from kerasish.backend import ops
from kerasish.layers.arguments import add_parameter, old_name, set_arguments
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.layer import Layer


def _at_least_zero(argument: str, value: Any, optional: bool = False) -> Any:
    if value is None and optional:
        return None
    if value is None or value < 0:
        raise ValueError(
            f"`{argument}` must be a number of at least 0.\n"
            f"Received: {argument}={value!r}"
        )
    return value


class ReLU(Layer):
    """Rectified linear unit, by default `max(x, 0)`.

    Args:
        max_value: Largest output; `None` for no limit.
        negative_slope: Slope below the threshold.
        threshold: Value below which the unit is off (or leaks).

    Input shape: any.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.array([-1.0, 0.5, 2.0])
    >>> keras.layers.ReLU(max_value=1.0)(x).numpy().tolist()
    [0.0, 0.5, 1.0]
    """

    _builds_nothing = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.max_value = _at_least_zero("max_value", max_value, optional=True)
        self.negative_slope = _at_least_zero("negative_slope", negative_slope)
        self.threshold = _at_least_zero("threshold", threshold)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return the rectified inputs."""
        return activations.relu(
            inputs, self.negative_slope, self.max_value, self.threshold
        )


class LeakyReLU(Layer):
    """Rectifier that leaks: `x` where positive, else `negative_slope * x`.

    Args:
        negative_slope: Slope below zero; `alpha` is its former name.

    Input shape: any.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.array([-1.0, 2.0])
    >>> keras.layers.LeakyReLU(0.5)(x).numpy().tolist()
    [-0.5, 2.0]
    """

    _builds_nothing = True

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        negative_slope = old_name(kwargs, "alpha", negative_slope)
        super().__init__(**kwargs)
        self.negative_slope = _at_least_zero("negative_slope", negative_slope)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return the rectified inputs."""
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)


class PReLU(Layer):
    """Rectifier with a trainable slope below zero for each feature.

    See He et al., 2015, https://arxiv.org/abs/1502.01852.

    Args:
        alpha_initializer: Initializer of the slopes.
        alpha_regularizer: Penalty on the slopes.
        alpha_constraint: Projection of the slopes after each update.
        shared_axes: Axes along which one slope is shared, such as `[1, 2]` for images.

    Input shape: any; all axes but the batch and the shared ones must be known.

    Output shape: the same.

    Weights: `alpha` of the shape of a sample, with 1 for shared axes.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.array([[-1.0, 2.0]])
    >>> keras.layers.PReLU("ones")(x).numpy().tolist()
    [[-1.0, 2.0]]
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if shared_axes is not None:
            several = isinstance(shared_axes, (list, tuple))
            shared_axes = list(shared_axes) if several else [shared_axes]
        set_arguments(
            self,
            alpha_initializer=alpha_initializer,
            alpha_regularizer=alpha_regularizer,
            alpha_constraint=alpha_constraint,
            shared_axes=shared_axes,
        )
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        """Make the slopes for inputs of this shape."""
        shared = {axis % len(input_shape) for axis in self.shared_axes or ()}
        shape = [
            1 if axis in shared else size
            for axis, size in enumerate(input_shape)
            if axis > 0
        ]
        self.alpha = add_parameter(self, "alpha", shape)
        axes = {i + 1: size for i, size in enumerate(shape) if i + 1 not in shared}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs: Any) -> Any:
        """Return the rectified inputs."""
        return ops.relu(inputs) - ops.multiply(self.alpha, ops.relu(-inputs))


class ELU(Layer):
    """Exponential linear unit: `x` where positive, else `alpha * (exp(x) - 1)`.

    See Clevert et al., 2015, https://arxiv.org/abs/1511.07289.

    Args:
        alpha: Value that the unit approaches far below zero, negated.

    Input shape: any.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.array([0.0, 2.0])
    >>> keras.layers.ELU()(x).numpy().tolist()
    [0.0, 2.0]
    """

    _builds_nothing = True

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return the activation of the inputs."""
        return activations.elu(inputs, alpha=self.alpha)
