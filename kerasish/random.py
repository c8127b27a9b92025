"""Random tensors and the generators of their seeds."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    dict.fromkeys(
        (
            "SeedGenerator",
            "beta",
            "bernoulli",
            "binomial",
            "categorical",
            "dropout",
            "gamma",
            "normal",
            "randint",
            "shuffle",
            "truncated_normal",
            "uniform",
        ),
        "kerasish.backend.random",
    ),
)
