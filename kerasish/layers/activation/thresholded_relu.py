"""The rectifier with a threshold."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.layer import Layer


class ThresholdedReLU(Layer):
    """Rectifier that is `x` above a threshold and 0 elsewhere.

    Args:
        theta: The threshold, at least 0.

    Input shape: any.

    Output shape: the same.

    Raises:
        ValueError: If the threshold is below 0.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.array([-1.0, 0.5, 2.0])
    >>> keras.layers.ThresholdedReLU(1.0)(x).numpy().tolist()
    [-0.0, 0.0, 2.0]
    """

    def __init__(self, theta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if theta is None or theta < 0:
            raise ValueError(
                f"`theta` must be a number of at least 0.\nReceived: theta={theta!r}"
            )
        self.theta = float(theta)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return the rectified inputs."""
        return inputs * ops.cast(ops.greater(inputs, self.theta), inputs.dtype)
