"""Losses of large vocabularies, of which only some classes are drawn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasish.backend import graph as engine
from kerasish.backend import ops
from kerasish.backend.devices import current_device
from kerasish.graph.applying import apply
from kerasish.graph.arrays import concat, reshape
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.creation import ones_like, stop_gradient, zeros_like
from kerasish.graph.crossentropies import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits,
)
from kerasish.graph.documentation import example
from kerasish.graph.draws import drawn
from kerasish.graph.mathematics import cast, log
from kerasish.graph.neural import embedding_lookup
from kerasish.graph.products import matmul
from kerasish.graph.reductions import reduce_sum
from kerasish.graph.tensors import Tensor


class _Candidates(engine.Op):
    """Classes drawn from a distribution, and how many draws that took."""

    name = "graph_candidates"
    differentiable = False

    def infer(
        self, state: engine.Spec, *, count: int, limit: int, unique: bool, skewed: bool
    ) -> tuple[engine.Spec, engine.Spec]:
        return engine.Spec((count,), "int64"), engine.Spec((), "float32")

    def kernel(
        self, xp: Any, state: Any, *, out: Any = None, count: int, limit: int,
        unique: bool, skewed: bool,
    ) -> tuple:  # fmt: skip
        device = current_device()
        key = device.to_numpy(state).astype("uint64")
        source = np.random.Generator(np.random.Philox(key=key))
        found: dict[int, None] = {}
        drawn_so_far: list[int] = []
        while True:
            uniform = source.random(2 * count)
            if skewed:
                classes = np.exp(uniform * math.log(limit + 1)).astype("int64") - 1
            else:
                classes = (uniform * limit).astype("int64")
            for number in np.clip(classes, 0, limit - 1).tolist():
                drawn_so_far.append(number)
                found.setdefault(number)
                if len(found if unique else drawn_so_far) == count:
                    result = np.array(list(found) if unique else drawn_so_far, "int64")
                    tries = np.array(len(drawn_so_far), "float32")
                    return device.asarray(result), device.asarray(tries)


_CANDIDATES = _Candidates()


def _sampler(kind: str, skewed: bool) -> Any:
    def sampler(
        true_classes: Any, num_true: int, num_sampled: int, unique: bool,
        range_max: int, seed: Any = None, name: str | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        if unique and num_sampled > range_max:
            raise ValueError(
                f"{num_sampled} different classes cannot be drawn out of {range_max}."
            )

        def expected(classes: Any, tries: Any) -> Any:
            number = ops.cast(classes, "float32")
            if skewed:
                share = ops.log((number + 2.0) / (number + 1.0))
                share = share / math.log(range_max + 1)
            else:
                share = ops.full_like(number, 1.0 / range_max)
            if unique:
                return ops.negative(ops.expm1(tries * ops.log1p(ops.negative(share))))
            return share * float(num_sampled)

        def draw(source: Any, labels: Any) -> list:
            classes, tries = _CANDIDATES(
                source, count=num_sampled, limit=range_max, unique=unique, skewed=skewed
            )
            return [classes, expected(labels, tries), expected(classes, tries)]

        return tuple(
            drawn(kind, draw, convert_to_tensor(true_classes), seed=seed, name=name)
        )

    sampler.__doc__ = f"""Draw classes ({kind}).

    Args:
        true_classes: Classes whose expected numbers of draws are wanted.
        num_true: How many there are in a row.
        num_sampled: How many classes to draw.
        unique: Whether they are different.
        range_max: The number of classes.
        seed: A seed.
        name: A name.

    Returns:
        `(classes, true_expected_count, sampled_expected_count)`.

    Raises:
        ValueError: If there are too few classes.
    """
    name = f"tf.nn.{'log_' if skewed else ''}uniform_candidate_sampler"
    call = f"{name}([[0]], num_true=1, num_sampled=3, unique=True, range_max=9)"
    return example(f"tf.shape({call}[0])", "[3]")(sampler)


log_uniform_candidate_sampler = _sampler("LogUniformCandidateSampler", True)
uniform_candidate_sampler = _sampler("UniformCandidateSampler", False)


def _sampled_logits(
    weights: Any, biases: Any, labels: Any, inputs: Any, num_sampled: int,
    num_classes: int, num_true: int, sampled_values: Any, remove_hits: bool,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    labels, x = cast(labels, "int64"), convert_to_tensor(inputs)
    if sampled_values is None:
        sampled_values = log_uniform_candidate_sampler(
            labels, num_true, num_sampled, True, num_classes
        )
    classes, true_expected, sampled_expected = (
        stop_gradient(value) for value in sampled_values
    )
    classes = cast(classes, "int64")
    flat = reshape(labels, [-1])
    rows = embedding_lookup(weights, concat([flat, classes], 0))
    offsets = embedding_lookup(biases, concat([flat, classes], 0))

    def true_part(w: Any, b: Any, v: Any) -> Any:
        own = ops.reshape(w[: -num_sampled or None], (-1, num_true, w.shape[-1]))
        return ops.sum(ops.expand_dims(v, 1) * own, axis=-1) + ops.reshape(
            b[: -num_sampled or None], (-1, num_true)
        )

    true_logits = apply("true_logits", true_part, rows, offsets, x)
    sampled = matmul(x, rows[-num_sampled:], transpose_b=True) + offsets[-num_sampled:]
    if remove_hits:
        sampled = apply(
            "accidental_hits",
            lambda s, own, drawn_ones: ops.where(
                ops.any(ops.equal(ops.expand_dims(own, 2), drawn_ones), axis=1),
                s + float(np.finfo("float32").min),
                s,
            ),
            sampled,
            reshape(labels, [-1, num_true]),
            classes,
        )
    true_logits -= log(reshape(true_expected, [-1, num_true]))
    sampled -= log(sampled_expected)
    truth = concat([ones_like(true_logits) / float(num_true), zeros_like(sampled)], 1)
    return concat([true_logits, sampled], 1), truth


@example(
    "tf.shape(loss)", "[2]",
    "w, b, labels, x = tf.ones([9, 4]), tf.zeros([9]), [[1], [2]], tf.ones([2, 4])",
    "loss = tf.nn.nce_loss(w, b, labels, x, num_sampled=3, num_classes=9)",
)  # fmt: skip
def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str = "nce_loss",
) -> Tensor:
    """Return the loss of noise-contrastive estimation (Gutmann and Hyvarinen, 2010).

    Args:
        weights: A row for each class, `(num_classes, size)`.
        biases: A number for each class.
        labels: The true classes, `(batch, num_true)`.
        inputs: `(batch, size)`.
        num_sampled: How many other classes are drawn.
        num_classes: The number of classes.
        num_true: How many classes of a row are true.
        sampled_values: What a sampler returned; `log_uniform_candidate_sampler` is
            called for `None`.
        remove_accidental_hits: Whether true classes do not count as drawn ones.
        partition_strategy: Kept for the signature.
        name: A name.

    Returns:
        A loss for each row.
    """
    logits, truth = _sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true,
        sampled_values, remove_accidental_hits,
    )  # fmt: skip
    losses = sigmoid_cross_entropy_with_logits(labels=truth, logits=logits)
    return reduce_sum(losses, 1, name=name)


@example(
    "tf.shape(loss)", "[2]",
    "w, b, labels, x = tf.ones([9, 4]), tf.zeros([9]), [[1], [2]], tf.ones([2, 4])",
    "loss = tf.nn.sampled_softmax_loss(w, b, labels, x, num_sampled=3, num_classes=9)",
    weights="A row for each class, `(num_classes, size)`.",
    biases="A number for each class.", labels="The true classes, `(batch, num_true)`.",
    inputs="`(batch, size)`.", num_sampled="How many other classes are drawn.",
    num_classes="The number of classes.",
    num_true="How many classes of a row are true.",
    sampled_values="What a sampler returned; see `nce_loss`.",
    remove_accidental_hits="Whether true classes do not count as drawn ones.",
)  # fmt: skip
def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str = "sampled_softmax_loss",
) -> Tensor:
    """Return a crossentropy over the true and some drawn classes; see `nce_loss`."""
    logits, truth = _sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true,
        sampled_values, remove_accidental_hits,
    )  # fmt: skip
    return softmax_cross_entropy_with_logits(labels=truth, logits=logits, name=name)
