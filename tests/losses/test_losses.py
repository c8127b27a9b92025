"""Reductions, masks, weights, dtypes, names and errors of losses."""

import numpy as np
import pytest

from kerasish import losses
from kerasish.backend.graph import Spec, as_tensor
from kerasish.errors import ShapeError


class Difference(losses.Loss):
    def call(self, y_true, y_pred):
        return y_pred - y_true


def masked(values, mask):
    tensor = as_tensor(np.asarray(values, "float32"))
    tensor._keras_mask = as_tensor(np.asarray(mask))
    return tensor


@pytest.mark.parametrize(
    "reduction, expected",
    [
        ("sum", 6.0),
        ("sum_over_batch_size", 2.0),
        ("mean", 2.0),
        ("mean_with_sample_weight", 2.0),
    ],
)
def test_reductions(reduction, expected):
    loss = Difference(reduction=reduction)
    assert float(loss([0.0, 0.0, 0.0], [1.0, 2.0, 3.0])) == expected


@pytest.mark.parametrize(
    "reduction, expected",
    [
        ("sum", 7.0),
        ("sum_over_batch_size", 7.0 / 3),
        ("mean_with_sample_weight", 7.0 / 3.5),
        ("none", [1.0, 0.0, 6.0]),
    ],
)
def test_reductions_with_weights(reduction, expected):
    loss = Difference(reduction=reduction)
    value = loss([0.0, 0.0, 0.0], [1.0, 2.0, 3.0], sample_weight=[1.0, 0.0, 2.0])
    if reduction == "mean_with_sample_weight":
        expected = 7.0 / 3.0
    np.testing.assert_allclose(value.numpy(), expected, rtol=1e-6)


def test_masked_values_do_not_count():
    y_pred = masked([1.0, 2.0, 30.0], [True, True, False])
    assert float(Difference()(np.zeros(3), y_pred)) == pytest.approx(1.5)
    assert float(Difference(reduction="sum")(np.zeros(3), y_pred)) == 3.0


def test_mask_and_weights_multiply():
    y_pred = masked([[1.0, 2.0], [3.0, 4.0]], [[True, False], [True, True]])
    loss = Difference(reduction="sum")
    assert float(loss(np.zeros((2, 2)), y_pred, [1.0, 2.0])) == 1.0 + 2 * (3.0 + 4.0)


def test_all_masked_gives_zero():
    y_pred = masked([1.0, 2.0], [False, False])
    assert float(Difference()(np.zeros(2), y_pred)) == 0.0


def test_weights_of_samples_spread_over_positions():
    y_pred = np.ones((2, 2), "float32")
    value = Difference(reduction=None)(np.zeros((2, 2)), y_pred, [1.0, 3.0])
    np.testing.assert_array_equal(value.numpy(), [[1.0, 1.0], [3.0, 3.0]])


def test_weight_may_be_a_number():
    assert float(Difference()([0.0, 0.0], [1.0, 3.0], 2.0)) == 4.0


def test_unknown_reduction():
    with pytest.raises(ValueError, match="`reduction` must be one of"):
        losses.MeanSquaredError(reduction="average")


def test_dtype():
    loss = losses.MeanSquaredError(dtype="float64")
    assert loss([[1.0]], [[2.0]]).dtype == "float64"
    assert (
        losses.MeanSquaredError()(np.ones((1, 1)), np.ones((1, 1))).dtype == "float32"
    )


def test_structures_reach_call():
    class Pair(losses.Loss):
        def call(self, y_true, y_pred):
            return y_pred["a"] - y_true["a"] + y_pred["b"]

    one = np.ones(2)
    assert float(Pair()({"a": one}, {"a": 2 * one, "b": one})) == 2.0


def test_call_must_be_implemented():
    with pytest.raises(NotImplementedError, match="must implement `call"):
        losses.Loss()([1.0], [1.0])


@pytest.mark.parametrize(
    "name, function",
    [
        ("mse", "mean_squared_error"),
        ("MAE", "mean_absolute_error"),
        ("mape", "mean_absolute_percentage_error"),
        ("msle", "mean_squared_logarithmic_error"),
        ("bce", "binary_crossentropy"),
        ("kld", "kl_divergence"),
        ("kullback_leibler_divergence", "kl_divergence"),
        ("logcosh", "log_cosh"),
        ("cosine_proximity", "cosine_similarity"),
    ],
)
def test_short_and_old_names(name, function):
    assert losses.get(name) is getattr(losses, function)


def test_class_names_and_configs():
    assert isinstance(losses.get("MeanSquaredError"), losses.MeanSquaredError)
    config = {"class_name": "Huber", "config": {"delta": 2.0}}
    assert losses.get(config).delta == 2.0
    assert losses.get(None) is None


def test_unknown_name_suggests():
    with pytest.raises(ValueError, match=r"Unknown loss.*Did you mean"):
        losses.get("categorical_crossentrpy")


@pytest.mark.parametrize(
    "y_true, y_pred, expected",
    [
        ((None,), (None, 1), "binary_crossentropy"),
        ((None, 1), (None, 1), "binary_crossentropy"),
        ((None,), (None, 3), "sparse_categorical_crossentropy"),
        ((None, 1), (None, 3), "sparse_categorical_crossentropy"),
        ((None, 3), (None, 3), "categorical_crossentropy"),
        ((None, 7), (None, 7, 3), "sparse_categorical_crossentropy"),
    ],
)
def test_automatic_crossentropy(y_true, y_pred, expected):
    y_true, y_pred = Spec(y_true, "int32"), Spec(y_pred, "float32")
    assert losses.resolve("crossentropy", y_true, y_pred).fn.__name__ == expected


def test_resolve_wraps_functions():
    spec = Spec((None, 1), "float32")

    def my_loss(y_true, y_pred):
        return y_pred - y_true

    loss = losses.resolve(my_loss, spec, spec)
    assert loss.name == "my_loss"
    assert float(loss([[1.0]], [[3.0]])) == 2.0
    assert losses.resolve("mse", spec, spec).name == "mse"
    assert losses.resolve(None, spec, spec) is None


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 3)])
def test_targets_of_another_width(shape):
    with pytest.raises(ShapeError, match=r"y_true \(4.*y_pred \(4, 2\)"):
        losses.MeanSquaredError()(np.zeros(shape), np.zeros((4, 2)))


def test_class_numbers_with_the_one_hot_loss():
    for shape in [(4,), (4, 1)]:
        with pytest.raises(ShapeError, match="use `sparse_categorical_crossentropy`"):
            losses.CategoricalCrossentropy()(np.zeros(shape), np.full((4, 3), 1 / 3))


def test_one_hot_labels_with_the_sparse_loss():
    labels = np.eye(3, dtype="float32")
    with pytest.raises(ShapeError, match="use `categorical_crossentropy`"):
        losses.SparseCategoricalCrossentropy()(labels, np.full((3, 3), 1 / 3))


def test_one_class_with_categorical_crossentropy_warns():
    with pytest.warns(SyntaxWarning, match="use `binary_crossentropy`"):
        losses.categorical_crossentropy(np.ones((2, 1)), np.ones((2, 1)))


def test_axis_must_be_an_integer():
    with pytest.raises(ValueError, match="must be an integer"):
        losses.categorical_crossentropy(np.ones((2, 2)), np.ones((2, 2)), axis=True)


def test_channels_first_classes():
    random = np.random.default_rng(0)
    y_pred = random.uniform(0.1, 1.0, size=(2, 3, 4)).astype("float32")
    labels = random.integers(0, 3, size=(2, 4))
    last = losses.sparse_categorical_crossentropy(labels, y_pred.transpose(0, 2, 1))
    first = losses.sparse_categorical_crossentropy(labels, y_pred, axis=1)
    np.testing.assert_allclose(first.numpy(), last.numpy(), rtol=1e-6)


def test_wrapped_function_with_arguments_is_saved():
    loss = losses.LossFunctionWrapper(losses.huber, name="h", delta=3.0)
    again = losses.LossFunctionWrapper.from_config(loss.get_config())
    assert again.fn is losses.huber
    assert (again.delta, again.name) == (3.0, "h")


def test_q_out_of_range():
    with pytest.raises(ValueError, match="`q` must lie between"):
        losses.CategoricalGeneralizedCrossEntropy(q=1.0)


def test_configs_and_names_of_keras_2():
    old = {"reduction": "auto", "name": "m", "fn": "mean_squared_error"}
    loss = losses.MeanSquaredError.from_config(old)
    assert (loss.name, loss.reduction) == ("m", "sum_over_batch_size")
    assert losses.MSE is losses.mean_squared_error
    assert losses.MeanSquaredError(losses.Reduction.SUM).reduction == "sum"
    assert losses.Reduction.AUTO in losses.Reduction.all()


def test_ctc_refuses_other_ranks():
    with pytest.raises(ShapeError, match="ctc expects labels"):
        losses.ctc(np.zeros(3), np.zeros((3, 4, 5)))
