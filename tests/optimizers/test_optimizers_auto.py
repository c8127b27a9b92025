"""Every optimizer and schedule: a case, a config, state that can be carried over."""

import copy
import inspect
import pickle

import numpy as np
import pytest

from kerasish import optimizers
from kerasish.backend.graph import Variable, as_numpy
from kerasish.optimizers import schedules
from tests.compat import number_cases as cases

INPUTS = cases.arrays()
WRAPPERS = {"LossScaleOptimizer", "MultiOptimizer"}
EVERY = sorted(set(optimizers.OPTIMIZERS) - {"Optimizer"})
CLASSES = sorted(set(EVERY) - WRAPPERS)


def weights():
    return [
        Variable(INPUTS[f"start_{i}"], name=f"weight_{i}")
        for i in range(len(cases.SHAPES))
    ]


def gradients(step):
    return [INPUTS[f"gradient_{step}_{i}"] for i in range(len(cases.SHAPES))]


def made(case):
    cls, arguments = cases.OPTIMIZERS[case]
    return getattr(optimizers, cls)(**cases.optimizer_arguments(arguments, optimizers))


@pytest.mark.parametrize("name", EVERY)
def test_every_optimizer_has_a_case(name):
    assert name in {row[0] for row in cases.OPTIMIZERS.values()}


@pytest.mark.parametrize("name", sorted(set(schedules.SCHEDULES)))
def test_every_schedule_has_a_case(name):
    known = {row[0] for row in cases.SCHEDULES.values()}
    assert name in known | {"LearningRateSchedule"}


@pytest.mark.parametrize("name", CLASSES)
def test_signature_is_written_out(name):
    parameters = inspect.signature(getattr(optimizers, name)).parameters
    assert {"learning_rate", "weight_decay", "clipnorm", "name"} <= set(parameters)


@pytest.mark.parametrize("case", cases.OPTIMIZERS)
def test_config_rebuilds_the_optimizer(case):
    optimizer = made(case)
    config = optimizers.serialize(optimizer)
    assert config["module"] == "keras.optimizers"
    again = optimizers.deserialize(config)
    assert type(again) is type(optimizer)
    assert again.get_config() == optimizer.get_config()
    first, second = weights(), weights()
    optimizer.apply(gradients(0), first)
    again.apply(gradients(0), second)
    for a, b in zip(first, second):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("case", cases.OPTIMIZERS)
def test_state_can_be_carried_over(case):
    optimizer, variables = made(case), weights()
    optimizer.apply(gradients(0), variables)
    store = {}
    optimizer.save_own_variables(store)
    again = made(case)
    copies = [Variable(v.numpy(), name=v.name) for v in variables]
    again.build(copies)
    again.load_own_variables(store)
    optimizer.apply(gradients(1), variables)
    again.apply(gradients(1), copies)
    for a, b in zip(variables, copies):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    third = made(case)
    third.build(copies)
    third.set_weights(optimizer.get_weights())
    for a, b in zip(third.variables, optimizer.variables):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("name", CLASSES)
def test_copies_go_on_by_themselves(name):
    optimizer, variables = getattr(optimizers, name)(learning_rate=0.1), weights()
    optimizer.apply(gradients(0), variables)
    pair = (optimizer, variables)
    for again, copies in (copy.deepcopy(pair), pickle.loads(pickle.dumps(pair))):
        before = [v.numpy() for v in variables]
        again.apply(gradients(1), copies)
        for variable, value in zip(variables, before):
            np.testing.assert_array_equal(variable.numpy(), value)
        expected, changed = copy.deepcopy(pair)
        expected.apply(gradients(1), changed)
        for a, b in zip(copies, changed):
            np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("case", cases.OPTIMIZERS)
def test_stateless_use_changes_nothing(case):
    optimizer, variables = made(case), weights()
    optimizer.build(variables)
    before = [v.numpy() for v in [*optimizer.variables, *variables]]
    trained, state = optimizer.stateless_apply(
        optimizer.get_weights(), gradients(0), [v.numpy() for v in variables]
    )
    for variable, value in zip([*optimizer.variables, *variables], before):
        np.testing.assert_array_equal(variable.numpy(), value)
    optimizer.apply(gradients(0), variables)
    for variable, value in zip(variables, trained):
        np.testing.assert_array_equal(variable.numpy(), as_numpy(value))
    for variable, value in zip(optimizer.variables, state):
        np.testing.assert_array_equal(variable.numpy(), as_numpy(value))


@pytest.mark.parametrize("case", cases.SCHEDULES)
def test_config_rebuilds_the_schedule(case):
    cls, arguments = cases.SCHEDULES[case]
    schedule = getattr(schedules, cls)(**arguments)
    config = schedules.serialize(schedule)
    assert config["module"] == "keras.optimizers.schedules"
    again = schedules.deserialize(config)
    assert again.get_config() == schedule.get_config()
    assert float(again(7)) == float(schedule(7))


@pytest.mark.parametrize("name", CLASSES)
def test_names_in_any_case(name):
    for spelling in (name, name.lower()):
        assert type(optimizers.get(spelling)).__name__ == name
