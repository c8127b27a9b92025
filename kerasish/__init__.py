"""Keras on a small engine of its own, which runs on NumPy and CuPy.

Example:

>>> import kerasish as keras
>>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
>>> model.compile(optimizer="adam", loss="mse")
"""

from kerasish.lazy import attach

__version__ = "0.1.0"

_MODULES = (
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "dtype_policies",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "tree",
    "utils",
    "visualization",
    "wrappers",
)
_NAMES = {
    "DTypePolicy": "kerasish.dtype_policies",
    "FloatDTypePolicy": "kerasish.dtype_policies",
    "Function": "kerasish.models.function",
    "GradientTape": "kerasish.backend.plan",
    "Initializer": "kerasish.initializers",
    "Input": "kerasish.layers.core.input_layer",
    "InputSpec": "kerasish.layers.input_spec",
    "KerasTensor": "kerasish.backend.graph.keras_tensor",
    "Layer": "kerasish.layers.layer",
    "Loss": "kerasish.losses",
    "Metric": "kerasish.metrics",
    "Model": "kerasish.models.model",
    "Operation": "kerasish.layers.layer:Layer",
    "Optimizer": "kerasish.optimizers",
    "Quantizer": "kerasish.unavailable",
    "Regularizer": "kerasish.regularizers",
    "RematScope": "kerasish.scopes",
    "Sequential": "kerasish.models.sequential",
    "StatelessScope": "kerasish.backend.graph.stateless",
    "SymbolicScope": "kerasish.scopes",
    "Tensor": "kerasish.backend.graph.tensor",
    "Variable": "kerasish.backend.graph.variable",
    "device": "kerasish.backend.devices",
    "function": "kerasish.backend.plan",
    "name_scope": "kerasish.naming",
    "profile": "kerasish.backend.plan",
    "remat": "kerasish.scopes",
    "value_and_grad": "kerasish.backend.plan",
    "version": "kerasish.scopes",
}

__getattr__, __dir__, __all__ = attach(
    __name__, {**{name: f"kerasish.{name}:" for name in _MODULES}, **_NAMES}
)
