"""Attention with several heads."""

from __future__ import annotations

import math
import string
from typing import Any

from kerasish.backend import ops, random
from kerasish.errors import ShapeError
from kerasish.layers.activation.softmax import Softmax
from kerasish.layers.arguments import positive_int, rate_argument, set_arguments
from kerasish.layers.core.einsum_dense import EinsumDense
from kerasish.layers.layer import Layer
from kerasish.regularizers import serialize

_STORED_BY_KERAS_2 = (
    "query_shape",
    "key_shape",
    "value_shape",
    "softmax_robust_masking",
)


class MultiHeadAttention(Layer):
    """Attention by scaled dot products, with several heads.

    Query, key and value are projected for each head, the heads attend apart, and
    their outputs are projected together.
    See Vaswani et al., 2017, https://arxiv.org/abs/1706.03762.

    Args:
        num_heads: Number of heads.
        key_dim: Size of a head's queries and keys.
        value_dim: Size of a head's values; `key_dim` by default.
        dropout: Rate at which attention weights are dropped while training.
        use_bias: Whether the projections have biases.
        output_shape: Size (or sizes) of the output's last axis; by default that of
            the query.
        attention_axes: Axes over which attention runs; by default all but the first
            and the last.
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

    Call arguments:
        query: Tensor of shape `(batch, queries, features)`.
        value: Tensor of shape `(batch, keys, features)`.
        key: Tensor like `value`, which is used by default.
        query_mask: Boolean tensor of shape `(batch, queries)`.
        value_mask: Boolean tensor of shape `(batch, keys)`.
        key_mask: Boolean tensor of shape `(batch, keys)`.
        attention_mask: Boolean tensor of shape `(batch, queries, keys)` (or with an
            axis of heads after the batch): what may be seen.
        return_attention_scores: Whether the attention weights are returned too.
        training: Whether the layer trains.
        use_causal_mask: Whether a query sees only keys up to its own place.

    Output shape: `(batch, queries, output size)`, and with the weights
    `(batch, heads, queries, keys)`.

    Weights: kernel and bias of `query`, `key`, `gate` (if used), `value` (kernel shapes
    `(features, heads, size)`) and `attention_output` (`(heads, size, output size)`).

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.ones((2, 3, 8))
    >>> keras.layers.MultiHeadAttention(num_heads=2, key_dim=4)(x, x).shape
    (2, 3, 8)
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
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
        for name in _STORED_BY_KERAS_2:
            kwargs.pop(name, None)
        super().__init__(**kwargs)
        key_dim = positive_int(key_dim, "key_dim")
        if isinstance(attention_axes, int):
            attention_axes = (attention_axes,)
        set_arguments(
            self,
            num_heads=positive_int(num_heads, "num_heads"),
            key_dim=key_dim,
            value_dim=positive_int(value_dim or key_dim, "value_dim"),
            dropout=rate_argument(dropout, "dropout"),
            use_bias=use_bias,
            attention_axes=None if attention_axes is None else tuple(attention_axes),
            sliding_window=(
                None
                if sliding_window is None
                else positive_int(sliding_window, "sliding_window")
            ),
            flash_attention=flash_attention,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            projection_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            use_gate=use_gate,
            seed=seed,
        )
        self._given_output_shape = _output_sizes(output_shape)
        if dropout > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True

    @property
    def key_value_heads(self) -> int:
        """The number of heads of the keys and values."""
        return self.num_heads

    @property
    def query_dense(self) -> Any:
        """The projection of the queries."""
        return self._query_dense

    @property
    def key_dense(self) -> Any:
        """The projection of the keys."""
        return self._key_dense

    @property
    def value_dense(self) -> Any:
        """The projection of the values."""
        return self._value_dense

    @property
    def output_dense(self) -> Any:
        """The projection of the heads' outputs."""
        return self._output_dense

    def build(
        self, query_shape: tuple, value_shape: tuple, key_shape: Any = None
    ) -> None:
        """Make the projections for inputs of these shapes."""
        key_shape = value_shape if key_shape is None else key_shape
        rank = len(query_shape)
        for name, shape in (("value", value_shape), ("key", key_shape)):
            if len(shape) != rank:
                raise ShapeError(
                    f'layer "{self.name}": query and {name} must have the same number '
                    f"of axes.\n  got: query {query_shape}, {name} {shape}"
                )
        if tuple(value_shape[1:-1]) != tuple(key_shape[1:-1]):
            raise ShapeError(
                f'layer "{self.name}": value and key must have the same sizes but the '
                f"last.\n  got: value {value_shape}, key {key_shape}"
            )
        if self.attention_axes is None:
            self.attention_axes = tuple(range(1, rank - 1))
        else:
            self.attention_axes = tuple(axis % rank for axis in self.attention_axes)
        heads, few = self.num_heads, self.key_value_heads
        self._query_dense = self._projection("query", query_shape, heads, self.key_dim)
        self._key_dense = self._projection("key", key_shape, few, self.key_dim)
        self._gate_dense = None
        if self.use_gate:
            self._gate_dense = self._projection(
                "gate", query_shape, heads, self.value_dim
            )
        self._value_dense = self._projection("value", value_shape, few, self.value_dim)
        self._output_dense = self._output_projection(tuple(query_shape))
        self.softmax = Softmax(
            axis=tuple(range(-len(self.attention_axes), 0)), dtype=self.dtype_policy
        )

    def _dense(self, name: str, equation: str, output: tuple, bias_axes: str) -> Any:
        """Makes a projection with the layer's arguments."""
        return EinsumDense(
            equation,
            output_shape=output,
            bias_axes=bias_axes if self.use_bias else None,
            name=name,
            dtype=self.dtype_policy,
            kernel_initializer=_own(self.kernel_initializer),
            bias_initializer=_own(self.bias_initializer),
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            activity_regularizer=self.projection_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
        )

    def _projection(self, name: str, shape: tuple, heads: int, size: int) -> Any:
        """Makes the projection of an input to the heads: `ab...c,cyz->ab...yz`."""
        free = string.ascii_lowercase[: len(shape) - 1]
        equation = f"{free}x,xyz->{free}yz"
        output = (None,) * (len(shape) - 2) + (heads, size)
        dense = self._dense(name, equation, output, "yz")
        dense.build(tuple(shape))
        return dense

    def _output_projection(self, query_shape: tuple) -> Any:
        """Makes the projection of the heads to the output: `ab...yz,yz?->ab...?`."""
        free = string.ascii_lowercase[: len(query_shape) - 1]
        sizes = self._given_output_shape or (query_shape[-1],)
        last = string.ascii_uppercase[: len(sizes)]
        equation = f"{free}yz,yz{last}->{free}{last}"
        output = (None,) * (len(query_shape) - 2) + sizes
        dense = self._dense("attention_output", equation, output, last)
        dense.build((*query_shape[:-1], self.num_heads, self.value_dim))
        return dense

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """Return the attention of the queries over the values."""
        key = value if key is None else key
        gate = None
        if self._gate_dense is not None:
            gate = ops.sigmoid(self._gate_dense(query))
        query, key, value = (
            self._query_dense(query),
            self._key_dense(key),
            self._value_dense(value),
        )
        repeats = self.num_heads // self.key_value_heads
        if repeats > 1:
            key, value = (ops.repeat(x, repeats, axis=2) for x in (key, value))
        seen = _both(_row_mask(query_mask, -1), _row_mask(value_mask, -2))
        seen = _both(seen, _row_mask(key_mask, -2))
        if use_causal_mask:
            seen = _both(seen, _distances(query, key) >= 0)
        if self.sliding_window is not None:
            near = ops.abs(_distances(query, key)) < self.sliding_window
            seen = _both(seen, near)
        seen = _both(seen, attention_mask)
        outputs, weights = self._compute_attention(
            query, key, value, seen, training, return_attention_scores
        )
        outputs = self._output_dense(outputs if gate is None else outputs * gate)
        return (outputs, weights) if return_attention_scores else outputs

    def _compute_attention(
        self,
        query: Any,
        key: Any,
        value: Any,
        attention_mask: Any = None,
        training: bool | None = None,
        return_attention_scores: bool = False,
    ) -> tuple[Any, Any]:
        """Returns the heads' outputs, and the weights where they are made at all.

        Subclasses may override it; query, key and value are projected already.
        """
        seen = attention_mask
        plain = len(query.shape) == 4 and not (self.dropout and training is not False)
        if plain and not return_attention_scores:
            if seen is not None and len(seen.shape) == 3:
                seen = ops.expand_dims(seen, 1)
            return ops.dot_product_attention(query, key, value, mask=seen), None
        return self._attend(query, key, value, seen, training)

    def _attend(
        self, query: Any, key: Any, value: Any, seen: Any, training: bool | None
    ) -> tuple[Any, Any]:
        """Returns the heads' outputs and weights, for any attention axes."""
        free = string.ascii_lowercase[: len(query.shape) - 2]
        others = string.ascii_uppercase[: len(free)]
        axes = self.attention_axes
        targets = "".join(free[axis] for axis in axes)
        sources = "".join(others[axis] for axis in axes)
        batch = "".join(free[i] for i in range(len(free)) if i not in axes)
        keys = "".join(others[i] if i in axes else free[i] for i in range(len(free)))
        scores_term = f"{batch}y{targets}{sources}"
        query = query * (1.0 / math.sqrt(self.key_dim))
        scores = ops.einsum(f"{free}yz,{keys}yz->{scores_term}", query, key)
        if seen is not None:
            while len(seen.shape) < len(scores.shape):
                seen = ops.expand_dims(seen, -2 * len(axes) - 1)
        weights = self.softmax(scores, mask=seen)
        kept = weights
        if self.dropout > 0:
            kept = ops.in_train_phase(
                lambda: random.dropout(weights, self.dropout, seed=self.seed_generator),
                lambda: weights,
                training,
            )
        return ops.einsum(f"{scores_term},{keys}yz->{free}yz", kept, value), weights

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        config["output_shape"] = self._given_output_shape
        regularizer = self.projection_regularizer
        config["activity_regularizer"] = (
            None if regularizer is None else serialize(regularizer)
        )
        return config


def _own(initializer: Any) -> Any:
    """Returns a copy of an initializer, so that weights do not share its draws."""
    return initializer.clone() if hasattr(initializer, "clone") else initializer


def _output_sizes(output_shape: Any) -> tuple | None:
    if output_shape is None:
        return None
    if isinstance(output_shape, int):
        return (output_shape,)
    if not isinstance(output_shape, (list, tuple)):
        raise ValueError(
            "`output_shape` must be an integer or a tuple of them.\n"
            f"Received: output_shape={output_shape!r}"
        )
    return tuple(output_shape)


def _both(first: Any, second: Any) -> Any:
    if first is None or second is None:
        return second if first is None else first
    return ops.logical_and(first, second)


def _row_mask(mask: Any, axis: int) -> Any:
    return None if mask is None else ops.expand_dims(ops.cast(mask, "bool"), axis)


def _distances(query: Any, key: Any) -> Any:
    """Returns how far each query is behind each key: `(1, queries, keys)`."""
    places, key_places = (
        ops.positions(x, 1)[(slice(1), slice(None)) + (0,) * (len(x.shape) - 2)]
        for x in (query, key)
    )
    return ops.expand_dims(places, -1) - ops.expand_dims(key_places, -2)
