"""Layers at the ends of residual branches, as models of `keras.applications` have them.

They are no part of the public layers.
"""

from __future__ import annotations

from typing import Any

from kerasish.layers.layer import Layer
from kerasish.layers.regularization.dropout import BaseDropout


class LayerScale(Layer):
    """Multiplies each channel by a learned factor that starts small.

    See Touvron et al., 2021, https://arxiv.org/abs/2103.17239.

    Args:
        init_values: What the factors start with.
        projection_dim: The number of channels.

    Weights: `gamma` of shape `(projection_dim,)`.

    Example:

    >>> import kerasish as keras
    >>> LayerScale(0.5, 2)(keras.ops.array([[2.0, 4.0]])).numpy().tolist()
    [[1.0, 2.0]]
    """

    def __init__(self, init_values: float, projection_dim: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, input_shape: tuple) -> None:
        """Make the factors."""
        from kerasish.initializers import Constant

        self.gamma = self.add_weight(
            name="gamma",
            shape=(self.projection_dim,),
            initializer=Constant(self.init_values),
        )

    def call(self, x: Any) -> Any:
        """Return the scaled inputs."""
        return x * self.gamma


class StochasticDepth(BaseDropout):
    """Sets whole samples to zero while training, and scales up the others.

    See Huang et al., 2016, https://arxiv.org/abs/1603.09382.

    Args:
        drop_path_rate: Probability that a sample is dropped.

    Example:

    >>> import kerasish as keras
    >>> StochasticDepth(0.5)(keras.ops.ones((2, 1)), training=False).numpy().tolist()
    [[1.0], [1.0]]
    """

    def __init__(self, drop_path_rate: float, **kwargs: Any) -> None:
        super().__init__(drop_path_rate, **kwargs)
        self.drop_path_rate = drop_path_rate

    def call(self, x: Any, training: bool | None = None) -> Any:
        """Return the inputs with samples dropped."""
        return self.dropped(x, (None, *[1] * (len(x.shape) - 1)), training)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = dict(super().get_config())
        for name in ("rate", "seed"):
            config.pop(name, None)
        return config
