"""Functions of TensorFlow that models of tf.keras 2.4 and later call between layers.

Files name them as in `tf.math.multiply`, with the arguments after the first by name.
Each function here has the arguments of TensorFlow's that matter.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from kerasish import ops
from kerasish.registry import get_registered_object
from kerasish.saving.upgrade import tensorflow_arrays, tensorflow_images

# Functions of one or two tensors that are called alike, up to the names of arguments.
_ALIKE = {
    name: name
    for name in (
        "abs add angle ceil conj cos cosh divide_no_nan equal erf erfc erfinv exp "
        "expm1 floor greater greater_equal imag less less_equal log log1p "
        "log_sigmoid logical_and logical_not logical_or logical_xor maximum minimum "
        "multiply negative not_equal real reciprocal round rsqrt sigmoid sign sin sinh "
        "softplus softsign sqrt square subtract tan tanh relu relu6 elu selu silu "
        "stop_gradient identity ones_like zeros_like"
    ).split()
}
_ALIKE.update(
    acos="arccos", acosh="arccosh", asin="arcsin", asinh="arcsinh", atan="arctan",
    atan2="arctan2", atanh="arctanh", divide="true_divide",
    floor_div="floor_divide", floordiv="floor_divide", floormod="mod",
    is_finite="isfinite", is_inf="isinf", is_nan="isnan", mod="mod", pow="power",
    rint="round", swish="silu", truediv="true_divide", truncatemod="fmod",
    realdiv="true_divide",
    bitwise_and="bitwise_and", bitwise_or="bitwise_or", bitwise_xor="bitwise_xor",
    identity="copy", matrix_inverse="inv", matrix_determinant="det",
)  # fmt: skip
_REDUCTIONS = {
    "reduce_all": "all", "reduce_any": "any", "reduce_logsumexp": "logsumexp",
    "reduce_max": "max", "reduce_mean": "mean", "reduce_min": "min",
    "reduce_prod": "prod", "reduce_std": "std", "reduce_sum": "sum",
    "reduce_variance": "var", "reduce_euclidean_norm": "norm",
    "count_nonzero": "count_nonzero",
}  # fmt: skip
# Modules whose functions have names of others, and take no arrays of numbers.
_OF_OTHER_TENSORS = ("io", "ragged", "sets", "sparse", "strings")
# Arguments that change no result.
_WITHOUT_MEANING = (
    "name", "validate_indices", "bad_indices_policy", "use_cudnn_on_gpu",
    "partition_strategy", "max_norm", "a_is_sparse", "b_is_sparse", "optimize",
    "fast", "layout", "output_type",
)  # fmt: skip


def tensorflow_function(name: str) -> Callable:
    """Return what a function of TensorFlow does.

    Args:
        name: Its name without `tf`, such as `'math.multiply'`.

    Returns:
        A function with TensorFlow's names of arguments.

    Raises:
        ValueError: If the function is not known here.

    Example:

    >>> tensorflow_function("math.multiply")(2.0, y=3.0, name=None).numpy().item()
    6.0
    """
    if not isinstance(name, str):
        raise ValueError(f"A function of TensorFlow has no name.\nReceived: {name!r}")
    own = get_registered_object(f"tf.{name}")
    if own is not None:
        return _Call(own)
    module, _, short = name.removeprefix("compat.v1.").rpartition(".")
    if module == "keras.backend":
        from kerasish import backend

        found = getattr(backend, short, None)
        if found is not None and not short.startswith("_"):
            return _Call(found)
    if module == "image" and short in tensorflow_images.FUNCTIONS:
        return _Call(tensorflow_images.FUNCTIONS[short])
    if short in _ALIKE:
        return _Call(_alike(_ALIKE[short]))
    if short in _REDUCTIONS:
        return _Call(_reduction(_REDUCTIONS[short]))
    tables = (_TABLE, tensorflow_images.FUNCTIONS, tensorflow_arrays.FUNCTIONS)
    found = next((table[short] for table in tables if short in table), None)
    if found is None or module in _OF_OTHER_TENSORS:
        raise ValueError(
            f"The model calls the function tf.{name} between its layers, which does "
            "not exist here. Supply one with its arguments as "
            f"`custom_objects={{'tf.{name}': function}}`."
        )
    return _Call(found)


class _Call:
    """Calls a function without the arguments that have no meaning here."""

    def __init__(self, function: Callable):
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        used = {k: v for k, v in kwargs.items() if k not in _WITHOUT_MEANING}
        return self.function(*args, **used)


def _alike(name: str) -> Callable:
    function = getattr(ops, name)
    wanted = len(inspect.signature(function).parameters)

    def call(*args: Any, dtype: Any = None, **kwargs: Any) -> Any:
        values = [*args, *kwargs.values()][:wanted]
        if name == "arctan2" and "x" in kwargs:
            values = [args[0], kwargs["x"]]
        result = function(*values)
        return result if dtype is None else ops.cast(result, dtype)

    return call


def _reduction(name: str) -> Callable:
    function = getattr(ops, name)

    def call(
        input_tensor: Any,
        axis: Any = None,
        keepdims: bool = False,
        dtype: Any = None,
        keep_dims: bool | None = None,
    ) -> Any:
        axis = tuple(axis) if isinstance(axis, list) else axis
        if name == "count_nonzero":
            return function(input_tensor, axis=axis)
        if name == "norm":
            squares = ops.square(input_tensor)
            return ops.sqrt(ops.sum(squares, axis=axis, keepdims=bool(keepdims)))
        return function(input_tensor, axis=axis, keepdims=bool(keepdims or keep_dims))

    return call


def _getitem(tensor: Any, slice_spec: Any) -> Any:
    if isinstance(slice_spec, list):
        return tensor[tuple(_index(item) for item in slice_spec)]
    return tensor[_index(slice_spec)]


def _index(item: Any) -> Any:
    if isinstance(item, dict):
        return slice(item.get("start"), item.get("stop"), item.get("step"))
    return item


def _cum(name: str) -> Callable:
    function = getattr(ops, name)
    neutral = 0 if name == "cumsum" else 1

    def call(
        x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False
    ) -> Any:
        if reverse:
            x = ops.flip(x, axis=axis)
        if exclusive:
            length = x.shape[axis]
            margins = [(0, 0)] * x.ndim
            margins[axis] = (1, 0)
            x = ops.pad(x, margins, constant_values=neutral)
            x = ops.take(x, range(length), axis=axis)
        result = function(x, axis=axis)
        return ops.flip(result, axis=axis) if reverse else result

    return call


def _matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
) -> Any:
    a, b = ops.convert_to_tensor(a), ops.convert_to_tensor(b)
    if transpose_a or adjoint_a:
        a = ops.swapaxes(a, -1, -2)
    if transpose_b or adjoint_b:
        b = ops.swapaxes(b, -1, -2)
    return ops.matmul(a, b)


def _one_hot(
    indices: Any,
    depth: int,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
) -> Any:
    axis = -1 if axis is None else axis
    result = ops.one_hot(indices, depth, axis=axis, dtype=dtype or "float32")
    if on_value is None and off_value is None:
        return result
    on, off = (1.0 if on_value is None else on_value), (off_value or 0.0)
    return result * (on - off) + off


def _pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0
) -> Any:
    mode = mode.lower()
    if mode == "constant":
        return ops.pad(tensor, paddings, constant_values=constant_values)
    return ops.pad(tensor, paddings, mode=mode)


def _slice(input_: Any, begin: Sequence[int], size: Sequence[int]) -> Any:
    return input_[
        tuple(
            slice(start, None if length == -1 else start + length)
            for start, length in zip(begin, size)
        )
    ]


def _split(value: Any, num_or_size_splits: Any, axis: int = 0, num: Any = None) -> Any:
    if isinstance(num_or_size_splits, int):
        return ops.split(value, num_or_size_splits, axis=axis)
    ends, total = [], 0
    for size in num_or_size_splits[:-1]:
        total += size
        ends.append(total)
    return ops.split(value, ends, axis=axis)


def _squeeze(input: Any, axis: Any = None, squeeze_dims: Any = None) -> Any:
    axis = squeeze_dims if axis is None else axis
    return ops.squeeze(input, axis=tuple(axis) if isinstance(axis, list) else axis)


def _sort(values: Any, axis: int = -1, direction: str = "ASCENDING") -> Any:
    result = ops.sort(values, axis=axis)
    return ops.flip(result, axis=axis) if direction == "DESCENDING" else result


def _argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False
) -> Any:
    return ops.argsort(-values if direction == "DESCENDING" else values, axis=axis)


def _band_part(input: Any, num_lower: int, num_upper: int) -> Any:
    result = input if num_upper < 0 else ops.tril(input, k=num_upper)
    return result if num_lower < 0 else ops.triu(result, k=-num_lower)


def _norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool = False,
    keep_dims: Any = None,
) -> Any:
    keep = bool(keepdims or keep_dims)
    if ord == "euclidean":
        total = ops.sum(ops.square(ops.absolute(tensor)), axis=axis, keepdims=keep)
        return ops.sqrt(total)
    return ops.norm(tensor, ord=ord, axis=axis, keepdims=keep)


def _tensordot(a: Any, b: Any, axes: Any) -> Any:
    return ops.tensordot(a, b, axes=axes)


def _sequence_mask(lengths: Any, maxlen: int | None = None, dtype: Any = "bool") -> Any:
    lengths = ops.expand_dims(lengths, -1)
    places = ops.arange(ops.max(lengths) if maxlen is None else maxlen, dtype="int32")
    return ops.cast(ops.less(places, ops.cast(lengths, "int32")), dtype)


def _scatter_nd(indices: Any, updates: Any, shape: Any) -> Any:
    return ops.scatter(ops.convert_to_tensor(indices), updates, tuple(shape))


def _clip_by_norm(t: Any, clip_norm: Any, axes: Any = None) -> Any:
    total = ops.sum(ops.square(t), axis=axes, keepdims=axes is not None)
    return t * clip_norm / ops.maximum(ops.sqrt(total), clip_norm)


def _l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, dim: Any = None):
    axis = dim if axis is None else axis
    total = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(total, epsilon))


def _argument(name: str) -> Callable:
    function = getattr(ops, name)

    def call(input: Any, axis: int | None = None, dimension: int | None = None) -> Any:
        axis = dimension if axis is None else axis
        return function(input, axis=0 if axis is None else axis)

    return call


def _bincount(
    arr: Any, weights: Any = None, minlength: int = 0, axis: Any = None, **_: Any
) -> Any:
    arr = ops.ravel(arr) if axis is None else arr
    return ops.bincount(arr, weights=weights, minlength=minlength or 0)


def _top_k(input: Any, k: int = 1, sorted: bool = True, index_type: Any = None) -> Any:
    return ops.top_k(input, k, sorted=sorted)


def _zero_fraction(value: Any, dtype: Any = None) -> Any:
    return ops.mean(ops.cast(ops.equal(value, 0), "float32"))


def _zero_safe(function: Callable) -> Callable:
    """Return the function of two tensors, zero where the first one is zero."""

    def call(x: Any, y: Any) -> Any:
        zero = ops.equal(x, 0)
        return ops.where(zero, ops.zeros_like(x), function(x, ops.where(zero, 1.0, y)))

    return call


def _not_stored(*_: Any, **__: Any) -> Any:
    raise ValueError(
        "The model calls tf.einsum, tf.meshgrid, == or != between its layers. tf.keras "
        "does not store all that they are applied to, so no program can open the file."
    )


def _einsum(equation: str, *inputs: Any) -> Any:
    return ops.einsum(equation, *inputs) if inputs else _not_stored()


def _boolean_mask(tensor: Any, mask: Any, axis: int | None = None) -> Any:
    places = [number for number, kept in enumerate(mask) if kept]
    return ops.take(tensor, places, axis=axis or 0)


_TABLE: dict[str, Callable] = {
    "accumulate_n": lambda inputs, **_: sum(inputs[1:], inputs[0]),
    "add_n": lambda inputs: sum(inputs[1:], inputs[0]),
    "argmax": _argument("argmax"),
    "argmin": _argument("argmin"),
    "argsort": _argsort,
    "band_part": _band_part,
    "bincount": _bincount,
    "boolean_mask": _boolean_mask,
    "broadcast_to": lambda input, shape: ops.broadcast_to(input, tuple(shape)),
    "cast": lambda x, dtype: ops.cast(x, dtype),
    "clip_by_norm": _clip_by_norm,
    "clip_by_value": lambda t, clip_value_min, clip_value_max: ops.clip(
        t, clip_value_min, clip_value_max
    ),
    "concat": lambda values, axis: ops.concatenate(values, axis=axis),
    "convert_to_tensor": lambda value, dtype=None, **_: ops.convert_to_tensor(
        value, dtype
    ),
    "cumprod": _cum("cumprod"),
    "cumsum": _cum("cumsum"),
    "det": lambda input: ops.det(input),
    "diag_part": lambda input, *_, **__: ops.diagonal(input, axis1=-2, axis2=-1),
    "einsum": _einsum,
    "eq": _not_stored,
    "expand_dims": lambda input, axis=None, dim=None: ops.expand_dims(
        input, dim if axis is None else axis
    ),
    "fill": lambda dims, value: ops.full(tuple(dims), value),
    "getitem": _getitem,
    "in_top_k": lambda predictions, targets, k: ops.in_top_k(targets, predictions, k),
    "inv": lambda input, adjoint=False: ops.inv(input),
    "l2_normalize": _l2_normalize,
    "matmul": _matmul,
    "matrix_transpose": lambda a, conjugate=False: ops.swapaxes(a, -1, -2),
    "matvec": lambda a, b, **_: ops.squeeze(
        ops.matmul(a, ops.expand_dims(b, -1)), axis=-1
    ),
    "multiply_no_nan": lambda x, y: ops.where(ops.equal(y, 0), 0.0, ops.multiply(x, y)),
    "meshgrid": _not_stored,
    "ne": _not_stored,
    "norm": _norm,
    "one_hot": _one_hot,
    "pad": _pad,
    "range": lambda start, limit=None, delta=1, dtype=None: ops.arange(
        start, limit, delta, dtype=dtype
    ),
    "rank": lambda input: ops.convert_to_tensor(len(input.shape), "int32"),
    "reciprocal_no_nan": lambda x: ops.divide_no_nan(1.0, x),
    "repeat": lambda input, repeats, axis=None: ops.repeat(input, repeats, axis=axis),
    "reshape": lambda tensor, shape: ops.reshape(tensor, shape),
    "reverse": lambda tensor, axis: ops.flip(tensor, axis=tuple(axis)),
    "roll": lambda input, shift, axis: ops.roll(input, shift, axis=axis),
    "scatter_nd": _scatter_nd,
    "sequence_mask": _sequence_mask,
    "shape": lambda input, out_type="int32": ops.cast(ops.shape_of(input), out_type),
    "size": lambda input, out_type="int32": ops.cast(ops.size(input), out_type),
    "slice": _slice,
    "solve": lambda matrix, rhs, adjoint=False: ops.solve(matrix, rhs),
    "sort": _sort,
    "split": _split,
    "squared_difference": lambda x, y: ops.square(ops.subtract(x, y)),
    "squeeze": _squeeze,
    "stack": lambda values, axis=0: ops.stack(values, axis=axis),
    "tensordot": _tensordot,
    "tile": lambda input, multiples: ops.tile(input, multiples),
    "top_k": _top_k,
    "trace": lambda x: ops.trace(x, axis1=-2, axis2=-1),
    "transpose": lambda a, perm=None, conjugate=False: ops.transpose(a, perm),
    "unstack": lambda value, num=None, axis=0: ops.unstack(value, num, axis),
    "xdivy": _zero_safe(ops.true_divide),
    "xlog1py": _zero_safe(lambda x, y: ops.multiply(x, ops.log1p(y))),
    "xlogy": _zero_safe(lambda x, y: ops.multiply(x, ops.log(y))),
    "zero_fraction": _zero_fraction,
}
