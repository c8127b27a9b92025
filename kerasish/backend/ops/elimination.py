"""Gaussian elimination with array functions alone, since array libraries have none."""

from __future__ import annotations

from typing import Any

# Columns that are eliminated one by one before the rest follows in one product.
_PANEL = 32

Array = Any


def lu_decompose(xp: Any, a: Array) -> tuple[Array, Array, Array]:
    """Factorise matrices with exchange of rows, panel by panel.

    Args:
        xp: NumPy or CuPy.
        a: An array of shape `(..., m, n)`.

    Returns:
        The packed triangles of shape `(..., m, n)`; with `k = min(m, n)` the row that
        each row was exchanged with, `(..., k)` int32; the permutation of all rows,
        `(..., m)` int32: row i of the product of the triangles is row
        `permutation[i]` of `a`.
    """
    *batch, rows, columns = a.shape
    least = min(rows, columns)
    count = 1
    for size in batch:
        count *= size
    lu = xp.array(a).reshape(count, rows, columns)
    pivots = xp.zeros((count, least), "int32")
    order = xp.zeros((count, rows), "int32") + xp.arange(rows, dtype="int32")
    for start in range(0, least if count else 0, _PANEL):
        stop = min(start + _PANEL, least)
        _eliminate(xp, lu, pivots, order, start, stop)
        if stop < columns:
            _follow(xp, lu, start, stop)
    return (
        lu.reshape(a.shape),
        pivots.reshape(*batch, least),
        order.reshape(*batch, rows),
    )


def _eliminate(
    xp: Any, lu: Array, pivots: Array, order: Array, start: int, stop: int
) -> None:
    """Eliminate the columns of one panel in place, exchanging whole rows."""
    numbers = xp.arange(len(lu))
    for j in range(start, stop):
        chosen = xp.argmax(abs(lu[:, j:, j]), axis=1) + j
        pivots[:, j] = chosen
        for array in (lu, order):
            moved = array[numbers, chosen]
            array[numbers, chosen] = array[:, j].copy()
            array[:, j] = moved
        diagonal = lu[:, j, j]
        lu[:, j + 1 :, j] /= xp.where(diagonal == 0, 1, diagonal)[:, None]
        factors, row = lu[:, j + 1 :, j, None], lu[:, None, j, j + 1 : stop]
        lu[:, j + 1 :, j + 1 : stop] -= factors * row


def _follow(xp: Any, lu: Array, start: int, stop: int) -> None:
    """Bring the columns to the right of a panel up to date."""
    block = xp.tril(lu[:, start:stop, start:stop], -1)
    block = block + xp.eye(stop - start, dtype=lu.dtype)
    right = lu[:, start:stop, stop:]
    lu[:, start:stop, stop:] = xp.linalg.solve(block, right)
    lu[:, stop:, stop:] -= xp.matmul(lu[:, stop:, start:stop], lu[:, start:stop, stop:])
