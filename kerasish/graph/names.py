"""Where the names of the package are defined."""

from __future__ import annotations

_DTYPES = (
    "DType", "as_dtype", "bfloat16", "bool", "complex64", "complex128", "double",
    "float16", "float32", "float64", "half", "int8", "int16", "int32", "int64",
    "string", "uint8", "uint16", "uint32", "uint64",
)  # fmt: skip
_CURRENT_GRAPH = (
    "add_to_collection", "add_to_collections", "colocate_with",
    "control_dependencies", "device", "get_collection", "get_collection_ref",
    "name_scope", "set_random_seed",
)  # fmt: skip
_SESSION = (
    "ConfigProto", "GPUOptions", "GraphOptions", "InteractiveSession",
    "OptimizerOptions", "RunMetadata", "RunOptions", "Session",
)  # fmt: skip
_VARIABLES = (
    "Variable", "is_variable_initialized", "report_uninitialized_variables",
)  # fmt: skip
_ASSIGNMENTS = (
    "assign", "assign_add", "assign_sub", "scatter_add", "scatter_sub",
    "scatter_update",
)  # fmt: skip
_MATHEMATICS = (
    "abs", "accumulate_n", "acos", "acosh", "add", "add_n", "asin", "asinh", "atan",
    "atan2", "atanh", "cast", "ceil", "complex", "conj", "cos", "cosh", "div",
    "div_no_nan", "divide", "equal", "erf", "erfc", "exp", "expm1", "floor",
    "floor_div", "floordiv", "floormod", "greater", "greater_equal", "imag", "inv",
    "invert", "is_finite", "is_inf", "is_nan", "less", "less_equal", "log", "log1p",
    "log_sigmoid", "logical_and", "logical_not", "logical_or", "logical_xor", "maximum",
    "minimum", "mod", "mul", "multiply", "neg", "negative", "not_equal", "pow", "real",
    "reciprocal", "rint", "round", "rsqrt", "saturate_cast", "sigmoid", "sign", "sin",
    "sinh", "sqrt", "square", "squared_difference", "sub", "subtract", "tan", "tanh",
    "to_bfloat16", "to_double", "to_float", "to_int32", "to_int64", "truediv",
)  # fmt: skip
_REDUCTIONS = (
    "arg_max", "arg_min", "argmax", "argmin", "count_nonzero", "cumprod", "cumsum",
    "reduce_all", "reduce_any", "reduce_logsumexp", "reduce_max", "reduce_mean",
    "reduce_min", "reduce_prod", "reduce_std", "reduce_sum", "reduce_variance",
)  # fmt: skip
_CREATION = (
    "eye", "fill", "identity", "lin_space", "linspace", "ones", "ones_like",
    "placeholder", "placeholder_with_default", "range", "stop_gradient", "zeros",
    "zeros_like",
)  # fmt: skip
_DRAWS = (
    "multinomial", "random_crop", "random_gamma", "random_normal", "random_shuffle",
    "random_uniform", "truncated_normal",
)  # fmt: skip
_ARRAYS = (
    "broadcast_to", "concat", "expand_dims", "matrix_transpose", "meshgrid", "newaxis",
    "pack", "pad", "rank", "reshape", "reverse", "reverse_v2", "shape", "size",
    "split", "squeeze", "stack", "tile", "transpose", "unpack", "unstack",
)  # fmt: skip
_GATHERING = (
    "boolean_mask", "dynamic_partition", "gather", "gather_nd", "invert_permutation",
    "one_hot", "scatter_nd", "select", "sequence_mask", "sparse_to_dense", "unique",
    "where",
)  # fmt: skip
_LINEAR_ALGEBRA = (
    "cholesky", "cholesky_solve", "cross", "diag", "diag_part", "fft",
    "matrix_band_part", "matrix_determinant", "matrix_diag", "matrix_diag_part",
    "matrix_inverse", "matrix_solve", "matrix_solve_ls", "matrix_triangular_solve",
    "norm", "qr", "self_adjoint_eig", "self_adjoint_eigvals", "svd", "trace",
)  # fmt: skip
_SEGMENTS = (
    "segment_max", "segment_mean", "segment_min", "segment_prod", "segment_sum",
    "unsorted_segment_max", "unsorted_segment_mean", "unsorted_segment_min",
    "unsorted_segment_prod", "unsorted_segment_sqrt_n", "unsorted_segment_sum",
)  # fmt: skip
_CONTROL = (
    "case", "cond", "group", "no_op", "tuple",
)  # fmt: skip
_CHECKS = (
    "Assert", "Print", "assert_equal", "assert_greater", "assert_greater_equal",
    "assert_less", "assert_less_equal", "check_numerics", "py_func",
)  # fmt: skip
_DIFFERENTIATION = (
    "IndexedSlices", "clip_by_average_norm", "clip_by_global_norm", "clip_by_norm",
    "clip_by_value", "global_norm", "gradients", "hessians",
)  # fmt: skip
_SCOPES = (
    "AUTO_REUSE", "VariableScope", "get_local_variable", "get_variable",
    "get_variable_scope", "make_template", "no_regularizer", "variable_scope",
)  # fmt: skip
_VARIABLE_LISTS = (
    "all_variables", "global_variables", "global_variables_initializer",
    "initialize_all_variables", "initialize_local_variables", "initialize_variables",
    "local_variables", "local_variables_initializer", "model_variables",
    "moving_average_variables", "trainable_variables", "variables_initializer",
)  # fmt: skip
_INITIALIZERS = {
    "constant_initializer": "Constant",
    "glorot_normal_initializer": "GlorotNormal",
    "glorot_uniform_initializer": "GlorotUniform",
    "ones_initializer": "Ones",
    "orthogonal_initializer": "Orthogonal",
    "random_normal_initializer": "RandomNormal",
    "random_uniform_initializer": "RandomUniform",
    "truncated_normal_initializer": "TruncatedNormal",
    "variance_scaling_initializer": "VarianceScaling",
    "zeros_initializer": "Zeros",
}
_MODULES = (
    "app", "contrib", "errors", "layers", "logging", "losses", "metrics", "nn",
    "summary", "train",
)  # fmt: skip
_HOMES = {
    "dtypes": _DTYPES,
    "shapes": ("Dimension", "TensorShape"),
    "state": ("get_default_graph", "get_default_session", "reset_default_graph"),
    "tensors": ("Operation", "Tensor"),
    "constants": ("constant", "convert_to_tensor"),
    "graphs": ("Graph", "GraphKeys"),
    "current_graph": _CURRENT_GRAPH,
    "session": _SESSION,
    "variables": _VARIABLES,
    "assignments": _ASSIGNMENTS,
    "mathematics": _MATHEMATICS,
    "reductions": _REDUCTIONS,
    "products": ("batch_matmul", "einsum", "matmul", "sparse_matmul", "tensordot"),
    "creation": _CREATION,
    "draws": _DRAWS,
    "arrays": _ARRAYS,
    "slicing": ("slice", "strided_slice"),
    "gathering": _GATHERING,
    "linear_algebra": _LINEAR_ALGEBRA,
    "segments": _SEGMENTS,
    "control": _CONTROL,
    "loops": ("foldl", "foldr", "map_fn", "scan", "while_loop"),
    "checks": _CHECKS,
    "differentiation": _DIFFERENTIATION,
    "scopes": _SCOPES,
    "variable_lists": _VARIABLE_LISTS,
    "recurrent": ("reverse_sequence",),
}
NAMES = {
    name: f"kerasish.graph.{module}"
    for module, names in _HOMES.items()
    for name in names
}
NAMES |= {
    name: f"kerasish.graph.initializers:{class_name}"
    for name, class_name in _INITIALIZERS.items()
}
NAMES |= {name: f"kerasish.graph.{name}:" for name in _MODULES}
NAMES["flags"] = "kerasish.graph.app"
