"""Activations, normalization, dropout, embeddings and crossentropies of `tf.nn`."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from kerasish.backend import ops, random
from kerasish.graph.activations import relu
from kerasish.graph.applying import apply
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.control import scalar
from kerasish.graph.creation import listed
from kerasish.graph.documentation import example
from kerasish.graph.draws import drawn
from kerasish.graph.gathering import gather
from kerasish.graph.mathematics import add, maximum, operands, rsqrt, square
from kerasish.graph.products import matmul
from kerasish.graph.reductions import reduce_sum
from kerasish.graph.tensors import Tensor

TopK = namedtuple("TopK", ["values", "indices"])


@example("tf.nn.bias_add([[1, 2]], [10, 20])", "[[11 22]]")
def bias_add(
    value: Any, bias: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """Add a number to each channel.

    Args:
        value: A tensor.
        bias: A vector.
        data_format: `"NHWC"` or `"NCHW"`.
        name: A name.
    """
    x, b = operands("BiasAdd", value, bias)
    first = (data_format or "").startswith("NC")

    def function(t: Any, numbers: Any) -> Any:
        if first:
            numbers = ops.reshape(numbers, (-1,) + (1,) * (t.ndim - 2))
        return t + numbers

    return apply("BiasAdd", function, x, b, name=name)


@example(
    "tf.nn.xw_plus_b([[1, 2]], [[3], [4]], [5])", "[[16]]", x="`(batch, n)`.",
    weights="`(n, m)`.", biases="`(m,)`.",
)  # fmt: skip
def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """Return `matmul(x, weights) + biases`."""
    return add(matmul(x, weights), biases, name=name or "xw_plus_b")


@example(
    "tf.nn.relu_layer([[1.0, 2.0]], [[3.0], [-4.0]], [1.0])", "[[0.]]",
    x="`(batch, n)`.", weights="`(n, m)`.", biases="`(m,)`.",
)  # fmt: skip
def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """Return `relu(matmul(x, weights) + biases)`."""
    return relu(xw_plus_b(x, weights, biases), name=name)


@example("tf.nn.l2_loss([3.0, 4.0])", "12.5", t="A tensor.")
def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """Return `sum(t ** 2) / 2`."""
    return apply(
        "L2Loss", lambda x: ops.sum(ops.square(x)) * 0.5, convert_to_tensor(t),
        name=name, shapes=[()],
    )  # fmt: skip


@example("tf.nn.dropout([1.0, 2.0], keep_prob=1.0)", "[1. 2.]")
def dropout(
    x: Any, keep_prob: Any = None, noise_shape: Any = None, seed: Any = None,
    name: str | None = None, rate: Any = None,
) -> Tensor:  # fmt: skip
    """Set elements to zero at random, and scale the others up.

    Args:
        x: A float tensor.
        keep_prob: The probability that an element stays.
        noise_shape: The shape of the draws, which broadcast.
        seed: A seed.
        name: A name.
        rate: `1 - keep_prob`.

    Raises:
        ValueError: If the probability is outside `(0, 1]`.
    """
    x = convert_to_tensor(x)
    keep = 1.0 - rate if keep_prob is None else keep_prob
    if isinstance(keep, (int, float)):
        if not 0 < keep <= 1:
            raise ValueError(
                "keep_prob must be a scalar tensor or a float in the range (0, 1], got "
                f"{keep}"
            )
        if keep == 1:
            return x
    share, sizes = scalar(keep, x.dtype), listed(noise_shape)

    def draw(source: Any, t: Any, kept: Any, shape: Any) -> Any:
        shape = ops.shape(t) if shape is None else shape
        stays = random.uniform(shape, dtype=t.dtype, seed=source) < kept
        return ops.where(stays, t / kept, ops.zeros_like(t))

    return drawn("dropout", draw, x, share, sizes, seed=seed, name=name,
                 dtypes=[x.dtype])  # fmt: skip


@example(
    "tf.nn.top_k([5, 9, 7], 2).indices", "[1 2]", input="A tensor.", k="How many.",
    sorted="Kept for the signature: the largest comes first.",
)  # fmt: skip
def top_k(input: Any, k: int = 1, sorted: bool = True, name: str | None = None) -> TopK:
    """Return the largest elements along the last axis, and their places.

    Returns:
        A pair `(values, indices)`.
    """
    count = int(k)
    x = convert_to_tensor(input)
    return TopK(*apply("TopKV2", lambda t: list(ops.top_k(t, count)), x, name=name))


@example("tf.nn.in_top_k([[0.1, 0.7, 0.2]], [2], 2)", "[ True]")
def in_top_k(predictions: Any, targets: Any, k: int, name: str | None = None) -> Tensor:
    """Return whether the score of each target is among the largest ones.

    Args:
        predictions: Scores, `(batch, classes)`.
        targets: Classes, `(batch,)`.
        k: How many scores count.
        name: A name.
    """
    return apply(
        "InTopK", lambda x, t: ops.in_top_k(t, x, k), convert_to_tensor(predictions),
        convert_to_tensor(targets), name=name, dtypes=["bool"],
    )  # fmt: skip


@example("tf.nn.embedding_lookup(tf.eye(3), [1, 1])", "[[0. 1. 0.]\n [0. 1. 0.]]")
def embedding_lookup(
    params: Any, ids: Any, partition_strategy: str = "mod", name: str | None = None,
    validate_indices: bool = True, max_norm: Any = None,
) -> Tensor:  # fmt: skip
    """Return rows of a table.

    Args:
        params: The table, a tensor or variable.
        ids: The numbers of the rows, of any shape.
        partition_strategy: Kept for the signature: there is one table.
        name: A name.
        validate_indices: Kept for the signature.
        max_norm: The largest length of a row.

    Raises:
        ValueError: If there are several tables.
    """
    if isinstance(params, (list, tuple)):
        if len(params) != 1:
            raise ValueError("embedding_lookup: only one table can be looked up.")
        params = params[0]
    found = gather(params, ids, name=name or "embedding_lookup")
    if max_norm is None:
        return found
    length = reduce_sum(square(found), -1, keepdims=True)
    return found * (max_norm * rsqrt(maximum(length, max_norm * max_norm)))
