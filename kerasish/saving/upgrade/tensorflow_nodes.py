"""Nodes of TensorFlow's graphs that models of tf.keras up to 2.3 have between layers.

A node has an operation, attributes, and inputs. Inputs that were constant are stored
beside the node, by their places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasish import ops
from kerasish.registry import get_registered_object
from kerasish.saving.upgrade.protocol_buffers import read_node
from kerasish.saving.upgrade.tensorflow_functions import tensorflow_function
from kerasish.serialization import deserialize_keras_object

# Operations that are functions of their inputs alone, with the function's name.
_FUNCTIONS = {
    name: function
    for function, names in {
        "abs": "Abs ComplexAbs", "angle": "Angle", "imag": "Imag", "real": "Real",
        "rfft": "RFFT", "acos": "Acos", "acosh": "Acosh", "add": "Add AddV2 BiasAdd",
        "asin": "Asin", "asinh": "Asinh", "atan": "Atan",
        "atan2": "Atan2", "atanh": "Atanh", "ceil": "Ceil",
        "clip_by_value": "ClipByValue", "conj": "Conj", "cos": "Cos", "cosh": "Cosh",
        "divide_no_nan": "DivNoNan", "broadcast_to": "BroadcastTo", "elu": "Elu",
        "equal": "Equal", "erf": "Erf", "erfc": "Erfc", "erfinv": "Erfinv",
        "exp": "Exp", "expand_dims": "ExpandDims", "expm1": "Expm1", "floor": "Floor",
        "floordiv": "FloorDiv", "floormod": "FloorMod Mod", "gather_nd": "GatherNd",
        "greater": "Greater", "greater_equal": "GreaterEqual", "det":
        "MatrixDeterminant", "diag": "MatrixDiag MatrixDiagV2 MatrixDiagV3",
        "diag_part": "MatrixDiagPart MatrixDiagPartV2 MatrixDiagPartV3",
        "identity": "Identity CheckNumerics EnsureShape GuaranteeConst",
        "in_top_k": "InTopKV2", "inv": "MatrixInverse",
        "band_part": "MatrixBandPart", "is_finite": "IsFinite", "is_inf": "IsInf",
        "is_nan": "IsNan", "less": "Less", "less_equal": "LessEqual", "log": "Log",
        "log1p": "Log1p", "log_softmax": "LogSoftmax", "logical_and": "LogicalAnd",
        "logical_not": "LogicalNot", "logical_or": "LogicalOr", "maximum": "Maximum",
        "minimum": "Minimum", "multiply": "Mul", "multiply_no_nan": "MulNoNan",
        "negative": "Neg", "not_equal": "NotEqual", "ones_like": "OnesLike",
        "pow": "Pow", "reciprocal": "Reciprocal Inv", "relu": "Relu",
        "relu6": "Relu6", "reshape": "Reshape", "reverse": "ReverseV2",
        "rint": "Rint Round", "roll": "Roll", "rsqrt": "Rsqrt", "selu": "Selu",
        "sigmoid": "Sigmoid", "sign": "Sign", "sin": "Sin", "sinh": "Sinh",
        "slice": "Slice", "softmax": "Softmax", "softplus": "Softplus",
        "softsign": "Softsign", "solve": "MatrixSolve", "sqrt": "Sqrt",
        "square": "Square", "squared_difference": "SquaredDifference",
        "stop_gradient": "StopGradient", "subtract": "Sub", "tan": "Tan",
        "tanh": "Tanh", "tensor_scatter_nd_update": "TensorScatterUpdate",
        "tile": "Tile", "transpose": "Transpose", "truediv": "RealDiv Div",
        "where": "Select SelectV2 Where", "xdivy": "Xdivy", "xlogy": "Xlogy",
        "zeros_like": "ZerosLike", "fill": "Fill", "range": "Range", "rank": "Rank",
        "scatter_nd": "ScatterNd", "shape": "Shape", "size": "Size",
        "adjust_hue": "AdjustHue", "adjust_saturation": "AdjustSaturation",
        "bitwise_and": "BitwiseAnd", "bitwise_or": "BitwiseOr", "bitwise_xor":
        "BitwiseXor", "invert": "Invert", "left_shift": "LeftShift", "right_shift":
        "RightShift", "cholesky": "Cholesky", "complex": "Complex", "cross": "Cross",
        "set_diag": "MatrixSetDiag MatrixSetDiagV2 MatrixSetDiagV3",
        "segment_sum": "SegmentSum", "unsorted_segment_sum": "UnsortedSegmentSum",
        "tensor_diag": "Diag", "tensor_diag_part": "DiagPart",
        "tensor_scatter_nd_add": "TensorScatterAdd",
        "tensor_scatter_nd_max": "TensorScatterMax",
        "tensor_scatter_nd_sub": "TensorScatterSub", "truncatediv": "TruncateDiv",
        "unravel_index": "UnravelIndex", "xlog1py": "Xlog1py",
        "hsv_to_rgb": "HSVToRGB", "rgb_to_hsv": "RGBToHSV", "l2_loss": "L2Loss",
    }.items()
    for name in names.split()
}  # fmt: skip
_REDUCTIONS = {
    "All": "reduce_all", "Any": "reduce_any", "EuclideanNorm": "reduce_euclidean_norm",
    "Max": "reduce_max", "Mean": "reduce_mean", "Min": "reduce_min",
    "Prod": "reduce_prod", "Sum": "reduce_sum",
}  # fmt: skip
_MATRICES = ("MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3")
_TYPES = {
    "DT_BOOL": "bool", "DT_DOUBLE": "float64", "DT_FLOAT": "float32",
    "DT_HALF": "float16", "DT_INT16": "int16", "DT_INT32": "int32",
    "DT_INT64": "int64", "DT_INT8": "int8", "DT_UINT8": "uint8",
    "DT_BFLOAT16": "bfloat16",
}  # fmt: skip


def tensorflow_node(node: Any, constants: Mapping[str, Any]) -> Callable:
    """Return what a node of a graph of TensorFlow does.

    Args:
        node: Its description: a dictionary with `op`, `attr` and `input`, or the bytes
            of a protocol buffer as text.
        constants: Values of inputs by their places.

    Returns:
        A function of the other inputs, one by one or as a list.

    Raises:
        ValueError: If the operation is not known here.

    Example:

    >>> twice = tensorflow_node({"op": "Mul", "input": ["x", "y"]}, {"1": 2.0})
    >>> twice(3.0).numpy().item()
    6.0
    """
    described = node if isinstance(node, Mapping) else read_node(node)
    name = described.get("op")
    attrs = {key: _plain(value) for key, value in described.get("attr", {}).items()}
    own = get_registered_object(str(name))
    if own is None and name in _FUNCTIONS:
        own = tensorflow_function(_FUNCTIONS[name])
        attrs = {}
    if own is None and name in _REDUCTIONS:
        own = _reduction(tensorflow_function(_REDUCTIONS[name]))
    if own is None and name in _MATRICES:
        own = _product
    if own is None:
        own = _TABLE.get(str(name))
    if own is None:
        raise ValueError(
            f"The model has a node {name!r} of TensorFlow between its layers, which "
            "does not exist here. Supply a function of its inputs and attributes as "
            f"`custom_objects={{{name!r}: function}}`."
        )
    places = {int(key): _constant(value) for key, value in constants.items()}
    return _Node(own, attrs, places)


class _Node:
    def __init__(self, function: Callable, attrs: dict, constants: dict[int, Any]):
        self.function = function
        self.attrs = attrs
        self.constants = constants

    def __call__(self, *inputs: Any) -> Any:
        if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)):
            inputs = tuple(inputs[0])
        rest, count = iter(inputs), len(inputs) + len(self.constants)
        values = [
            self.constants[n] if n in self.constants else next(rest)
            for n in range(count)
        ]
        return self.function(*values, **self.attrs)


def _constant(value: Any) -> Any:
    value = deserialize_keras_object(value)
    whole = isinstance(value, np.ndarray) and value.dtype.kind in "iu"
    # Whole numbers are mostly shapes and axes.
    return value.tolist() if whole and value.ndim == 1 else value


def _plain(attr: Any) -> Any:
    """Return the value of an attribute, which is stored by its type."""
    if not isinstance(attr, Mapping):
        return attr
    kind, value = next(iter(attr.items()), (None, None))
    if kind == "type":
        return _TYPES.get(value, value)
    if kind in ("i", "f"):
        return int(value) if kind == "i" else float(value)
    if kind == "s":
        import base64

        return base64.b64decode(value).decode("utf-8", "replace")
    if kind == "list" and isinstance(value, Mapping):
        items = next(iter(value.values()), [])
        return [int(x) if str(x).lstrip("-").isdigit() else x for x in items]
    return value


def _reduction(function: Callable) -> Callable:
    def call(x: Any, axis: Any, keep_dims: bool = False, **_: Any) -> Any:
        return function(x, axis=axis, keepdims=keep_dims)

    return call


def _product(a: Any, b: Any, **attrs: Any) -> Any:
    return tensorflow_function("matmul")(
        a,
        b,
        transpose_a=attrs.get("transpose_a") or attrs.get("adj_x") or False,
        transpose_b=attrs.get("transpose_b") or attrs.get("adj_y") or False,
    )


def _strided_slice(x: Any, begin: Any, end: Any, strides: Any, **attrs: Any) -> Any:
    def marked(name: str, place: int) -> bool:
        return bool(int(attrs.get(f"{name}_mask", 0)) >> place & 1)

    key: list[Any] = []
    for place, (start, stop, step) in enumerate(zip(begin, end, strides)):
        if marked("ellipsis", place):
            key.append(Ellipsis)
        elif marked("new_axis", place):
            key.append(None)
        elif marked("shrink_axis", place):
            key.append(start)
        else:
            first = None if marked("begin", place) else start
            key.append(slice(first, None if marked("end", place) else stop, step))
    return x[tuple(key)]


def _named(name: str, *kept: str) -> Callable:
    """Return a function of TensorFlow that takes some attributes as arguments."""

    def call(*inputs: Any, **attrs: Any) -> Any:
        options = {key: attrs[key] for key in kept if key in attrs}
        return tensorflow_function(name)(*inputs, **options)

    return call


def _softmax_crossentropy(logits: Any, labels: Any, **_: Any) -> list[Any]:
    """Return the loss, and its gradient by the logits."""
    loss = ops.categorical_crossentropy(labels, logits, from_logits=True)
    return [loss, ops.softmax(logits) - labels]


def _sparse_crossentropy(logits: Any, labels: Any, **_: Any) -> list[Any]:
    loss = ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    return [loss, ops.softmax(logits) - ops.one_hot(labels, logits.shape[-1])]


def _patches(x: Any, ksizes: Any, strides: Any, rates: Any, padding: str, **_: Any):
    return tensorflow_function("image.extract_patches")(
        x, ksizes, strides, rates, padding
    )


def _squeeze(x: Any, squeeze_dims: Any = None, **_: Any) -> Any:
    return ops.squeeze(x, axis=tuple(squeeze_dims) if squeeze_dims else None)


def _mirror_pad(x: Any, paddings: Any, mode: str = "REFLECT", **_: Any) -> Any:
    return tensorflow_function("pad")(x, _rows(paddings), mode=mode)


def _rows(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _pad(x: Any, paddings: Any, constant: Any = 0, **_: Any) -> Any:
    return ops.pad(x, _rows(paddings), constant_values=constant)


def _space(name: str) -> Callable:
    def call(x: Any, blocks: Any, margins: Any, **_: Any) -> Any:
        return tensorflow_function(name)(x, _rows(blocks), _rows(margins))

    return call


def _random(name: str) -> Callable:
    def call(shape: Any, dtype: Any = "float32", **_: Any) -> Any:
        return tensorflow_function(name)(shape, dtype=dtype)

    return call


_TABLE: dict[str, Callable] = {
    "AdjustContrastv2": lambda x, factor, **_: tensorflow_function(
        "image.adjust_contrast"
    )(x, factor),
    "ArgMax": lambda x, axis, **_: ops.argmax(x, axis=axis),
    "ArgMin": lambda x, axis, **_: ops.argmin(x, axis=axis),
    "AvgPool": _named("avg_pool", "ksize", "strides", "padding", "data_format"),
    "Cast": lambda x, DstT="float32", **_: ops.cast(x, DstT),
    "ConcatV2": lambda *values, **_: ops.concatenate(values[:-1], axis=values[-1]),
    "Conv2D": _named("conv2d", "strides", "padding", "data_format", "dilations"),
    "Cumsum": _named("cumsum", "exclusive", "reverse"),
    "Cumprod": _named("cumprod", "exclusive", "reverse"),
    "DepthToSpace": _named("depth_to_space", "block_size", "data_format"),
    "DepthwiseConv2dNative": _named(
        "depthwise_conv2d", "strides", "padding", "data_format", "dilations"
    ),
    "Einsum": lambda *values, equation="", **_: ops.einsum(equation, *values),
    "ExtractImagePatches": _patches,
    "GatherV2": lambda x, index, axis=0, batch_dims=0, **_: tensorflow_function(
        "gather"
    )(x, index, axis=axis, batch_dims=batch_dims),
    "IdentityN": lambda *values, **_: list(values),
    "LeakyRelu": _named("leaky_relu", "alpha"),
    "MaxPool": _named("max_pool", "ksize", "strides", "padding", "data_format"),
    "MirrorPad": _mirror_pad,
    "OneHot": lambda x, depth, on, off, axis=-1, **_: tensorflow_function("one_hot")(
        x, depth, on, off, axis
    ),
    "Pack": lambda *values, axis=0, **_: ops.stack(values, axis=axis),
    "PadV2": _pad,
    "Pad": _pad,
    "FusedBatchNormV3": _named(
        "fused_batch_norm", "epsilon", "data_format", "is_training"
    ),
    "LRN": _named(
        "local_response_normalization", "depth_radius", "bias", "alpha", "beta"
    ),
    "MatrixTriangularSolve": _named("triangular_solve", "lower", "adjoint"),
    "Conv2DBackpropInput": lambda shape, kernel, x, **attrs: tensorflow_function(
        "conv_transpose"
    )(x, kernel, shape, attrs["strides"], attrs["padding"], attrs.get("data_format")),
    "Qr": _named("qr", "full_matrices"),
    "RandomStandardNormal": _random("random.normal"),
    "RandomUniform": _random("random.uniform"),
    "ReverseSequence": lambda x, lengths, seq_dim, batch_dim=0, **_: (
        tensorflow_function("reverse_sequence")(x, lengths, seq_dim, batch_dim)
    ),
    "SelfAdjointEigV2": _named("eigh"),
    "ShapeN": lambda *values, **_: tensorflow_function("shape_n")(values),
    "Svd": _named("svd", "full_matrices", "compute_uv"),
    "TruncatedNormal": _random("random.truncated_normal"),
    "ResizeBilinear": lambda x, size, **attrs: tensorflow_function(
        "compat.v1.image.resize_bilinear"
    )(x, size, **{k: v for k, v in attrs.items() if k != "T"}),
    "ResizeNearestNeighbor": lambda x, size, **attrs: tensorflow_function(
        "compat.v1.image.resize_nearest_neighbor"
    )(x, size, **{k: v for k, v in attrs.items() if k != "T"}),
    "SoftmaxCrossEntropyWithLogits": _softmax_crossentropy,
    "SpaceToDepth": _named("space_to_depth", "block_size", "data_format"),
    "SparseSoftmaxCrossEntropyWithLogits": _sparse_crossentropy,
    "Split": lambda axis, x, num_split=1, **_: ops.split(x, num_split, axis=axis),
    "SplitV": lambda x, sizes, axis, **_: tensorflow_function("split")(x, sizes, axis),
    "Squeeze": _squeeze,
    "StridedSlice": _strided_slice,
    "TopKV2": lambda x, k, sorted=True, **_: ops.top_k(x, k, sorted=sorted),
    "Unpack": lambda x, num=None, axis=0, **_: ops.unstack(x, num, axis),
    "AddN": lambda *values, **_: sum(values[1:], values[0]),
    "SpaceToBatchND": _space("space_to_batch_nd"),
    "BatchToSpaceND": _space("batch_to_space_nd"),
}
