"""Saving and loading: files, configurations, custom objects."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "CustomObjectScope": "kerasish.registry",
        "KerasFileEditor": "kerasish.unavailable",
        "custom_object_scope": "kerasish.registry:CustomObjectScope",
        "deserialize_keras_object": "kerasish.serialization",
        "get_custom_objects": "kerasish.registry",
        "get_registered_name": "kerasish.registry",
        "get_registered_object": "kerasish.registry",
        "convert": "kerasish.saving.conversion",
        "inspect": "kerasish.saving.inspection",
        "load_model": "kerasish.saving.api",
        "load_weights": "kerasish.saving.api",
        "register_keras_serializable": "kerasish.registry",
        "save_model": "kerasish.saving.api",
        "save_weights": "kerasish.saving.api",
        "serialize_keras_object": "kerasish.serialization",
    },
)
