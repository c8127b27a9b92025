"""Activations of `tf.nn`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.documentation import example
from kerasish.graph.mathematics import maximum, unary
from kerasish.graph.tensors import Tensor

_UNARY = {
    "elu": ("elu", "Elu", "[-99.0, 2.0]", "[-1.  2.]"),
    "relu": ("relu", "Relu", "[-1.0, 2.0]", "[0. 2.]"),
    "relu6": ("relu6", "Relu6", "[-1.0, 8.0]", "[0. 6.]"),
    "selu": ("selu", "Selu", "0.0", "0.0"),
    "softplus": ("softplus", "Softplus", "99.0", "99.0"),
    "softsign": ("softsign", "Softsign", "[-3.0, 1.0]", "[-0.75  0.5 ]"),
    "swish": ("silu", "swish", "0.0", "0.0"),
}
_names = globals()
_names |= {name: unary(name, *row, home="tf.nn") for name, row in _UNARY.items()}
# Their examples run with those of the module.
__test__ = {name: _names[name] for name in _UNARY}


@example(
    "tf.nn.leaky_relu([-5.0, 2.0])", "[-1.  2.]", features="A tensor.",
    alpha="The slope for negative elements.",
)  # fmt: skip
def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Tensor:
    """Return `max(alpha * x, x)`."""
    x = convert_to_tensor(features)
    return maximum(x * alpha, x, name=name or "LeakyRelu")


@example(
    "tf.nn.crelu([-5.0, 2.0])", "[0. 2. 5. 0.]", features="A tensor.",
    axis="The axis along which both are joined.",
)  # fmt: skip
def crelu(features: Any, name: str | None = None, axis: int = -1) -> Tensor:
    """Return the rectified input and, beside it, its rectified negative."""
    return apply(
        "CRelu",
        lambda x: ops.relu(ops.concatenate([x, ops.negative(x)], axis=axis)),
        convert_to_tensor(features),
        name=name,
    )


def _softmax(function: str, kind: str, printed: str) -> Callable:
    def operation(
        logits: Any, axis: int | None = None, name: str | None = None,
        dim: int | None = None,
    ) -> Tensor:  # fmt: skip
        axis = dim if axis is None else axis
        place = -1 if axis is None else axis
        normalize = getattr(ops, function)
        return apply(
            kind, lambda x: normalize(x, axis=place), convert_to_tensor(logits),
            name=name,
        )  # fmt: skip

    operation.__doc__ = f"""Turn logits into probabilities ({function}).

    Args:
        logits: A tensor.
        axis: The axis of the classes, the last one by default.
        name: A name.
        dim: The older name of `axis`.
    """
    return example(f"tf.nn.{function}([199.0, 0.0])", printed)(operation)


softmax = _softmax("softmax", "Softmax", "[1. 0.]")


log_softmax = _softmax("log_softmax", "LogSoftmax", "[   0. -199.]")
