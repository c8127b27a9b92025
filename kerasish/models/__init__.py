"""Models: layers that are trained, saved and run together."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Functional": "kerasish.models.functional",
        "Model": "kerasish.models.model",
        "Network": "kerasish.models.functional:Functional",
        "Sequential": "kerasish.models.sequential",
        "clone_model": "kerasish.models.cloning",
        "load_model": "kerasish.saving.api",
        "load_weights_from_hdf5_group": "kerasish.unavailable",
        "load_weights_from_hdf5_group_by_name": "kerasish.unavailable",
        "model_from_config": "kerasish.models.model",
        "model_from_json": "kerasish.models.model",
        "model_from_yaml": "kerasish.models.yaml_text",
        "preprocess_weights_for_loading": "kerasish.unavailable",
        "save_model": "kerasish.saving.api",
        "save_weights_to_hdf5_group": "kerasish.unavailable",
    },
)
