"""Operations under the names of `keras.ops`, loaded on first use."""

from kerasish.lazy import attach

# Module -> the public functions that it defines, sorted by module.
_HOMES: dict[str, tuple[str, ...]] = {
    "adaptive_pooling": ("adaptive_average_pool", "adaptive_max_pool"),
    "arithmetic": (
        "abs", "absolute", "add", "divide", "divide_no_nan", "fabs", "floor_divide",
        "fmod", "mod", "multiply", "negative", "power", "reciprocal", "square",
        "subtract", "true_divide",
    ),
    "attention": ("dot_product_attention",),
    "axes": (
        "broadcast_like", "broadcast_to", "moveaxis", "swapaxes", "transpose",
        "unbroadcast",
    ),
    "bitwise": (
        "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not",
        "bitwise_or", "bitwise_right_shift", "bitwise_xor", "left_shift", "right_shift",
    ),
    "casting": ("cast", "copy", "dtype", "saturate_cast", "view"),
    "comparison": (
        "allclose", "equal", "greater", "greater_equal", "isclose", "isfinite", "isin",
        "isinf", "isnan", "isneginf", "isposinf", "isreal", "less", "less_equal",
        "logical_and", "logical_not", "logical_or", "logical_xor", "not_equal",
        "signbit",
    ),
    "complex_numbers": (
        "angle", "conj", "conjugate", "imag", "polar", "real", "view_as_complex",
        "view_as_real",
    ),
    "control": (
        "cond", "fori_loop", "map", "scan", "switch", "vectorized_map", "while_loop",
    ),
    "convolution": ("conv", "depthwise_conv", "separable_conv"),
    "convolution_transpose": ("conv_transpose",),
    "correlations": ("corrcoef", "correlate", "histogram"),
    "counting": ("bincount", "nonzero", "unique"),
    "creation": (
        "array", "convert_to_numpy", "convert_to_tensor", "empty", "empty_like", "full",
        "full_like", "ones", "ones_like", "zeros", "zeros_like",
    ),
    "crossentropy": (
        "binary_crossentropy", "categorical_crossentropy", "psnr",
        "sparse_categorical_crossentropy",
    ),
    "ctc": ("ctc_decode", "ctc_loss"),
    "cumulative": (
        "cumprod", "cumsum", "cumulative_product", "diff", "linear_recurrence", "shift",
        "trapezoid",
    ),
    "differentiation": ("custom_gradient", "jvp", "stop_gradient"),
    "dropout": ("stateless_dropout",),
    "einstein": ("einsum",),
    "encoding": ("multi_hot", "one_hot"),
    "factorisations": ("cholesky", "eig", "eigh", "lu_factor", "qr", "svd"),
    "fourier": ("fft", "fft2", "ifft2", "irfft", "rfft"),
    "gathering": (
        "extract_sequences", "gather", "take", "take_along_axis",
        "take_along_axis_adjoint", "unravel_index",
    ),
    "image_borders": ("crop_images", "pad_images"),
    "image_colors": ("hsv_to_rgb", "rgb_to_grayscale", "rgb_to_hsv"),
    "image_filters": ("gaussian_blur", "sobel_edges", "ssim"),
    "image_resizing": ("resize", "scale_and_translate"),
    "image_sampling": ("affine_transform", "map_coordinates", "perspective_transform"),
    "indexing": ("get_item", "index_axis", "slice", "slice_axis"),
    "joining": ("append", "concatenate", "dstack", "hstack", "stack", "vstack"),
    "linear": ("dot", "inner", "matmul", "outer", "tensordot", "vdot"),
    "linear_systems": (
        "cholesky_inverse", "det", "inv", "logdet", "lstsq", "matrix_rank", "pinv",
        "slogdet", "solve", "solve_triangular",
    ),
    "matrices": (
        "diag", "diagflat", "diagonal", "eye", "identity", "trace", "tri", "tril",
        "triu", "vander",
    ),
    "nan_reductions": (
        "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean",
        "nanmedian", "nanmin", "nanpercentile", "nanprod", "nanquantile", "nanstd",
        "nansum", "nanvar",
    ),
    "neural": (
        "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
        "leaky_relu", "relu", "relu6", "soft_shrink", "sparse_plus", "sparse_sigmoid",
        "threshold",
    ),
    "neural_smooth": (
        "celu", "elu", "gelu", "glu", "log_sigmoid", "mish", "selu", "sigmoid", "silu",
        "softplus", "softsign", "squareplus", "swish", "tanh_shrink",
    ),
    "normalisation": (
        "batch_normalization", "batch_normalization_training", "layer_normalization",
        "moments", "normalize", "rms_normalization",
    ),
    "norms": ("cdist", "norm"),
    "padding": ("flip", "fliplr", "flipud", "pad", "roll", "rot90"),
    "patches": ("extract_patches", "extract_patches_3d", "fold", "unfold"),
    "phases": ("choose", "in_test_phase", "in_train_phase"),
    "philox": ("random_bits", "random_bits_like"),
    "pooling": ("average_pool", "max_pool"),
    "prefix_scan": ("associative_scan",),
    "products": ("cross", "kron"),
    "ranges": ("arange", "geomspace", "linspace", "logspace", "meshgrid"),
    "rearranging": ("rearrange",),
    "recurrent": ("gru_sequence", "lstm_sequence", "simple_rnn_sequence"),
    "reductions": (
        "all", "amax", "amin", "any", "argmax", "argmin", "axis_size", "max", "mean",
        "min", "prod", "sum",
    ),
    "repeating": ("repeat", "tile"),
    "reshaping": (
        "depth_to_space", "expand_dims", "ravel", "reshape", "reshape_like",
        "space_to_depth", "squeeze",
    ),
    "rounding": (
        "ceil", "floor", "gcd", "heaviside", "lcm", "ldexp", "nextafter", "round",
        "sign", "trunc",
    ),
    "scattering": ("scatter", "scatter_update", "slice_update", "window"),
    "segments": ("segment_max", "segment_min", "segment_prod", "segment_sum"),
    "selection": (
        "clip", "fmax", "fmin", "maximum", "minimum", "nan_to_num", "select", "where",
    ),
    "sizes": ("ndim", "shape", "shape_of", "size"),
    "softmaxes": ("log_softmax", "positions", "softmax", "sparsemax"),
    "sorting": (
        "argpartition", "argsort", "digitize", "in_top_k", "searchsorted", "sort",
        "top_k",
    ),
    "special": ("erf", "erfc", "erfinv", "i0"),
    "spectrograms": ("istft", "stft"),
    "splitting": ("array_split", "dsplit", "hsplit", "split", "unstack", "vsplit"),
    "statistics": (
        "average", "count_nonzero", "logsumexp", "median", "percentile", "ptp",
        "quantile", "std", "var",
    ),
    "transcendental": (
        "cbrt", "exp", "exp2", "expm1", "log", "log10", "log1p", "log2", "logaddexp",
        "logaddexp2", "rsqrt", "sqrt",
    ),
    "trigonometric": (
        "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cos",
        "cosh", "deg2rad", "hypot", "rad2deg", "sin", "sinc", "sinh", "tan", "tanh",
    ),
    "vectorization": ("vectorize",),
    "windows": ("bartlett", "blackman", "hamming", "hanning", "kaiser"),
}
__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        name: f"kerasish.backend.ops.{module}"
        for module, names in _HOMES.items()
        for name in names
    }
    | {"is_tensor": "kerasish.backend.graph.conversion"},
)
