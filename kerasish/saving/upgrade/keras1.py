"""Layers as Keras 1 described them, brought into today's form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_RENAMED_CLASSES = {
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "TimeDistributedDense": "Dense",
}
_RENAMED = {
    "atrous_rate": "dilation_rate",
    "bias": "use_bias",
    "border_mode": "padding",
    "dropout_U": "recurrent_dropout",
    "dropout_W": "dropout",
    "filter_length": "kernel_size",
    "init": "kernel_initializer",
    "inner_activation": "recurrent_activation",
    "inner_init": "recurrent_initializer",
    "nb_filter": "filters",
    "pool_length": "pool_size",
    "pool_stride": "strides",
    "stride": "strides",
    "subsample": "strides",
    "subsample_length": "strides",
    "U_regularizer": "recurrent_regularizer",
    "W_regularizer": "kernel_regularizer",
    "W_constraint": "kernel_constraint",
    "b_regularizer": "bias_regularizer",
    "b_constraint": "bias_constraint",
}
_RENAMED_BY_CLASS: dict[str, dict[str, str]] = {
    "Dropout": {"p": "rate"},
    "GaussianDropout": {"p": "rate"},
    "GaussianNoise": {"sigma": "stddev"},
    "SpatialDropout1D": {"p": "rate"},
    "SpatialDropout2D": {"p": "rate"},
    "SpatialDropout3D": {"p": "rate"},
    "UpSampling1D": {"length": "size"},
    "Embedding": {
        "W_constraint": "embeddings_constraint",
        "W_regularizer": "embeddings_regularizer",
        "init": "embeddings_initializer",
    },
    "PReLU": {"init": "alpha_initializer"},
    "SReLU": {
        "a_left_init": "a_left_initializer",
        "a_right_init": "a_right_initializer",
        "t_left_init": "t_left_initializer",
        "t_right_init": "t_right_initializer",
    },
    "ParametricSoftplus": {"alpha_init": "alpha", "beta_init": "beta"},
}
# Arguments that say nothing which is not said elsewhere.
_DROPPED = ("consume_less", "input_dtype", "input_dim", "input_length", "output_shape")
_DATA_FORMATS = {"th": "channels_first", "tf": "channels_last"}
_INITIALIZERS = {"zero": "zeros", "one": "ones"}
_REGULARIZERS = ("WeightRegularizer", "ActivityRegularizer", "L1L2Regularizer")
_WITHOUT_ORDERING = ("ZeroPadding2D", "ZeroPadding3D")
_MODES = {
    "ave": "Average",
    "concat": "Concatenate",
    "max": "Maximum",
    "mul": "Multiply",
    "sum": "Add",
}


def is_keras1_layer(config: Any) -> bool:
    """Tell whether the configuration of a layer has arguments of Keras 1.

    Args:
        config: The arguments.

    Example:

    >>> is_keras1_layer({"output_dim": 3, "init": "zero"})
    True
    """
    marks = ("border_mode", "dim_ordering", "init", "input_dtype", "mode_type")
    return isinstance(config, Mapping) and any(name in config for name in marks)


def common_ordering(config: Any) -> str | None:
    """Return the `dim_ordering` that all layers of a model have, if it is one.

    Some layers of Keras 1 did not store theirs.

    Args:
        config: The description of the model.

    Example:

    >>> common_ordering([{"dim_ordering": "th"}, {"config": {}}])
    'th'
    """
    found, stack = set(), [config]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            found.add(item.get("dim_ordering"))
            stack += [value for value in item.values() if value is not item]
        elif isinstance(item, list):
            stack += item
    found.discard(None)
    return found.pop() if len(found) == 1 else None


def modern_layer(
    class_name: str, config: Mapping[str, Any], ordering: str | None = None
) -> tuple[str, dict]:
    """Return class and arguments of a layer of Keras 1 as they are called today.

    Args:
        class_name: The class.
        config: The arguments.
        ordering: The `dim_ordering` of the layers that did not store theirs.

    Returns:
        The class and a dictionary.

    Raises:
        ValueError: If the layer did something that no layer does today.

    Example:

    >>> modern_layer("Dense", {"name": "d", "bias": False, "output_dim": 3})
    ('Dense', {'name': 'd', 'use_bias': False, 'units': 3})
    """
    if class_name == "Merge":
        return merge_layer(config)
    new_class = _RENAMED_CLASSES.get(class_name, class_name)
    special = _SPECIAL.get(new_class)
    config = dict(config)
    if new_class in _WITHOUT_ORDERING:
        config.setdefault("dim_ordering", ordering)
    if special is not None:
        special(config)
    _join_kernel_sizes(config)
    names = {**_RENAMED, **_RENAMED_BY_CLASS.get(new_class, {})}
    if new_class in _WITH_OLD_NAMES:
        names = {}
    new = {
        names.get(name, name): _value(name, value)
        for name, value in config.items()
        if name not in _DROPPED
    }
    ordering = new.pop("dim_ordering", None)
    if ordering in _DATA_FORMATS:
        new["data_format"] = _DATA_FORMATS[ordering]
    elif ordering is not None and ordering != "default":
        new["data_format"] = ordering
    if new_class == "Embedding":
        new["input_dim"] = config["input_dim"]
    elif "output_dim" in new and new_class not in _WITH_OLD_NAMES:
        new["units"] = new.pop("output_dim")
    return new_class, new


def _value(name: str, value: Any) -> Any:
    if name.endswith("init") and isinstance(value, str):
        return _INITIALIZERS.get(value, value)
    if name.endswith(("_regularizer", "_constraint")) and isinstance(value, Mapping):
        return _penalty(value)
    return value


def _penalty(config: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a regularizer or constraint; its class stood among its arguments."""
    if "class_name" in config:
        return dict(config)
    arguments = {key: value for key, value in config.items() if key != "name"}
    name = config.get("name", "")
    if name in _REGULARIZERS:
        return {"class_name": "L1L2", "config": arguments}
    if "m" in arguments:
        arguments["max_value"] = arguments.pop("m")
    return {"class_name": {"maxnorm": "MaxNorm"}.get(name, name), "config": arguments}


def _join_kernel_sizes(config: dict[str, Any]) -> None:
    for parts in (
        ("nb_row", "nb_col"),
        ("kernel_dim1", "kernel_dim2", "kernel_dim3"),
    ):
        if parts[0] in config:
            config["kernel_size"] = [config.pop(part) for part in parts]


def _batch_normalization(config: dict[str, Any]) -> None:
    if config.get("mode") == 0:
        del config["mode"]


def _embedding(config: dict[str, Any]) -> None:
    config.pop("dropout", None)


def _highway(config: dict[str, Any]) -> None:
    config.pop("transform_bias", None)


def _lstm(config: dict[str, Any]) -> None:
    forget = config.pop("forget_bias_init", "one")
    config["unit_forget_bias"] = forget in ("one", "ones")


# Layers that Keras dropped keep the arguments that they had.
_WITH_OLD_NAMES = ("Highway", "MaxoutDense")

_SPECIAL: dict[str, Callable[[dict[str, Any]], None]] = {
    "BatchNormalization": _batch_normalization,
    "Embedding": _embedding,
    "Highway": _highway,
    "LSTM": _lstm,
    "ConvLSTM2D": _lstm,
}


def merge_layer(config: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the class and arguments of today's layer for a `Merge`.

    Args:
        config: The arguments of `Merge`, such as `mode` and `concat_axis`.

    Raises:
        ValueError: If it merged by a function of the user, which files hold as code.

    Example:

    >>> merge_layer({"name": "m", "mode": "concat", "concat_axis": 1})
    ('Concatenate', {'name': 'm', 'axis': 1})
    """
    mode, new = config.get("mode", "sum"), {"name": config.get("name")}
    if config.get("mode_type", "raw") != "raw" or not isinstance(mode, str):
        raise ValueError(
            f"layer {config.get('name')!r}: it merges its inputs by a function of its "
            "own, which the file holds as Python code. It is not run."
        )
    if mode == "concat":
        new["axis"] = config.get("concat_axis", -1)
    if mode in ("dot", "cos"):
        axes = config.get("dot_axes", -1)
        while isinstance(axes, list) and axes and isinstance(axes[0], list):
            axes = [axis[0] for axis in axes]
        return "Dot", {**new, "axes": axes, "normalize": mode == "cos"}
    if mode not in _MODES:
        raise ValueError(f"layer {config.get('name')!r}: unknown mode {mode!r}.")
    return _MODES[mode], new


def functional_of_merge(name: str | None, layers: list) -> dict[str, Any]:
    """Return the functional model for a list of layers that begins with a `Merge`.

    Args:
        name: The name of the model.
        layers: The descriptions; the first one is the `Merge` with its branches.

    Returns:
        `class_name` and `config`, the layers of the branches among the others.
    """
    described: list[dict[str, Any]] = []
    inputs: list[list] = []
    end = _append_chain(layers, described, inputs)
    return {
        "class_name": "Functional",
        "config": {
            "name": name,
            "layers": described,
            "input_layers": inputs,
            "output_layers": [end],
        },
    }


def _append_chain(layers: list, described: list, inputs: list) -> list:
    """Add a list of layers to a functional model; return where its output is."""
    first = layers[0]
    if first["class_name"] == "Merge":
        ends = [
            _append_branch(branch, described, inputs)
            for branch in first["config"]["layers"]
        ]
        config = {k: v for k, v in first["config"].items() if k != "layers"}
        end = _append(described, {"class_name": "Merge", "config": config}, ends)
        layers = layers[1:]
    else:
        name = f"{first['config']['name']}_input"
        config = {
            "name": name,
            "batch_input_shape": first["config"].get("batch_input_shape"),
            "input_dtype": first["config"].get("input_dtype") or "float32",
        }
        end = _append(described, {"class_name": "InputLayer", "config": config}, [])
        inputs.append(end)
    for layer in layers:
        end = _append(described, layer, [end])
    return end


def _append_branch(branch: Mapping, described: list, inputs: list) -> list:
    config = branch["config"]
    if isinstance(config, Mapping) and "input_layers" in config:
        described += config["layers"]
        inputs += [list(item[:3]) for item in config["input_layers"]]
        return list(config["output_layers"][0][:3])
    if branch["class_name"] != "Sequential":
        return _append_chain([branch], described, inputs)
    layers = config["layers"] if isinstance(config, Mapping) else config
    return _append_chain(list(layers), described, inputs)


def _append(described: list, layer: Mapping, sources: list) -> list:
    name = layer["config"]["name"] if isinstance(layer["config"], Mapping) else None
    name = name or f"{layer['class_name'].lower()}_{len(described)}"
    calls = [[list(source) for source in sources]] if sources else []
    described.append({**layer, "name": name, "inbound_nodes": calls})
    return [name, 0, 0]
