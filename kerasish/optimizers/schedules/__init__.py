"""Learning-rate schedules: the learning rate as a function of the step."""

from kerasish.lazy import attach

SCHEDULES = {
    "LearningRateSchedule": "kerasish.optimizers.schedules.schedule",
    "CosineDecay": "kerasish.optimizers.schedules.cosine",
    "CosineDecayRestarts": "kerasish.optimizers.schedules.cosine",
    "ExponentialDecay": "kerasish.optimizers.schedules.decay",
    "InverseTimeDecay": "kerasish.optimizers.schedules.decay",
    "PiecewiseConstantDecay": "kerasish.optimizers.schedules.decay",
    "PolynomialDecay": "kerasish.optimizers.schedules.decay",
}
_LOOKUP = dict.fromkeys(
    ("get", "serialize", "deserialize"), "kerasish.optimizers.schedules.lookup"
)

__getattr__, __dir__, __all__ = attach(__name__, {**SCHEDULES, **_LOOKUP})
