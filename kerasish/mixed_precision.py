"""Computing in a lower float type than the Variables have."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "DTypePolicy": "kerasish.dtype_policies",
        "LossScaleOptimizer": "kerasish.optimizers",
        "Policy": "kerasish.dtype_policies",
        "dtype_policy": "kerasish.dtype_policies",
        "global_policy": "kerasish.dtype_policies:dtype_policy",
        "set_dtype_policy": "kerasish.dtype_policies",
        "set_global_policy": "kerasish.dtype_policies:set_dtype_policy",
    },
)
