"""Einstein's summation."""

from __future__ import annotations

import string
from functools import lru_cache
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.contraction import Labels, contract
from kerasish.backend.ops.promotion import promote
from kerasish.errors import ShapeError

# The length that an unknown size is taken to have where the cheapest order is sought.
_USUAL_SIZE = 32


def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Tensor:
    """Sum products of tensors over named axes.

    Args:
        subscripts: A letter for each axis of each operand, and after `->` for each of
            the result, as in `'bij,bjk->bik'`. Letters that the result lacks are summed
            over; a letter twice in one operand takes the diagonal; `...` stands for
            further axes, which broadcast. Without `->` the result has the letters that
            occur once, in alphabetical order.
        *operands: The tensors.
        **kwargs: `optimize` is accepted and has no effect: the order of the products is
            always chosen by their cost.

    Returns:
        The tensor of sums. `int8` operands give `int32`.

    Raises:
        ValueError: If the subscripts cannot be read.
        ShapeError: If they do not fit the operands.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0]).numpy()
    array([12., 34.], dtype=float32)
    """
    unknown = set(kwargs) - {"optimize"}
    if unknown:
        raise TypeError(f"einsum has no argument {sorted(unknown)[0]!r}.")
    tensors = [as_tensor(operand) for operand in operands]
    if tensors and all(tensor.dtype == "int8" for tensor in tensors):
        tensors = [as_tensor(tensor, "int32") for tensor in tensors]
    tensors = list(promote(*tensors)) if tensors else []
    terms, result = parse(subscripts, tuple(tensor.ndim for tensor in tensors))
    pairs = [_prepared(x, term) for x, term in zip(tensors, terms)]
    pairs = _without_broadcast(subscripts, pairs, result)
    for first, second in _order(pairs, result):
        y, b = pairs.pop(second)
        x, a = pairs.pop(first)
        others = {label for _, labels in pairs for label in labels} | set(result)
        kept = tuple(dict.fromkeys(i for i in a + b if i in others))
        pairs.append((contract(x, y, a, b, kept), kept))
    ((x, labels),) = pairs
    lonely = tuple(i for i, label in enumerate(labels) if label not in result)
    if lonely:
        x = ops.cast(ops.sum(x, axis=lonely), x.dtype)
        labels = tuple(label for label in labels if label in result)
    return ops.transpose(x, tuple(map(labels.index, result)))


@lru_cache(maxsize=1024)
def parse(subscripts: str, ranks: tuple[int, ...]) -> tuple[tuple[Labels, ...], Labels]:
    """Read subscripts for operands of given ranks.

    Letters become their code points, the axes of `...` negative numbers, -1 the last.

    Returns:
        The labels of each operand, and those of the result.

    Raises:
        ValueError: If the subscripts cannot be read.
        ShapeError: If they do not fit the ranks.

    Example:

    >>> parse("...a,a", (2, 1))
    (((-1, 97), (97,)), (-1,))
    """
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    plain = left.replace("...", "").replace(",", "") + right.replace("...", "")
    terms = left.split(",")
    if not set(plain) <= set(string.ascii_letters) or "->" in right:
        raise ValueError(
            "`subscripts` holds letters, commas, '...' and one '->'.\n"
            f"Received: subscripts={subscripts!r}"
        )
    if len(terms) != len(ranks):
        raise ValueError(
            f"`subscripts` names {len(terms)} operands, but there are {len(ranks)}.\n"
            f"Received: subscripts={subscripts!r}"
        )
    labels = tuple(map(_labels, terms, ranks, (subscripts,) * len(ranks)))
    widest = max((-min(term, default=0) for term in labels), default=0)
    letters = [ord(c) for c in left if c in string.ascii_letters]
    if arrow:
        result = _labels(right, len(right.replace("...", "")) + max(widest, 0), right)
        if "..." not in right:
            result = tuple(map(ord, right))
    else:
        once = sorted({c for c in letters if letters.count(c) == 1})
        result = (*range(-max(widest, 0), 0), *once)
    if len(set(result)) != len(result) or not set(result) - set(letters) <= set(
        range(-max(widest, 0), 0)
    ):
        raise ValueError(
            "The result of `einsum` names each axis once, and only axes of operands.\n"
            f"Received: subscripts={subscripts!r}"
        )
    return labels, result


def _labels(term: str, rank: int, subscripts: str) -> Labels:
    before, dots, after = term.partition("...")
    count = rank - len(before) - len(after)
    if "." in before + after:
        raise ValueError(
            f"One operand has at most one '...'.\nReceived: subscripts={subscripts!r}"
        )
    if count < 0 or (count and not dots):
        raise ShapeError(
            f"einsum: an operand with {rank} axes does not fit {term!r}.\n"
            f"  got: subscripts={subscripts!r}"
        )
    return (*map(ord, before), *range(-count, 0), *map(ord, after))


def _prepared(x: Tensor, labels: Labels) -> tuple[Tensor, Labels]:
    """Take diagonals, so that no label is twice in one operand."""
    while len(set(labels)) < len(labels):
        label = next(i for i in labels if labels.count(i) > 1)
        first = labels.index(label)
        second = labels.index(label, first + 1)
        if x.shape[first] != x.shape[second] and None not in x.shape:
            raise ShapeError(
                f"einsum: the axes {first} and {second} of an operand have one letter, "
                f"but different lengths.\n  got: {x.spec}"
            )
        x = ops.diagonal(x, axis1=first, axis2=second)
        rest = (axis for axis in range(len(labels)) if axis not in (first, second))
        labels = (*(labels[axis] for axis in rest), label)
    return x, labels


def _without_broadcast(
    subscripts: str, pairs: list[tuple[Tensor, Labels]], result: Labels
) -> list[tuple[Tensor, Labels]]:
    """Drop axes of one element that meet longer ones."""
    lengths: dict[int, set] = {}
    for x, labels in pairs:
        for label, size in zip(labels, x.shape):
            lengths.setdefault(label, set()).add(size)
    for label, sizes in lengths.items():
        if len(sizes - {1, None}) > 1:
            found = sorted(sizes - {None})
            raise ShapeError(
                f"einsum: {_shown(label)} stands for axes of lengths {found}.\n"
                f"  got: subscripts={subscripts!r}, "
                f"{', '.join(str(x.spec) for x, _ in pairs)}"
            )
    found_pairs = []
    for x, labels in pairs:
        drop = tuple(
            axis
            for axis, label in enumerate(labels)
            if x.shape[axis] == 1 and lengths[label] != {1}
        )
        if drop:
            x = ops.squeeze(x, drop)
            labels = tuple(i for axis, i in enumerate(labels) if axis not in drop)
        found_pairs.append((x, labels))
    return found_pairs


def _shown(label: int) -> str:
    return "'...'" if label < 0 else repr(chr(label))


def _order(pairs: list[tuple[Tensor, Labels]], result: Labels) -> list[tuple[int, int]]:
    """Return which two operands to multiply next, until one is left.

    Each step takes them out and puts their product at the end.
    """
    if len(pairs) <= 2:
        return [(0, 1)] * (len(pairs) - 1)
    arguments: list[Any] = []
    names: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for x, labels in pairs:
        for label, size in zip(labels, x.shape):
            names.setdefault(label, len(names))
            sizes.setdefault(label, _USUAL_SIZE if size is None else size)
    for _, labels in pairs:
        shape = tuple(sizes[label] for label in labels)
        arguments.append(np.broadcast_to(np.float32(0), shape))
        arguments.append([names[label] for label in labels])
    path, _ = np.einsum_path(
        *arguments, [names[label] for label in result], optimize="greedy"
    )
    steps: list[tuple[int, int]] = []
    for step in path[1:]:
        # A step over more than two operands is done pair by pair.
        chosen = sorted(step, reverse=True)
        while len(chosen) > 1:
            high, low = chosen[0], chosen[1]
            steps.append((low, high))
            chosen = chosen[2:]
            total = len(pairs) - len(steps)
            chosen.insert(0, total - 1)
    return steps
