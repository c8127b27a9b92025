"""Layers that add or multiply noise while training."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops, random
from kerasish.layers.arguments import rate_argument
from kerasish.layers.layer import Layer


class GaussianNoise(Layer):
    """Adds normal noise of mean 0 while training.

    Args:
        stddev: Standard deviation of the noise.
        seed: `None` or an integer.

    Input shape: any.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.GaussianNoise(0.5, seed=1)
    >>> float(layer(keras.ops.ones((2, 3)), training=False).numpy().sum())
    6.0
    """

    _builds_nothing = True

    def __init__(self, stddev: float, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if stddev < 0:
            raise ValueError(
                f"`stddev` must be at least 0.\nReceived: stddev={stddev!r}"
            )
        self.stddev = stddev
        self.seed = seed
        if stddev > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the inputs, with noise added while training."""
        if self.stddev == 0:
            return inputs
        return ops.in_train_phase(
            lambda: (
                inputs
                + random.normal(
                    ops.shape(inputs),
                    mean=0.0,
                    stddev=self.stddev,
                    dtype=inputs.dtype,
                    seed=self.seed_generator,
                )
            ),
            lambda: inputs,
            training,
        )


class GaussianDropout(Layer):
    """Multiplies by normal noise of mean 1 while training.

    The standard deviation is `sqrt(rate / (1 - rate))`, as dropout's is.
    See Srivastava et al., 2014, https://jmlr.org/papers/v15/srivastava14a.html.

    Args:
        rate: Rate of the dropout with the same variance.
        seed: `None` or an integer.

    Input shape: any.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.GaussianDropout(0.5, seed=1)
    >>> float(layer(keras.ops.ones((2, 3)), training=False).numpy().sum())
    6.0
    """

    _builds_nothing = True

    def __init__(self, rate: float, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate_argument(rate)
        self.seed = seed
        if rate > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the inputs, multiplied by noise while training."""
        if self.rate == 0:
            return inputs
        stddev = math.sqrt(self.rate / (1.0 - self.rate)) if self.rate < 1 else math.inf
        return ops.in_train_phase(
            lambda: (
                inputs
                * random.normal(
                    ops.shape(inputs),
                    mean=1.0,
                    stddev=stddev,
                    dtype=inputs.dtype,
                    seed=self.seed_generator,
                )
            ),
            lambda: inputs,
            training,
        )
