"""Which ops of the engine Keras 3 knows as operation objects, so that it reads them."""

from __future__ import annotations

from typing import Any

_ELEMENTWISE = (
    "absolute", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "ceil", "cos", "cosh", "divide", "equal", "exp", "expm1", "floor",
    "floor_divide", "greater", "greater_equal", "isfinite", "isinf", "isnan", "less",
    "less_equal", "log", "log10", "log1p", "log2", "logical_and", "logical_not",
    "logical_or", "logical_xor", "matmul", "maximum", "minimum", "mod", "multiply",
    "negative", "not_equal", "power", "reciprocal", "sign", "sin", "sinh", "sqrt",
    "square", "subtract", "tan", "tanh", "where",
)  # fmt: skip
_REDUCTIONS = ("all", "any", "mean", "std", "sum", "var")
_JOINING = ("concatenate", "stack")
_NEURAL = (
    "log_sigmoid", "log_softmax", "relu", "relu6", "selu", "sigmoid", "silu", "softmax",
    "softplus", "softsign",
)  # fmt: skip
_ATTRIBUTES = {"axis", "keepdims"}


def class_name_of(op: str) -> str:
    """Return the name of an op in the way of class names.

    Example:

    >>> class_name_of("not_equal"), class_name_of("log1p")
    ('NotEqual', 'Log1p')
    """
    return "".join(part[:1].upper() + part[1:] for part in op.split("_"))


def keras_operation(op: str, attrs: dict, args: list) -> dict[str, Any] | None:
    """Describe an op as the operation object that Keras 3 has for it.

    Args:
        op: The name of the engine's op.
        attrs: Its attributes.
        args: Its inputs, described.

    Returns:
        A dictionary with `module`, `class_name`, `config` and `args`; `None` if Keras 3
        has no such operation.

    Example:

    >>> keras_operation("add", {}, [])["class_name"]
    'Add'
    """
    if op not in (*_ELEMENTWISE, *_REDUCTIONS, *_JOINING, *_NEURAL):
        return None
    if not set(attrs) <= _ATTRIBUTES:
        return None
    config = dict(attrs)
    axis = config.get("axis")
    if isinstance(axis, tuple):
        config["axis"] = axis[0] if len(axis) == 1 else list(axis)
    return {
        "module": f"keras.src.ops.{'nn' if op in _NEURAL else 'numpy'}",
        "class_name": class_name_of(op),
        "config": config,
        "args": [args] if op in _JOINING else args,
    }
