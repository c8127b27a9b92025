"""Samples of lookups by index arrays, and of their gradients."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(17)
_x = _rng.normal(size=(3, 4, 2)).astype("float32")
_indices = np.int32([[2, 0, -1], [1, 1, 3]])
_low = np.int32([[2, 0], [-1, 2]])
_rows, _columns = np.int32([[0], [2]]), np.int32([1, 1, -1])
_along = np.int32([[[3, 0]], [[-1, 1]], [[1, 1]]])
_last = np.int64([1, 0, 1])


def _take(x, indices, axis):
    lines = np.moveaxis(x, axis, 0)
    picked = np.array([lines[i] for i in indices.reshape(-1)])
    picked = picked.reshape(*indices.shape, *lines.shape[1:])
    return np.moveaxis(picked, range(indices.ndim), range(axis, axis + indices.ndim))


def _sum_at(g, like, numbers):
    """Sum elements at places, given as numbers in row-major order."""
    result = np.zeros(like.size, g.dtype)
    for value, place in zip(g.reshape(-1), numbers.reshape(-1)):
        result[place] += value
    return result.reshape(like.shape)


def _numbers(like):
    return np.arange(like.size).reshape(like.shape)


def _gather(x, *indices, axes):
    grids = np.broadcast_arrays(*indices)
    picked = np.array(
        [
            np.moveaxis(x, axes, range(len(axes)))[place]
            for place in zip(*(grid.reshape(-1) for grid in grids))
        ]
    )
    rest = [size for axis, size in enumerate(x.shape) if axis not in axes]
    picked = picked.reshape(*grids[0].shape, *rest)
    if axes[-1] - axes[0] == len(axes) - 1:
        count = grids[0].ndim
        picked = np.moveaxis(picked, range(count), range(axes[0], axes[0] + count))
    return picked


def _take_along(x, indices, axis):
    shape = list(x.shape)
    shape[axis] = indices.shape[axis]
    indices = np.broadcast_to(indices, shape)
    result = np.empty(shape, x.dtype)
    for index in np.ndindex(*shape):
        source = list(index)
        source[axis] = indices[index]
        result[index] = x[tuple(source)]
    return result


def _normal(*shape):
    return _rng.normal(size=shape).astype("float32")


_no = (True, False, False)
SAMPLES = {
    "take": [
        Sample(_x, _indices, axis=1, reference=_take),
        Sample(_x, np.int64(-1), axis=0, reference=_take),
    ],
    "take_adjoint": [
        Sample(
            _normal(3, 2, 3, 2),
            _x,
            _indices,
            axis=1,
            gradient=_no,
            reference=lambda g, x, i, axis: _sum_at(g, x, _take(_numbers(x), i, axis)),
        ),
        Sample(
            _normal(2, 2, 4, 2),
            _x,
            _low,
            axis=0,
            gradient=_no,
            reference=lambda g, x, i, axis: _sum_at(g, x, _take(_numbers(x), i, axis)),
        ),
    ],
    "gather": [
        Sample(_x, _rows, _columns, axes=(0, 1), reference=_gather),
        Sample(_x, _rows, np.int32([1, 0, -1]), axes=(0, 2), reference=_gather),
        Sample(_x, np.int32(1), _last, axes=(1, 2), reference=_gather),
        Sample(_x, _low, axes=(0,), reference=_gather),
    ],
    "gather_adjoint": [
        Sample(
            _normal(2, 3, 2),
            _x,
            _rows,
            _columns,
            axes=(0, 1),
            gradient=(True, False, False, False),
            reference=lambda g, x, *i, axes: _sum_at(
                g, x, _gather(_numbers(x), *i, axes=axes)
            ),
        ),
        Sample(
            _normal(2, 2, 4, 2),
            _x,
            _low,
            axes=(0,),
            gradient=_no,
            reference=lambda g, x, i, axes: _sum_at(
                g, x, _gather(_numbers(x), i, axes=axes)
            ),
        ),
    ],
    "take_along_axis": [
        Sample(_x, _along, axis=1, reference=_take_along),
        Sample(_x, _rng.integers(0, 3, (5, 4, 1)), axis=0, reference=_take_along),
    ],
    "take_along_axis_adjoint": [
        Sample(
            _normal(3, 1, 2),
            _x,
            _along,
            axis=1,
            gradient=_no,
            reference=lambda g, x, i, axis: _sum_at(
                g, x, _take_along(_numbers(x), i, axis)
            ),
        ),
    ],
}
