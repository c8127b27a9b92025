"""Attention of the queries over the values of a sequence."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops, random
from kerasish.layers.arguments import rate_argument
from kerasish.layers.layer import Layer

_CHOICES = ("dot", "concat")


class BaseAttention(Layer):
    """Base of Attention and AdditiveAttention.

    A subclass computes scores of shape `(batch, queries, keys)`.

    Args:
        use_scale: Whether the scores are scaled by a weight.
        dropout: Rate at which attention weights are dropped while training.
        seed: `None` or an integer.
        **kwargs: Arguments of `Layer`.
    """

    def __init__(
        self, use_scale: bool, dropout: float, seed: Any, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale
        self.dropout = rate_argument(dropout, "dropout")
        self.seed = seed
        if dropout > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        """Return how well each key fits each query: `(batch, queries, keys)`."""
        raise NotImplementedError(
            f"{type(self).__name__} must define _calculate_scores()."
        )

    def check_inputs(self, inputs: Any, mask: Any = None) -> None:
        """Check that inputs and masks are lists of two or three."""
        if not isinstance(inputs, (list, tuple)) or len(inputs) not in (2, 3):
            raise ValueError(
                f'layer "{self.name}": it is called on a list [query, value] or '
                f"[query, value, key].\n  got: {inputs!r}"
            )
        if mask is None:
            return
        if not isinstance(mask, (list, tuple)) or not 2 <= len(mask) <= len(inputs):
            raise ValueError(
                f'layer "{self.name}": the mask must be a list [query mask, value '
                f"mask].\n  got: {mask!r}"
            )

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool | None = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """Return the attention of the queries over the values."""
        self.check_inputs(inputs, mask)
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = (
            (mask[0], mask[1]) if mask is not None else (None, None)
        )
        scores = self._calculate_scores(query, key)
        scores = self._masked(scores, value_mask, use_causal_mask)
        weights = ops.softmax(scores, axis=-1)
        if self.dropout > 0:
            certain = weights
            weights = ops.in_train_phase(
                lambda: random.dropout(certain, self.dropout, seed=self.seed_generator),
                lambda: certain,
                training,
            )
        outputs = ops.matmul(weights, value)
        if query_mask is not None:
            outputs = outputs * ops.cast(ops.expand_dims(query_mask, -1), outputs.dtype)
        return (outputs, weights) if return_attention_scores else outputs

    def _masked(self, scores: Any, value_mask: Any, causal: bool) -> Any:
        """Lowers the scores of the keys that must not be seen."""
        seen = None
        if value_mask is not None:
            seen = ops.expand_dims(ops.cast(value_mask, "bool"), -2)
        if causal:
            queries, keys = len(scores.shape) - 2, len(scores.shape) - 1
            past = ops.positions(scores, queries) >= ops.positions(scores, keys)
            seen = past if seen is None else ops.logical_and(seen, past)
        if seen is None:
            return scores
        largest = 65504.0 if scores.dtype == "float16" else 1e9
        return scores - largest * ops.cast(ops.logical_not(seen), scores.dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the queries."""
        self.check_inputs(inputs, mask)
        return None if mask is None else mask[0]


class Attention(BaseAttention):
    """Attention by dot products: `softmax(query @ key.T) @ value`.

    See Luong et al., 2015, https://arxiv.org/abs/1508.04025.

    Args:
        use_scale: Whether the scores are multiplied by a trainable scalar.
        score_mode: `"dot"` for products of query and key, `"concat"` for
            `sum(tanh(query + key))`.
        dropout: Rate at which attention weights are dropped while training.
        seed: `None` or an integer.

    Call arguments:
        inputs: List `[query, value]` or `[query, value, key]`, of shapes
            `(batch, queries, features)`, `(batch, keys, features)` and again.
        mask: List `[query mask, value mask]` of boolean tensors or `None`s.
        training: Whether the layer trains.
        return_attention_scores: Whether the attention weights are returned too.
        use_causal_mask: Whether a query sees only keys up to its own place.

    Output shape: `(batch, queries, features)`, and with the weights
    `(batch, queries, keys)`.

    Weights: `scale` with `use_scale`, `concat_score_weight` with `"concat"`, scalars.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.ones((2, 3, 4))
    >>> keras.layers.Attention()([x, x]).shape
    (2, 3, 4)
    """

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(use_scale, dropout, seed, **kwargs)
        if score_mode not in _CHOICES:
            raise ValueError(
                f"`score_mode` must be one of {_CHOICES}.\n"
                f"Received: score_mode={score_mode!r}"
            )
        self.score_mode = score_mode

    def build(self, input_shape: Any) -> None:
        """Make the scalars."""
        self.check_inputs(input_shape)
        self.scale = None
        self.concat_score_weight = None
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(
                name="concat_score_weight", shape=(), initializer="ones"
            )

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        """Return how well each key fits each query: `(batch, queries, keys)`."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -2, -1))
            return scores if self.scale is None else scores * self.scale
        both = ops.expand_dims(query, -2) + ops.expand_dims(key, -3)
        if self.scale is not None:
            both = self.scale * both
        return self.concat_score_weight * ops.sum(ops.tanh(both), axis=-1)


class AdditiveAttention(BaseAttention):
    """Attention by sums: the scores are `sum(scale * tanh(query + key))`.

    See Bahdanau et al., 2014, https://arxiv.org/abs/1409.0473.

    Args:
        use_scale: Whether there is a trainable scale for each feature.
        dropout: Rate at which attention weights are dropped while training.
        seed: `None` or an integer.

    Call arguments: those of `Attention`.

    Output shape: `(batch, queries, features)`, and with the weights
    `(batch, queries, keys)`.

    Weights: `scale` with `use_scale`, of the number of features.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.ones((2, 3, 4))
    >>> keras.layers.AdditiveAttention()([x, x]).shape
    (2, 3, 4)
    """

    def __init__(
        self,
        use_scale: bool = True,
        dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(use_scale, dropout, seed, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Make the scale."""
        self.check_inputs(input_shape)
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(
                name="scale",
                shape=(input_shape[0][-1],),
                initializer="glorot_uniform",
            )

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        """Return how well each key fits each query: `(batch, queries, keys)`."""
        both = ops.tanh(ops.expand_dims(query, -2) + ops.expand_dims(key, -3))
        return ops.sum(both if self.scale is None else self.scale * both, axis=-1)
