"""Normalisation of each sample over groups of channels."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import (
    add_parameter,
    known_size,
    positive_int,
    set_arguments,
)
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.layer import Layer


class GroupNormalization(Layer):
    """Gives each group of channels of each sample mean 0 and variance 1.

    See Wu and He, 2018, https://arxiv.org/abs/1803.08494.

    Args:
        groups: Number of groups; -1 for one group a channel.
        axis: Axis of the channels.
        epsilon: Added to the variance.
        center: Whether there is an offset, `beta`.
        scale: Whether there is a scale, `gamma`.
        beta_initializer: Initializer of the offset.
        gamma_initializer: Initializer of the scale.
        beta_regularizer: Penalty on the offset.
        gamma_regularizer: Penalty on the scale.
        beta_constraint: Projection of the offset after each update.
        gamma_constraint: Projection of the scale after each update.

    Input shape: any with at least two axes.

    Output shape: the same.

    Weights: `gamma` and `beta`, of the number of channels.

    Raises:
        ValueError: If the number of channels is no multiple of the number of groups.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.GroupNormalization(groups=2, epsilon=0.0)
    >>> x = keras.ops.array([[1.0, 3.0, 5.0, 9.0]])
    >>> layer(x).numpy().tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
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
        super().__init__(**kwargs)
        set_arguments(
            self,
            groups=groups if groups == -1 else positive_int(groups, "groups"),
            axis=axis,
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
        self.autocast = False  # So that large inputs do not overflow before the mean.

    def build(self, input_shape: tuple) -> None:
        """Make the weights for inputs of this shape."""
        channels = known_size(self, input_shape, self.axis, "channels")
        if self.groups == -1:
            self.groups = channels
        if channels % self.groups:
            raise ValueError(
                f'layer "{self.name}": the number of channels is no multiple of the '
                f"number of groups.\n  got: input {tuple(input_shape)}, "
                f"axis={self.axis}, groups={self.groups}"
            )
        self.gamma = add_parameter(self, "gamma", (channels,)) if self.scale else None
        self.beta = add_parameter(self, "beta", (channels,)) if self.center else None
        axes = {self.axis % len(input_shape): channels}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs: Any) -> Any:
        """Return the normalised inputs."""
        rank = len(inputs.shape)
        axis = self.axis % rank
        x = ops.cast(inputs, "float32") if "16" in inputs.dtype else inputs
        centred = x - self._group_mean(x, axis)
        variance = self._group_mean(ops.square(centred), axis)
        outputs = centred * ops.rsqrt(variance + self.epsilon)
        shape = tuple(size if i == axis else 1 for i, size in enumerate(x.shape))
        if self.gamma is not None:
            gamma = ops.cast(self.gamma, x.dtype)
            outputs = outputs * ops.reshape(gamma, shape)
        if self.beta is not None:
            outputs = outputs + ops.reshape(ops.cast(self.beta, x.dtype), shape)
        return ops.cast(outputs, self.compute_dtype)

    def _group_mean(self, x: Any, axis: int) -> Any:
        """Returns the mean over space and group, with size 1 for the spatial axes.

        The means of the channels of a group are averaged, so that unknown spatial sizes
        need no reshape.
        """
        space = tuple(i for i in range(1, len(x.shape)) if i != axis)
        means = ops.mean(x, axis=space, keepdims=True) if space else x
        members = x.shape[axis] // self.groups
        grouped = ops.reshape(means, (-1, self.groups, members))
        grouped = ops.mean(grouped, axis=2, keepdims=True)
        grouped = ops.repeat(grouped, members, axis=2)
        shape = tuple(x.shape[axis] if i == axis else 1 for i in range(1, len(x.shape)))
        return ops.reshape(grouped, (-1, *shape))
