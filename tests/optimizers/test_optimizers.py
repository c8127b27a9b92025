"""Options, learning rates, constraints, exclusions and errors of optimizers."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import optimizers
from kerasish.backend import ops
from kerasish.backend.graph import Trace, Variable, placeholder
from kerasish.backend.plan import Function, GradientTape
from kerasish.optimizers import schedules
from kerasish.optimizers.schedules import LearningRateSchedule


def one(value=1.0):
    return Variable(np.array([value], "float32"), name="weight")


def step_of(optimizer, variable):
    """A compiled step on a gradient that is fed."""
    with Trace() as trace:
        gradient = placeholder(variable.shape)
        optimizer.apply([gradient], [variable])
    return Function([gradient], [], trace.updates)


def test_learning_rate_can_be_set_while_compiled():
    weight, optimizer = one(), optimizers.SGD(0.5)
    step = step_of(optimizer, weight)
    gradient = np.ones(1, "float32")
    step(gradient)
    optimizer.learning_rate = 0.25
    assert float(optimizer.lr) == 0.25
    step(gradient)
    assert weight.numpy() == pytest.approx([0.25])
    assert int(optimizer.iterations) == 2


def test_learning_rate_of_many_kinds():
    for rate in (1, np.float32(1.0), Variable(1.0), np.array(1.0)):
        weight = one()
        optimizers.SGD(learning_rate=rate).apply([[1.0]], [weight])
        assert weight.numpy() == pytest.approx([0.0])
    with pytest.raises(ValueError, match="`learning_rate` must be"):
        optimizers.SGD(learning_rate="fast")


def test_old_argument_names():
    assert float(optimizers.Adam(lr=0.5).learning_rate) == 0.5
    weight = one(0.0)
    optimizer = optimizers.SGD(lr=1.0, decay=1.0)
    for _ in range(3):
        optimizer.apply([[1.0]], [weight])
    assert weight.numpy() == pytest.approx([-(1 + 1 / 2 + 1 / 3)])
    config = optimizer.get_config()
    assert config["decay"] == 1.0
    assert optimizers.SGD.from_config(config).decay == 1.0
    old = {"lr": 0.5, "momentum": 0.9, "decay": 0.0, "nesterov": False}
    assert float(optimizers.SGD.from_config(old).learning_rate) == 0.5


def test_epsilon_of_keras_2_may_be_none():
    assert optimizers.Adam(epsilon=None).epsilon == pytest.approx(1e-7)


def test_schedule_follows_the_steps():
    schedule = schedules.PiecewiseConstantDecay([0], [1.0, 0.5])
    weight, optimizer = one(0.0), optimizers.SGD(schedule)
    step = step_of(optimizer, weight)
    for _ in range(2):
        step(np.ones(1, "float32"))
    assert weight.numpy() == pytest.approx([-1.5])
    assert float(optimizer.learning_rate) == 0.5
    with pytest.raises(TypeError, match="follows a schedule"):
        optimizer.learning_rate = 0.1
    optimizer.learning_rate = schedules.PiecewiseConstantDecay([0], [4.0, 2.0])
    assert float(optimizer.learning_rate) == 2.0


class Staircase(LearningRateSchedule):
    """Plain Python that no trace can follow."""

    def __init__(self, boundary):
        self.boundary = boundary

    def __call__(self, step):
        return 1.0 if step < self.boundary else 0.5


def test_schedule_that_cannot_be_traced():
    weight, optimizer = one(0.0), optimizers.SGD(Staircase(1))
    step = step_of(optimizer, weight)
    for _ in range(3):
        optimizer.prepare_step()
        step(np.ones(1, "float32"))
    assert weight.numpy() == pytest.approx([-2.0])
    assert len(optimizer.variables) == 1


def test_function_as_learning_rate():
    rates = iter([1.0, 0.5, 0.25, 0.125])
    weight, optimizer = one(0.0), optimizers.SGD(lambda: next(rates))
    optimizer.apply([[1.0]], [weight])
    optimizer.apply([[1.0]], [weight])
    assert weight.numpy() == pytest.approx([-1.5])


def test_own_schedule_is_saved_by_its_arguments():
    assert Staircase(3).get_config() == {"boundary": 3}

    class Closed(LearningRateSchedule):
        def __init__(self, rate):
            self._rate = rate

    with pytest.raises(NotImplementedError, match="get_config"):
        Closed(1.0).get_config()
    with pytest.raises(NotImplementedError, match="__call__"):
        LearningRateSchedule()(0)


def test_constraint_holds_after_a_step():
    weight = one(0.5)
    weight.constraint = lambda w: ops.maximum(w, 0.0)
    optimizers.SGD(1.0).apply([[2.0]], [weight])
    assert weight.numpy() == [0.0]


def test_weight_decay_leaves_out():
    kernel, bias = one(), one()
    bias.name = "bias"
    optimizer = optimizers.SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.apply([[0.0], [0.0]], [kernel, bias])
    assert kernel.numpy() == pytest.approx([0.75])
    assert bias.numpy() == [1.0]
    with pytest.raises(ValueError, match="before the optimizer is built"):
        optimizer.exclude_from_weight_decay(var_list=[kernel])
    other = optimizers.SGD(0.5, weight_decay=0.5)
    other.exclude_from_weight_decay(var_list=[kernel])
    other.apply([[0.0]], [kernel])
    assert kernel.numpy() == pytest.approx([0.75])


def test_average_replaces_the_weights_at_the_end():
    weight = one(0.0)
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    for _ in range(2):
        optimizer.apply([[-1.0]], [weight])
    assert weight.numpy() == [2.0]
    optimizer.finalize_variable_values([weight])
    assert weight.numpy() == [1.5]


@pytest.mark.parametrize("compiled", [False, True])
def test_accumulation_waits(compiled):
    weight = one(0.0)
    optimizer = optimizers.SGD(1.0, gradient_accumulation_steps=3)
    step = step_of(optimizer, weight) if compiled else None
    seen = []
    for gradient in (1.0, 2.0, 6.0, 3.0):
        if compiled:
            step(np.array([gradient], "float32"))
        else:
            optimizer.apply([[gradient]], [weight])
        seen.append(float(weight.numpy()[0]))
    assert seen == [0.0, 0.0, -3.0, -3.0]
    assert int(optimizer.iterations) == 1


def test_missing_gradients():
    used, unused = one(), one()
    optimizer = optimizers.SGD(1.0)
    with pytest.warns(UserWarning, match="does not depend on the Variables"):
        optimizer.apply([[1.0], None], [used, unused])
    assert (used.numpy(), unused.numpy()) == ([0.0], [1.0])
    with pytest.raises(ValueError, match="No Variable has a gradient"):
        optimizer.apply([None, None], [used, unused])


def test_other_variables_are_refused():
    optimizer = optimizers.SGD(1.0)
    optimizer.apply([[1.0]], [one()])
    with pytest.raises(ValueError, match="built for other Variables"):
        optimizer.apply([[1.0]], [one()])
    with pytest.raises(ValueError, match="2 gradients for 1"):
        optimizer.apply([[1.0], [1.0]])
    with pytest.raises(ValueError, match="is not built"):
        optimizers.SGD().apply([[1.0]])
    with pytest.raises(ValueError, match="is not built"):
        optimizers.SGD().set_weights([])


def test_apply_gradients_returns_the_count():
    optimizer, weight = optimizers.SGD(1.0), one()
    assert int(optimizer.apply_gradients([([1.0], weight)])) == 1
    assert optimizer.apply([]) is None


@pytest.mark.parametrize(
    "arguments",
    [
        {"clipnorm": 1.0, "clipvalue": 1.0},
        {"gradient_accumulation_steps": 1},
        {"use_ema": True, "ema_momentum": 2.0},
        {"use_ema": True, "ema_overwrite_frequency": 0},
        {"momentum": 2.0},
        {"learnin_rate": 0.1},
    ],
)
def test_bad_arguments(arguments):
    with pytest.raises(ValueError, match="Received"):
        optimizers.SGD(**arguments)


@pytest.mark.parametrize(
    "make",
    [
        lambda: optimizers.AdamW(weight_decay=None),
        lambda: optimizers.Lion(beta_1=0.0),
        lambda: optimizers.Ftrl(learning_rate_power=1.0),
        lambda: optimizers.Ftrl(l1_regularization_strength=-1.0),
        lambda: optimizers.LossScaleOptimizer(optimizers.SGD(), clipnorm=1.0),
        lambda: schedules.CosineDecay(0.1, decay_steps=0),
        lambda: schedules.PiecewiseConstantDecay([1], [1.0]),
        lambda: optimizers.get("adan"),
        lambda: optimizers.get(3),
    ],
)
def test_more_bad_arguments(make):
    with pytest.raises(ValueError, match="Received"):
        make()


def test_unknown_name_suggests():
    with pytest.raises(ValueError, match=r"Unknown optimizer.*Did you mean 'adam"):
        optimizers.get("addam")


def test_super_must_be_called_first():
    class Wrong(optimizers.Optimizer):
        def __init__(self):
            self.rate = 1.0

    with pytest.raises(RuntimeError, match=r"must call `super\(\)"):
        Wrong()
    with pytest.raises(NotImplementedError, match="update_step"):
        optimizers.Optimizer(0.1).apply([[1.0]], [one()])


def test_minimize():
    weight, optimizer = one(3.0), optimizers.SGD(0.5)
    optimizer.minimize(lambda: weight * weight, [weight])
    assert weight.numpy() == [0.0]
    weight.assign([1.0])
    with GradientTape() as tape:
        loss = weight * weight
    assert int(optimizer.minimize(loss, lambda: [weight], tape=tape)) == 2
    assert weight.numpy() == [0.0]


def test_custom_optimizer_keeps_its_arguments():
    class Signed(optimizers.Optimizer):
        def __init__(self, learning_rate=0.1, strength=2.0, **kwargs):
            super().__init__(learning_rate, **kwargs)
            self.strength = strength

        def build(self, variables):
            super().build(variables)
            self.counter = Variable(0.0, name="counter")

        def update_step(self, gradient, variable, learning_rate):
            self.assign_add(self.counter, 1.0)
            self.assign_sub(variable, self.strength * ops.sign(gradient))

    optimizer, weight = Signed(strength=3.0, clipnorm=1.0), one()
    optimizer.apply([[5.0]], [weight])
    assert weight.numpy() == [-2.0]
    assert optimizer.get_config()["strength"] == 3.0
    assert optimizer.variables[-1] is optimizer.counter


@pytest.mark.parametrize("compiled", [False, True])
def test_loss_scale_adapts(compiled):
    weight = one(0.0)
    inner = optimizers.SGD(1.0)
    optimizer = optimizers.LossScaleOptimizer(inner, 4.0, dynamic_growth_steps=2)
    optimizer.build([weight])
    step = step_of(optimizer, weight) if compiled else None
    scales, values = [], []
    for gradient in (4.0, 4.0, np.inf, 4.0, np.nan):
        gradient = np.array([gradient], "float32")
        step(gradient) if compiled else optimizer.apply([gradient], [weight])
        scales.append(float(optimizer.dynamic_scale.numpy()))
        values.append(float(weight.numpy()[0]))
    assert scales == [4.0, 8.0, 4.0, 4.0, 2.0]
    assert values == [-1.0, -2.0, -2.0, -3.0, -3.0]
    assert int(inner.iterations) == 3
    assert float(optimizer.scale_loss(ops.convert_to_tensor(1.5))) == 3.0
    assert float(optimizer.scale_loss(1.5)) == 3.0
    optimizer.learning_rate = 0.5
    assert float(inner.learning_rate) == 0.5


def test_a_scale_that_changes_leaves_the_steps_as_they_are():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 4)), rng.normal(size=(8, 2))

    def trained(optimizer):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        model.compile(optimizer, "mse")
        for _ in range(5):
            model.train_on_batch(x, y)
        return model.get_weights()[0]

    plain = trained(optimizers.SGD(0.1, momentum=0.9))
    inner = optimizers.SGD(0.1, momentum=0.9)
    scaled = optimizers.LossScaleOptimizer(inner, 8.0, dynamic_growth_steps=2)
    np.testing.assert_allclose(trained(scaled), plain, rtol=1e-5)
    assert float(scaled.dynamic_scale) == 32.0


def test_loss_scale_is_saved_with_its_inner_optimizer():
    optimizer = optimizers.LossScaleOptimizer(optimizers.Adam(0.5), 8.0)
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert isinstance(again.inner_optimizer, optimizers.Adam)
    assert float(again.learning_rate) == 0.5
    assert again.initial_scale == 8.0


def test_schedule_free_adamw_follows_its_formulas():
    rng = np.random.default_rng(0)
    start = rng.normal(size=(2, 3))
    gradients = rng.normal(size=(4, 2, 3))
    rate, beta_1, beta_2, epsilon, warmup = 0.1, 0.9, 0.999, 1e-8, 2
    x, z, y, v = start.copy(), start.copy(), start.copy(), np.zeros_like(start)
    variable = Variable(start.astype("float32"), name="weight")
    optimizer = optimizers.ScheduleFreeAdamW(rate, warmup_steps=warmup)
    for t, gradient in enumerate(gradients, start=1):
        v = beta_2 * v + (1 - beta_2) * gradient**2
        scaled = gradient / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
        z = z - rate * min(t / warmup, 1) * scaled
        x = (1 - 1 / t) * x + z / t
        y = (1 - beta_1) * z + beta_1 * x
        optimizer.apply([gradient.astype("float32")], [variable])
    np.testing.assert_allclose(variable.numpy(), y, rtol=1e-4, atol=1e-5)


def test_muon_makes_updates_orthogonal():
    rng = np.random.default_rng(0)
    variable = Variable(np.zeros((4, 6), "float32"), name="kernel")
    optimizer = optimizers.Muon(1.0, weight_decay=None, rms_rate=None)
    optimizer.apply([rng.normal(size=(4, 6)).astype("float32")], [variable])
    singular = np.linalg.svd(variable.numpy(), compute_uv=False)
    assert np.all((singular > 0.5) & (singular < 1.5))
    embedding = Variable(np.ones((3, 2), "float32"), name="embedding")
    other = optimizers.Muon(1.0)
    other.build([embedding])
    assert other.adam_velocities[0] is not None


def test_store_of_another_length_is_left_alone():
    optimizer = optimizers.SGD(0.5)
    with pytest.warns(UserWarning, match="is not loaded"):
        optimizer.load_own_variables({"0": np.int64(3)})
    assert int(optimizer.iterations) == 0


def test_a_function_chooses_among_several_optimizers():
    slow, fast = optimizers.SGD(0.1), optimizers.SGD(1.0)
    choose = optimizers.MultiOptimizer(lambda v: fast if "bias" in v.path else slow)
    kernel, bias = Variable([1.0], name="kernel"), Variable([1.0], name="bias")
    for _ in range(2):
        choose.apply([[1.0], [1.0]], [kernel, bias])
    np.testing.assert_allclose([kernel.numpy()[0], bias.numpy()[0]], [0.8, -1.0])
    assert choose.optimizers == [slow, fast]
    assert int(choose.iterations) == int(fast.iterations) == 2
    with pytest.raises(ValueError, match="must be an Optimizer"):
        optimizers.MultiOptimizer(lambda v: "sgd").build([kernel])
    with pytest.raises(TypeError, match="or a function"):
        optimizers.MultiOptimizer(3)
