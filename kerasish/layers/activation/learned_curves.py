"""Activations of Keras 1 whose shape is learned.

Models of that time are read with them; they are no part of the public layers.
"""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import add_parameter, set_arguments
from kerasish.layers.layer import Layer


class SReLU(Layer):
    """Three straight lines with learned corners and slopes.

    With `right = t_left + abs(t_right)`: `t_left + a_left * (x - t_left)` below
    `t_left`, `right + a_right * (x - right)` above `right`, and `x` between (Jin et
    al., 2015, https://arxiv.org/abs/1512.07030).

    Args:
        t_left_initializer: Initializer of the left corner.
        a_left_initializer: Initializer of the slope left of it.
        t_right_initializer: Initializer of the width of the middle part.
        a_right_initializer: Initializer of the slope right of it.
        shared_axes: Axes along which the weights are shared.
        limited: Whether the left part is at most `right` where its slope is negative,
            as Theano had it.

    Weights: `t_left`, `a_left`, `t_right` and `a_right` of the shape of a sample, with
    1 for shared axes.

    Example:

    >>> layer = SReLU("zeros", "zeros", "ones", "zeros")
    >>> layer(ops.array([[-1.0, 0.5, 2.0]])).numpy().tolist()
    [[0.0, 0.5, 1.0]]
    """

    def __init__(
        self,
        t_left_initializer: Any = "zeros",
        a_left_initializer: Any = "glorot_uniform",
        t_right_initializer: Any = "glorot_uniform",
        a_right_initializer: Any = "ones",
        shared_axes: Any = None,
        limited: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        set_arguments(
            self,
            t_left_initializer=t_left_initializer,
            a_left_initializer=a_left_initializer,
            t_right_initializer=t_right_initializer,
            a_right_initializer=a_right_initializer,
        )
        self.shared_axes = None if shared_axes is None else list(shared_axes)
        self.limited = limited
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        """Make the corners and slopes for inputs of this shape."""
        shared = self.shared_axes or ()
        shape = [
            1 if axis in shared else size
            for axis, size in enumerate(input_shape)
            if axis > 0
        ]
        self.t_left = add_parameter(self, "t_left", shape)
        self.a_left = add_parameter(self, "a_left", shape)
        self.t_right = add_parameter(self, "t_right", shape)
        self.a_right = add_parameter(self, "a_right", shape)

    def call(self, inputs: Any) -> Any:
        """Return the curve at the inputs."""
        width = ops.abs(self.t_right)
        shifted = inputs - self.t_left
        middle = ops.minimum(ops.relu(shifted), width)
        middle = middle - ops.multiply(self.a_left, ops.relu(-shifted))
        if self.limited:
            middle = ops.minimum(middle, width)
        right = ops.multiply(self.a_right, ops.relu(shifted - width))
        return self.t_left + middle + right


class ParametricSoftplus(Layer):
    """Softplus with two learned factors: `alpha * log(1 + exp(beta * x))`.

    Args:
        alpha: First value of all `alpha`.
        beta: First value of all `beta`.
        shared_axes: Axes along which the weights are shared.

    Weights: `alpha` and `beta` of the shape of a sample, with 1 for shared axes.

    Example:

    >>> ParametricSoftplus(1.0, 1.0)(ops.array([[0.0]])).numpy().round(4).tolist()
    [[0.6930999755859375]]
    """

    def __init__(
        self,
        alpha: float = 0.2,
        beta: float = 5.0,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self.beta = beta
        self.shared_axes = None if shared_axes is None else list(shared_axes)
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        """Make the factors for inputs of this shape."""
        shared = self.shared_axes or ()
        shape = tuple(
            1 if axis in shared else size
            for axis, size in enumerate(input_shape)
            if axis > 0
        )
        self.alphas = self.add_weight(shape, _constant(self.alpha), name="alphas")
        self.betas = self.add_weight(shape, _constant(self.beta), name="betas")

    def call(self, inputs: Any) -> Any:
        """Return the curve at the inputs."""
        return ops.multiply(self.alphas, ops.softplus(ops.multiply(self.betas, inputs)))


def _constant(value: float) -> dict[str, Any]:
    return {"class_name": "Constant", "config": {"value": value}}
