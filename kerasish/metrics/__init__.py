"""Metrics: what is watched while a model trains and is evaluated."""

from kerasish.lazy import attach
from kerasish.losses import ALIASES, LOSSES

_CLASSES = {
    "metric": ("Metric",),
    "mean": ("Mean", "MeanMetricWrapper", "Sum"),
    "mean_tensor": ("MeanRelativeError", "MeanTensor"),
    "accuracy": (
        "Accuracy", "BinaryAccuracy", "CategoricalAccuracy",
        "SparseCategoricalAccuracy", "TopKCategoricalAccuracy",
        "SparseTopKCategoricalAccuracy",
    ),
    "regression": (
        "MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError",
        "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError",
        "CosineSimilarity", "LogCoshError", "R2Score",
    ),
    "probabilistic": (
        "BinaryCrossentropy", "CategoricalCrossentropy",
        "SparseCategoricalCrossentropy", "KLDivergence", "Poisson",
        "Hinge", "SquaredHinge", "CategoricalHinge",
    ),
    "counts": (
        "FalseNegatives", "FalsePositives", "TrueNegatives", "TruePositives",
        "Precision", "Recall",
    ),
    "tradeoff": (
        "PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity",
        "SpecificityAtSensitivity",
    ),
    "auc": ("AUC",),
    "f_score": ("F1Score", "FBetaScore"),
    "iou": ("BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"),
    "correlation": ("ConcordanceCorrelation", "PearsonCorrelation"),
}  # fmt: skip
_FUNCTIONS = {
    "metrics.accuracy": (
        "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
        "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy",
    ),
    "metrics.correlation": ("concordance_correlation", "pearson_correlation"),
    "metrics.lookup": ("get", "serialize", "deserialize", "resolve"),
    "losses.regression": (
        "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error",
        "mean_squared_logarithmic_error", "huber", "log_cosh",
    ),
    "losses.crossentropy": (
        "binary_crossentropy", "categorical_crossentropy",
        "sparse_categorical_crossentropy",
    ),
    "losses.focal": ("binary_focal_crossentropy", "categorical_focal_crossentropy"),
    "losses.divergence": ("kl_divergence", "poisson"),
    "losses.margin": ("hinge", "squared_hinge", "categorical_hinge"),
}  # fmt: skip

METRICS = {
    name: f"kerasish.metrics.{module}"
    for module, names in _CLASSES.items()
    for name in names
}
_ALL = {
    name: f"kerasish.{module}" for module, names in _FUNCTIONS.items() for name in names
}

_OLD_NAMES = {alias: f"{LOSSES[name]}:{name}" for alias, name in ALIASES.items()}

__getattr__, __dir__, __all__ = attach(__name__, {**METRICS, **_ALL, **_OLD_NAMES})
