"""Activation functions: element by element, or along one axis.

Every function takes and returns a tensor and works on symbolic tensors, tensors with
values, and NumPy arrays. `get` finds one by its name.
"""

from kerasish.lazy import attach

ACTIVATIONS = {
    name: f"kerasish.activations.{module}"
    for module, names in {
        "rectifiers": (
            "celu",
            "elu",
            "hard_shrink",
            "hard_tanh",
            "leaky_relu",
            "linear",
            "relu",
            "relu6",
            "selu",
            "soft_shrink",
            "tanh_shrink",
            "threshold",
        ),
        "smooth": (
            "exponential",
            "gelu",
            "hard_sigmoid",
            "hard_sigmoid_keras2",
            "hard_silu",
            "log_sigmoid",
            "mish",
            "sigmoid",
            "silu",
            "softplus",
            "softsign",
            "sparse_plus",
            "sparse_sigmoid",
            "squareplus",
            "tanh",
        ),
        "along_axis": (
            "glu",
            "log_softmax",
            "softmax",
            "sparsemax",
        ),
    }.items()
    for name in names
}
ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}
_SHORT = {name: f"{ACTIVATIONS[target]}:{target}" for name, target in ALIASES.items()}

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        **ACTIVATIONS,
        **_SHORT,
        "deserialize": "kerasish.activations.lookup",
        "get": "kerasish.activations.lookup",
        "serialize": "kerasish.activations.lookup",
    },
)
