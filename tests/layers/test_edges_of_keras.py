"""Edges of layers where Keras 3 decides between two plausible results."""

from __future__ import annotations

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers as L
from kerasish import ops

X = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
MASK = np.array([[True, False, True, False], [False] * 4])


def test_a_unit_at_its_threshold_is_off() -> None:
    values = L.ReLU(threshold=5.0)(np.array([4.0, 5.0, 6.0], "float32"))
    np.testing.assert_array_equal(values, [0.0, 0.0, 6.0])


@pytest.mark.parametrize("kind", ["bool", "float32"])
def test_softmax_is_zero_where_masked_and_where_all_is(kind: str) -> None:
    values = L.Softmax()(np.zeros((2, 4), "float32"), mask=MASK.astype(kind))
    np.testing.assert_allclose(values, [[0.5, 0, 0.5, 0], [0, 0, 0, 0]])


@pytest.mark.parametrize("shape", [(2, 3), (1, 2, 4)])
def test_softmax_refuses_masks_that_do_not_broadcast(shape: tuple) -> None:
    with pytest.raises(ValueError, match="mask"):
        L.Softmax()(np.zeros((2, 4), "float32"), mask=np.ones(shape, bool))


@pytest.mark.parametrize(
    "make, expected",
    [
        (L.Maximum, [[-1, -2], [-1, -2], [0, 0]]),
        (L.Minimum, [[-1, -2], [-1, -2], [0, 0]]),
        (L.Multiply, [[-1, -2], [-1, -2], [0, 0]]),
    ],
)
def test_what_is_masked_has_no_say_in_a_merge(make: type, expected: list) -> None:
    mask = L.Masking()
    first = mask(np.array([[[0, 0], [-1, -2], [0, 0]]], "float32"))
    second = mask(np.array([[[-1, -2], [0, 0], [0, 0]]], "float32"))
    np.testing.assert_array_equal(make()([first, second]), [expected])


@pytest.mark.parametrize("make", [L.Add, L.Concatenate])
def test_merging_needs_a_mask_for_each_input(make: type) -> None:
    with pytest.raises(ValueError, match="length"):
        make().compute_mask([X, X], [None])


@pytest.mark.parametrize("make", [L.LayerNormalization, L.RMSNormalization])
def test_normalised_axes_may_come_in_any_order(make: type) -> None:
    np.testing.assert_allclose(make(axis=[-1, 1])(X), make(axis=[1, -1])(X))


def test_group_normalization_takes_what_half_precision_cannot_hold() -> None:
    layer = L.GroupNormalization(groups=2, dtype="mixed_float16")
    outputs = layer(np.full((2, 4, 8), 70000.0, "float32"))
    assert outputs.dtype == "float16" and np.isfinite(outputs.numpy()).all()


def test_attention_runs_over_the_last_but_one_axis() -> None:
    x = np.random.default_rng(1).normal(size=(2, 3, 5, 4)).astype("float32")
    outputs, weights = L.Attention()(
        [x, x], return_attention_scores=True, use_causal_mask=True
    )
    flat = L.Attention()([x[1], x[1]], use_causal_mask=True)
    assert weights.shape == (2, 3, 5, 5)
    np.testing.assert_allclose(outputs[1], flat, rtol=1e-5, atol=1e-6)


def test_causal_attention_over_one_of_two_axes() -> None:
    layer = L.MultiHeadAttention(num_heads=2, key_dim=4, attention_axes=1)
    x = np.random.default_rng(1).normal(size=(1, 5, 3, 8)).astype("float32")
    _, weights = layer(x, x, use_causal_mask=True, return_attention_scores=True)
    assert not weights.numpy()[..., np.triu(np.ones((5, 5), bool), 1)].any()


def test_attention_of_a_subclass_is_used() -> None:
    class First(L.MultiHeadAttention):
        def _compute_attention(self, query, key, value, attention_mask, *others):
            assert attention_mask is not None
            return value, None

    layer = First(num_heads=2, key_dim=4)
    outputs = layer(X, X, use_causal_mask=True)
    expected = layer.output_dense(layer.value_dense(X))
    np.testing.assert_allclose(outputs, expected, rtol=1e-6)


def test_einsum_dense_has_biases_before_an_ellipsis() -> None:
    layer = L.EinsumDense("ab...,bc->ac...", (5, None, None), bias_axes="c")
    outputs = layer(np.ones((2, 3, 4, 6), "float32"))
    assert outputs.shape == (2, 5, 4, 6) and layer.bias.shape == (5, 1, 1)


@pytest.mark.parametrize("wrap", [lambda table: table, lambda table: [table]])
def test_an_embedding_has_the_weights_it_is_made_with(wrap: object) -> None:
    table = np.arange(12, dtype="float32").reshape(3, 4)
    np.testing.assert_array_equal(
        L.Embedding(3, 4, weights=wrap(table)).embeddings, table
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"batch_size": 4, "batch_shape": (2, 3)},
        {"shape": (3,), "input_tensor": np.zeros((2, 3))},
        {"shape": (4,), "input_tensor": keras.KerasTensor((2, 3))},
        {"batch_shape": (2, 4), "input_tensor": keras.KerasTensor((2, 3))},
    ],
)
def test_an_input_refuses_what_contradicts_itself(arguments: dict) -> None:
    with pytest.raises(ValueError):
        L.InputLayer(**arguments)


@pytest.mark.parametrize("shape", [(20, 1.5), (20, -1), (0, 20), "no"])
def test_dropout_refuses_noise_shapes_without_meaning(shape: object) -> None:
    with pytest.raises(ValueError, match="noise_shape"):
        L.Dropout(0.5, noise_shape=shape)


def test_layers_with_nothing_to_build_are_built_once_made() -> None:
    class Own(L.Dropout):
        def build(self, input_shape):
            pass

    assert L.Dropout(0.5).built and L.MaxPooling2D().built and L.ReLU().built
    assert not Own(0.5).built and not L.Dense(1).built


def test_a_lambda_keeps_a_mask_that_is_a_tensor() -> None:
    layer = L.Lambda(lambda x: x**2, mask=ops.ones((2, 3)))
    again = L.Lambda.from_config(layer.get_config())
    np.testing.assert_array_equal(again.mask, np.ones((2, 3)))


@pytest.mark.parametrize("target", [(-2, 5), (-1, -1, 5)])
def test_a_reshape_has_at_most_one_open_size(target: tuple) -> None:
    with pytest.raises(ValueError, match="target_shape"):
        L.Reshape(target)


class _Masked(L.Layer):
    """Multiplies its inputs by its mask."""

    def call(self, inputs, mask=None):
        return inputs * ops.cast(ops.expand_dims(mask, -1), inputs.dtype)


def test_a_layer_over_time_has_the_masks_of_single_steps() -> None:
    mask = np.array([[True, False, True], [False, True, True]])
    outputs = L.TimeDistributed(_Masked())(X, mask=mask)
    np.testing.assert_array_equal(outputs, X * mask[..., None])
    with pytest.raises(ValueError, match="mask"):
        L.TimeDistributed(_Masked())(X, mask=mask[:, :2])


class _Cell(L.Layer):
    """A cell with one state, whose output it is."""

    state_size = 4

    def call(self, inputs, states):
        output = inputs + states[0]
        return output, [output]


def test_stacked_cells_of_one_state_return_it_alone() -> None:
    layer = L.RNN([_Cell(), _Cell()], return_state=True)
    output, first, second = layer(np.ones((2, 3, 4), "float32"))
    assert first.shape == second.shape == (2, 4)
    np.testing.assert_array_equal(output, second)
    np.testing.assert_array_equal(first, np.full((2, 4), 3.0))


def test_cells_compute_in_their_own_precision() -> None:
    layer = L.RNN([_Cell(), _Cell()], dtype="mixed_float16")
    assert layer(np.ones((2, 3, 4), "float32")).dtype == "float32"


def test_a_promised_shape_spares_the_call() -> None:
    class Opaque(L.Layer):
        def call(self, x):
            raise RuntimeError

        def compute_output_shape(self, input_shape):
            return input_shape, (*input_shape, 1)

    first, second = Opaque().compute_output_spec(keras.KerasTensor((2, 3)))
    assert first.shape == (2, 3) and second.shape == (2, 3, 1)


def test_variables_in_a_name_scope_have_its_path() -> None:
    with keras.name_scope("encoder"):
        assert keras.Variable(1.0, name="scale").path == "encoder/scale"
    assert keras.Variable(1.0, name="scale").path == "scale"


def test_a_promise_may_ask_the_base_class() -> None:
    class Doubled(L.Dense):
        def call(self, x):
            y = super().call(x)
            return [y, y]

        def compute_output_shape(self, input_shape):
            return [super(L.Dense, self).compute_output_shape(input_shape)] * 2

    class Plain(L.Layer):
        def call(self, x):
            return x

        def compute_output_shape(self, input_shape):
            return super().compute_output_shape(input_shape)

    assert Plain().compute_output_shape((2, 3)) == (2, 3)
    assert Plain()(keras.KerasTensor((None, 3))).shape == (None, 3)
    first, _ = Doubled(4)(keras.KerasTensor((None, 3)))
    assert first.shape == (None, 4)


def test_a_call_may_hand_on_whatever_it_gets() -> None:
    class Frozen(L.BatchNormalization):
        def call(self, *args, **kwargs):
            kwargs["training"] = False
            return super().call(*args, **kwargs)

    layer = Frozen(name="frozen")
    model = keras.Sequential([keras.Input((4,)), layer])
    assert layer.gamma.shape == (4,) and model(X[0]).shape == (3, 4)


def test_several_inputs_without_masks_have_none() -> None:
    class Product(L.Layer):
        def call(self, inputs, mask=None):
            product = inputs[0] * inputs[1]
            return product if mask is None else product * mask[0]

    x = keras.Input((3, 4))
    assert Product()([x, x]).shape == (None, 3, 4)
    np.testing.assert_array_equal(Product()([X, X]), X * X)


def test_inputs_tell_that_they_are_dense() -> None:
    x = keras.Input((3,))
    assert x.sparse is False and L.Dense(2)(x).sparse is False
