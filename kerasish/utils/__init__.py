"""Helpers around models: data sets, labels, seeds, progress bars, custom objects."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "CustomObjectScope": "kerasish.registry",
        "GeneratorEnqueuer": "kerasish.utils.enqueuers",
        "OrderedEnqueuer": "kerasish.utils.enqueuers",
        "Progbar": "kerasish.utils.progbar",
        "PyDataset": "kerasish.utils.py_dataset",
        "Sequence": "kerasish.utils.py_dataset",
        "SequenceEnqueuer": "kerasish.utils.enqueuers",
        "clear_session": "kerasish.utils.session",
        "custom_object_scope": "kerasish.registry:CustomObjectScope",
        "deserialize_keras_object": "kerasish.serialization",
        "disable_interactive_logging": "kerasish.utils.messages",
        "enable_interactive_logging": "kerasish.utils.messages",
        "get_custom_objects": "kerasish.registry",
        "get_registered_name": "kerasish.registry",
        "get_registered_object": "kerasish.registry",
        "is_interactive_logging_enabled": "kerasish.utils.messages",
        "is_keras_tensor": "kerasish.utils.tensors",
        "normalize": "kerasish.utils.numerical",
        "pack_x_y_sample_weight": "kerasish.models.data.packing",
        "pad_sequences": "kerasish.utils.padding",
        "register_keras_serializable": "kerasish.registry",
        "serialize_keras_object": "kerasish.serialization",
        "set_random_seed": "kerasish.utils.random_seed",
        "standardize_dtype": "kerasish.backend.dtypes",
        "to_categorical": "kerasish.utils.numerical",
        "unpack_x_y_sample_weight": "kerasish.models.data.packing",
    },
)
