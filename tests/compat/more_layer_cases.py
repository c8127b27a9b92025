"""Golden cases: more arguments of layers, so that each has at least four."""

from __future__ import annotations

from typing import Any

from tests.compat.layer_case import Case
from tests.compat.layer_case import make_case as _case

_LINE, _IMAGE, _FILM = (2, 6, 4), (2, 5, 6, 4), (1, 4, 5, 4, 2)
_TRAINING, _TESTING = {"call": {"training": True}}, {"call": {"training": False}}

_CROP = {"_call": {"training": False}, "_library": "tf_keras"}

# Layer, shape of the input, arguments of each case; `_` are attributes of the case.
_TABLE: list[tuple[str, tuple, tuple[dict, ...]]] = [
    ("ActivityRegularization", (3, 4), ({"l1": 0.3}, {"l2": 0.2}, {})),
    ("AveragePooling1D", _LINE, (
        {"pool_size": 3, "strides": 1}, {"pool_size": 2, "padding": "same"},
    )),
    ("AveragePooling2D", _IMAGE, (
        {"pool_size": (3, 2), "strides": (1, 2)},
        {"pool_size": 3, "strides": 1, "padding": "same"},
    )),
    ("AveragePooling3D", _FILM, (
        {"pool_size": (2, 3, 1)}, {"pool_size": 2, "strides": 1, "padding": "same"},
    )),
    ("MaxPooling1D", _LINE, ({"pool_size": 3, "strides": 1}, {"padding": "same"})),
    ("MaxPooling2D", _IMAGE, (
        {"pool_size": (3, 2), "strides": (1, 2)},
        {"pool_size": 3, "strides": 1, "padding": "same"},
    )),
    ("MaxPooling3D", _FILM, (
        {"pool_size": (2, 3, 1)}, {"pool_size": 2, "strides": 1, "padding": "same"},
    )),
    ("Conv1D", _LINE, (
        {"filters": 4, "kernel_size": 2, "groups": 2, "dilation_rate": 2},
        {"filters": 3, "kernel_size": 1, "use_bias": False},
    )),
    ("Conv3D", _FILM, (
        {"filters": 2, "kernel_size": (2, 1, 3), "activation": "tanh"},
        {"filters": 3, "kernel_size": 2, "dilation_rate": 2, "padding": "same"},
    )),
    ("DepthwiseConv1D", _LINE, (
        {"kernel_size": 2, "dilation_rate": 2},
        {"kernel_size": 3, "use_bias": False, "activation": "relu"},
    )),
    ("DepthwiseConv2D", _IMAGE, (
        {"kernel_size": (2, 3), "dilation_rate": 2},
        {"kernel_size": 2, "use_bias": False, "activation": "tanh"},
    )),
    ("SeparableConv1D", _LINE, (
        {"filters": 3, "kernel_size": 2, "strides": 2},
        {"filters": 3, "kernel_size": 3, "use_bias": False, "padding": "same"},
    )),
    ("SeparableConv2D", _IMAGE, (
        {"filters": 3, "kernel_size": 2, "depth_multiplier": 2},
        {"filters": 3, "kernel_size": 2, "use_bias": False, "dilation_rate": 2},
    )),
    ("Cropping1D", _LINE, ({"cropping": 2}, {"cropping": (1, 0)})),
    ("Cropping2D", _IMAGE, ({"cropping": 1}, {"cropping": ((0, 2), (1, 0))})),
    ("Cropping3D", _FILM, ({"cropping": (1, 0, 1)}, {"cropping": (1, 2, 0)})),
    ("ZeroPadding1D", _LINE, ({"padding": 1}, {"padding": (0, 3)})),
    ("ZeroPadding2D", _IMAGE, ({"padding": 2}, {"padding": ((0, 1), (2, 0))})),
    ("ZeroPadding3D", _FILM, ({"padding": (1, 0, 2)}, {"padding": (0, 2, 1)})),
    ("UpSampling1D", _LINE, ({"size": 1}, {"size": 4})),
    ("UpSampling3D", _FILM, ({"size": 1}, {"size": (3, 1, 2)})),
    ("Dense", (4, 5), (
        {"units": 3, "activation": "softmax", "kernel_regularizer": "l2"},
        {"units": 2, "activation": "gelu", "bias_regularizer": "l1"},
    )),
    ("EinsumDense", _LINE, (
        {"equation": "abc,cd->abd", "output_shape": (None, 3)},
        {
            "equation": "abc,bd->adc",
            "output_shape": (3, 4),
            "bias_axes": "dc",
            "activation": "relu",
        },
    )),
    ("Embedding", (2, 3), (
        {"input_dim": 5, "output_dim": 2, "_integers": 5},
        {"input_dim": 9, "output_dim": 4, "mask_zero": True, "_integers": 9},
    )),
    ("ELU", (4, 6), ({"alpha": 2.0}, {"alpha": 0.1})),
    ("LeakyReLU", (4, 6), ({"negative_slope": 0.0}, {"negative_slope": 0.9})),
    ("PReLU", _IMAGE, ({"shared_axes": [1]}, {"alpha_initializer": "ones"})),
    ("ReLU", (4, 6), ({}, {"negative_slope": 0.3})),
    ("Softmax", _LINE, ({"axis": 1},)),
    ("ThresholdedReLU", (4, 6), (
        {"theta": 0.0, "_library": "tf_keras"}, {"theta": 2.0, "_library": "tf_keras"},
    )),
    ("Flatten", _IMAGE, ({}, {"data_format": "channels_first"})),
    ("Permute", _IMAGE, ({"dims": (2, 1, 3)}, {"dims": (3, 2, 1)})),
    ("RepeatVector", (2, 5), ({"n": 2}, {"n": 5})),
    ("Reshape", _IMAGE, ({"target_shape": (-1,)}, {"target_shape": (5, 24)})),
    ("Identity", _IMAGE, ({}, {"name": "other"}, {"trainable": False})),
    ("Masking", _LINE, ({}, {"mask_value": 1.0}, {"mask_value": -1.0})),
    ("GlobalAveragePooling2D", _IMAGE, (
        {"data_format": "channels_first", "keepdims": True},
    )),
    ("GlobalAveragePooling3D", _FILM, (
        {"data_format": "channels_first", "keepdims": True},
    )),
    ("GlobalMaxPooling1D", _LINE, (
        {"data_format": "channels_first", "keepdims": True},
    )),
    ("GlobalMaxPooling2D", _IMAGE, (
        {"data_format": "channels_first", "keepdims": True},
    )),
    ("GlobalMaxPooling3D", _FILM, (
        {"data_format": "channels_first", "keepdims": True},
    )),
    ("GroupNormalization", _IMAGE, ({"groups": 2, "scale": False, "epsilon": 0.1},)),
    ("LayerNormalization", _IMAGE, (
        {"scale": False, "epsilon": 0.1}, {"axis": 1, "center": False},
    )),
    ("RMSNormalization", _IMAGE, ({"axis": [2, 3]}, {"epsilon": 0.5})),
    ("UnitNormalization", _IMAGE, ({"axis": 1}, {"axis": [1, 2, 3]})),
    ("RandomBrightness", _IMAGE[:3] + (3,), (
        {"factor": (1.0, 1.0), "value_range": (-2, 2), "_call": {"training": True}},
        {"factor": 0.3, "_call": {"training": False}},
    )),
    ("RandomColorDegeneration", _IMAGE[:3] + (3,), (
        {"factor": (1.0, 1.0), "value_range": (-2, 2), "_call": {"training": True}},
        {"factor": 0.0, "value_range": (-1, 1), "_call": {"training": True}},
        {"factor": 0.3, "_call": {"training": False}},
    )),
    ("RandomContrast", _IMAGE[:3] + (3,), (
        {"factor": 0.0, "value_range": (-1, 1), "_call": {"training": True}},
        {"factor": (0.0, 0.0), "value_range": (-3, 3), "_call": {"training": True}},
        {"factor": 0.3, "_call": {"training": False}},
    )),
    ("RandomCrop", _IMAGE, (
        {"height": 3, "width": 4, "seed": 3, **_CROP},
        {"height": 4, "width": 3, "seed": 3, **_CROP},
        {"height": 7, "width": 3, "seed": 3, **_CROP},
    )),
    ("RandomGrayscale", _IMAGE[:3] + (3,), (
        {"factor": 0.0, "_call": {"training": True}},
        {"factor": 0.5, "_call": {"training": False}},
        {"factor": 1.0, "_call": {"training": False}},
    )),
]  # fmt: skip


def _from_table() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    for name, shape, options in _TABLE:
        for number, given in enumerate(options):
            attributes = {k[1:]: v for k, v in given.items() if k.startswith("_")}
            arguments = {k: v for k, v in given.items() if not k.startswith("_")}
            cases[f"more_{name}_{number}"] = _case(
                lambda L, name=name, given=arguments: getattr(L, name)(**given),
                shape,
                approximate=name.startswith("Random"),
                **attributes,
            )
    return cases


def _merging() -> dict[str, Case]:
    kinds = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
    cases: dict[str, Case] = {}
    for kind in kinds:
        for number, shapes in enumerate(
            (((2, 3), (2, 3)), ((2, 1, 3, 2), (2, 4, 1, 2)))
        ):
            cases[f"more_{kind}_{number}"] = _case(
                lambda L, kind=kind: getattr(L, kind)(), *shapes, listed=True
            )
    shapes = ((2, 4, 6), (2, 5, 6), (2, 5, 6))
    return cases | {
        "more_Concatenate_0": _case(
            lambda L: L.Concatenate(axis=2), (2, 3, 2), (2, 3, 5), listed=True
        ),
        "more_Concatenate_1": _case(
            lambda L: L.Concatenate(), (1, 2, 2, 1), (1, 2, 2, 4), listed=True
        ),
        "more_Dot_0": _case(
            lambda L: L.Dot(axes=(1, 2), normalize=True),
            (2, 4, 3),
            (2, 5, 4),
            listed=True,
        ),
        "more_Attention_0": _case(
            lambda L: L.Attention(score_mode="concat"), *shapes, listed=True
        ),
        "more_Attention_1": _case(
            lambda L: L.Attention(use_scale=True),
            *shapes,
            listed=True,
            call={"return_attention_scores": True},
        ),
        "more_AdditiveAttention_0": _case(
            lambda L: L.AdditiveAttention(), *shapes, listed=True
        ),
        "more_AdditiveAttention_1": _case(
            lambda L: L.AdditiveAttention(),
            *shapes[:2],
            listed=True,
            call={"use_causal_mask": True},
        ),
    }


def _cells() -> dict[str, Case]:
    line, image, state = (3, 4), (2, 5, 6, 4), (3, 2)
    options = ({}, {"use_bias": False}, {"activation": "relu"})
    more: dict[str, tuple] = {
        "LSTMCell": (*options, {"recurrent_activation": "hard_sigmoid"}),
        "GRUCell": (*options, {"reset_after": False}),
        "SimpleRNNCell": (*options, {"activation": "linear"}),
    }
    cases: dict[str, Case] = {}
    for name, given in more.items():
        count = 2 if name == "LSTMCell" else 1
        for number, arguments in enumerate(given):
            cases[f"more_{name}_{number}"] = _case(
                lambda L, name=name, arguments=arguments: getattr(L, name)(
                    2, **arguments
                ),
                line,
                *[state] * count,
                states=True,
            )
    for number, make in enumerate(
        (
            lambda L: [L.SimpleRNNCell(2), L.GRUCell(2)],
            lambda L: [L.GRUCell(2, reset_after=False), L.SimpleRNNCell(2)],
            lambda L: [L.SimpleRNNCell(2, use_bias=False), L.SimpleRNNCell(2)],
            lambda L: [L.GRUCell(2), L.GRUCell(2, activation="relu")],
        )
    ):
        cases[f"more_StackedRNNCells_{number}"] = _case(
            lambda L, make=make: L.StackedRNNCells(make(L)),
            line,
            state,
            state,
            states=True,
        )
    for number, arguments in enumerate(
        ({"units": 3}, {"units": 2, "activation": "tanh"})
    ):
        cases[f"more_TimeDistributed_{number}"] = _case(
            lambda L, arguments=arguments: L.TimeDistributed(L.Dense(**arguments)),
            image,
        )
    return cases


def _still() -> dict[str, Case]:
    """Noise that is none, for testing or at rate 0."""
    shapes: dict[str, tuple] = {
        "AlphaDropout": (3, 4),
        "Dropout": (3, 4),
        "GaussianDropout": (3, 4),
        "GaussianNoise": (3, 4),
        "SpatialDropout1D": (2, 6, 4),
        "SpatialDropout2D": _IMAGE,
        "SpatialDropout3D": _FILM,
    }
    cases: dict[str, Case] = {}
    for name, shape in shapes.items():
        for number, (rate, phase) in enumerate(
            ((0.4, _TESTING), (0.9, {}), (0.0, _TRAINING), (0.0, _TESTING))
        ):
            cases[f"more_{name}_{number}"] = _case(
                lambda L, name=name, rate=rate: getattr(L, name)(rate), shape, **phase
            )
    for number, function in enumerate(
        (lambda x: 2.0 * x, lambda x: x * x, lambda x: x[:, :1], lambda x: -x + 1.0)
    ):
        cases[f"more_Lambda_{number}"] = _case(
            lambda L, function=function: L.Lambda(function), (3, 4)
        )
    return cases


def _sizes() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    options: tuple[dict[str, Any], ...] = (
        {"factor": (0.5, 0.5)},
        {"factor": (-0.5, -0.5)},
        {"factor": (0.25, 0.25), "interpolation": "nearest"},
        {"factor": 0.0},
    )
    for name in ("RandomHeight", "RandomWidth"):
        for number, given in enumerate(options):
            cases[f"more_{name}_{number}"] = _case(
                lambda L, name=name, given=given: getattr(L, name)(**given),
                (2, 4, 4, 3),
                library="tf_keras",
                approximate=True,
                **_TRAINING,
            )
    return cases


def _renormalised() -> dict[str, Case]:
    options: tuple[dict[str, Any], ...] = (
        {},
        {"renorm_clipping": {"rmin": 0.7, "rmax": 1.2, "dmax": 0.3}},
        {"renorm_momentum": 0.8, "center": False, "scale": False},
        {"axis": 1, "momentum": 0.9},
    )
    return {
        f"more_renorm_{number}": _case(
            lambda L, given=given: L.BatchNormalization(renorm=True, **given),
            (4, 3, 5),
            library="tf_keras",
            **_TRAINING,
        )
        for number, given in enumerate(options)
    } | {
        "more_renorm_test": _case(
            lambda L: L.BatchNormalization(renorm=True),
            (4, 3),
            library="tf_keras",
            **_TESTING,
        )
    }


MORE: dict[str, Case] = {
    **_from_table(),
    **_merging(),
    **_cells(),
    **_still(),
    **_sizes(),
    **_renormalised(),
}
