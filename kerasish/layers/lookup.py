"""The registry of layers and models."""

from __future__ import annotations

from kerasish.layers.table import BASE, LAYERS
from kerasish.registry import Registry

_CLASSES = {
    **BASE,
    **{name: home for name, home in LAYERS.items() if name[0].isupper()},
    # Only in models of Keras 1, and no part of the public layers.
    "ParametricSoftplus": "kerasish.layers.activation.learned_curves",
    "SReLU": "kerasish.layers.activation.learned_curves",
    # Only in models of `keras.applications`.
    "LayerScale": "kerasish.layers.regularization.residual_branches",
    "StochasticDepth": "kerasish.layers.regularization.residual_branches",
    "FeatureSpace": "kerasish.utils.feature_space",
    "Model": "kerasish.models.model",
    "Functional": "kerasish.models.functional",
    "Sequential": "kerasish.models.sequential",
}
registry = Registry("layer", _CLASSES, module="keras.layers")
get = registry.get
serialize = registry.serialize
deserialize = registry.deserialize
