"""Layers, arguments and inputs whose numbers are compared with real Keras.

The cases are data that both libraries understand: `make(layers)` builds the layer from
a module with Keras's names.
"""

from __future__ import annotations

from tests.compat.further_layer_cases import FURTHER
from tests.compat.image_layer_cases import IMAGES
from tests.compat.layer_case import Case
from tests.compat.layer_case import make_case as _case
from tests.compat.more_layer_cases import MORE


def _activations() -> dict[str, Case]:
    names = (
        "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh"
        " leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu"
        " soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid"
        " squareplus tanh tanh_shrink"
    ).split()
    cases = {
        f"activation_{name}": _case(lambda L, name=name: L.Activation(name), (3, 4))
        for name in names
    }
    cases |= {
        "relu_all": _case(
            lambda L: L.ReLU(max_value=1.0, negative_slope=0.2, threshold=0.3), (4, 6)
        ),
        "relu_limit": _case(lambda L: L.ReLU(max_value=0.5), (4, 6)),
        "leaky_relu": _case(lambda L: L.LeakyReLU(0.1), (4, 6)),
        "leaky_relu_default": _case(lambda L: L.LeakyReLU(), (4, 6)),
        "prelu": _case(lambda L: L.PReLU(), (4, 6)),
        "prelu_shared": _case(lambda L: L.PReLU(shared_axes=[1, 2]), (2, 3, 3, 4)),
        "elu": _case(lambda L: L.ELU(), (4, 6)),
        "elu_alpha": _case(lambda L: L.ELU(alpha=0.5), (4, 6)),
        "softmax": _case(lambda L: L.Softmax(), (4, 6)),
        "softmax_axes": _case(lambda L: L.Softmax(axis=(1, 2)), (2, 3, 4)),
        "softmax_mask": _case(lambda L: L.Softmax(), (4, 6), mask=(4, 6)),
    }
    return cases


def _core() -> dict[str, Case]:
    return {
        "dense": _case(lambda L: L.Dense(3), (4, 5)),
        "dense_relu_3d": _case(
            lambda L: L.Dense(3, activation="relu", use_bias=False), (2, 4, 5)
        ),
        "einsum_dense": _case(
            lambda L: L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"),
            (2, 4, 5),
        ),
        "einsum_dense_ellipsis": _case(
            lambda L: L.EinsumDense(
                "...x,xy->...y", (3,), bias_axes="y", activation="tanh"
            ),
            (2, 4, 5),
        ),
        "embedding": _case(lambda L: L.Embedding(6, 3), (2, 4), integers=6),
        "embedding_mask": _case(
            lambda L: L.Embedding(6, 3, mask_zero=True), (3,), integers=6
        ),
        "masking": _case(lambda L: L.Masking(0.5), (2, 3, 4)),
        "flatten": _case(lambda L: L.Flatten(), (2, 3, 4)),
        "flatten_first": _case(
            lambda L: L.Flatten(data_format="channels_first"), (2, 3, 4, 2)
        ),
        "reshape": _case(lambda L: L.Reshape((6, -1)), (2, 3, 4)),
        "reshape_known": _case(lambda L: L.Reshape((2, 2, 3)), (2, 3, 4)),
        "permute": _case(lambda L: L.Permute((2, 1)), (2, 3, 4)),
        "permute_3": _case(lambda L: L.Permute((3, 1, 2)), (2, 3, 4, 2)),
        "repeat_vector": _case(lambda L: L.RepeatVector(3), (2, 4)),
        "repeat_vector_1": _case(lambda L: L.RepeatVector(1), (2, 4)),
        "identity": _case(lambda L: L.Identity(), (2, 4)),
        "activity": _case(lambda L: L.ActivityRegularization(0.1, 0.2), (2, 4)),
        "unit_normalization": _case(lambda L: L.UnitNormalization(), (3, 4)),
        "unit_normalization_axes": _case(
            lambda L: L.UnitNormalization(axis=[1, 2]), (3, 4, 2)
        ),
    }


def _convolutions() -> dict[str, Case]:
    cases = {
        "conv1d": _case(lambda L: L.Conv1D(3, 3), (2, 7, 4)),
        "conv1d_causal": _case(
            lambda L: L.Conv1D(3, 3, padding="causal", dilation_rate=2), (2, 7, 4)
        ),
        "conv1d_same_strided": _case(
            lambda L: L.Conv1D(3, 4, strides=2, padding="same", activation="relu"),
            (2, 7, 4),
        ),
        "conv2d": _case(lambda L: L.Conv2D(3, (2, 3), activation="tanh"), (2, 5, 6, 2)),
        "conv2d_same": _case(
            lambda L: L.Conv2D(3, 3, strides=2, padding="same"), (2, 5, 6, 2)
        ),
        "conv2d_groups": _case(
            lambda L: L.Conv2D(6, 2, groups=2, use_bias=False), (2, 4, 4, 4)
        ),
        "conv2d_dilated": _case(
            lambda L: L.Conv2D(2, 2, dilation_rate=2, padding="same"), (1, 6, 5, 3)
        ),
        "conv3d": _case(lambda L: L.Conv3D(2, 2), (1, 4, 3, 4, 2)),
        "conv3d_same": _case(
            lambda L: L.Conv3D(2, 3, strides=2, padding="same"), (1, 4, 5, 4, 2)
        ),
        "depthwise_conv1d": _case(
            lambda L: L.DepthwiseConv1D(3, depth_multiplier=2), (2, 6, 3)
        ),
        "depthwise_conv1d_same": _case(
            lambda L: L.DepthwiseConv1D(3, strides=2, padding="same"), (2, 6, 3)
        ),
        "depthwise_conv2d": _case(
            lambda L: L.DepthwiseConv2D(3, depth_multiplier=2), (2, 5, 5, 2)
        ),
        "depthwise_conv2d_same": _case(
            lambda L: L.DepthwiseConv2D(3, strides=2, padding="same"), (2, 6, 6, 3)
        ),
        "separable_conv1d": _case(
            lambda L: L.SeparableConv1D(4, 3, depth_multiplier=2), (2, 6, 3)
        ),
        "separable_conv1d_dilated": _case(
            lambda L: L.SeparableConv1D(4, 3, dilation_rate=2, padding="same"),
            (2, 6, 3),
        ),
        "separable_conv2d": _case(
            lambda L: L.SeparableConv2D(4, 3, activation="relu"), (2, 5, 5, 2)
        ),
        "separable_conv2d_same": _case(
            lambda L: L.SeparableConv2D(4, 3, strides=2, padding="same"), (2, 6, 6, 2)
        ),
    }
    transposed = {1: (2, 4, 3), 2: (1, 3, 4, 3), 3: (1, 2, 3, 2, 2)}
    options = {
        "valid": {},
        "strided": {"strides": 2},
        "same": {"strides": 2, "padding": "same"},
        "surplus": {"strides": 3, "output_padding": 1},
    }
    for rank, shape in transposed.items():
        for name, given in options.items():
            cases[f"conv{rank}d_transpose_{name}"] = _case(
                lambda L, rank=rank, given=given: getattr(L, f"Conv{rank}DTranspose")(
                    2, 3, **given
                ),
                shape,
            )
    return cases


def _spatial() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    shapes = {1: (2, 7, 3), 2: (2, 5, 6, 3), 3: (1, 4, 5, 4, 2)}
    first = {1: (2, 3, 7), 2: (2, 3, 5, 6), 3: (1, 2, 4, 5, 4)}
    for rank, shape in shapes.items():
        for kind in ("Max", "Average"):
            for name, given in {
                "valid": {"pool_size": 2},
                "same": {"pool_size": 3, "strides": 2, "padding": "same"},
            }.items():
                cases[f"{kind.lower()}_pooling{rank}d_{name}"] = _case(
                    lambda L, n=f"{kind}Pooling{rank}D", given=given: getattr(L, n)(
                        **given
                    ),
                    shape,
                )
            for name, given, used in (
                ("plain", {}, shape),
                ("first", {"data_format": "channels_first"}, first[rank]),
                ("keepdims", {"keepdims": True}, shape),
            ):
                cases[f"global_{kind.lower()}_pooling{rank}d_{name}"] = _case(
                    lambda L, n=f"Global{kind}Pooling{rank}D", given=given: getattr(
                        L, n
                    )(**given),
                    used,
                )
    cases["global_average_pooling1d_mask"] = _case(
        lambda L: L.GlobalAveragePooling1D(), (2, 7, 3), mask=(2, 7)
    )
    return cases | {
        "zero_padding1d": _case(lambda L: L.ZeroPadding1D(2), (2, 3, 2)),
        "zero_padding1d_pair": _case(lambda L: L.ZeroPadding1D((1, 2)), (2, 3, 2)),
        "zero_padding2d": _case(lambda L: L.ZeroPadding2D((1, 2)), (2, 3, 3, 2)),
        "zero_padding2d_pairs": _case(
            lambda L: L.ZeroPadding2D(((1, 0), (2, 1)), data_format="channels_first"),
            (2, 2, 3, 3),
        ),
        "zero_padding3d": _case(lambda L: L.ZeroPadding3D(1), (1, 2, 2, 2, 2)),
        "zero_padding3d_pairs": _case(
            lambda L: L.ZeroPadding3D(((1, 0), (0, 1), (2, 1))), (1, 2, 2, 2, 2)
        ),
        "cropping1d": _case(lambda L: L.Cropping1D(1), (2, 5, 2)),
        "cropping1d_pair": _case(lambda L: L.Cropping1D((0, 2)), (2, 5, 2)),
        "cropping2d": _case(lambda L: L.Cropping2D((1, 2)), (2, 4, 6, 2)),
        "cropping2d_first": _case(
            lambda L: L.Cropping2D(((1, 0), (2, 1)), data_format="channels_first"),
            (2, 2, 4, 5),
        ),
        "cropping3d": _case(lambda L: L.Cropping3D(1), (1, 4, 4, 3, 2)),
        "cropping3d_pairs": _case(
            lambda L: L.Cropping3D(((1, 0), (0, 1), (1, 1))), (1, 3, 3, 4, 2)
        ),
        "up_sampling1d": _case(lambda L: L.UpSampling1D(), (2, 3, 2)),
        "up_sampling1d_3": _case(lambda L: L.UpSampling1D(3), (2, 3, 2)),
        "up_sampling2d": _case(lambda L: L.UpSampling2D((2, 3)), (2, 3, 2, 2)),
        "up_sampling2d_bilinear": _case(
            lambda L: L.UpSampling2D((2, 3), interpolation="bilinear"), (1, 3, 4, 2)
        ),
        "up_sampling2d_bicubic": _case(
            lambda L: L.UpSampling2D((2, 4), interpolation="bicubic"), (1, 3, 4, 2)
        ),
        "up_sampling2d_lanczos3": _case(
            lambda L: L.UpSampling2D((3, 2), interpolation="lanczos3"), (1, 5, 7, 2)
        ),
        "up_sampling2d_lanczos5": _case(
            lambda L: L.UpSampling2D(2, interpolation="lanczos5"), (1, 3, 7, 2)
        ),
        "up_sampling3d": _case(lambda L: L.UpSampling3D(), (1, 2, 2, 2, 2)),
        "up_sampling3d_sizes": _case(
            lambda L: L.UpSampling3D((1, 2, 3)), (1, 2, 2, 2, 2)
        ),
    }


def _normalizations() -> dict[str, Case]:
    return {
        "batch_norm_train": _case(
            lambda L: L.BatchNormalization(), (8, 3), call={"training": True}
        ),
        "batch_norm_test": _case(
            lambda L: L.BatchNormalization(), (4, 3), call={"training": False}
        ),
        "batch_norm_images": _case(
            lambda L: L.BatchNormalization(momentum=0.8, epsilon=1e-2),
            (2, 4, 4, 3),
            call={"training": True},
        ),
        "batch_norm_axis": _case(
            lambda L: L.BatchNormalization(axis=1, scale=False),
            (2, 3, 4, 4),
            call={"training": True},
        ),
        "batch_norm_mask": _case(
            lambda L: L.BatchNormalization(center=False),
            (3, 5, 2),
            call={"training": True},
            mask=(3, 5),
        ),
        "layer_norm": _case(lambda L: L.LayerNormalization(), (3, 4, 5)),
        "layer_norm_axes": _case(
            lambda L: L.LayerNormalization(axis=[1, 2], center=False), (3, 4, 5)
        ),
        "group_norm": _case(lambda L: L.GroupNormalization(groups=2), (2, 3, 3, 4)),
        "group_norm_instance": _case(
            lambda L: L.GroupNormalization(groups=-1, axis=1), (2, 3, 5)
        ),
        "group_norm_vector": _case(lambda L: L.GroupNormalization(groups=3), (4, 6)),
        "rms_norm": _case(lambda L: L.RMSNormalization(), (3, 4, 5)),
        "rms_norm_axes": _case(
            lambda L: L.RMSNormalization(axis=[1, 2], epsilon=0.1), (3, 4, 5)
        ),
    }


def _recurrent() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    options = {
        "default": {},
        "sequences": {"return_sequences": True, "return_state": True},
        "backwards": {"go_backwards": True, "return_sequences": True},
        "odd": {"activation": "relu", "use_bias": False, "return_state": True},
        "unroll": {"unroll": True, "return_sequences": True},
    }
    for kind in ("LSTM", "GRU", "SimpleRNN"):
        for name, given in options.items():
            for mask in (None, (2, 5)):
                label = f"{kind.lower()}_{name}{'_mask' if mask else ''}"
                cases[label] = _case(
                    lambda L, kind=kind, given=given: getattr(L, kind)(3, **given),
                    (2, 5, 4),
                    mask=mask,
                )
    cells = {
        "lstm": lambda L: L.LSTMCell(3),
        "gru": lambda L: L.GRUCell(3, reset_after=False),
        "simple": lambda L: L.SimpleRNNCell(3, activation="sigmoid"),
        "stacked": lambda L: L.StackedRNNCells([L.LSTMCell(2), L.GRUCell(3)]),
    }
    for name, cell in cells.items():
        for zero in (False, True):
            cases[f"rnn_{name}{'_zero' if zero else ''}"] = _case(
                lambda L, cell=cell, zero=zero: L.RNN(
                    cell(L), return_sequences=True, zero_output_for_mask=zero
                ),
                (2, 5, 4),
                mask=(2, 5) if zero or name != "gru" else None,
            )
    cases["gru_reset_before"] = _case(
        lambda L: L.GRU(3, reset_after=False, return_sequences=True),
        (2, 5, 4),
        mask=(2, 5),
    )
    cases["lstm_hard_sigmoid"] = _case(
        lambda L: L.LSTM(
            3, recurrent_activation="hard_sigmoid", unit_forget_bias=False
        ),
        (2, 5, 4),
    )
    for mode in ("concat", "sum", "mul", "ave", None):
        cases[f"bidirectional_{mode}"] = _case(
            lambda L, mode=mode: L.Bidirectional(
                L.LSTM(3, return_sequences=True), merge_mode=mode
            ),
            (2, 4, 3),
        )
    cases["bidirectional_mask"] = _case(
        lambda L: L.Bidirectional(L.GRU(2, return_state=True)), (2, 5, 3), mask=(2, 5)
    )
    cases["time_distributed"] = _case(
        lambda L: L.TimeDistributed(L.Dense(3, activation="tanh")), (2, 4, 3)
    )
    cases["time_distributed_conv"] = _case(
        lambda L: L.TimeDistributed(L.Conv1D(2, 2)), (2, 3, 4, 3)
    )
    return cases


def _attention() -> dict[str, Case]:
    shapes = ((2, 4, 6), (2, 5, 6))
    return {
        "mha": _case(lambda L: L.MultiHeadAttention(2, 3), *shapes),
        "mha_scores": _case(
            lambda L: L.MultiHeadAttention(2, 3, value_dim=4, output_shape=5),
            *shapes,
            call={"return_attention_scores": True},
        ),
        "mha_causal": _case(
            lambda L: L.MultiHeadAttention(2, 3, use_bias=False),
            (2, 4, 6),
            (2, 4, 6),
            call={"use_causal_mask": True},
        ),
        "mha_mask": _case(
            lambda L: L.MultiHeadAttention(2, 3),
            *shapes,
            mask=(2, 4, 5),
            mask_argument="attention_mask",
        ),
        "mha_value_mask": _case(
            lambda L: L.MultiHeadAttention(2, 3),
            *shapes,
            call={"return_attention_scores": True},
            mask=(2, 5),
            mask_argument="value_mask",
        ),
        "mha_axes": _case(
            lambda L: L.MultiHeadAttention(2, 3, attention_axes=(1, 2)),
            (2, 2, 3, 4),
            (2, 2, 3, 4),
            call={"return_attention_scores": True},
        ),
        "mha_one_axis": _case(
            lambda L: L.MultiHeadAttention(2, 3, attention_axes=2),
            (2, 2, 3, 4),
            (2, 2, 3, 4),
        ),
        "mha_gate": _case(
            lambda L: L.MultiHeadAttention(2, 3, value_dim=4, use_gate=True), *shapes
        ),
        "mha_window": _case(
            lambda L: L.MultiHeadAttention(2, 3, sliding_window=2),
            *shapes,
            call={"return_attention_scores": True},
        ),
        "mha_causal_window": _case(
            lambda L: L.MultiHeadAttention(2, 3, sliding_window=2),
            (2, 4, 6),
            (2, 4, 6),
            call={"use_causal_mask": True},
        ),
        "attention": _case(lambda L: L.Attention(), *shapes, listed=True),
        "attention_scale": _case(
            lambda L: L.Attention(use_scale=True, score_mode="concat"),
            *shapes,
            listed=True,
            call={"return_attention_scores": True},
        ),
        "attention_causal": _case(
            lambda L: L.Attention(use_scale=True),
            *shapes,
            shapes[1],
            listed=True,
            call={"use_causal_mask": True},
        ),
        "additive_attention": _case(
            lambda L: L.AdditiveAttention(), *shapes, listed=True
        ),
        "additive_attention_plain": _case(
            lambda L: L.AdditiveAttention(use_scale=False),
            *shapes,
            listed=True,
            call={"return_attention_scores": True, "use_causal_mask": True},
        ),
    }


def _merging() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    for kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
        cases[kind.lower()] = _case(
            lambda L, kind=kind: getattr(L, kind)(), (2, 3, 4), (2, 3, 4), listed=True
        )
        cases[f"{kind.lower()}_broadcast"] = _case(
            lambda L, kind=kind: getattr(L, kind)(), (2, 3, 4), (2, 4), listed=True
        )
    return cases | {
        "add_three": _case(lambda L: L.Add(), (2, 3), (2, 3), (2, 3), listed=True),
        "average_three": _case(
            lambda L: L.Average(), (2, 3), (2, 3), (2, 3), listed=True
        ),
        "concatenate": _case(
            lambda L: L.Concatenate(), (2, 3), (2, 4), (2, 1), listed=True
        ),
        "concatenate_axis": _case(
            lambda L: L.Concatenate(axis=1), (2, 3, 2), (2, 1, 2), listed=True
        ),
        "dot": _case(lambda L: L.Dot(axes=1), (2, 3), (2, 3), listed=True),
        "dot_axes": _case(
            lambda L: L.Dot(axes=(2, 1)), (2, 3, 4), (2, 4, 5), listed=True
        ),
        "dot_normalize": _case(
            lambda L: L.Dot(axes=-1, normalize=True), (2, 3, 4), (2, 5, 4), listed=True
        ),
    }


CASES: dict[str, Case] = {
    **_activations(),
    **_core(),
    **_convolutions(),
    **_spatial(),
    **_normalizations(),
    **_recurrent(),
    **_attention(),
    **_merging(),
    **FURTHER,
    **IMAGES,
    **MORE,
}

# Layers whose numbers are random, or arguments that numbers do not show: only their
# descriptions are compared.
DESCRIBED: dict[str, Case] = {
    **{name: case for name, case in CASES.items() if "Lambda" not in name},
    "dropout": _case(lambda L: L.Dropout(0.5, noise_shape=(None, 1), seed=3)),
    "spatial_dropout1d": _case(lambda L: L.SpatialDropout1D(0.5)),
    "spatial_dropout2d": _case(lambda L: L.SpatialDropout2D(0.5)),
    "spatial_dropout3d": _case(lambda L: L.SpatialDropout3D(0.5)),
    "gaussian_noise": _case(lambda L: L.GaussianNoise(0.1)),
    "gaussian_dropout": _case(lambda L: L.GaussianDropout(0.1)),
    "dense_everything": _case(
        lambda L: L.Dense(
            3,
            kernel_initializer="he_normal",
            bias_initializer="ones",
            kernel_regularizer="l2",
            bias_regularizer="l1",
            kernel_constraint="max_norm",
            bias_constraint="non_neg",
        )
    ),
    "lstm_stateful": _case(
        lambda L: L.LSTM(3, stateful=True, dropout=0.1, recurrent_dropout=0.2)
    ),
    "conv2d_first": _case(lambda L: L.Conv2D(3, 3, data_format="channels_first")),
    "embedding_plain": _case(
        lambda L: L.Embedding(3, 4, embeddings_initializer="uniform")
    ),
}
