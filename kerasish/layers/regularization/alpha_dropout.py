"""Dropout for self-normalising networks."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops, random
from kerasish.layers.regularization.dropout import BaseDropout

_SCALE = 1.0507009873554805
_ALPHA = 1.6732632423543772


class AlphaDropout(BaseDropout):
    """Dropout that keeps mean and variance of self-normalising activations.

    Dropped entries become `a = -alpha * scale` of SELU, and all entries are then
    scaled and shifted so that mean 0 and variance 1 are kept.
    See Klambauer et al., 2017, https://arxiv.org/abs/1706.02515.

    Args:
        rate: Probability that an entry is dropped, below 1.
        noise_shape: Shape of the mask, with 1 for axes along which entries are dropped
            together; `None` entries are sizes of the input.
        seed: `None` or an integer.

    Input shape: any.

    Output shape: the same.

    Raises:
        ValueError: If the rate is not in [0, 1).

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.AlphaDropout(0.5, seed=1)
    >>> float(layer(keras.ops.ones((2, 3)), training=False).numpy().sum())
    6.0
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any
    ) -> None:
        if rate == 1:
            raise ValueError(f"`rate` must be below 1.\nReceived: rate={rate!r}")
        super().__init__(rate, seed, **kwargs)
        self.noise_shape = noise_shape

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the inputs, with entries dropped while training."""
        if self.rate == 0:
            return inputs
        return ops.in_train_phase(
            lambda: self._alpha_dropped(inputs), lambda: inputs, training
        )

    def _alpha_dropped(self, inputs: Any) -> Any:
        shape = None if self.noise_shape is None else tuple(self.noise_shape)
        kept = random.dropout(
            ops.ones_like(inputs),
            self.rate,
            noise_shape=shape,
            seed=self.seed_generator,
        )
        low = -_ALPHA * _SCALE
        factor = ((1 - self.rate) * (1 + self.rate * low**2)) ** -0.5
        dropped = ops.where(kept > 0, inputs, ops.full_like(inputs, low))
        return factor * dropped - factor * low * self.rate
