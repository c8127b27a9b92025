"""The base class of layers: building, calling, owning, describing itself."""

import copy
import pickle
import threading

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers, ops
from kerasish.backend.graph import Trace, Variable, placeholder
from kerasish.errors import ConfigError, DTypeError, ShapeError
from kerasish.layers import InputSpec, Layer


class Scale(Layer):
    """Multiplies by a weight of the width of the input."""

    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start
        self.builds = 0

    def build(self, input_shape):
        self.builds += 1
        self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")

    def call(self, x):
        return x * self.factor * self.start


class Spy(Layer):
    """Remembers the arguments of its last call."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x, training=None, mask=None):
        self.seen = (training, mask)
        return x


class Outer(Layer):
    """Hands its input to a layer inside."""

    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner

    def call(self, x, training=None):
        return self.inner(x)


def data(*shape):
    return np.arange(np.prod(shape), dtype="float32").reshape(shape)


def test_builds_once_from_the_first_call():
    layer = Scale()
    assert not layer.built
    layer(data(2, 3))
    layer(data(5, 3))
    assert layer.builds == 1 and layer.built
    assert layer.get_build_config() == {"input_shape": (2, 3)}


def test_names_count_up_and_start_again():
    from kerasish.naming import reset_uids

    reset_uids()
    assert [Scale().name for _ in range(3)] == ["scale", "scale_1", "scale_2"]
    reset_uids()
    assert Scale().name == "scale"


def test_weights_built_inside_a_trace_have_values():
    layer = Scale()
    with Trace() as trace:
        result = layer(placeholder((None, 4)))
    assert result.is_symbolic and not trace.updates
    np.testing.assert_array_equal(layer.factor.numpy(), np.ones(4))


def test_eager_call_has_a_value_and_symbolic_call_has_not():
    layer = Scale(2.0)
    np.testing.assert_array_equal(layer(data(2, 2)).numpy(), 2 * data(2, 2))
    x = keras.Input((2,))
    y = layer(x)
    assert y.is_symbolic and y.shape == (None, 2)
    assert y.history.operation is layer and layer.output is y and layer.input is x


def test_identity_layers_return_handles_of_their_own():
    x = keras.Input((3,))
    first, second = Spy()(x), Spy()(x)
    assert first is not x and first.history != second.history
    assert keras.Model(x, first + 1).layers[1] is first.history.operation
    assert keras.Model(x, second + 1).layers[1] is second.history.operation


def test_float_inputs_are_cast_and_integers_are_kept():
    spy = Spy()
    assert spy(np.ones((2,), "float64")).dtype == "float32"
    assert spy(np.ones((2,), "int64")).dtype == "int64"
    assert Spy(autocast=False)(np.ones((2,), "float64")).dtype == "float64"


def test_mixed_precision_reads_variables_in_the_compute_type():
    layer = Scale(dtype="mixed_float16")
    assert layer(data(2, 3)).dtype == "float16"
    assert layer.factor.dtype == "float32" == layer.dtype
    assert layer.compute_dtype == "float16"


@pytest.mark.parametrize("training", [True, False])
def test_training_reaches_inner_layers(training):
    spy = Spy()
    Outer(spy)(data(1, 2), training=training)
    assert spy.seen[0] is training


def test_training_passes_through_a_layer_that_does_not_name_it():
    class Outside(Layer):
        def __init__(self):
            super().__init__()
            self.dropout = layers.Dropout(0.5, seed=1)

        def call(self, x):
            return self.dropout(x)

    x = np.ones((4, 5), "float32")
    assert layers.Dense(2)(x, training=True).shape == (4, 2)
    assert (Outside()(x, training=True).numpy() == 0).any()
    given = keras.Input((5,))
    model = keras.Model(given, Outside()(given, training=True))
    assert (model.predict(x, verbose=0) == 0).any()


def test_training_is_none_where_nobody_says():
    spy = Spy()
    Outer(spy)(data(1, 2))
    assert spy.seen[0] is None


def test_training_of_one_call_does_not_leak_into_the_next():
    first, second = Spy(), Spy()

    class Both(Layer):
        def call(self, x):
            return second(first(x, training=True))

    Both()(data(1, 2))
    assert first.seen[0] is True and second.seen[0] is None


def test_masks_travel_with_tensors():
    x = keras.ops.convert_to_tensor(data(1, 2))
    x.mask = keras.ops.convert_to_tensor([[True, False]])
    spy = Spy()
    y = spy(x)
    assert spy.seen[1] is x.mask and y.mask is x.mask
    spy(x, mask=None)
    assert spy.seen[1] is x.mask
    explicit = keras.ops.convert_to_tensor([[False, False]])
    spy(x, mask=explicit)
    assert spy.seen[1] is explicit


def test_a_layer_that_drops_a_mask_says_so():
    x = keras.ops.convert_to_tensor(data(1, 2))
    x.mask = keras.ops.convert_to_tensor([[True, False]])
    with pytest.warns(UserWarning, match="does not support masking"):
        Scale()(x)


def test_several_tensor_arguments_build_by_name():
    class Two(Layer):
        def build(self, left_shape, right_shape):
            self.shapes = (left_shape, right_shape)

        def call(self, left, right):
            return left + right

    layer = Two()
    layer(data(2, 3), right=data(2, 1))
    assert layer.shapes == ((2, 3), (2, 1))


def test_lists_and_dictionaries_build_with_their_structure():
    class Joined(Layer):
        def build(self, input_shape):
            self.shapes = input_shape

        def call(self, x):
            return ops.concatenate(list(x.values()) if isinstance(x, dict) else x)

    first, second = Joined(), Joined()
    first([data(1, 2), data(2, 2)])
    second({"a": data(1, 2), "b": data(3, 2)})
    assert list(first.shapes) == [(1, 2), (2, 2)]
    assert dict(second.shapes) == {"a": (1, 2), "b": (3, 2)}


def test_input_spec_errors_name_layer_and_shapes():
    layer = Scale(name="s")
    layer.input_spec = InputSpec(ndim=2, axes={-1: 3})
    with pytest.raises(ShapeError, match=r'layer "s"(.|\n)*got: input \(2, 4\)'):
        layer(data(2, 4))
    with pytest.raises(ShapeError, match="rank 3"):
        layer(data(1, 2, 3))
    assert layer(data(2, 3)).shape == (2, 3)


@pytest.mark.parametrize("bad", [np.array(["a"]), np.array([None, 1])])
def test_arrays_without_numbers_are_refused(bad):
    layer = Scale(name="s")
    with pytest.raises(DTypeError, match='layer "s"'):
        layer(bad)
    assert layer(data(2, 3)).shape == (2, 3)


def test_an_error_inside_call_leaves_the_layer_usable():
    class Picky(Layer):
        def call(self, x):
            if x.shape[0] == 1:
                raise RuntimeError("one")
            return x

    layer = Picky()
    with pytest.raises(RuntimeError, match="one"):
        layer(data(1, 2))
    assert layer(data(2, 2)).shape == (2, 2)
    spy = Spy()
    spy(data(2, 2))
    assert spy.seen[0] is None


def test_plain_values_by_position_are_refused():
    with pytest.raises(ValueError, match="by position"):
        Scale()(3.0)


def test_layers_before_super_init_are_owned_too():
    class Early(Layer):
        def __init__(self):
            self.inner = [Scale()]
            super().__init__()

        def call(self, x):
            return self.inner[0](x)

    layer = Early()
    layer(data(1, 1))
    assert layer.weights == layer.inner[0].weights != []


def test_without_super_init_the_call_says_so():
    class Never(Layer):
        def __init__(self):
            self.units = 3

        def call(self, x):
            return x

    with pytest.raises(RuntimeError, match="super"):
        Never()(data(1, 1))


def test_attributes_own_what_is_inside_them():
    layer = Layer()
    layer.one = Scale()
    layer.some = [Scale(), {"a": Scale()}]
    layer.some.append(Scale())
    layer.pair = (Scale(), 3)
    layer.state = Variable(1.0, trainable=False)
    assert len(layer._flatten_layers(include_self=False)) == 5
    assert layer.non_trainable_weights == [layer.state]
    layer.one = None
    layer.some.pop()
    del layer.state
    assert len(layer._flatten_layers(include_self=False)) == 3
    assert not layer.weights


def test_weights_are_ordered_layer_by_layer():
    class Norm(Layer):
        def build(self, input_shape):
            self.mean = self.add_weight((), "zeros", trainable=False, name="mean")
            self.scale = self.add_weight((), "ones", name="scale")

        def call(self, x):
            return x * self.scale + self.mean

    layer = Outer(Norm())
    layer.second = Scale()
    layer(data(1, 2))
    layer.second(data(1, 2))
    assert [w.name for w in layer.weights] == ["scale", "mean", "factor"]
    assert [w.name for w in layer.trainable_weights] == ["scale", "factor"]
    assert [w.name for w in layer.non_trainable_weights] == ["mean"]


def test_trainable_reaches_down_and_survives_the_build():
    frozen = Scale(trainable=False)
    outer = Outer(frozen)
    outer(data(1, 2))
    assert not outer.trainable_weights and len(outer.non_trainable_weights) == 1
    outer.trainable = True
    assert frozen.trainable and len(outer.trainable_weights) == 1
    outer.trainable = False
    assert not frozen.trainable and not outer.trainable_weights


def test_variable_paths_name_the_layers_around():
    outer = Outer(Scale(name="inner"), name="outer")
    outer(data(1, 2))
    assert [w.path for w in outer.weights] == ["outer/inner/factor"]


def test_set_weights_checks_before_it_changes():
    layer = layers.Dense(2, name="d")
    layer(data(1, 3))
    before = layer.get_weights()
    with pytest.raises(ShapeError, match="d/bias"):
        layer.set_weights([np.ones((3, 2)), np.ones(3)])
    with pytest.raises(ValueError, match="2 weights"):
        layer.set_weights([np.ones((3, 2))])
    np.testing.assert_array_equal(layer.get_weights()[0], before[0])


def test_get_weights_returns_copies():
    layer = Scale()
    layer(data(1, 2))
    layer.get_weights()[0][:] = 5
    np.testing.assert_array_equal(layer.factor.numpy(), [1, 1])


def test_add_weight_takes_the_order_of_keras_2():
    layer = Layer()
    weight = layer.add_weight("w", (2, 3), "float32", "ones", None, False)
    assert (weight.name, weight.shape, weight.trainable) == ("w", (2, 3), False)


def test_add_weight_of_unknown_size_is_refused():
    with pytest.raises(ShapeError, match="unknown size"):
        Layer().add_weight((None, 3), name="w")


def test_losses_are_those_of_the_last_call_and_of_weights():
    class Paying(Layer):
        def build(self, input_shape):
            self.w = self.add_weight((2,), "ones", regularizer="l2")

        def call(self, x):
            self.add_loss(ops.sum(x))
            return x

    layer = Outer(Paying(activity_regularizer="l1"))
    for _ in range(2):
        layer(np.ones((2, 2), "float32"))
    values = sorted(float(loss) for loss in layer.losses)
    np.testing.assert_allclose(values, [0.02, 0.02, 4.0], rtol=1e-5)


def test_add_metric_reports_a_mean():
    class Measuring(Layer):
        def call(self, x):
            self.add_metric(ops.sum(x), name="total")
            return x

    layer = Measuring()
    layer(np.ones((1, 2)))
    layer(np.zeros((1, 2)))
    assert [m.name for m in layer.metrics] == ["total"]
    assert float(layer.metrics[0].result()) == 1.0


def test_config_comes_from_the_constructor():
    layer = Scale(3.0, name="s")
    config = layer.get_config()
    assert config == {
        "name": "s", "trainable": True, "dtype": "float32", "start": 3.0,
    }  # fmt: skip
    assert Scale.from_config(config).start == 3.0


def test_config_of_a_layer_inside_is_rebuilt():
    config = Outer(layers.Dense(4, name="d")).get_config()
    again = Outer.from_config(config)
    assert isinstance(again.inner, layers.Dense) and again.inner.units == 4


def test_what_a_constructor_fixes_for_its_base_is_no_part_of_the_config():
    class Plain(Layer):
        def __init__(self, how="sum", scale=1.0, **kwargs):
            super().__init__(**kwargs)
            self.how, self.scale = how, scale

    class Mean(Plain):
        def __init__(self, units, **kwargs):
            super().__init__(how="mean", **kwargs)
            self.units = units

    config = Mean(3, scale=2.0).get_config()
    assert "how" not in config
    again = Mean.from_config(config)
    assert (again.units, again.scale, again.how) == (3, 2.0, "mean")


def test_a_constructor_that_refuses_the_config_is_named():
    class Closed(Layer):
        def __init__(self):
            super().__init__()

    with pytest.raises(ConfigError, match=r"Closed cannot .*'name'.*\*\*kwargs"):
        Closed.from_config(Closed().get_config())


def test_an_argument_without_description_is_refused_by_name():
    class Odd(Layer):
        def __init__(self, thing, **kwargs):
            super().__init__(**kwargs)

        def call(self, x):
            return x

    with pytest.raises(NotImplementedError, match="'thing'"):
        Odd(object()).get_config()


def test_keras_2_layers_work():
    class Old(Layer):
        def __init__(self, output_dim, **kwargs):
            self.output_dim = output_dim
            super().__init__(**kwargs)

        def build(self, input_shape):
            self.kernel = self.add_weight(
                name="kernel",
                shape=(input_shape[1], self.output_dim),
                initializer="uniform",
                trainable=True,
            )
            super().build(input_shape)

        def call(self, x, mask=None):
            return ops.matmul(x, self.kernel)

        def compute_output_shape(self, input_shape):
            return (input_shape[0], self.output_dim)

    model = keras.Sequential([Old(3, input_shape=(4,)), layers.Dense(1)])
    assert model.output_shape == (None, 1) and model.count_params() == 16


def test_output_shape_is_derived():
    assert layers.Dense(5).compute_output_shape((None, 3)) == (None, 5)
    spec = layers.Dense(5).compute_output_spec(keras.Input((3,)))
    assert spec.shape == (None, 5) and spec.is_symbolic


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))]
)
def test_copies_share_nothing(copied):
    layer = Outer(Scale())
    layer.extra = [Scale()]
    layer(data(1, 2))
    layer(keras.Input((2,)))
    other = copied(layer)
    other.inner.factor.assign([7.0, 7.0])
    other.extra.append(Scale())
    np.testing.assert_array_equal(layer.inner.factor.numpy(), [1, 1])
    assert len(layer._layers) == 2 and len(other._layers) == 3
    assert not other._inbound_nodes


def test_stateless_call_changes_nothing():
    layer = layers.BatchNormalization()
    layer(data(4, 2))
    before = layer.get_weights()
    trainable = [v.numpy() for v in layer.trainable_variables]
    others = [v.numpy() for v in layer.non_trainable_variables]
    outputs, new = layer.stateless_call(trainable, others, data(4, 2), training=True)
    assert outputs.shape == (4, 2)
    assert any(np.abs(np.asarray(a) - b).max() > 0 for a, b in zip(new, others))
    for value, kept in zip(layer.get_weights(), before):
        np.testing.assert_array_equal(value, kept)


def test_threads_have_their_own_call_stack():
    spy, seen = Spy(), []

    class Waits(Layer):
        def call(self, x, training=None):
            thread = threading.Thread(target=lambda: seen.append(Spy()(data(1, 1))))
            thread.start()
            thread.join()
            return spy(x)

    Waits()(data(1, 1), training=True)
    assert len(seen) == 1 and spy.seen[0] is True
