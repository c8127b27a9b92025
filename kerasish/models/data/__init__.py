"""Where the batches of `fit`, `evaluate` and `predict` come from."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "EpochSteps": "kerasish.models.data.steps",
        "Signature": "kerasish.models.data.signature",
        "describe": "kerasish.models.data.signature",
        "open_source": "kerasish.models.data.source",
        "pack_x_y_sample_weight": "kerasish.models.data.packing",
        "split_arrays": "kerasish.models.data.split",
        "standardize_batch": "kerasish.models.data.conversion",
        "unpack_x_y_sample_weight": "kerasish.models.data.packing",
    },
)
