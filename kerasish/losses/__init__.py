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
_LOOKUP = dict.fromkeys(
    ("get", "serialize", "deserialize", "resolve"), "kerasish.losses.lookup"
)

__getattr__, __dir__, __all__ = attach(__name__, {**LOSSES, **_LOOKUP})
