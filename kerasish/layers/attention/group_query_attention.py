"""Attention whose queries share keys and values in groups."""

from __future__ import annotations

from typing import Any

from kerasish.layers.arguments import positive_int
from kerasish.layers.attention.multi_head_attention import MultiHeadAttention

_INHERITED = (
    "num_heads",
    "key_dim",
    "value_dim",
    "output_shape",
    "attention_axes",
)


class GroupQueryAttention(MultiHeadAttention):
    """Attention with several heads, where groups of queries share keys and values.

    See Ainslie et al., 2023, https://arxiv.org/abs/2305.13245.

    Args:
        head_dim: Size of a head.
        num_query_heads: Number of heads of the queries.
        num_key_value_heads: Number of heads of the keys and values, a divisor of
            `num_query_heads`.
        dropout: Rate at which attention weights are dropped while training.
        use_bias: Whether the projections have biases.
        sliding_window: How far a query sees: keys at a distance below it; `None` for
            all.
        flash_attention: Of no effect: there is one implementation.
        kernel_initializer: Initializer of the projections' kernels.
        bias_initializer: Initializer of the projections' biases.
        kernel_regularizer: Penalty on the kernels.
        bias_regularizer: Penalty on the biases.
        activity_regularizer: Penalty on the projections' outputs.
        kernel_constraint: Projection of the kernels after each update.
        bias_constraint: Projection of the biases after each update.
        use_gate: Whether the heads' outputs are multiplied by the sigmoid of one more
            projection of the query.
        seed: `None` or an integer.

    Call arguments: those of `MultiHeadAttention`, with queries, keys and values of
    three axes.

    Output shape: that of the query, and with the weights
    `(batch, query heads, queries, keys)`.

    Weights: kernel and bias of `query`, `key`, `gate` (if used), `value` and
    `attention_output`.

    Raises:
        ValueError: If the query heads cannot be split evenly.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.ones((2, 3, 8))
    >>> layer = keras.layers.GroupQueryAttention(4, 6, 2)
    >>> layer(x, x).shape
    (2, 3, 8)
    """

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            positive_int(num_query_heads, "num_query_heads"),
            positive_int(head_dim, "head_dim"),
            dropout=dropout,
            use_bias=use_bias,
            sliding_window=sliding_window,
            flash_attention=flash_attention,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            use_gate=use_gate,
            seed=seed,
            **kwargs,
        )
        few = positive_int(num_key_value_heads, "num_key_value_heads")
        if num_query_heads % few:
            raise ValueError(
                "`num_query_heads` must be a multiple of `num_key_value_heads`.\n"
                f"Received: num_query_heads={num_query_heads}, "
                f"num_key_value_heads={few}"
            )
        self.num_key_value_heads = few

    @property
    def head_dim(self) -> int:
        """Size of a head."""
        return self.key_dim

    @property
    def num_query_heads(self) -> int:
        """Number of heads of the queries."""
        return self.num_heads

    @property
    def key_value_heads(self) -> int:
        """The number of heads of the keys and values."""
        return self.num_key_value_heads

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        return {key: value for key, value in config.items() if key not in _INHERITED}
