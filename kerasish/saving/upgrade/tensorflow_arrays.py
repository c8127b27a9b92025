"""TensorFlow's functions that make, scatter and decompose arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from kerasish import ops, random


def gather(
    params: Any, indices: Any, axis: Any = None, batch_dims: int = 0, **_: Any
) -> Any:
    """Take entries along an axis, for each place of the first axes by itself.

    Args:
        params: Where from.
        indices: Their places.
        axis: The axis; the first one after those of batches for `None`.
        batch_dims: How many first axes both have in common.
    """
    axis = batch_dims if axis is None else axis
    if not batch_dims:
        return ops.take(params, indices, axis=axis)
    axis %= len(params.shape)
    params = ops.moveaxis(params, axis, batch_dims)
    first, rest = indices.shape[1:batch_dims], params.shape[batch_dims + 1 :]
    sizes = indices.shape[batch_dims:]
    count = 1
    for size in sizes:
        count *= size
    index = ops.reshape(indices, (-1, *first, count, *[1] * len(rest)))
    one = params[(*[slice(None)] * batch_dims, slice(0, 1))]
    index = ops.cast(index, "int32") + ops.zeros_like(one, dtype="int32")
    taken = ops.take_along_axis(params, index, axis=batch_dims)
    taken = ops.reshape(taken, (-1, *first, *sizes, *rest))
    places = range(len(sizes))
    return ops.moveaxis(
        taken, [batch_dims + n for n in places], [axis + n for n in places]
    )


def _gather_nd(params: Any, indices: Any, batch_dims: int = 0) -> Any:
    parts = ops.unstack(ops.convert_to_tensor(indices), axis=-1)
    if batch_dims > 1:
        raise ValueError(
            "tf.gather_nd is known here with at most one axis of batches.\n"
            f"Received: batch_dims={batch_dims}"
        )
    if batch_dims:
        parts = [ops.cumsum(ops.ones_like(parts[0]), axis=0) - 1, *parts]
    return params[tuple(parts)]


def _scatter(reduction: str | None) -> Callable:
    def call(tensor: Any, indices: Any, updates: Any) -> Any:
        indices = ops.convert_to_tensor(indices)
        return ops.scatter_update(tensor, indices, updates, reduction)

    return call


def _segment(name: str) -> Callable:
    function = getattr(ops, f"segment_{name}")

    def call(data: Any, segment_ids: Any, num_segments: int | None = None) -> Any:
        return function(data, ops.convert_to_tensor(segment_ids), num_segments)

    return call


def _filled(value: float) -> Callable:
    def call(shape: Any, dtype: Any = "float32") -> Any:
        return ops.full(_shape(shape), value, dtype=dtype or "float32")

    return call


def _shape(shape: Any) -> Any:
    return tuple(shape) if isinstance(shape, list) else shape


def _eye(num_rows: Any, num_columns: Any = None, *_: Any, **options: Any) -> Any:
    result = ops.eye(num_rows, num_columns, dtype=options.get("dtype") or "float32")
    shape = options.get("batch_shape")
    return result if shape is None else result + ops.zeros((*shape, 1, 1), result.dtype)


def _normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    return random.normal(_shape(shape), mean, stddev, dtype, seed)


def _uniform(
    shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = None, seed: Any = None
) -> Any:
    dtype = dtype or "float32"
    if "int" in str(dtype):
        return random.randint(_shape(shape), minval, maxval, dtype, seed)
    maxval = 1.0 if maxval is None else maxval
    return random.uniform(_shape(shape), minval, maxval, dtype, seed)


def _truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    return random.truncated_normal(_shape(shape), mean, stddev, dtype, seed)


def _dropout(
    x: Any, keep_prob: Any = None, noise_shape: Any = None, seed: Any = None, **_: Any
) -> Any:
    rate = _.get("rate")
    rate = 1.0 - keep_prob if rate is None else rate
    return random.dropout(x, rate, noise_shape, seed)


def _strided_slice(
    input_: Any, begin: Any, end: Any, strides: Any = None, **masks: Any
) -> Any:
    if any(masks.values()):
        raise ValueError(f"tf.strided_slice has no masks here.\nReceived: {masks}")
    steps = strides or [1] * len(begin)
    return input_[tuple(slice(*part) for part in zip(begin, end, steps))]


def _reverse_sequence(
    input: Any, seq_lengths: Any, seq_axis: int | None = None, batch_axis: int = 0, **_
) -> Any:
    if batch_axis or seq_axis != 1:
        raise ValueError(
            "tf.reverse_sequence is known here for axis 1 of batches.\n"
            f"Received: seq_axis={seq_axis}, batch_axis={batch_axis}"
        )
    places = ops.arange(input.shape[1], dtype="int32")
    lengths = ops.expand_dims(ops.cast(seq_lengths, "int32"), -1)
    index = ops.where(places < lengths, lengths - 1 - places, places)
    return gather(input, index, 1, 1)


def _clip_by_global_norm(t_list: Any, clip_norm: Any, use_norm: Any = None) -> Any:
    norm = _global_norm(t_list) if use_norm is None else use_norm
    factor = clip_norm / ops.maximum(norm, clip_norm)
    return [x * factor for x in t_list], norm


def _global_norm(t_list: Sequence[Any]) -> Any:
    return ops.sqrt(sum(ops.sum(ops.square(x)) for x in t_list))


def _diag(diagonal: Any, k: int = 0, *_: Any, **__: Any) -> Any:
    diagonal = ops.convert_to_tensor(diagonal)
    square = ops.eye(diagonal.shape[-1], dtype=diagonal.dtype)
    matrix = ops.expand_dims(diagonal, -1) * square
    below, above = (abs(min(k, 0)), 0), (max(k, 0), 0)
    margins = [(0, 0)] * (len(matrix.shape) - 2)
    rows, columns = (below[0], above[0]), (above[0], below[0])
    return ops.pad(matrix, [*margins, rows, columns])


def _set_diag(input: Any, diagonal: Any, *_: Any, **__: Any) -> Any:
    here = ops.eye(*input.shape[-2:], dtype="bool")
    return ops.where(here, ops.expand_dims(diagonal, -1), input)


def _singular_values(
    tensor: Any, full_matrices: bool = False, compute_uv: bool = True
) -> Any:
    if not compute_uv:
        return ops.svd(tensor, compute_uv=False)
    left, values, right = ops.svd(tensor, full_matrices)
    return values, left, ops.swapaxes(right, -1, -2)


def _triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False
) -> Any:
    if adjoint:
        matrix, lower = ops.swapaxes(matrix, -1, -2), not lower
    return ops.solve_triangular(
        ops.tril(matrix) if lower else ops.triu(matrix), rhs, lower=lower
    )


def _normalized(tensor: Any, ord: Any = "euclidean", axis: Any = None) -> Any:
    ord = None if ord == "euclidean" else ord
    norm = ops.norm(tensor, ord=ord, axis=axis, keepdims=True)
    return tensor / norm, norm


def _frames(
    signal: Any, frame_length: int, frame_step: int, pad_end: bool = False, **_: Any
) -> Any:
    if pad_end:
        raise ValueError("tf.signal.frame does not pad the end here.")
    return ops.extract_sequences(signal, frame_length, frame_step)


def _stft(
    signals: Any, frame_length: int, frame_step: int, fft_length: Any = None, **_: Any
) -> Any:
    frames = _frames(signals, frame_length, frame_step, _.get("pad_end"))
    fft_length = fft_length or 2 ** (frame_length - 1).bit_length()
    turns = ops.arange(frame_length, dtype="float32") / frame_length
    window = 0.5 - 0.5 * ops.cos(2 * math.pi * turns)
    return _complex(*ops.rfft(frames * window, fft_length))


def _complex(real: Any, imag: Any) -> Any:
    return ops.view_as_complex(ops.stack([real, imag], -1))


def _places(condition: Any) -> Any:
    return ops.cast(ops.stack(ops.nonzero(condition), axis=-1), "int64")


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Choose between two tensors, or return the places where a condition holds."""
    return _places(condition) if x is None else ops.where(condition, x, y)


FUNCTIONS: dict[str, Callable] = {
    "adjoint": lambda matrix: ops.conj(ops.swapaxes(matrix, -1, -2)),
    "assert_all_finite": lambda x, *_, **__: x,
    "check_numerics": lambda tensor, message=None: tensor,
    "cholesky": lambda input: ops.cholesky(input),
    "clip_by_global_norm": _clip_by_global_norm,
    "complex": _complex,
    "cross": lambda a, b: ops.cross(a, b),
    "diag": _diag,
    "dropout": _dropout,
    "eigh": lambda tensor: ops.eigh(tensor),
    "eigvalsh": lambda tensor: ops.eigh(tensor)[0],
    "ensure_shape": lambda x, shape: x,
    "eye": _eye,
    "frame": _frames,
    "gather": gather,
    "gather_nd": _gather_nd,
    "global_norm": _global_norm,
    "guarantee_const": lambda input: input,
    "identity_n": lambda input: [ops.copy(x) for x in input],
    "invert": lambda x: ops.bitwise_not(x),
    "left_shift": lambda x, y: ops.left_shift(x, y),
    "logdet": lambda matrix: ops.logdet(matrix),
    "lstsq": lambda matrix, rhs, *_, **__: ops.matmul(ops.pinv(matrix), rhs),
    "normal": _normal,
    "normalize": _normalized,
    "ones": _filled(1),
    "pinv": lambda a, rcond=None, **_: ops.pinv(a, rcond),
    "qr": lambda input, full_matrices=False: ops.qr(
        input, "complete" if full_matrices else "reduced"
    ),
    "random_normal": _normal,
    "random_uniform": _uniform,
    "rfft": lambda input_tensor, fft_length=None: _complex(
        *ops.rfft(input_tensor, None if fft_length is None else fft_length[0])
    ),
    "reverse_sequence": _reverse_sequence,
    "right_shift": lambda x, y: ops.right_shift(x, y),
    "saturate_cast": lambda value, dtype: ops.saturate_cast(value, dtype),
    "scalar_mul": lambda scalar, x: ops.multiply(scalar, x),
    "searchsorted": lambda sorted_sequence, values, side="left", **_: ops.searchsorted(
        sorted_sequence, values, side
    ),
    "segment_max": _segment("max"),
    "segment_min": _segment("min"),
    "segment_prod": _segment("prod"),
    "segment_sum": _segment("sum"),
    "set_diag": _set_diag,
    "shape_n": lambda input, **_: [ops.cast(ops.shape_of(x), "int32") for x in input],
    "stft": _stft,
    "strided_slice": _strided_slice,
    "svd": _singular_values,
    "tensor_diag": lambda diagonal: ops.diag(diagonal),
    "tensor_diag_part": lambda input: ops.diag(input),
    "tensor_scatter_nd_add": _scatter("add"),
    "tensor_scatter_nd_max": _scatter("max"),
    "tensor_scatter_nd_min": _scatter("min"),
    "tensor_scatter_nd_sub": lambda tensor, indices, updates: _scatter("add")(
        tensor, indices, ops.negative(updates)
    ),
    "tensor_scatter_nd_update": _scatter(None),
    "triangular_solve": _triangular_solve,
    "truncated_normal": _truncated_normal,
    "truncatediv": lambda x, y: ops.cast(ops.trunc(ops.divide(x, y)), x.dtype),
    "uniform": _uniform,
    "unravel_index": lambda indices, dims: ops.stack(
        ops.unravel_index(indices, tuple(dims))
    ),
    "unsorted_segment_max": _segment("max"),
    "unsorted_segment_min": _segment("min"),
    "unsorted_segment_prod": _segment("prod"),
    "unsorted_segment_sum": _segment("sum"),
    "where": where,
    "zeros": _filled(0),
}
