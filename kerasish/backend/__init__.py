"""The engine: graph, autodiff, rewriting, plans, devices."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Variable": "kerasish.backend.graph",
        "clear_session": "kerasish.utils.session",
        "get_uid": "kerasish.naming",
        "reset_uids": "kerasish.naming",
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
        "result_type": "kerasish.backend.dtypes",
        "standardize_dtype": "kerasish.backend.dtypes",
    },
)
