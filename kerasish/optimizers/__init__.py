"""Optimizers: how gradients change the weights."""

from kerasish.lazy import attach

OPTIMIZERS = {
    name: f"kerasish.optimizers.{module}"
    for module, names in {
        "optimizer": ("Optimizer",),
        "gradient_descent": ("SGD", "Lion"),
        "mean_square": ("RMSprop",),
        "adaptive_moments": ("Adam", "AdamW", "Adamax", "Nadam"),
        "adaptive_gradient": ("Adagrad", "Adadelta"),
        "ftrl": ("Ftrl",),
        "large_batch": ("Adafactor", "Lamb"),
        "muon": ("Muon",),
        "schedule_free": ("ScheduleFreeAdamW",),
        "loss_scale": ("LossScaleOptimizer",),
        "multi_optimizer": ("MultiOptimizer",),
    }.items()
    for name in names
}
_IN_KERAS_2 = ("SGD", "RMSprop", "Adam", "Adamax", "Nadam", "Adagrad", "Adadelta")
_OTHERS = {
    **dict.fromkeys(("get", "serialize", "deserialize"), "kerasish.optimizers.lookup"),
    **{name.lower(): f"{OPTIMIZERS[name]}:{name}" for name in _IN_KERAS_2},
    "OptimizerMap": "kerasish.optimizers.multi_optimizer",
    "TFOptimizer": "kerasish.unavailable",
    "clip_norm": "kerasish.optimizers.clipping",
    "legacy": "kerasish.optimizers.legacy:",
    "schedules": "kerasish.optimizers.schedules:",
}

__getattr__, __dir__, __all__ = attach(__name__, {**OPTIMIZERS, **_OTHERS})
