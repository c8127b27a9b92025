"""Layers that set random entries to zero while training."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops, random
from kerasish.backend.ops.convolution_padding import standardize_data_format
from kerasish.layers.arguments import drop_old, rate_argument
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.layer import Layer


class BaseDropout(Layer):
    """Base of the dropout layers.

    Args:
        rate: Probability that an entry is dropped.
        seed: `None` or an integer.
        **kwargs: Arguments of `Layer`.
    """

    _builds_nothing = True

    def __init__(self, rate: float, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate_argument(rate)
        self.seed = seed
        if rate > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True

    def dropped(self, inputs: Any, shape: Any, training: bool | None) -> Any:
        """Return the inputs with entries dropped while training.

        Args:
            inputs: Tensor.
            shape: Shape of the mask, with 1 (or `None` for the size of the inputs) an
                axis; `None` for the shape of the inputs.
            training: Whether the layer trains; `None` if that is open.
        """
        if self.rate == 0:
            return inputs
        return ops.in_train_phase(
            lambda: random.dropout(
                inputs, self.rate, noise_shape=shape, seed=self.seed_generator
            ),
            lambda: inputs,
            training,
        )


class Dropout(BaseDropout):
    """Sets random entries to zero while training, and scales up the others.

    See Srivastava et al., 2014, https://jmlr.org/papers/v15/srivastava14a.html.

    Args:
        rate: Probability that an entry is dropped; the others are multiplied by
            `1 / (1 - rate)`.
        noise_shape: Shape of the mask, with 1 for axes along which entries are dropped
            together; `None` entries are sizes of the input.
        seed: `None` or an integer.

    Input shape: any.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Dropout(0.5, seed=1)
    >>> float(layer(keras.ops.ones((2, 3)), training=False).numpy().sum())
    6.0
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, seed, **kwargs)
        self.noise_shape = None if noise_shape is None else _checked(noise_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the inputs, with entries dropped while training."""
        return self.dropped(inputs, self.noise_shape, training)


def _checked(noise_shape: Any) -> tuple:
    sizes = tuple(noise_shape)
    if any(
        isinstance(size, (str, float)) or (isinstance(size, int) and size < 1)
        for size in sizes
    ):
        raise ValueError(
            "`noise_shape` consists of positive integers and `None`.\n"
            f"Received: noise_shape={noise_shape!r}"
        )
    return sizes


def _without_trainable(config: dict[str, Any]) -> dict[str, Any]:
    """Drops the argument that these layers do not have in Keras 3."""
    return {name: value for name, value in config.items() if name != "trainable"}


class SpatialDropout1D(BaseDropout):
    """Dropout of whole features of a sequence.

    Args:
        rate: Probability that a feature is dropped.
        seed: `None` or an integer.

    Input shape: `(batch, time, features)`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.SpatialDropout1D(0.5, seed=1)
    >>> layer(keras.ops.ones((2, 3, 4)), training=True).shape
    (2, 3, 4)
    """

    def __init__(
        self,
        rate: float,
        seed: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        drop_old(kwargs, noise_shape=(None,))
        super().__init__(rate, seed, name=name, dtype=dtype, **kwargs)
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the inputs, with features dropped while training."""
        return self.dropped(inputs, (None, 1, None), training)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return _without_trainable(super().get_config())


class BaseSpatialDropout(BaseDropout):
    """Base of SpatialDropout2D and SpatialDropout3D.

    Args:
        rate: Probability that a channel is dropped.
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        seed: `None` or an integer.
        name: Name of the layer.
        dtype: Dtype or dtype policy.
        **kwargs: Arguments of `Layer`.
    """

    rank = 2

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        drop_old(kwargs, noise_shape=(None,))
        super().__init__(rate, seed, name=name, dtype=dtype, **kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the inputs, with channels dropped while training."""
        space = (1,) * self.rank
        if self.data_format == "channels_last":
            return self.dropped(inputs, (None, *space, None), training)
        return self.dropped(inputs, (None, None, *space), training)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return _without_trainable(super().get_config())


class SpatialDropout2D(BaseSpatialDropout):
    """Dropout of whole channels of images.

    See Tompson et al., 2014, https://arxiv.org/abs/1411.4280.

    Args:
        rate: Probability that a channel is dropped.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        seed: `None` or an integer.

    Input shape: `(batch, rows, columns, channels)`, or with the channels after the
    batch.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.SpatialDropout2D(0.5, seed=1)
    >>> layer(keras.ops.ones((2, 3, 3, 4)), training=True).shape
    (2, 3, 3, 4)
    """

    rank = 2


class SpatialDropout3D(BaseSpatialDropout):
    """Dropout of whole channels of volumes.

    See Tompson et al., 2014, https://arxiv.org/abs/1411.4280.

    Args:
        rate: Probability that a channel is dropped.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        seed: `None` or an integer.

    Input shape: `(batch, depth, rows, columns, channels)`, or with the channels after
    the batch.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.SpatialDropout3D(0.5, seed=1)
    >>> layer(keras.ops.ones((2, 3, 3, 3, 4)), training=True).shape
    (2, 3, 3, 3, 4)
    """

    rank = 3
