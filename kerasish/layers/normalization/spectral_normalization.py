"""Spectral normalisation of the weights of a layer."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.initializers import TruncatedNormal
from kerasish.layers.arguments import positive_int
from kerasish.layers.wrappers.wrapper import Wrapper


class SpectralNormalization(Wrapper):
    """Divides the kernel of a layer by its largest singular value while training.

    The singular value is approximated by power iteration, going on from step to step.
    See Miyato et al., 2018, https://arxiv.org/abs/1802.05957.

    Args:
        layer: A layer with a weight `kernel` or `embeddings`.
        power_iterations: Iterations in each training step.

    Call arguments:
        inputs: The inputs of the layer.
        training: Whether the kernel is normalised (and changed) first.

    Input shape and output shape: those of the layer.

    Weights: those of the layer, and `vector_u` of shape `(1, filters)`.

    Raises:
        ValueError: If the number of iterations is below 1, or the layer has no kernel.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.SpectralNormalization(keras.layers.Dense(4))
    >>> layer(keras.ops.ones((2, 3)), training=True).shape
    (2, 4)
    """

    def __init__(self, layer: Any, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.power_iterations = positive_int(power_iterations, "power_iterations")

    def build(self, input_shape: Any = None) -> None:
        """Build the layer and the vector of the power iteration."""
        super().build(input_shape)
        self.kernel = kernel = self._kernel_of_layer()
        self.vector_u = self.add_weight(
            name="vector_u",
            shape=(1, kernel.shape[-1]),
            initializer=TruncatedNormal(stddev=0.02),
            trainable=False,
            dtype=kernel.dtype,
        )

    def _kernel_of_layer(self) -> Any:
        for name in ("kernel", "embeddings"):
            weight = getattr(self.layer, name, None)
            if weight is not None:
                return weight
        raise ValueError(
            f'layer "{self.name}": the layer has no `kernel` and no `embeddings`.\n'
            f"Received: layer={self.layer!r}"
        )

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """Return the outputs of the layer, with its kernel normalised in training."""
        if training:
            vector, kernel = self.normalized_weights()
            self.vector_u.assign(vector)
            old = self.kernel.value
            # The layer's gradient is that of the kernel it is left with.
            self.kernel.assign(old + ops.stop_gradient(kernel - old))
        return ops.cast(self.layer(inputs), inputs.dtype)

    def normalized_weights(self) -> tuple[Any, Any]:
        """Return the next vector and the normalised kernel."""
        weight = self.kernel.value
        matrix = ops.reshape(weight, (-1, weight.shape[-1]))
        start = u = self.vector_u.value
        for _ in range(self.power_iterations):
            v = ops.normalize(ops.matmul(u, ops.transpose(matrix)))
            u = ops.normalize(ops.matmul(v, matrix))
        sigma = ops.matmul(ops.matmul(v, matrix), ops.transpose(u))
        empty = ops.all(ops.equal(weight, 0))
        sigma = ops.where(empty, ops.ones_like(sigma), sigma)
        kernel = weight / ops.reshape(sigma, (1,) * len(weight.shape))
        return ops.where(empty, start, u), kernel
