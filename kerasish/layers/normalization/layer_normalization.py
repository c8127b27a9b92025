"""Normalisation of each sample over its features."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import add_parameter, drop_old, known_size, set_arguments
from kerasish.layers.layer import Layer


def _axes(axis: Any) -> Any:
    several = isinstance(axis, (list, tuple))
    return [int(item) for item in axis] if several else int(axis)


def _sorted_axes(axis: Any, rank: int) -> tuple[int, ...]:
    """Returns the axes as the weights have them: in the order of the input."""
    several = axis if isinstance(axis, list) else [axis]
    return tuple(sorted(several, key=lambda item: item % rank))


class LayerNormalization(Layer):
    """Gives each sample mean 0 and variance 1 over some axes.

    See Ba et al., 2016, https://arxiv.org/abs/1607.06450.

    Args:
        axis: Axis or axes that are normalised over.
        epsilon: Added to the variance.
        center: Whether there is an offset, `beta`.
        scale: Whether there is a scale, `gamma`.
        beta_initializer: Initializer of the offset.
        gamma_initializer: Initializer of the scale.
        beta_regularizer: Penalty on the offset.
        gamma_regularizer: Penalty on the scale.
        beta_constraint: Projection of the offset after each update.
        gamma_constraint: Projection of the scale after each update.

    Input shape: any; the sizes of `axis` must be known.

    Output shape: the same.

    Weights: `gamma` and `beta`, of the sizes of `axis`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.LayerNormalization(epsilon=0.0)
    >>> x = keras.ops.array([[1.0, 3.0]])
    >>> layer(x).numpy().tolist()
    [[-1.0, 1.0]]
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        drop_old(kwargs, rms_scaling=(False, None))
        super().__init__(**kwargs)
        set_arguments(
            self,
            axis=_axes(axis),
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        """Make the weights for inputs of this shape."""
        axes = _sorted_axes(self.axis, len(input_shape))
        shape = [known_size(self, input_shape, axis, "features") for axis in axes]
        self.gamma = add_parameter(self, "gamma", shape) if self.scale else None
        self.beta = add_parameter(self, "beta", shape) if self.center else None

    def call(self, inputs: Any) -> Any:
        """Return the normalised inputs."""
        return ops.layer_normalization(
            inputs,
            gamma=self.gamma,
            beta=self.beta,
            axis=_sorted_axes(self.axis, len(inputs.shape)),
            epsilon=self.epsilon,
        )


class RMSNormalization(Layer):
    """Divides each sample by the root of the mean of its squares.

    See Zhang and Sennrich, 2019, https://arxiv.org/abs/1910.07467.

    Args:
        axis: Axis or axes that are normalised over.
        epsilon: Added to the mean of the squares.

    Input shape: any; the sizes of `axis` must be known.

    Output shape: the same.

    Weights: `scale`, of the sizes of `axis`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RMSNormalization(epsilon=0.0)
    >>> x = keras.ops.array([[3.0, -3.0]])
    >>> layer(x).numpy().tolist()
    [[1.0, -1.0]]
    """

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = _axes(axis)
        self.epsilon = epsilon
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        """Make the scale for inputs of this shape."""
        axes = _sorted_axes(self.axis, len(input_shape))
        shape = [known_size(self, input_shape, axis, "features") for axis in axes]
        self.scale = self.add_weight(name="scale", shape=shape, initializer="ones")

    def call(self, inputs: Any) -> Any:
        """Return the normalised inputs."""
        axes = _sorted_axes(self.axis, len(inputs.shape))
        return ops.rms_normalization(
            inputs, scale=self.scale, axis=axes, epsilon=self.epsilon
        )


class UnitNormalization(Layer):
    """Scales each sample to norm one along some axes.

    Args:
        axis: Axis or axes of the vectors.

    Input shape: any.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.array([[0.0, 2.0]])
    >>> keras.layers.UnitNormalization()(x).numpy().tolist()
    [[0.0, 1.0]]
    """

    _builds_nothing = True

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = _axes(axis)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return the inputs with norm one."""
        axis = tuple(self.axis) if isinstance(self.axis, list) else self.axis
        return ops.normalize(inputs, axis=axis, order=2, epsilon=1e-12)
