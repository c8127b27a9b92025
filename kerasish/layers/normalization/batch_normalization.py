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
        renorm: As in tf.keras 2, whether a batch is corrected towards moving averages
            also while training: it is multiplied by `r` and moved by `d`, which no
            gradient flows through.
        renorm_clipping: Bounds of the correction: a dictionary with some of `"rmin"`,
            `"rmax"` and `"dmax"`.
        renorm_momentum: Weight of the past in the averages of the correction.
        mode: As in Keras 1: 0 for what is said above; 1 to normalise each sample over
            its last axis, by `(x - mean) / (sqrt(variance + epsilon) + epsilon)`; 2 to
            use the statistics of the batch always. 1 and 2 leave the averages alone.

    Call arguments:
        inputs: Tensor.
        training: Whether the statistics of the batch are used.
        mask: Boolean tensor of the shape of the input's first axes; entries where it
            is false do not count.

    Input shape: any with at least two axes.

    Output shape: the same.

    Weights: `gamma`, `beta`, `moving_mean` and `moving_variance`, each of the number
    of features; with `renorm` also `moving_stddev`, `renorm_mean` and `renorm_stddev`.

    Reference:
        Ioffe, 2017, "Batch renormalization", for `renorm`.

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
        renorm = bool(kwargs.pop("renorm", False))
        clipping = kwargs.pop("renorm_clipping", None) or {}
        renorm_momentum = kwargs.pop("renorm_momentum", None)
        mode = kwargs.pop("mode", 0)
        if mode not in (0, 1, 2):
            raise ValueError(f"`mode` must be 0, 1 or 2.\nReceived: mode={mode!r}")
        unknown = set(clipping) - {"rmin", "rmax", "dmax"}
        if unknown:
            raise ValueError(
                "`renorm_clipping` has keys among 'rmin', 'rmax' and 'dmax'.\n"
                f"Received: renorm_clipping={clipping}"
            )
        drop_old(
            kwargs,
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
        self.mode = mode
        self.renorm = renorm
        self.renorm_clipping = clipping
        self.renorm_momentum = 0.99 if renorm_momentum is None else renorm_momentum
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        """Make the weights for inputs of this shape."""
        features = known_size(self, input_shape, self.axis, "features")
        self.gamma = add_parameter(self, "gamma", (features,)) if self.scale else None
        self.beta = add_parameter(self, "beta", (features,)) if self.center else None
        self.moving_mean = self._add_moving("moving_mean", features)
        self.moving_variance = self._add_moving("moving_variance", features)
        if self.renorm:
            self._add_renorm(features)
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

    def _add_renorm(self, features: int) -> None:
        variance = self.moving_variance_initializer
        for name, initializer in (
            ("moving_stddev", lambda shape, dtype: ops.sqrt(variance(shape, dtype))),
            ("renorm_mean", self.moving_mean_initializer),
            ("renorm_stddev", lambda shape, dtype: ops.sqrt(variance(shape, dtype))),
        ):
            weight = self.add_weight(
                name=name,
                shape=(features,),
                initializer=initializer,
                trainable=False,
                autocast=False,
            )
            setattr(self, name, weight)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Return the normalised inputs."""
        if self.mode == 1:
            return self._by_sample(inputs)
        if self.mode == 2:
            return self._with_batch(inputs, mask)[0]
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
        if self.renorm:
            self._move_renorm(mean, variance, training)
        else:
            self._move(self.moving_variance, variance, training)
        return outputs

    def _by_sample(self, inputs: Any) -> Any:
        mean, variance = ops.moments(inputs, axes=-1, keepdims=True)
        stddev = ops.sqrt(variance + self.epsilon) + self.epsilon
        outputs = (inputs - mean) / stddev
        outputs = outputs if self.gamma is None else outputs * self.gamma
        return outputs if self.beta is None else outputs + self.beta

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
            "offset": None if self.renorm else self.beta,
            "scale": None if self.renorm else self.gamma,
            "epsilon": self.epsilon,
        }
        if mask is None:
            found = ops.batch_normalization_training(inputs, **arguments)
            outputs, mean, variance = found
        else:
            mean, variance = self._masked_moments(inputs, mask)
            outputs = ops.batch_normalization(inputs, mean, variance, **arguments)
        if self.renorm:
            outputs = self._corrected(outputs, mean, variance)
        return outputs, mean, variance

    def _corrected(self, outputs: Any, mean: Any, variance: Any) -> Any:
        """Returns a normalised batch, moved towards the averages and scaled."""
        stddev = ops.sqrt(variance + self.epsilon)
        average = ops.maximum(self.renorm_stddev, self.epsilon**0.5)
        factor, shift = stddev / average, (mean - self.renorm_mean) / average
        bounds = self.renorm_clipping
        if bounds.get("rmin") is not None:
            factor = ops.maximum(factor, bounds["rmin"])
        if bounds.get("rmax") is not None:
            factor = ops.minimum(factor, bounds["rmax"])
        if bounds.get("dmax") is not None:
            shift = ops.clip(shift, -bounds["dmax"], bounds["dmax"])
        factor, shift = ops.stop_gradient(factor), ops.stop_gradient(shift)
        if self.gamma is not None:
            factor, shift = factor * self.gamma, shift * self.gamma
        if self.beta is not None:
            shift = shift + self.beta
        shape = [1] * len(outputs.shape)
        shape[self.axis] = -1
        factor, shift = (
            ops.cast(ops.reshape(x, shape), outputs.dtype) for x in (factor, shift)
        )
        return outputs * factor + shift

    def _move_renorm(self, mean: Any, variance: Any, training: Any) -> None:
        stddev = ops.sqrt(variance + self.epsilon)
        self._move(self.renorm_mean, mean, training, self.renorm_momentum)
        self._move(self.renorm_stddev, stddev, training, self.renorm_momentum)
        self._move(self.moving_stddev, stddev, training)
        moved = ops.square(self.moving_stddev.value) - self.epsilon
        moved = ops.maximum(moved, 0.0)
        kept = self.moving_variance.value
        self.moving_variance.assign(ops.in_train_phase(moved, kept, training))

    def _move(
        self, moving: Any, batch: Any, training: Any, momentum: float | None = None
    ) -> None:
        momentum = self.momentum if momentum is None else momentum
        batch = ops.cast(batch, moving.dtype)
        moved = moving * momentum + batch * (1.0 - momentum)
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

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, `renorm` and `mode` only if set."""
        config = super().get_config()
        if self.mode:
            config["mode"] = self.mode
        if self.renorm:
            names = ("renorm", "renorm_clipping", "renorm_momentum")
            config.update({name: getattr(self, name) for name in names})
        return config
