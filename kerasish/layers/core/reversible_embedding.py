"""An embedding that can be applied backwards."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import add_parameter
from kerasish.layers.core.embedding import Embedding


class ReversibleEmbedding(Embedding):
    """An embedding that can also project vectors back to the vocabulary.

    Args:
        input_dim: Size of the vocabulary.
        output_dim: Size of the vectors.
        tie_weights: Whether the projection back uses the transposed embeddings.
        embeddings_initializer: Initializer of the embeddings.
        embeddings_regularizer: Penalty on the embeddings.
        embeddings_constraint: Projection of the embeddings after each update.
        mask_zero: Whether the input 0 is padding that later layers skip.
        reverse_dtype: Data type of the projection back; by default that of the input.
        logit_soft_cap: If set, logits become `cap * tanh(logits / cap)`.

    Call arguments:
        inputs: Integers of shape `(batch, ...)`, or vectors `(batch, ..., output_dim)`.
        reverse: Whether to project back.

    Output shape: `(batch, ..., output_dim)`, and back `(batch, ..., input_dim)`.

    Weights: `embeddings` of shape `(input_dim, output_dim)`; untied also
    `reverse_embeddings` of shape `(output_dim, input_dim)`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.ReversibleEmbedding(10, 4)
    >>> vectors = layer(keras.ops.array([[1, 2, 3]]))
    >>> layer(vectors, reverse=True).shape
    (1, 3, 10)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        reverse_dtype: Any = None,
        logit_soft_cap: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero,
            **kwargs,
        )
        self.tie_weights = tie_weights
        self.reverse_dtype = reverse_dtype
        self.logit_soft_cap = logit_soft_cap

    def build(self, input_shape: Any = None) -> None:
        """Make the tables."""
        super().build(input_shape)
        if not self.tie_weights:
            shape = (self.output_dim, self.input_dim)
            self.reverse_embeddings = add_parameter(
                self, "reverse_embeddings", shape, "reverse"
            )

    @property
    def reverse_initializer(self) -> Any:
        """The initializer of the embeddings, which the untied table shares."""
        return self.embeddings_initializer

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """Return the vectors of integers, or the logits of vectors."""
        if not reverse:
            outputs = super().call(inputs)
            if self.mask_zero:
                outputs.mask = ops.not_equal(inputs, 0)
            return outputs
        if self.tie_weights:
            kernel = ops.transpose(self.embeddings)
        else:
            kernel = self.reverse_embeddings
        if self.reverse_dtype is not None:
            inputs = ops.cast(inputs, self.reverse_dtype)
            kernel = ops.cast(kernel, self.reverse_dtype)
        logits = ops.matmul(inputs, kernel)
        if self.logit_soft_cap is not None:
            cap = self.logit_soft_cap
            logits = cap * ops.tanh(logits / cap)
        return logits

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return `None`: a mask is set in the call, where the direction is known."""
        return None
