"""Normalisation by the statistics of the batch."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import is_tensor
from kerasish.layers.arguments import (
    add_parameter,
    drop_old,
    known_size,
    set_arguments,
)
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.layer import Layer


class BatchNormalization(Layer):
    """Gives each feature mean 0 and variance 1, then a trainable scale and offset.

    While training, mean and variance are those of the batch, and their moving averages
    are updated: `moving = moving * momentum + batch * (1 - momentum)`. Otherwise, and
    where `trainable` is false, the moving averages are used.
    See Ioffe and Szegedy, 2015, https://arxiv.org/abs/1502.03167.

    Args:
        axis: Axis of the features: 1 for images with the channels first.
        momentum: Weight of the past in the moving averages.
        epsilon: Added to the variance.
        center: Whether there is an offset, `beta`.
        scale: Whether there is a scale, `gamma`.
        beta_initializer: Initializer of the offset.
        gamma_initializer: Initializer of the scale.
        moving_mean_initializer: Initializer of the moving mean.
        moving_variance_initializer: Initializer of the moving variance.
        beta_regularizer: Penalty on the offset.
        gamma_regularizer: Penalty on the scale.
        beta_constraint: Projection of the offset after each update.
        gamma_constraint: Projection of the scale after each update.
        synchronized: Of no effect: there is one replica.

    Call arguments:
        inputs: Tensor.
        training: Whether the statistics of the batch are used.
        mask: Boolean tensor of the shape of the input's first axes; entries where it
            is false do not count.

    Input shape: any with at least two axes.

    Output shape: the same.

    Weights: `gamma`, `beta`, `moving_mean` and `moving_variance`, each of the number
    of features.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.BatchNormalization(epsilon=0.0)
    >>> x = keras.ops.array([[1.0], [3.0]])
    >>> layer(x, training=True).numpy().ravel().tolist()
    [-1.0, 1.0]
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        drop_old(
            kwargs,
            renorm=(False, None),
            renorm_clipping=(None,),
            renorm_momentum=(0.99, None),
            fused=(True, False, None),
            virtual_batch_size=(None,),
            adjustment=(None,),
        )
        super().__init__(**kwargs)
        set_arguments(
            self,
            axis=int(axis[0] if isinstance(axis, (list, tuple)) else axis),
            momentum=float(momentum),
            epsilon=float(epsilon),
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            moving_mean_initializer=moving_mean_initializer,
            moving_variance_initializer=moving_variance_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            synchronized=synchronized,
        )
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        """Make the weights for inputs of this shape."""
        features = known_size(self, input_shape, self.axis, "features")
        self.gamma = add_parameter(self, "gamma", (features,)) if self.scale else None
        self.beta = add_parameter(self, "beta", (features,)) if self.center else None
        self.moving_mean = self._add_moving("moving_mean", features)
        self.moving_variance = self._add_moving("moving_variance", features)
        axes = {self.axis % len(input_shape): features}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def _add_moving(self, name: str, features: int) -> Any:
        return self.add_weight(
            name=name,
            shape=(features,),
            initializer=getattr(self, f"{name}_initializer"),
            trainable=False,
            autocast=False,
        )

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Return the normalised inputs."""
        if not self.trainable:
            training = False
        if training is None:
            return ops.in_train_phase(
                lambda: self._with_batch(inputs, mask)[0],
                lambda: self._with_moving(inputs),
            )
        open_choice = is_tensor(training) and training.is_symbolic
        if not open_choice and not training:
            return self._with_moving(inputs)
        outputs, mean, variance = self._with_batch(inputs, mask)
        if open_choice:
            outputs = ops.in_train_phase(outputs, self._with_moving(inputs), training)
        self._move(self.moving_mean, mean, training)
        self._move(self.moving_variance, variance, training)
        return outputs

    def _with_moving(self, inputs: Any) -> Any:
        return ops.batch_normalization(
            inputs,
            self.moving_mean,
            self.moving_variance,
            axis=self.axis,
            offset=self.beta,
            scale=self.gamma,
            epsilon=self.epsilon,
        )

    def _with_batch(self, inputs: Any, mask: Any) -> tuple[Any, Any, Any]:
        """Returns the outputs, and the mean and variance of the batch."""
        arguments = {
            "axis": self.axis,
            "offset": self.beta,
            "scale": self.gamma,
            "epsilon": self.epsilon,
        }
        if mask is None:
            return ops.batch_normalization_training(inputs, **arguments)
        mean, variance = self._masked_moments(inputs, mask)
        outputs = ops.batch_normalization(inputs, mean, variance, **arguments)
        return outputs, mean, variance

    def _move(self, moving: Any, batch: Any, training: Any) -> None:
        batch = ops.cast(batch, moving.dtype)
        moved = moving * self.momentum + batch * (1.0 - self.momentum)
        moving.assign(ops.in_train_phase(moved, moving.value, training))

    def _masked_moments(self, inputs: Any, mask: Any) -> tuple[Any, Any]:
        """Returns the mean and variance of the entries that the mask keeps."""
        rank = len(inputs.shape)
        axes = tuple(axis for axis in range(rank) if axis != self.axis % rank)
        x = ops.cast(inputs, "float32") if "16" in inputs.dtype else inputs
        missing = tuple(range(len(mask.shape), rank))
        weights = ops.cast(ops.expand_dims(mask, missing) if missing else mask, x.dtype)
        weights = weights * ops.ones_like(x)
        count = ops.sum(weights, axis=axes, keepdims=True) + 1e-7
        mean = ops.sum(weights * x, axis=axes, keepdims=True) / count
        squares = ops.sum(weights * ops.square(x - mean), axis=axes, keepdims=True)
        return ops.squeeze(mean, axes), ops.squeeze(squares / count, axes)
