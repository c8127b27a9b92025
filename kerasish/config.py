"""Global settings."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        **dict.fromkeys(
            (
                "epsilon",
                "floatx",
                "image_data_format",
                "set_epsilon",
                "set_floatx",
                "set_image_data_format",
            ),
            "kerasish.backend.config",
        ),
        **dict.fromkeys(
            ("disable_determinism", "enable_determinism", "is_determinism_enabled"),
            "kerasish.backend.determinism",
        ),
        **dict.fromkeys(
            ("backend", "set_backend", "set_memory_limit", "show"),
            "kerasish.backend.devices.report",
        ),
        **dict.fromkeys(
            ("disable_cuda_graphs", "enable_cuda_graphs", "is_cuda_graphs_enabled"),
            "kerasish.backend.devices.capturing",
        ),
        **dict.fromkeys(
            ("disable_tf32", "enable_tf32", "is_tf32_enabled"),
            "kerasish.backend.devices.precision",
        ),
        **dict.fromkeys(
            ("num_threads", "set_num_threads"), "kerasish.backend.devices.threads"
        ),
        **dict.fromkeys(
            (
                "disable_flash_attention",
                "disable_traceback_filtering",
                "enable_flash_attention",
                "enable_traceback_filtering",
                "enable_unsafe_deserialization",
                "is_flash_attention_enabled",
                "is_nnx_enabled",
                "is_traceback_filtering_enabled",
                "is_unsafe_deserialization_enabled",
                "max_epochs",
                "max_steps_per_epoch",
                "set_max_epochs",
                "set_max_steps_per_epoch",
            ),
            "kerasish.backend.limits",
        ),
        "debug_nans": "kerasish.backend.plan.nan_check",
        "disable_interactive_logging": "kerasish.utils.messages",
        "dtype_policy": "kerasish.dtype_policies",
        "enable_interactive_logging": "kerasish.utils.messages",
        "is_interactive_logging_enabled": "kerasish.utils.messages",
        "set_dtype_policy": "kerasish.dtype_policies",
    },
)
