"""Losses: what training makes small."""

from kerasish.lazy import attach

_BASE = ("Loss", "LossFunctionWrapper")
_REGRESSION = (
    "MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError",
    "MeanSquaredLogarithmicError", "CosineSimilarity", "Huber", "LogCosh",
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error", "cosine_similarity", "huber", "log_cosh",
)  # fmt: skip
_CROSSENTROPY = (
    "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy",
    "binary_crossentropy", "categorical_crossentropy",
    "sparse_categorical_crossentropy",
)  # fmt: skip
_FOCAL = (
    "BinaryFocalCrossentropy", "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "binary_focal_crossentropy", "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
)  # fmt: skip
_DIVERGENCE = ("KLDivergence", "Poisson", "kl_divergence", "poisson")
_HINGE = (
    "Hinge", "SquaredHinge", "CategoricalHinge",
    "hinge", "squared_hinge", "categorical_hinge",
)  # fmt: skip
_OVERLAP = ("Dice", "Tversky", "Circle", "dice", "tversky", "circle")

LOSSES = {
    name: f"kerasish.losses.{module}"
    for module, names in {
        "loss": _BASE,
        "regression": _REGRESSION,
        "crossentropy": _CROSSENTROPY,
        "focal": _FOCAL,
        "divergence": _DIVERGENCE,
        "margin": _HINGE,
        "overlap": _OVERLAP,
        "sequence": ("CTC", "ctc"),
    }.items()
    for name in names
}
ALIASES = {
    "bce": "binary_crossentropy",
    "BCE": "binary_crossentropy",
    "kld": "kl_divergence",
    "KLD": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "mae": "mean_absolute_error",
    "MAE": "mean_absolute_error",
    "mse": "mean_squared_error",
    "MSE": "mean_squared_error",
    "mape": "mean_absolute_percentage_error",
    "MAPE": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "MSLE": "mean_squared_logarithmic_error",
    "logcosh": "log_cosh",
    "cosine": "cosine_similarity",
    "cosine_proximity": "cosine_similarity",
}
_OLD_NAMES = {alias: f"{LOSSES[name]}:{name}" for alias, name in ALIASES.items()}
_LOOKUP = dict.fromkeys(
    ("get", "serialize", "deserialize", "resolve"), "kerasish.losses.lookup"
)

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        **LOSSES,
        **_OLD_NAMES,
        **_LOOKUP,
        "Reduction": "kerasish.losses.reduction",
    },
)
