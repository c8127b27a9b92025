"""Losses, metrics, optimizers and schedules give the numbers of Keras 3."""

import json
from pathlib import Path

import numpy as np
import pytest

from kerasish import losses, metrics, optimizers
from kerasish.backend.graph import Trace, Variable, as_numpy, placeholder
from kerasish.backend.plan import Function
from tests.compat import number_cases as cases

FOLDER = Path(__file__).parent / "goldens"
STORED = dict(np.load(FOLDER / "numbers.npz"))
NOTES = json.loads((FOLDER / "numbers.json").read_text())
INPUTS = {
    name.removeprefix("input/"): array
    for name, array in STORED.items()
    if name.startswith("input/")
}


def assert_near(found, expected, tolerance=1e-5):
    found = as_numpy(found)
    assert found.shape == expected.shape
    scale = max(float(np.max(np.abs(expected), initial=0.0)), 1e-3)
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * scale)


def compiled(function, names):
    """Runs a function of arrays as a graph whose batch size is open."""
    with Trace() as trace:
        inputs = [
            placeholder((None, *INPUTS[name].shape[1:]), INPUTS[name].dtype.name)
            for name in names
        ]
        outputs = [function(*inputs)]
    run = Function(inputs, outputs, trace.updates)
    return run(*(INPUTS[name] for name in names))[0]


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("case", cases.LOSSES)
def test_losses(case, mode):
    cls, arguments, names = cases.LOSSES[case]
    loss = getattr(losses, cls)(**arguments)
    if mode == "eager":
        value = loss(*(INPUTS[name] for name in names))
    else:
        value = compiled(loss, names)
    assert_near(value, STORED[case])


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("case", cases.METRICS)
def test_metrics(case, mode):
    cls, arguments, batches = cases.METRICS[case]
    metric = getattr(metrics, cls)(**arguments)
    for names in batches:
        weighted = names[-1].startswith(("weights", "sequence_weights"))
        used = names[:-1] if weighted else names

        def update(*values, weighted=weighted):
            if weighted:
                *values, weights = values
                return metric(*values, sample_weight=weights)
            return metric(*values)

        names = (*used, names[-1]) if weighted else used
        if mode == "eager":
            last = update(*(INPUTS[name] for name in names))
        else:
            last = compiled(update, names)
    assert_near(metric.result(), STORED[case])
    # The result of a call counts the batch of that call.
    assert_near(last, STORED[case])


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("case", cases.OPTIMIZERS)
def test_optimizers(case, mode):
    cls, arguments = cases.OPTIMIZERS[case]
    arguments = cases.optimizer_arguments(arguments, optimizers)
    optimizer = getattr(optimizers, cls)(**arguments)
    variables = [
        Variable(INPUTS[f"start_{i}"], name=f"weight_{i}")
        for i in range(len(cases.SHAPES))
    ]

    def gradients(step):
        return [INPUTS[f"gradient_{step}_{i}"] for i in range(len(variables))]

    if mode == "compiled":
        with Trace() as trace:
            inputs = [placeholder(v.shape) for v in variables]
            optimizer.apply(inputs, variables)
        run = Function(inputs, [], trace.updates)
    for step in range(cases.steps_of(arguments)):
        if mode == "eager":
            optimizer.apply(gradients(step), variables)
        else:
            run(*gradients(step))
    for i, variable in enumerate(variables):
        assert_near(variable, STORED[f"{case}/weight/{i}"], 1e-4)
    for i, variable in enumerate(optimizer.variables):
        assert_near(variable, STORED[f"{case}/state/{i}"], 1e-4)


@pytest.mark.parametrize("case", cases.DECAYS)
def test_decay_of_keras_2(case):
    cls, arguments = cases.DECAYS[case]
    optimizer = getattr(optimizers, cls)(**arguments)
    variables = [Variable(INPUTS[f"start_{i}"]) for i in range(len(cases.SHAPES))]
    for step in range(cases.STEPS):
        optimizer.apply_gradients(
            (INPUTS[f"gradient_{step}_{i}"], v) for i, v in enumerate(variables)
        )
    for i, variable in enumerate(variables):
        assert_near(variable, STORED[f"{case}/weight/{i}"], 1e-4)


@pytest.mark.parametrize("case", cases.OPTIMIZERS)
def test_order_and_names_of_the_state(case):
    cls, arguments = cases.OPTIMIZERS[case]
    arguments = cases.optimizer_arguments(arguments, optimizers)
    optimizer = getattr(optimizers, cls)(**arguments)
    optimizer.build(
        [
            Variable(np.zeros(shape, "float32"), name=f"weight_{i}")
            for i, shape in enumerate(cases.SHAPES)
        ]
    )
    expected = NOTES[case]["state"]
    assert len(optimizer.variables) == len(expected)
    for variable, name in zip(optimizer.variables, expected):
        # Keras leaves some scalars without a name of their own.
        if not name.startswith("variable"):
            assert variable.name == name
    config = {key for key in optimizer.get_config() if key != "name"}
    assert config == set(NOTES[case]["config"])


@pytest.mark.parametrize("mode", ["eager", "compiled"])
@pytest.mark.parametrize("case", cases.SCHEDULES)
def test_schedules(case, mode):
    cls, arguments = cases.SCHEDULES[case]
    schedule = getattr(optimizers.schedules, cls)(**arguments)
    if mode == "eager":
        rates = [float(schedule(step)) for step in cases.SCHEDULE_STEPS]
    else:
        with Trace():
            step = placeholder((), "int64")
            rate = schedule(step)
        run = Function([step], [rate])
        rates = [float(run(np.int64(s))[0]) for s in cases.SCHEDULE_STEPS]
    np.testing.assert_allclose(rates, STORED[case], rtol=1e-5, atol=1e-8)
