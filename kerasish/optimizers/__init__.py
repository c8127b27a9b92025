"""Optimizers: how gradients change the weights."""

from kerasish.lazy import attach

OPTIMIZERS = {
    name: f"kerasish.optimizers.{module}"
    for module, names in {
        "optimizer": ("Optimizer",),
        "sgd": ("SGD", "Lion"),
        "rmsprop": ("RMSprop",),
        "adam": ("Adam", "AdamW", "Adamax", "Nadam"),
        "adagrad": ("Adagrad", "Adadelta"),
        "ftrl": ("Ftrl",),
        "large_batch": ("Adafactor", "Lamb"),
        "muon": ("Muon",),
        "schedule_free": ("ScheduleFreeAdamW",),
        "loss_scale": ("LossScaleOptimizer",),
    }.items()
    for name in names
}
_OTHERS = {
    **dict.fromkeys(("get", "serialize", "deserialize"), "kerasish.optimizers.lookup"),
    "schedules": "kerasish.optimizers.schedules:",
}

__getattr__, __dir__, __all__ = attach(__name__, {**OPTIMIZERS, **_OTHERS})
