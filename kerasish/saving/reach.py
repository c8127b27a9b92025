"""Which versions of Keras open a file that is written here."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from kerasish.saving.optimizer_weights import STORED_BY_WEIGHT

DIALECTS = {
    "keras2": "Keras 2.2 and 2.3",
    "tfkeras2": "tf.keras 2",
    "keras3": "Keras 3",
}
# Layers that Keras 2.2, tf.keras 2 or Keras 3 lack, or do not find when they load.
_NEITHER_OLD = """AdaptiveAveragePooling1D AdaptiveAveragePooling2D
    AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D
    AdaptiveMaxPooling3D AugMix AutoContrast
    ContrastLimitedAdaptiveHistogramEqualization ConvLSTM1DCell ConvLSTM3DCell CutMix
    Equalization FlaxLayer GroupQueryAttention JaxLayer MaxNumBoundingBoxes
    MelSpectrogram MixUp Pipeline RMSNormalization RandAugment RandomColorDegeneration
    RandomColorJitter RandomElasticTransform RandomErasing RandomGaussianBlur
    RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization
    RandomSaturation RandomSharpness RandomShear ReversibleEmbedding STFTSpectrogram
    Solarization TFSMLayer TorchModuleWrapper""".split()
_LAYERS_LACKING = {
    "keras2": frozenset(
        _NEITHER_OLD
        + """AbstractRNNCell AdditiveAttention Attention CategoryEncoding CenterCrop
        Conv1DTranspose ConvLSTM1D ConvLSTM3D DenseFeatures DepthwiseConv1D
        Discretization EinsumDense GroupNormalization HashedCrossing Hashing Identity
        IntegerLookup LayerNormalization MultiHeadAttention Normalization
        ParametricSoftplus RandomBrightness RandomContrast RandomCrop RandomFlip
        RandomHeight RandomRotation RandomTranslation RandomWidth RandomZoom
        Rescaling Resizing SReLU SpectralNormalization StringLookup TextVectorization
        UnitNormalization""".split()
    ),
    "tfkeras2": frozenset(
        _NEITHER_OLD
        + """ConvLSTM2DCell ConvRNN2D CuDNNGRU CuDNNLSTM Highway MaxoutDense
        ParametricSoftplus SReLU SpectralNormalization""".split()
    ),
    "keras3": frozenset(
        """AbstractRNNCell ConvLSTM1DCell ConvLSTM2DCell ConvLSTM3DCell ConvRNN2D
        CuDNNGRU CuDNNLSTM DenseFeatures Highway LocallyConnected1D LocallyConnected2D
        MaxoutDense ParametricSoftplus RandomHeight RandomWidth SReLU
        ThresholdedReLU""".split()
    ),
}
_ONLY_KERAS3 = frozenset(
    """celu glu hard_shrink hard_silu hard_swish hard_tanh leaky_relu log_sigmoid
    log_softmax relu6 soft_shrink sparse_plus sparse_sigmoid sparsemax squareplus
    tanh_shrink threshold""".split()
)
_ACTIVATIONS_LACKING = {
    "keras2": _ONLY_KERAS3 | {"gelu", "mish", "silu", "swish"},
    "tfkeras2": _ONLY_KERAS3,
    "keras3": frozenset(),
}
_OPTIMIZERS_LACKING = {
    "keras2": frozenset(
        "Adafactor AdamW Ftrl Lamb Lion LossScaleOptimizer MultiOptimizer Muon "
        "ScheduleFreeAdamW".split()
    ),
    "tfkeras2": frozenset("Lamb MultiOptimizer Muon ScheduleFreeAdamW".split()),
    # It is there, but not found by the name that HDF5 files store.
    "keras3": frozenset(("Lamb",)),
}
# Arguments of layers that only tf.keras 2 has.
_ARGUMENTS_LACKING = {
    "keras2": ("renorm", "time_major"),
    "tfkeras2": (),
    "keras3": ("renorm", "time_major"),
}
# Options of optimizers that are refused, or mean something else.
_NEWER_OPTIONS = (
    "gradient_accumulation_steps",
    "loss_scale_factor",
    "use_ema",
    "weight_decay",
)
_OPTIONS_LACKING = {
    "keras2": (*_NEWER_OPTIONS, "centered", "clipnorm"),
    "tfkeras2": _NEWER_OPTIONS,
    "keras3": ("decay",),
}


def check_dialect(dialect: str | None) -> None:
    """Refuse an unknown dialect.

    Args:
        dialect: `'keras2'`, `'tfkeras2'`, `'keras3'` or `None`.

    Raises:
        ValueError: If it is another one.
    """
    if dialect is not None and dialect not in DIALECTS:
        raise ValueError(
            f"`dialect` must be one of {list(DIALECTS)} or `None`.\n"
            f"Received: dialect={dialect!r}"
        )


def missing_layers(model: Any, family: str) -> Iterator[tuple[str, str]]:
    """Yield the names of layers that a family of versions lacks, and why.

    Args:
        model: The model.
        family: A key of `DIALECTS`.
    """
    for layer in model._flatten_layers():
        kind = type(layer).__name__
        if kind in _LAYERS_LACKING[family]:
            yield layer.name, f"it has no layer {kind}"
        elif family == "keras3" and "/" in layer.name:
            yield layer.name, "it refuses '/' in names"
        for name in _ARGUMENTS_LACKING[family]:
            if getattr(layer, name, False):
                yield layer.name, f"it has no argument {name}"
        older = getattr(layer, "older_masks", None)
        if older == (family == "keras3") and layer.masks_differ():
            yield layer.name, f"its {kind} merges masks in another way"
        if kind == "BatchNormalization" and layer.mode:
            yield layer.name, f"it has no BatchNormalization with mode={layer.mode}"
        if family != "keras3":
            for reason in _newer_arguments(layer, kind):
                yield layer.name, reason
        for name in _activations(layer):
            if name in _ACTIVATIONS_LACKING[family]:
                yield layer.name, f"it has no activation {name!r}"
            elif name == "hard_sigmoid_keras2" and family == "keras3":
                yield layer.name, "its hard_sigmoid has another slope"
            elif name == "hard_sigmoid" and family != "keras3":
                yield layer.name, "its hard_sigmoid has another slope"


def _newer_arguments(layer: Any, kind: str) -> Iterator[str]:
    if kind == "RandomContrast" and tuple(layer.value_range) != (0, 255):
        yield "its RandomContrast has no argument value_range"
    if kind.startswith("LocallyConnected") and layer.padding != "valid":
        yield f"it has no {kind} with padding={layer.padding!r} and such a kernel"


def _activations(layer: Any) -> Iterator[str]:
    for attribute in ("activation", "recurrent_activation"):
        function = layer.__dict__.get(attribute)
        if callable(function):
            yield getattr(function, "__name__", "")


def tensor_arguments(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of layers whose calls, in the form of Keras 2, Keras 3 misreads.

    These are calls with tensors among their keyword arguments, with a dictionary of
    tensors, and of recurrent layers with their initial states.

    Args:
        config: The description of a model in the form of Keras 2.
    """
    inner = config.get("config")
    if not isinstance(inner, Mapping):
        return
    if isinstance(inner.get("layer"), Mapping):
        yield from tensor_arguments(inner["layer"])
    layers = inner.get("layers")
    if not isinstance(layers, list):
        return
    names = {layer.get("name") for layer in layers}
    for layer in layers:
        for call in layer.get("inbound_nodes", []):
            several = layer["class_name"] in RECURRENT and len(call) > 1
            if (
                several
                or isinstance(call, Mapping)
                or any(
                    len(entry) > 3 and _holds_tensor(entry[3], names)
                    for entry in call
                    if isinstance(entry, list)
                )
            ):
                yield layer["name"]
                break
        yield from tensor_arguments(layer)


RECURRENT = frozenset(
    "RNN SimpleRNN LSTM GRU CuDNNLSTM CuDNNGRU ConvLSTM1D ConvLSTM2D ConvLSTM3D "
    "Bidirectional".split()
)


def _holds_tensor(value: Any, names: set) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_tensor(item, names) for item in value.values())
    if not isinstance(value, list):
        return False
    if len(value) == 3 and value[0] in names and isinstance(value[1], int):
        return True
    return any(_holds_tensor(item, names) for item in value)


def warn_of_limits(
    model: Any, obstacles: Mapping[str, list[tuple[str, str]]], dialect: str | None
) -> None:
    """Warn once about the versions that will not open a file, naming one layer each.

    Args:
        model: The model.
        obstacles: For each family the layers in the way, and why.
        dialect: The dialect asked for; only its family matters then.
    """
    lines = []
    for family, found in obstacles.items():
        if not found or dialect not in (None, family):
            continue
        name, reason = found[0]
        rest = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        lines.append(f"{DIALECTS[family]}: {name!r}, {reason}{rest}")
    if lines:
        warnings.warn(
            f"The file of model {model.name!r} does not work everywhere (layer and "
            "reason):\n  " + "\n  ".join(lines),
            stacklevel=6,
        )


def obstacles(
    model: Any, config: Mapping[str, Any], old_form: bool
) -> dict[str, list[tuple[str, str]]]:
    """Return, for each family of versions, the layers that keep a file from opening.

    Args:
        model: The model.
        config: Its description as it is written.
        old_form: Whether that is the form of Keras 2.
    """
    found = {family: list(missing_layers(model, family)) for family in DIALECTS}
    if old_form:
        found["keras3"] += [
            (name, "it cannot read tensors among the arguments; `dialect='keras3'` can")
            for name in tensor_arguments(config)
        ]
        return found
    for family in ("keras2", "tfkeras2"):
        found[family].append(
            (model.name, f"the file has not the form of `dialect={family!r}`")
        )
    return found


def optimizer_limits(
    optimizer: Any, dialect: str | None, archive: bool = False
) -> None:
    """Warn about versions that lack the optimizer.

    Args:
        optimizer: The optimizer, or `None`.
        dialect: The dialect asked for; only its family matters then.
        archive: Whether the file is an archive, which names modules too.
    """
    if optimizer is None:
        return
    kind = type(optimizer).__name__
    families = [dialect] if dialect else ["tfkeras2", "keras3"]
    lacking = [DIALECTS[f] for f in families if kind in _OPTIMIZERS_LACKING[f]]
    if lacking and not archive:
        _warn(
            f"The optimizer {kind} is not found by {', '.join(lacking)}: there, load "
            "the model with `compile=False`."
        )
    elif dialect is None and kind in STORED_BY_WEIGHT:
        _warn(
            f"Files of tf.keras 2 name the optimizer {kind} in another way than those "
            "of Keras 3, which this file is for. For tf.keras 2 save with "
            "`dialect='tfkeras2'`, or load the model there with `compile=False`."
        )
    elif dialect is None and kind == "Nadam" and optimizer.schedule_decay == 1.0:
        _warn(
            "In tf.keras 2 the momentum of Nadam has another schedule than in Keras 3, "
            "which this file is for. For tf.keras 2 save with `dialect='tfkeras2'`."
        )
    for family in families:
        options = [] if kind in STORED_BY_WEIGHT else _options(optimizer, family)
        if options:
            _warn(
                f"The optimizer {kind} has no {', '.join(options)} like this in "
                f"{DIALECTS[family]}: there, load the model with `compile=False`."
            )


def _options(optimizer: Any, family: str) -> list[str]:
    """Return the options that are in use and that a family of versions lacks."""
    config = optimizer.get_config()
    found = [name for name in _OPTIONS_LACKING[family] if config.get(name)]
    if family == "keras2":
        if isinstance(config.get("learning_rate"), Mapping):
            found.append("learning rate")
        if "centered" in config and config["momentum"]:
            found.append("momentum")
    return found


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=7)
