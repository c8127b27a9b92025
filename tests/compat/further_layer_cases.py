"""Golden cases: layers of Keras 2 and the rarer ones of Keras 3."""

from __future__ import annotations

from tests.compat.layer_case import Case
from tests.compat.layer_case import make_case as _case


def _adaptive_pooling() -> dict[str, Case]:
    shapes = {1: (2, 7, 3), 2: (2, 7, 5, 3), 3: (2, 5, 4, 6, 2)}
    cases: dict[str, Case] = {}
    for rank, shape in shapes.items():
        for kind in ("Average", "Max"):
            name = f"Adaptive{kind}Pooling{rank}D"
            for size in (2, 3, (4, 3, 2)[:rank]):
                cases[f"{name.lower()}_{size}"] = _case(
                    lambda L, name=name, size=size: getattr(L, name)(size), shape
                )
            cases[f"{name.lower()}_first"] = _case(
                lambda L, name=name: getattr(L, name)(3, data_format="channels_first"),
                (shape[0], shape[-1], *shape[1:-1]),
            )
    return cases


def _conv_lstm() -> dict[str, Case]:
    shapes = {1: (2, 3, 5, 2), 2: (2, 3, 5, 4, 2), 3: (2, 2, 4, 3, 4, 2)}
    options = {
        "plain": {},
        "same": {"padding": "same", "return_sequences": True},
        "strides": {"strides": 2, "use_bias": False, "return_state": True},
        "dilation": {"dilation_rate": 2, "activation": "sigmoid"},
        "backwards": {
            "go_backwards": True,
            "return_sequences": True,
            "recurrent_activation": "hard_sigmoid",
        },
    }
    cases: dict[str, Case] = {}
    for rank, shape in shapes.items():
        for name, given in options.items():
            cases[f"conv_lstm{rank}d_{name}"] = _case(
                lambda L, rank=rank, given=given: getattr(L, f"ConvLSTM{rank}D")(
                    3, 2, **{"recurrent_activation": "sigmoid", **given}
                ),
                shape,
            )
    cases["conv_lstm2d_mask"] = _case(
        lambda L: L.ConvLSTM2D(
            3, 2, recurrent_activation="sigmoid", return_sequences=True
        ),
        shapes[2],
        mask=(2, 3),
    )
    return cases


def _locally_connected() -> dict[str, Case]:
    old = {"library": "tf_keras"}
    return {
        "locally_connected1d": _case(
            lambda L: L.LocallyConnected1D(3, 2), (2, 6, 3), **old
        ),
        "locally_connected1d_strides": _case(
            lambda L: L.LocallyConnected1D(3, 3, strides=2, activation="tanh"),
            (2, 7, 3),
            **old,
        ),
        "locally_connected1d_bare": _case(
            lambda L: L.LocallyConnected1D(4, 1, use_bias=False), (2, 4, 3), **old
        ),
        "locally_connected1d_first": _case(
            lambda L: L.LocallyConnected1D(3, 2, data_format="channels_first"),
            (2, 3, 6),
            **old,
        ),
        "locally_connected2d": _case(
            lambda L: L.LocallyConnected2D(3, 2), (2, 4, 5, 3), **old
        ),
        "locally_connected2d_strides": _case(
            lambda L: L.LocallyConnected2D(
                3, (3, 2), strides=(1, 2), activation="tanh"
            ),
            (2, 5, 6, 2),
            **old,
        ),
        "locally_connected2d_bare": _case(
            lambda L: L.LocallyConnected2D(4, 2, use_bias=False), (2, 3, 4, 2), **old
        ),
        "locally_connected2d_first": _case(
            lambda L: L.LocallyConnected2D(3, 2, data_format="channels_first"),
            (2, 3, 4, 5),
            **old,
        ),
    }


def _attention() -> dict[str, Case]:
    shapes = ((2, 4, 6), (2, 5, 6))
    return {
        "gqa": _case(lambda L: L.GroupQueryAttention(3, 4, 2), *shapes),
        "gqa_one": _case(
            lambda L: L.GroupQueryAttention(3, 4, 1, use_bias=False),
            *shapes,
            call={"return_attention_scores": True},
        ),
        "gqa_causal": _case(
            lambda L: L.GroupQueryAttention(3, 4, 2, sliding_window=2),
            (2, 4, 6),
            (2, 4, 6),
            call={"use_causal_mask": True},
        ),
        "gqa_gate_mask": _case(
            lambda L: L.GroupQueryAttention(3, 2, 2, use_gate=True),
            *shapes,
            mask=(2, 4, 5),
            mask_argument="attention_mask",
        ),
    }


def _others() -> dict[str, Case]:
    training = {"training": True}
    return {
        "spectral_dense": _case(
            lambda L: L.SpectralNormalization(L.Dense(4)), (3, 5), call=training
        ),
        "spectral_conv": _case(
            lambda L: L.SpectralNormalization(L.Conv2D(3, 2), power_iterations=3),
            (2, 4, 4, 2),
            call=training,
        ),
        "spectral_embedding": _case(
            lambda L: L.SpectralNormalization(L.Dense(3, use_bias=False), 2),
            (3, 5),
            call=training,
        ),
        "spectral_test": _case(lambda L: L.SpectralNormalization(L.Dense(3)), (3, 5)),
        "reversible_embedding": _case(
            lambda L: L.ReversibleEmbedding(6, 3, mask_zero=True), (2, 5), integers=6
        ),
        "reversible_embedding_back": _case(
            lambda L: L.ReversibleEmbedding(6, 3), (2, 5, 3), call={"reverse": True}
        ),
        "reversible_embedding_untied": _case(
            lambda L: L.ReversibleEmbedding(6, 3, tie_weights=False),
            (2, 5, 3),
            call={"reverse": True},
        ),
        "reversible_embedding_cap": _case(
            lambda L: L.ReversibleEmbedding(6, 3, logit_soft_cap=2.0),
            (2, 5, 3),
            call={"reverse": True},
        ),
        "thresholded_relu": _case(
            lambda L: L.ThresholdedReLU(), (4, 6), library="tf_keras"
        ),
        "thresholded_relu_half": _case(
            lambda L: L.ThresholdedReLU(0.5), (4, 6), library="tf_keras"
        ),
        "alpha_dropout_still": _case(lambda L: L.AlphaDropout(0.4), (4, 6)),
    }


FURTHER: dict[str, Case] = {
    **_adaptive_pooling(),
    **_conv_lstm(),
    **_locally_connected(),
    **_attention(),
    **_others(),
}
