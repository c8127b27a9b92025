"""The optimizers under the place that tf.keras gave its older ones."""

from kerasish.lazy import attach
from kerasish.optimizers import OPTIMIZERS

_NAMES = (
    "Adadelta",
    "Adagrad",
    "Adam",
    "Adamax",
    "Ftrl",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "SGD",
)

__getattr__, __dir__, __all__ = attach(
    __name__, {name: OPTIMIZERS[name] for name in _NAMES}
)
