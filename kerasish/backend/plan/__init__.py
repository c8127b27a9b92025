"""Compiling and running graphs."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Function": "kerasish.backend.plan.functions",
        "GradientTape": "kerasish.backend.plan.tape",
        "debug_nans": "kerasish.backend.plan.nan_check",
        "draw": "kerasish.backend.plan.drawing",
        "evaluate": "kerasish.backend.plan.evaluation",
        "explain": "kerasish.backend.plan.drawing",
        "forget_evaluations": "kerasish.backend.plan.evaluation",
        "function": "kerasish.backend.plan.tracing",
        "interpret": "kerasish.backend.plan.interpreter",
        "profile": "kerasish.backend.plan.profiling",
        "value_and_grad": "kerasish.backend.plan.tracing",
    },
)
