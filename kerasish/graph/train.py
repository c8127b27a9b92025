"""The names of `tf.train`."""

from kerasish.graph.absent import hint_of
from kerasish.lazy import attach

_HOMES = {
    "optimizer": ("Optimizer",),
    "optimizers": (
        "AdadeltaOptimizer", "AdagradOptimizer", "AdamOptimizer", "FtrlOptimizer",
        "GradientDescentOptimizer", "MomentumOptimizer", "RMSPropOptimizer",
    ),
    "schedules": (
        "cosine_decay", "exponential_decay", "inverse_time_decay", "natural_exp_decay",
        "piecewise_constant", "polynomial_decay",
    ),
    "averages": (
        "ExponentialMovingAverage", "create_global_step", "get_global_step",
        "get_or_create_global_step", "global_step",
    ),
    "saver": (
        "CheckpointState", "Saver", "checkpoint_exists", "get_checkpoint_state",
        "import_meta_graph", "latest_checkpoint",
    ),
}  # fmt: skip
__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        name: f"kerasish.graph.{module}"
        for module, names in _HOMES.items()
        for name in names
    }
    | {"SummaryWriter": "kerasish.graph.summary:FileWriter"},
    hint_of("tf.train"),
)
