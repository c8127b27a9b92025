"""What is compared with Keras 3: losses, metrics, optimizers and schedules.

A case is `(name, class, arguments, inputs)`; names of inputs are keys of `arrays()`.
"""

import numpy as np

STEPS = 10
SHAPES = ((3, 4), (4,), (2, 3, 2))
SCHEDULE_STEPS = (0, 1, 4, 5, 9, 10, 11, 19, 25, 40, 73)


def arrays() -> dict[str, np.ndarray]:
    """The inputs, of a fixed seed; the stored copy counts, not this code."""
    random = np.random.default_rng(1234)

    def probabilities(*shape):
        raw = np.exp(random.normal(size=shape))
        return (raw / raw.sum(-1, keepdims=True)).astype("float32")

    one_hot = np.eye(5, dtype="float32")
    labels = random.integers(0, 5, size=6)
    sequence = random.integers(0, 5, size=(2, 3))
    made = {
        "real": random.normal(size=(6, 4)),
        "real_pred": random.normal(size=(6, 4)),
        "real_2": random.normal(size=(6, 4)),
        "real_pred_2": random.normal(size=(6, 4)),
        "positive": random.uniform(0.5, 3.0, size=(6, 4)),
        "positive_pred": random.uniform(0.5, 3.0, size=(6, 4)),
        "vector": random.normal(size=6),
        "column": random.normal(size=(6, 1)),
        "binary": random.integers(0, 2, size=(6, 3)),
        "binary_2": random.integers(0, 2, size=(6, 3)),
        "binary_pred": random.uniform(size=(6, 3)),
        "binary_pred_2": random.uniform(size=(6, 3)),
        "binary_logits": random.normal(size=(6, 3)) * 3,
        "signs": random.integers(0, 2, size=(6, 3)) * 2 - 1,
        "labels": labels,
        "labels_column": labels[:, None],
        "labels_2": random.integers(0, 5, size=6),
        "one_hot": one_hot[labels],
        "class_pred": probabilities(6, 5),
        "class_pred_2": probabilities(6, 5),
        "class_logits": random.normal(size=(6, 5)) * 3,
        "sequence": sequence,
        "sequence_one_hot": one_hot[sequence],
        "sequence_pred": probabilities(2, 3, 5),
        "sequence_2": random.integers(0, 5, size=(2, 3)),
        "sequence_weights": random.uniform(size=(2, 3)),
        "unit": random.normal(size=(6, 4)),
        "weights": random.uniform(size=6),
        "weights_column": random.uniform(size=(6, 1)),
        "map": random.integers(0, 3, size=(2, 3, 3)),
        "map_pred": random.integers(0, 3, size=(2, 3, 3)),
        "frames": random.normal(size=(3, 7, 5)),
        "letters": np.array([[1, 2, 2], [4, 1, 0], [3, 0, 0]]),
        "grid": np.linspace(0, 1, 18).reshape(6, 3),
    }
    made["unit"] /= np.linalg.norm(made["unit"], axis=-1, keepdims=True)
    for step in range(2 * STEPS):
        for index, shape in enumerate(SHAPES):
            made[f"gradient_{step}_{index}"] = random.normal(size=shape)
    for index, shape in enumerate(SHAPES):
        made[f"start_{index}"] = random.normal(size=shape)
    integers = ("labels", "letters", "binary", "sequence", "map", "signs")
    return {
        name: array.astype("int32")
        if name.startswith(integers) and array.dtype.kind == "i"
        else array.astype("float32")
        for name, array in made.items()
    }


_REAL = ("real", "real_pred")
_POSITIVE = ("positive", "positive_pred")
_BINARY = ("binary", "binary_pred")
_BINARY_LOGITS = ("binary", "binary_logits")
_ONE_HOT = ("one_hot", "class_pred")
_SPARSE = ("labels", "class_pred")
_ONE_HOT_LOGITS = ("one_hot", "class_logits")
_SPARSE_LOGITS = ("labels", "class_logits")

# (class, arguments, (y_true, y_pred[, sample_weight]))
_LOSS_TABLE = [
    ("MeanSquaredError", {}, _REAL),
    ("MeanSquaredError", {"reduction": "sum"}, _REAL),
    ("MeanSquaredError", {"reduction": None}, _REAL),
    ("MeanSquaredError", {"reduction": "mean_with_sample_weight"}, (*_REAL, "weights")),
    ("MeanSquaredError", {}, (*_REAL, "weights")),
    ("MeanSquaredError", {}, (*_REAL, "weights_column")),
    ("MeanSquaredError", {}, ("vector", "column")),
    ("MeanSquaredError", {}, ("column", "vector", "weights")),
    ("MeanAbsoluteError", {}, _REAL),
    ("MeanAbsolutePercentageError", {}, _REAL),
    ("MeanSquaredLogarithmicError", {}, _POSITIVE),
    ("CosineSimilarity", {}, _REAL),
    ("CosineSimilarity", {"axis": 0}, _REAL),
    ("Huber", {}, _REAL),
    ("Huber", {"delta": 0.3}, (*_REAL, "weights")),
    ("LogCosh", {}, _REAL),
    ("KLDivergence", {}, _ONE_HOT),
    ("Poisson", {}, _POSITIVE),
    ("Hinge", {}, ("signs", "binary_logits")),
    ("Hinge", {}, _BINARY_LOGITS),
    ("SquaredHinge", {}, _BINARY_LOGITS),
    ("CategoricalHinge", {}, _ONE_HOT_LOGITS),
    ("BinaryCrossentropy", {}, _BINARY),
    ("BinaryCrossentropy", {"from_logits": True}, _BINARY_LOGITS),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, (*_BINARY, "weights")),
    ("BinaryFocalCrossentropy", {}, _BINARY),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "gamma": 1.5}, _BINARY),
    ("BinaryFocalCrossentropy", {"from_logits": True}, _BINARY_LOGITS),
    ("CategoricalCrossentropy", {}, _ONE_HOT),
    ("CategoricalCrossentropy", {"from_logits": True}, _ONE_HOT_LOGITS),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, (*_ONE_HOT, "weights")),
    ("CategoricalCrossentropy", {}, ("sequence_one_hot", "sequence_pred")),
    ("CategoricalFocalCrossentropy", {}, _ONE_HOT),
    ("CategoricalFocalCrossentropy", {"from_logits": True}, _ONE_HOT_LOGITS),
    ("SparseCategoricalCrossentropy", {}, _SPARSE),
    ("SparseCategoricalCrossentropy", {}, ("labels_column", "class_pred", "weights")),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, _SPARSE_LOGITS),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, _SPARSE),
    (
        "SparseCategoricalCrossentropy",
        {"ignore_class": 2, "reduction": "sum"},
        ("sequence", "sequence_pred", "sequence_weights"),
    ),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, _SPARSE),
    ("Dice", {}, _BINARY),
    ("Dice", {"axis": (1,), "reduction": None}, _BINARY),
    ("Tversky", {"alpha": 0.3, "beta": 0.7}, _BINARY),
    ("CTC", {}, ("letters", "frames")),
    ("Circle", {}, ("labels", "unit")),
    ("Circle", {"gamma": 10.0, "remove_diagonal": False}, ("labels", "unit")),
]

# (class, arguments, [one tuple of inputs a batch])
_METRIC_TABLE = [
    ("Sum", {}, [("real",), ("real_2", "weights")]),
    ("Mean", {}, [("real",), ("real_2", "weights")]),
    ("Mean", {}, [("real", "weights_column"), ("vector",)]),
    ("Accuracy", {}, [("labels", "labels_2"), ("labels", "labels_2", "weights")]),
    ("BinaryAccuracy", {}, [_BINARY, ("binary_2", "binary_pred_2", "weights")]),
    ("BinaryAccuracy", {"threshold": 0.3}, [_BINARY]),
    ("CategoricalAccuracy", {}, [_ONE_HOT, ("one_hot", "class_pred_2", "weights")]),
    ("CategoricalAccuracy", {}, [("sequence_one_hot", "sequence_pred")]),
    ("SparseCategoricalAccuracy", {}, [_SPARSE, ("labels_2", "class_pred_2")]),
    ("SparseCategoricalAccuracy", {}, [("labels_column", "class_pred", "weights")]),
    (
        "SparseCategoricalAccuracy",
        {},
        [("sequence", "sequence_pred", "sequence_weights")],
    ),
    ("TopKCategoricalAccuracy", {"k": 2}, [_ONE_HOT, ("one_hot", "class_pred_2")]),
    (
        "SparseTopKCategoricalAccuracy",
        {"k": 3},
        [_SPARSE, ("labels_2", "class_pred_2")],
    ),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, [("sequence", "sequence_pred")]),
    ("MeanSquaredError", {}, [_REAL, ("real_2", "real_pred_2", "weights")]),
    ("RootMeanSquaredError", {}, [_REAL, ("real_2", "real_pred_2", "weights")]),
    ("MeanAbsoluteError", {}, [_REAL]),
    ("MeanAbsolutePercentageError", {}, [_REAL]),
    ("MeanSquaredLogarithmicError", {}, [_POSITIVE]),
    ("CosineSimilarity", {}, [_REAL, ("real_2", "real_pred_2")]),
    ("LogCoshError", {}, [_REAL]),
    ("R2Score", {}, [_REAL, ("real_2", "real_pred_2", "weights")]),
    ("R2Score", {"class_aggregation": None}, [_REAL]),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, [_REAL]),
    ("R2Score", {"num_regressors": 3}, [_REAL]),
    ("BinaryCrossentropy", {}, [_BINARY]),
    ("BinaryCrossentropy", {"from_logits": True}, [_BINARY_LOGITS]),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, [_ONE_HOT]),
    ("SparseCategoricalCrossentropy", {}, [_SPARSE, ("labels_2", "class_pred_2")]),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, [_SPARSE]),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, [(*_SPARSE, "weights")]),
    ("KLDivergence", {}, [_ONE_HOT]),
    ("Poisson", {}, [_POSITIVE]),
    ("Hinge", {}, [_BINARY_LOGITS]),
    ("SquaredHinge", {}, [("signs", "binary_logits")]),
    ("CategoricalHinge", {}, [_ONE_HOT_LOGITS]),
    ("TruePositives", {}, [_BINARY, ("binary_2", "binary_pred_2", "weights")]),
    ("FalsePositives", {"thresholds": [0.2, 0.8]}, [_BINARY]),
    ("TrueNegatives", {"thresholds": [0.0, 0.5, 1.0]}, [_BINARY, ("binary_2", "grid")]),
    ("FalseNegatives", {"thresholds": [0.9, 0.1]}, [_BINARY]),
    ("Precision", {}, [_BINARY, ("binary_2", "binary_pred_2", "weights")]),
    ("Precision", {"thresholds": [0.3, 0.6]}, [_BINARY]),
    ("Precision", {"top_k": 2}, [_BINARY]),
    ("Precision", {"class_id": 1, "thresholds": 0.4}, [_BINARY]),
    ("Recall", {}, [_BINARY, ("binary_2", "binary_pred_2", "weights")]),
    ("Recall", {"top_k": 1, "class_id": 2}, [_BINARY]),
    ("SensitivityAtSpecificity", {"specificity": 0.4}, [_BINARY]),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6, "num_thresholds": 7}, [_BINARY]),
    ("PrecisionAtRecall", {"recall": 0.5}, [_BINARY]),
    ("RecallAtPrecision", {"precision": 0.6}, [(*_BINARY, "weights")]),
    ("AUC", {}, [_BINARY, ("binary_2", "binary_pred_2", "weights")]),
    ("AUC", {}, [("binary", "grid")]),
    ("AUC", {"curve": "PR"}, [_BINARY, ("binary_2", "binary_pred_2")]),
    ("AUC", {"curve": "PR", "summation_method": "minoring"}, [_BINARY]),
    ("AUC", {"curve": "PRGAIN", "num_thresholds": 20}, [_BINARY]),
    ("AUC", {"summation_method": "majoring", "num_thresholds": 5}, [_BINARY]),
    ("AUC", {"thresholds": [0.2, 0.5, 0.6]}, [_BINARY]),
    ("AUC", {"multi_label": True}, [_BINARY, ("binary_2", "binary_pred_2", "weights")]),
    ("AUC", {"multi_label": True, "curve": "PR", "thresholds": [0.3, 0.8]}, [_BINARY]),
    (
        "AUC",
        {"multi_label": True, "num_labels": 3, "label_weights": [0.2, 0.3, 0.5]},
        [_BINARY],
    ),
    ("AUC", {"from_logits": True}, [_BINARY_LOGITS]),
    ("F1Score", {}, [_ONE_HOT, ("one_hot", "class_pred_2")]),
    ("F1Score", {"average": "micro", "threshold": 0.5}, [_BINARY]),
    ("FBetaScore", {"average": "macro", "beta": 2.0, "threshold": 0.4}, [_BINARY]),
    ("FBetaScore", {"average": "weighted"}, [(*_ONE_HOT, "weights")]),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, [("map", "map_pred")]),
    ("BinaryIoU", {"threshold": 0.4}, [_BINARY]),
    ("MeanIoU", {"num_classes": 3}, [("map", "map_pred"), ("map_pred", "map")]),
    ("MeanIoU", {"num_classes": 3, "ignore_class": 1}, [("map", "map_pred")]),
    ("OneHotIoU", {"num_classes": 5, "target_class_ids": [1, 3]}, [_ONE_HOT]),
    ("OneHotMeanIoU", {"num_classes": 5}, [_ONE_HOT]),
    ("PearsonCorrelation", {}, [_REAL]),
    ("ConcordanceCorrelation", {}, [_REAL, ("real_2", "real_pred_2", "weights")]),
]

_OPTIMIZER_TABLE = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"learning_rate": 0.1, "clipnorm": 0.7}),
    ("SGD", {"learning_rate": 0.1, "clipvalue": 0.3}),
    ("SGD", {"learning_rate": 0.1, "global_clipnorm": 0.9}),
    ("SGD", {"learning_rate": 0.1, "weight_decay": 0.2}),
    ("SGD", {"learning_rate": 0.1, "loss_scale_factor": 4.0}),
    ("SGD", {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.8}),
    (
        "SGD",
        {
            "learning_rate": 0.1,
            "use_ema": True,
            "ema_momentum": 0.8,
            "ema_overwrite_frequency": 2,
        },
    ),
    (
        "Adam",
        {"learning_rate": 0.1, "gradient_accumulation_steps": 2, "clipnorm": 1.0},
    ),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.1, "momentum": 0.5}),
    ("RMSprop", {"learning_rate": 0.1, "momentum": 0.5, "centered": True, "rho": 0.7}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.1, "amsgrad": True, "epsilon": 0.01}),
    ("Adam", {"learning_rate": 0.1, "use_ema": True, "weight_decay": 0.1}),
    ("AdamW", {"learning_rate": 0.1, "weight_decay": 0.3}),
    ("Adamax", {"learning_rate": 0.1}),
    ("Nadam", {"learning_rate": 0.1}),
    ("Adagrad", {"learning_rate": 0.1}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Ftrl", {"learning_rate": 0.1}),
    (
        "Ftrl",
        {
            "learning_rate": 0.1,
            "l1_regularization_strength": 0.1,
            "l2_regularization_strength": 0.2,
            "l2_shrinkage_regularization_strength": 0.3,
            "beta": 0.4,
        },
    ),
    ("Lion", {"learning_rate": 0.1}),
    ("Lamb", {"learning_rate": 0.1}),
    ("Adafactor", {"learning_rate": 0.1}),
    ("Muon", {"learning_rate": 0.1}),
    (
        "SGD",
        {
            "learning_rate": (
                "ExponentialDecay",
                {"initial_learning_rate": 0.5, "decay_steps": 2, "decay_rate": 0.5},
            )
        },
    ),
]

_SCHEDULE_TABLE = [
    (
        "ExponentialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
    ),
    (
        "ExponentialDecay",
        {
            "initial_learning_rate": 0.1,
            "decay_steps": 10,
            "decay_rate": 0.9,
            "staircase": True,
        },
    ),
    (
        "InverseTimeDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
    ),
    (
        "InverseTimeDecay",
        {
            "initial_learning_rate": 0.1,
            "decay_steps": 10,
            "decay_rate": 0.5,
            "staircase": True,
        },
    ),
    (
        "PolynomialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 20, "power": 2.0},
    ),
    (
        "PolynomialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 10, "cycle": True},
    ),
    (
        "PiecewiseConstantDecay",
        {"boundaries": [5, 10, 25], "values": [1.0, 0.5, 0.25, 0.1]},
    ),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "alpha": 0.1}),
    (
        "CosineDecay",
        {
            "initial_learning_rate": 0.0,
            "decay_steps": 20,
            "warmup_target": 0.2,
            "warmup_steps": 10,
        },
    ),
    (
        "CosineDecayRestarts",
        {"initial_learning_rate": 0.1, "first_decay_steps": 9, "m_mul": 0.8},
    ),
    (
        "CosineDecayRestarts",
        {
            "initial_learning_rate": 0.1,
            "first_decay_steps": 7,
            "t_mul": 1.0,
            "alpha": 0.2,
        },
    ),
]


def _numbered(kind: str, table: list) -> dict[str, tuple]:
    return {f"{kind}/{i:02d}/{row[0]}": row for i, row in enumerate(table)}


# Without one number for each row, or with rows of another number.
_UNWEIGHTED = {"CTC", "Dice", "Tversky"} | {
    "IoU", "BinaryIoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU",
}  # fmt: skip


def _with_weights() -> tuple[list, list]:
    """The first case of each loss and metric, with weights of the rows."""
    losses: dict[str, tuple] = {}
    for name, arguments, names in _LOSS_TABLE:
        if name not in _UNWEIGHTED and "sequence" not in names[0]:
            losses.setdefault(name, (name, arguments, (*names[:2], "weights")))
    metrics: dict[str, tuple] = {}
    for name, arguments, batches in _METRIC_TABLE:
        names = (*batches[0][:2], "weights")
        values = [n for n in batches[0] if not n.startswith("weights")]
        if name not in _UNWEIGHTED and len(values) > 1:
            metrics.setdefault(name, (name, arguments, [names]))
    return list(losses.values()), list(metrics.values())


_WEIGHTED_LOSSES, _WEIGHTED_METRICS = _with_weights()
_LOSS_TABLE += _WEIGHTED_LOSSES
_METRIC_TABLE += _WEIGHTED_METRICS

_EACH_OPTIMIZER = (
    "SGD RMSprop Adam AdamW Adamax Nadam Adagrad Adadelta Ftrl Lion Lamb Adafactor"
    " Muon ScheduleFreeAdamW"
).split()
_HALVING = (
    "InverseTimeDecay",
    {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5},
)
_OPTIONS = (
    {"learning_rate": 0.1, "weight_decay": 0.1, "clipnorm": 0.8},
    {
        "learning_rate": _HALVING,
        "clipvalue": 0.5,
        "use_ema": True,
        "ema_momentum": 0.7,
        "ema_overwrite_frequency": 3,
    },
    {
        "learning_rate": 0.05,
        "weight_decay": 0.02,
        "global_clipnorm": 1.5,
        "gradient_accumulation_steps": 2,
    },
)
_OPTIMIZER_TABLE += [
    (name, options) for name in _EACH_OPTIMIZER for options in _OPTIONS
]
_OPTIMIZER_TABLE += [
    ("ScheduleFreeAdamW", {"learning_rate": 0.1, "warmup_steps": 4}),
    ("Adafactor", {"learning_rate": 0.1, "beta_2_decay": -0.5, "clip_threshold": 0.7}),
    ("Adafactor", {"learning_rate": 0.1, "relative_step": False}),
    ("Adam", {"learning_rate": 0.1, "amsgrad": True, "weight_decay": 0.2}),
    ("Nadam", {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95}),
    ("Lion", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.8}),
    ("Muon", {"learning_rate": 0.1, "nesterov": False, "momentum": 0.8, "ns_steps": 3}),
    ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.5}),
    (
        "LossScaleOptimizer",
        {
            "inner_optimizer": ("Adam", {"learning_rate": 0.1}),
            "initial_scale": 8.0,
            "dynamic_growth_steps": 4,
        },
    ),
    (
        "MultiOptimizer",
        {
            "optimizer_map": (
                ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
                {"weight_1": ("Adam", {"learning_rate": 0.2})},
            )
        },
    ),
]

# Optimizers of tf.keras 2 with `decay`.
_DECAY_TABLE = [
    ("SGD", {"learning_rate": 0.1, "decay": 0.3}),
    ("SGD", {"learning_rate": 0.1, "decay": 0.3, "momentum": 0.9, "nesterov": True}),
    ("Adam", {"learning_rate": 0.1, "decay": 0.1}),
    ("Adamax", {"learning_rate": 0.1, "decay": 0.1}),
    ("Adagrad", {"learning_rate": 0.1, "decay": 0.1}),
]

LOSSES = _numbered("loss", _LOSS_TABLE)
METRICS = _numbered("metric", _METRIC_TABLE)
OPTIMIZERS = _numbered("optimizer", _OPTIMIZER_TABLE)
DECAYS = _numbered("decay", _DECAY_TABLE)
SCHEDULES = _numbered("schedule", _SCHEDULE_TABLE)


def steps_of(arguments: dict) -> int:
    """Ten updates, also where several steps make one."""
    return STEPS * (arguments.get("gradient_accumulation_steps") or 1)


def optimizer_arguments(arguments: dict, optimizers) -> dict:
    """The arguments with objects where pairs describe schedules and optimizers."""
    made = dict(arguments)
    rate = made.get("learning_rate")
    if isinstance(rate, tuple):
        made["learning_rate"] = getattr(optimizers.schedules, rate[0])(**rate[1])
    if "inner_optimizer" in made:
        made["inner_optimizer"] = _made(optimizers, made["inner_optimizer"])
    if "optimizer_map" in made:
        default, others = made["optimizer_map"]
        others = {name: _made(optimizers, pair) for name, pair in others.items()}
        chosen = optimizers.OptimizerMap(_made(optimizers, default), others)
        made["optimizer_map"] = chosen
    return made


def _made(optimizers, pair: tuple):
    return getattr(optimizers, pair[0])(**pair[1])
