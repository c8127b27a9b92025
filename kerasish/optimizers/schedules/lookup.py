"""Find, save and rebuild learning-rate schedules by name."""

from __future__ import annotations

from kerasish.optimizers.schedules import SCHEDULES
from kerasish.registry import Registry

REGISTRY = Registry(
    "learning-rate schedule", SCHEDULES, module="keras.optimizers.schedules"
)
get = REGISTRY.get
serialize = REGISTRY.serialize
deserialize = REGISTRY.deserialize
