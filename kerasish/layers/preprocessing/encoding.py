"""Integers as one-hot, multi-hot or counted vectors."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.errors import did_you_mean
from kerasish.layers.layer import Layer

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")


def check_mode(mode: str, allowed: tuple[str, ...], sparse: bool) -> str:
    """Return the name of an output mode; `"binary"` is an old name of `"multi_hot"`.

    Args:
        mode: The name.
        allowed: The names that the layer has.
        sparse: The layer's argument `sparse`, which must be false.

    Raises:
        ValueError: If it is none of them, or sparse output is asked for.

    Example:

    >>> check_mode("binary", MODES, False)
    'multi_hot'
    """
    mode = {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(mode, mode)
    if mode not in allowed:
        raise ValueError(
            f"`output_mode` must be one of {', '.join(map(repr, allowed))}."
            f"{did_you_mean(str(mode), allowed)}\nReceived: output_mode={mode!r}"
        )
    if sparse:
        raise ValueError("Tensors are never sparse here.\nReceived: sparse=True")
    return mode


def encoded(
    indices: Any, mode: str, depth: int, dtype: str, weights: Any = None
) -> Any:
    """Return integers in an output mode.

    Args:
        indices: Tensor of integers.
        mode: One of `MODES`.
        depth: Size of the vectors.
        dtype: Type of the vectors.
        weights: For counts, what each integer adds, by default 1; for `"tf_idf"`, the
            weight of each entry of the vectors.

    Example:

    >>> encoded([[0, 2, 2]], "count", 4, "float32").numpy().tolist()
    [[1.0, 0.0, 2.0, 0.0]]
    """
    if mode == "int":
        return ops.cast(indices, dtype)
    indices = ops.cast(indices, "int32")
    if not len(indices.shape):
        indices = ops.expand_dims(indices, -1)
    if mode == "one_hot":
        if len(indices.shape) > 1 and indices.shape[-1] == 1:
            indices = ops.squeeze(indices, -1)
        return ops.one_hot(indices, depth, dtype=dtype)
    axis = 1 if len(indices.shape) > 1 else 0
    hot = ops.one_hot(indices, depth, dtype=dtype)
    if mode == "multi_hot":
        return ops.max(hot, axis=axis)
    if mode == "count" and weights is not None:
        hot = hot * ops.expand_dims(ops.cast(weights, dtype), -1)
    counts = ops.sum(hot, axis=axis)
    return counts * ops.cast(weights, dtype) if mode == "tf_idf" else counts


class CategoryEncoding(Layer):
    """Encodes integers as vectors.

    Args:
        num_tokens: Number of different integers, which begin at 0.
        output_mode: `"one_hot"` (one vector for each), `"multi_hot"` (ones where any
            of a sample is) or `"count"`.
        sparse: Must be false.

    Call arguments:
        inputs: Integers of shape `(batch, size)` or `(size,)`.
        count_weights: For `"count"`, what each integer adds.

    Output shape: `(batch, num_tokens)`; for `"one_hot"` that of the inputs (without a
    last axis of 1) and `num_tokens`.

    Raises:
        ValueError: If the mode is unknown or the number is missing.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.CategoryEncoding(4)
    >>> layer(keras.ops.array([[0, 2]])).numpy().tolist()
    [[1.0, 0.0, 1.0, 0.0]]
    """

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.output_mode = check_mode(output_mode, MODES[1:4], sparse)
        if num_tokens is None or num_tokens < 1:
            raise ValueError(
                f"`num_tokens` must be at least 1.\nReceived: num_tokens={num_tokens!r}"
            )
        self.num_tokens = num_tokens
        self.sparse = sparse

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        """Return the vectors of the integers."""
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(
                "`count_weights` needs `output_mode='count'`.\n"
                f"Received: output_mode={self.output_mode!r}"
            )
        return encoded(
            inputs, self.output_mode, self.num_tokens, self.compute_dtype, count_weights
        )
