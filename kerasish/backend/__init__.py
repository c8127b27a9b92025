"""The engine; as `K`, the functions of Keras 2, which run on it."""

from kerasish.lazy import attach

# Module of `keras_functions` -> the public names that it defines.
_HOMES: dict[str, tuple[str, ...]] = {
    "activations": (
        "dropout", "elu", "hard_sigmoid", "l2_normalize", "relu", "sigmoid", "softmax",
        "softplus", "softsign", "tanh",
    ),
    "convolution": (
        "conv1d", "conv2d", "conv3d", "depthwise_conv2d", "separable_conv1d",
        "separable_conv2d",
    ),
    "crossentropies": (
        "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy",
        "categorical_focal_crossentropy", "sparse_categorical_crossentropy",
    ),
    "ctc": ("ctc_batch_cost", "ctc_decode", "ctc_label_dense_to_sparse"),
    "draws": (
        "random_bernoulli", "random_binomial", "random_normal", "random_uniform",
        "truncated_normal",
    ),
    "functions": (
        "Function", "Update", "eval", "function", "gradients", "moving_average_update",
        "update", "update_add", "update_sub",
    ),
    "local": ("local_conv1d", "local_conv2d"),
    "loops": ("foldl", "foldr", "map_fn", "rnn"),
    "mathematics": (
        "abs", "cast", "clip", "cos", "cumprod", "cumsum", "equal", "exp", "greater",
        "greater_equal", "identity", "less", "less_equal", "log", "maximum", "minimum",
        "not_equal", "pow", "round", "sign", "sin", "sqrt", "square", "stop_gradient",
    ),
    "normalisation": ("batch_normalization", "normalize_batch_in_training"),
    "phases": (
        "in_test_phase", "in_train_phase", "learning_phase", "learning_phase_scope",
        "set_learning_phase", "switch",
    ),
    "products": ("batch_dot", "bias_add", "dot"),
    "queries": (
        "arange", "count_params", "dtype", "get_variable_shape", "int_shape",
        "is_keras_tensor", "is_placeholder", "is_tensor", "ndim", "one_hot",
        "ones_like", "print_tensor", "shape", "zeros_like",
    ),
    "reductions": (
        "all", "any", "argmax", "argmin", "in_top_k", "logsumexp", "max", "mean", "min",
        "prod", "std", "sum", "var",
    ),
    "reshaping": (
        "batch_flatten", "concatenate", "expand_dims", "flatten", "gather",
        "permute_dimensions", "repeat", "repeat_elements", "reshape", "reverse",
        "slice", "squeeze", "stack", "tile", "transpose",
    ),
    "settings": (
        "cast_to_floatx", "get_session", "image_dim_ordering", "is_float_dtype",
        "is_int_dtype", "manual_variable_initialization", "normalize_data_format",
        "set_image_dim_ordering", "set_session",
    ),
    "sparse": ("SparseTensor", "is_sparse", "to_dense"),
    "spatial": (
        "resize_images", "resize_volumes", "spatial_2d_padding", "spatial_3d_padding",
        "temporal_padding",
    ),
    "transposed": ("conv2d_transpose", "conv3d_transpose", "pool2d", "pool3d"),
    "variables": (
        "batch_get_value", "batch_set_value", "constant", "eye", "get_value", "ones",
        "placeholder", "random_normal_variable", "random_uniform_variable", "set_value",
        "variable", "zeros",
    ),
}
_PYTHON = {"py_all": "all", "py_any": "any", "py_slice": "slice", "py_sum": "sum"}
__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Variable": "kerasish.backend.graph",
        "backend": "kerasish.backend.devices.report",
        "clear_session": "kerasish.utils.session",
        "get_uid": "kerasish.naming",
        "name_scope": "kerasish.naming",
        "reset_uids": "kerasish.naming",
        **dict.fromkeys(
            (
                "epsilon", "floatx", "image_data_format", "set_epsilon", "set_floatx",
                "set_image_data_format",
            ),
            "kerasish.backend.config",
        ),
        "result_type": "kerasish.backend.dtypes",
        "standardize_dtype": "kerasish.backend.dtypes",
        **{name: f"builtins:{builtin}" for name, builtin in _PYTHON.items()},
        **{
            name: f"kerasish.backend.keras_functions.{module}"
            for module, names in _HOMES.items()
            for name in names
        },
    },
)
