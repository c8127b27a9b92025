"""Names, custom metrics, masks and errors of metrics."""

import copy
import pickle

import numpy as np
import pytest

from kerasish import losses, metrics
from kerasish.backend import ops
from kerasish.backend.graph import Spec, Trace, as_tensor, placeholder
from kerasish.backend.plan import Function
from kerasish.errors import ShapeError


class Largest(metrics.Metric):
    def __init__(self, name="largest", **kwargs):
        super().__init__(name=name, **kwargs)
        self.value = self.add_weight(name="value", initializer="zeros")
        self.inner = metrics.Mean(name="inner")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.value.assign(ops.maximum(self.value, ops.max(y_pred)))
        self.inner.update_state(y_pred)

    def result(self):
        return self.value.value


def test_state_of_attributes_is_tracked():
    metric = Largest()
    paths = [v.path for v in metric.variables]
    assert paths == ["largest/value", "inner/total", "inner/count"]
    metric.update_state([0.0], [3.0])
    metric.reset_state()
    assert float(metric.inner.result()) == 0.0


def test_custom_metric_in_a_compiled_step():
    metric = Largest()
    with Trace() as trace:
        x = placeholder((None,))
        result = metric(x, x)
    step = Function([x], [result], trace.updates)
    assert step(np.array([1.0, 4.0], "float32"))[0] == 4.0
    assert step(np.array([2.0], "float32"))[0] == 4.0
    assert float(metric.inner.result()) == pytest.approx(7 / 3)


def test_super_must_be_called_first():
    class Wrong(metrics.Metric):
        def __init__(self):
            self.inner = metrics.Mean()

    with pytest.raises(RuntimeError, match=r"must call `super\(\)"):
        Wrong()


def test_names_of_variables_as_in_keras_2():
    metric = metrics.Metric(name="m")
    assert metric.add_weight("tp", initializer="ones").name == "tp"
    assert metric.add_weight("fp", (2,), initializer="zeros").shape == (2,)
    metric.reset_states()
    assert float(metric.variables[0]) == 0.0


def test_methods_must_be_implemented():
    with pytest.raises(NotImplementedError, match="update_state"):
        metrics.Metric().update_state()
    with pytest.raises(NotImplementedError, match="result"):
        metrics.Metric().result()


def test_stateless_needs_all_variables():
    with pytest.raises(ValueError, match="has 2 variables"):
        metrics.Mean().stateless_result([1.0])


def test_masked_predictions_do_not_count():
    y_pred = as_tensor(np.array([[1.0], [1.0]], "float32"))
    y_pred._keras_mask = as_tensor(np.array([True, False]))
    metric = metrics.MeanSquaredError()
    metric.update_state([[2.0], [9.0]], y_pred)
    assert float(metric.result()) == 1.0


def test_result_before_the_first_batch():
    for name in metrics.METRICS:
        if name in ("Mean", "BinaryAccuracy", "AUC", "Precision", "F1Score"):
            assert float(getattr(metrics, name)().result()) == 0.0


@pytest.mark.parametrize(
    "y_true, y_pred, accuracy, crossentropy",
    [
        ((None,), (None, 1), "BinaryAccuracy", "BinaryCrossentropy"),
        ((None, 1), (None, 1), "BinaryAccuracy", "BinaryCrossentropy"),
        (
            (None,),
            (None, 3),
            "SparseCategoricalAccuracy",
            "SparseCategoricalCrossentropy",
        ),
        (
            (None, 1),
            (None, 3),
            "SparseCategoricalAccuracy",
            "SparseCategoricalCrossentropy",
        ),
        ((None, 3), (None, 3), "CategoricalAccuracy", "CategoricalCrossentropy"),
    ],
)
def test_automatic_forms(y_true, y_pred, accuracy, crossentropy):
    y_true, y_pred = Spec(y_true, "int32"), Spec(y_pred, "float32")
    for name in ("accuracy", "acc"):
        metric = metrics.resolve(name, y_true, y_pred)
        assert (type(metric).__name__, metric.name) == (accuracy, name)
    metric = metrics.resolve("crossentropy", y_true, y_pred)
    assert (type(metric).__name__, metric.name) == (crossentropy, "crossentropy")


def test_resolve_names():
    spec = Spec((None, 1), "float32")

    def my_metric(y_true, y_pred):
        return y_pred

    assert metrics.resolve("mse", spec, spec).name == "mse"
    assert metrics.resolve(my_metric, spec, spec).name == "my_metric"
    assert metrics.resolve(metrics.AUC(name="area"), spec, spec).name == "area"
    assert metrics.resolve(metrics.MeanSquaredError, spec, spec).name == (
        "mean_squared_error"
    )
    assert metrics.resolve(None, spec, spec) is None
    huber = metrics.resolve("huber", spec, spec)
    assert isinstance(huber, metrics.MeanMetricWrapper)
    assert huber.fn is losses.huber


@pytest.mark.parametrize(
    "name, cls",
    [
        ("AUC", "AUC"),
        ("auc", "AUC"),
        ("precision", "Precision"),
        ("mean_squared_error", "MeanSquaredError"),
        ("MAE", "MeanAbsoluteError"),
        ("cosine_proximity", "CosineSimilarity"),
        ("top_k_categorical_accuracy", "TopKCategoricalAccuracy"),
    ],
)
def test_names(name, cls):
    assert type(metrics.get(name)).__name__ == cls


def test_unknown_name_suggests():
    with pytest.raises(ValueError, match=r"Unknown metric.*Did you mean 'accuracy'"):
        metrics.get("acuracy")


def test_automatic_names_are_numbered():
    first, second = metrics.Precision(), metrics.Precision()
    assert first.name.startswith("precision")
    assert first.name != second.name


def test_wrapped_function_is_saved():
    metric = metrics.MeanMetricWrapper(losses.huber, name="h", delta=3.0)
    again = metrics.deserialize(metrics.serialize(metric))
    assert again.fn is losses.huber
    assert (again.delta, again.name) == (3.0, "h")


def test_functions_of_the_namespace():
    assert metrics.binary_accuracy([1.0], [0.9]).numpy().tolist() == [1.0]
    assert metrics.mean_squared_error is losses.mean_squared_error


@pytest.mark.parametrize(
    "make",
    [
        lambda: metrics.Precision(thresholds=1.5),
        lambda: metrics.AUC(num_thresholds=1),
        lambda: metrics.AUC(curve="XY"),
        lambda: metrics.AUC(summation_method="none"),
        lambda: metrics.AUC(num_labels=3),
        lambda: metrics.SensitivityAtSpecificity(1.5),
        lambda: metrics.RecallAtPrecision(0.5, num_thresholds=0),
        lambda: metrics.F1Score(average="mean"),
        lambda: metrics.FBetaScore(beta=0.0),
        lambda: metrics.FBetaScore(threshold=2.0),
        lambda: metrics.R2Score(class_aggregation="sum"),
        lambda: metrics.R2Score(num_regressors=-1),
        lambda: metrics.IoU(num_classes=2, target_class_ids=[2]),
    ],
)
def test_bad_arguments(make):
    with pytest.raises(ValueError, match="Received|has a meaning"):
        make()


@pytest.mark.parametrize(
    "make", [metrics.F1Score, metrics.R2Score, lambda: metrics.AUC(multi_label=True)]
)
def test_wrong_rank(make):
    with pytest.raises(ShapeError, match="expects"):
        make().update_state(np.zeros(3), np.zeros(3))


def test_labels_of_the_wrong_kind():
    one_hot, pred = np.eye(3, dtype="float32"), np.full((3, 3), 1 / 3, "float32")
    with pytest.raises(ShapeError, match="class numbers"):
        metrics.SparseCategoricalAccuracy().update_state(one_hot, pred)
    with pytest.raises(ShapeError, match="one-hot"):
        metrics.CategoricalAccuracy().update_state([0, 1, 2], pred)


def test_nan_predictions_do_not_break_binned_counts():
    metric = metrics.AUC(num_thresholds=5)
    metric.update_state([0.0, 1.0, 1.0], np.array([0.2, 0.9, np.nan], "float32"))
    assert 0.0 <= float(metric.result()) <= 1.0


def test_class_id_needs_classes():
    with pytest.raises(ShapeError, match="class_id"):
        metrics.Recall(class_id=1).update_state([1.0], [0.5])


def test_r2_falls_back_with_too_many_regressors():
    y = np.array([[1.0], [2.0], [4.0]], "float32")
    plain, adjusted = metrics.R2Score(), metrics.R2Score(num_regressors=2)
    plain.update_state(y, y + 0.5)
    adjusted.update_state(y, y + 0.5)
    assert float(adjusted.result()) == pytest.approx(float(plain.result()))


def test_ranks_and_sorted_ids():
    metric = metrics.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True)
    metric.update_state([3, 1], [[3, 0, 1], [0, 2, 1]])
    assert float(metric.result()) == 0.5


def test_mean_of_tensors():
    metric = metrics.MeanTensor()
    metric.update_state([[1.0, 2.0], [3.0, 4.0]], sample_weight=[1.0, 0.0])
    metric.update_state([[3.0, 4.0], [5.0, 6.0]])
    np.testing.assert_allclose(metric.result().numpy(), [[2.0, 3.0], [5.0, 6.0]])
    again = metrics.deserialize(metrics.serialize(metrics.MeanTensor(shape=(2,))))
    assert [v.shape for v in again.variables] == [(2,), (2,)]


def test_relative_error():
    metric = metrics.MeanRelativeError([1.0, 0.0, 4.0])
    value = metric([[1.0, 1.0, 1.0]], [[3.0, 5.0, 3.0]])
    assert float(value) == pytest.approx((2.0 + 0.0 + 0.5) / 3)
    again = metrics.deserialize(metrics.serialize(metric))
    np.testing.assert_array_equal(again.normalizer, metric.normalizer)


def test_configs_of_keras_2():
    old = {"name": "mae", "dtype": "float32", "fn": "mean_absolute_error"}
    assert metrics.MeanAbsoluteError.from_config(old).name == "mae"
    assert metrics.MSE is losses.mean_squared_error


def test_copies_count_by_themselves():
    metric = metrics.AUC(num_thresholds=5)
    metric.update_state([0.0, 1.0], [0.2, 0.9])
    for again in (copy.deepcopy(metric), pickle.loads(pickle.dumps(metric))):
        again.update_state([1.0], [0.1])
        assert float(metric.result()) == 1.0
        assert float(again.result()) < 1.0
