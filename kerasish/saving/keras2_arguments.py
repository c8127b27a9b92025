"""Arguments that versions of Keras 2 do not know, left out where they say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Left out where they have this value, which is what all versions without them do.
_SILENT: dict[str, Any] = {
    "autocast": True,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "flash_attention": None,
    "input_axes": None,
    "output_axes": None,
    "gradient_accumulation_steps": None,
    "loss_scale_factor": None,
    "lora_alpha": None,
    "lora_rank": None,
    "optional": False,
    "quantization_config": None,
    "renorm": False,
    "sliding_window": None,
    "synchronized": False,
    "use_ema": False,
    "use_gate": False,
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "zero_output_for_mask": False,
}
_RESIZING = {
    "pad_to_aspect_ratio": False,
    "fill_mode": "constant",
    "fill_value": 0.0,
    "antialias": False,
    "data_format": "channels_last",
}
_IMAGES = """CenterCrop RandomBrightness RandomContrast RandomCrop RandomFlip
    RandomHeight RandomRotation RandomTranslation RandomWidth RandomZoom
    ZeroPadding1D""".split()
_POOLING = [f"GlobalMaxPooling{n}D" for n in (1, 2, 3)]
_POOLING += [f"GlobalAveragePooling{n}D" for n in (1, 2, 3)]
# The same for arguments that other classes do know.
_SILENT_BY_CLASS: dict[str, dict[str, Any]] = {
    **{name: {"data_format": "channels_last"} for name in _IMAGES},
    **{name: {"keepdims": False} for name in _POOLING},
    **{f"Conv{n}D": {"groups": 1} for n in (1, 2, 3)},
    **{name: {"go_backwards": False} for name in ("CuDNNGRU", "CuDNNLSTM")},
    **{
        f"ConvLSTM{n}D": {"unroll": False, "return_state": False, "groups": 1}
        for n in (1, 2, 3)
    },
    "Attention": {"score_mode": "dot"},
    "Conv3DTranspose": {"dilation_rate": (1, 1, 1)},
    "DepthwiseConv2D": {"dilation_rate": (1, 1)},
    # It sets this by itself.
    "GroupNormalization": {"autocast": False},
    "IntegerLookup": {"oov_method": "floormod", "salt": None},
    "RandomContrast": {"data_format": "channels_last", "value_range": (0, 255)},
    "Resizing": _RESIZING,
    "SparseCategoricalCrossentropy": {"axis": -1},
    "StringLookup": {"salt": None},
}
# No version of Keras 2 takes a seed here, and a seed changes no saved number.
_SEEDLESS = frozenset(
    """AdditiveAttention Attention ConvLSTM1D ConvLSTM2D ConvLSTM2DCell ConvLSTM3D GRU
    GRUCell LSTM LSTMCell MultiHeadAttention SimpleRNN SimpleRNNCell SpatialDropout1D
    SpatialDropout2D SpatialDropout3D""".split()
)
_SEEDLESS_AT_FIRST = frozenset(("GaussianDropout", "GaussianNoise"))


def known_arguments(config: Mapping[str, Any], class_name: str) -> dict[str, Any]:
    """Return a configuration without what versions of Keras 2 refuse needlessly.

    Args:
        config: The configuration of a layer, optimizer or other object.
        class_name: Its class.

    Example:

    >>> known_arguments({"filters": 2, "groups": 1}, "Conv2D")
    {'filters': 2}
    >>> known_arguments({"filters": 2, "groups": 2}, "Conv2D")
    {'filters': 2, 'groups': 2}
    """
    silent = {**_SILENT, **_SILENT_BY_CLASS.get(class_name, {})}
    if config.get("use_ema") is False:
        # RMSprop has a default of its own for it.
        silent["ema_overwrite_frequency"] = config.get("ema_overwrite_frequency")
    dropped = {name for name in silent if _equals(config.get(name, ...), silent[name])}
    if class_name in _SEEDLESS or (
        class_name in _SEEDLESS_AT_FIRST and config.get("seed") is None
    ):
        dropped.add("seed")
    if class_name.startswith("LocallyConnected"):
        # Kernels are written in the layout of the first, which is the default.
        dropped.add("implementation")
    if class_name == "Bidirectional":
        if _mirrors(config):
            dropped.add("backward_layer")
        config = {name: _unzeroed(value) for name, value in config.items()}
    return {name: value for name, value in config.items() if name not in dropped}


def _unzeroed(layer: Any) -> Any:
    """Return a described layer without what each Bidirectional sets by itself."""
    if not isinstance(layer, Mapping) or "config" not in layer:
        return layer
    config = dict(layer["config"])
    config.pop("zero_output_for_mask", None)
    return {**layer, "config": config}


def _equals(value: Any, silent: Any) -> bool:
    if isinstance(value, Mapping) and value.get("class_name") == "__tuple__":
        value = value["items"]
    if isinstance(value, (list, tuple)) and isinstance(silent, tuple):
        return tuple(value) == silent
    return type(value) is type(silent) and value == silent


def _mirrors(config: Mapping[str, Any]) -> bool:
    """Tell whether the second layer is the copy that each version makes by itself."""
    first, second = config.get("layer"), config.get("backward_layer")
    if not (isinstance(first, Mapping) and isinstance(second, Mapping)):
        return False
    one, two = dict(first["config"]), dict(second["config"])
    for inner in (one, two):
        inner.pop("name", None)
    if one.pop("go_backwards", None) is two.pop("go_backwards", None):
        return False
    return first["class_name"] == second["class_name"] and one == two
