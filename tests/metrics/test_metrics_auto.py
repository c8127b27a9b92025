"""Every metric: a case, a config, state that starts anew, stateless use."""

import inspect

import numpy as np
import pytest

from kerasish import metrics
from kerasish.backend.graph import as_numpy
from tests.compat import number_cases as cases

INPUTS = cases.arrays()
BASES = ("Metric", "MeanMetricWrapper")
CLASSES = sorted(name for name in metrics.METRICS if name not in BASES)
# Of Keras 2, checked elsewhere.
OLD = {"MeanRelativeError", "MeanTensor"}


def batches_of(case):
    for names in cases.METRICS[case][2]:
        weighted = names[-1].startswith(("weights", "sequence_weights"))
        used = names[:-1] if weighted else names
        yield (
            [INPUTS[name] for name in used],
            INPUTS[names[-1]] if weighted else None,
        )


def updated(case):
    cls, arguments, _ = cases.METRICS[case]
    metric = getattr(metrics, cls)(**arguments)
    for values, weights in batches_of(case):
        metric.update_state(*values, sample_weight=weights)
    return metric


@pytest.mark.parametrize("name", CLASSES)
def test_every_metric_has_a_case(name):
    assert name in {row[0] for row in cases.METRICS.values()} | OLD


@pytest.mark.parametrize("case", cases.METRICS)
def test_config_rebuilds_the_metric(case):
    metric = updated(case)
    config = metrics.serialize(metric)
    assert config["module"] == "keras.metrics"
    again = metrics.deserialize(config)
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()
    for values, weights in batches_of(case):
        again.update_state(*values, sample_weight=weights)
    np.testing.assert_array_equal(as_numpy(again.result()), as_numpy(metric.result()))


@pytest.mark.parametrize("case", cases.METRICS)
def test_config_holds_every_argument(case):
    metric = updated(case)
    expected = set(inspect.signature(type(metric)).parameters)
    assert set(metric.get_config()) | {"thresholds"} >= expected


@pytest.mark.parametrize("case", cases.METRICS)
def test_reset_forgets(case):
    metric = updated(case)
    expected = as_numpy(metric.result())
    metric.reset_state()
    assert all(not np.any(v.numpy()) for v in metric.variables)
    for values, weights in batches_of(case):
        metric.update_state(*values, sample_weight=weights)
    np.testing.assert_array_equal(as_numpy(metric.result()), expected)


@pytest.mark.parametrize("case", cases.METRICS)
def test_stateless_use_changes_nothing(case):
    metric = updated(case)
    expected = as_numpy(metric.result())
    before = [v.numpy() for v in metric.variables]
    state = metric.stateless_reset_state()
    for values, weights in batches_of(case):
        state = metric.stateless_update_state(state, *values, sample_weight=weights)
    np.testing.assert_array_equal(as_numpy(metric.stateless_result(state)), expected)
    for variable, value in zip(metric.variables, before):
        np.testing.assert_array_equal(variable.numpy(), value)


@pytest.mark.parametrize("name", CLASSES)
def test_direction_of_improvement(name):
    assert getattr(metrics, name)._direction in ("up", "down", None)
    without = [n for n in CLASSES if getattr(metrics, n)._direction is None]
    assert set(without) <= {
        "FalseNegatives", "FalsePositives", "Mean", "MeanTensor", "Sum",
        "TrueNegatives", "TruePositives",
    }  # fmt: skip
