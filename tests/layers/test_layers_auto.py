"""Every exported layer, found from the table of names, passes the same checks."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from kerasish import layers, tree
from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import Tensor, Trace, as_tensor, placeholder
from kerasish.backend.plan import Function
from kerasish.layers.layer import Layer
from kerasish.layers.table import LAYERS
from tests.layers.layer_case import Case
from tests.layers.layer_table import CASES

NAMES = sorted({home.rpartition(":")[2] for home in LAYERS.values() if ":" in home})
# Layers that take strings or return integers, which other tests compare with Keras.
WITHOUT_GRADIENT = {
    "CategoryEncoding",
    "Discretization",
    "HashedCrossing",
    "Hashing",
    "IntegerLookup",
    "StringLookup",
    "TextVectorization",
}
REFUSED = {"DenseFeatures", "FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper"}
CLASSES = [
    name
    for name in NAMES
    if name[0].isupper() and name not in WITHOUT_GRADIENT | REFUSED
]


def _call(layer: Any, case: Case, tensors: list, **arguments: Any) -> Any:
    if case.random:
        arguments.setdefault("training", False)
    return layer(*case.arguments(tensors), **arguments)


def _values(outputs: Any) -> list[np.ndarray]:
    return [np.asarray(output) for output in tree.flatten(outputs)]


def _training(layer: Any, value: bool) -> dict[str, bool]:
    from kerasish.layers.call_signature import call_signature

    return {"training": value} if call_signature(type(layer).call).has_training else {}


def _placeholders(case: Case, batch: int | None) -> list[Tensor]:
    return [
        placeholder((batch, *array.shape[1:]), array.dtype.name)
        for array in case.arrays()
    ]


def _traced(layer: Any, case: Case, batch: int | None, training: bool) -> Function:
    with Trace() as trace:
        inputs = _placeholders(case, batch)
        outputs = _call(layer, case, inputs, **_training(layer, training))
    return Function(inputs, tree.flatten(outputs), updates=trace.updates)


def _made(name: str) -> tuple[Any, Case]:
    case = CASES[name]
    layer = case.make()
    _call(layer, case, case.arrays())
    return layer, case


def test_each_layer_has_a_case() -> None:
    assert CLASSES == sorted(CASES)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_layers_of_other_frameworks_say_so(name: str) -> None:
    with pytest.raises(NotImplementedError, match=f"{name} needs .*; build") as error:
        getattr(layers, name)("something")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_name_leads_to_a_layer_or_a_function(name: str) -> None:
    found = getattr(layers, name)
    assert callable(found)
    assert found.__doc__ and ">>>" in found.__doc__
    if name[0].isupper():
        assert issubclass(found, Layer)


@pytest.mark.parametrize("name", CLASSES)
def test_config_round_trip(name: str) -> None:
    layer, case = _made(name)
    config = layer.get_config()
    json.dumps(config)
    options = {"safe_mode": False} if case.code else {}
    copy = type(layer).from_config(config, **options)
    if not case.code:  # The bytes of compiled code also hold reference counts.
        assert copy.get_config() == config
    if not case.code and not case.own:
        described = json.loads(json.dumps(layers.serialize(layer)))
        again = layers.deserialize(described)
        assert type(again) is type(layer)
        plain = json.loads(json.dumps(again.get_config()))
        assert plain == json.loads(json.dumps(config))
    _call(copy, case, case.arrays())
    copy.set_weights(layer.get_weights())
    arrays = case.arrays(seed=1)
    pairs = zip(_values(_call(copy, case, arrays)), _values(_call(layer, case, arrays)))
    for got, expected in pairs:
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("training", [True, False])
def test_symbolic_equals_eager(name: str, training: bool) -> None:
    layer, case = _made(name)
    options = _training(layer, training)
    for batch in (None, case.shapes[0][0]):
        with Trace():
            symbolic = tree.flatten(
                _call(
                    layer,
                    case,
                    _placeholders(case, batch),
                    **_training(layer, training),
                )
            )
        run = _traced(layer, case, batch, training)
        for size in (case.shapes[0][0], 1) if batch is None else (batch,):
            arrays = case.arrays(size)
            state = layer.get_weights()
            eager = _call(layer, case, arrays, **options)
            layer.set_weights(state)
            results = run(*arrays)
            layer.set_weights(state)
            for tensor, value, result in zip(
                symbolic, tree.flatten(eager), results, strict=True
            ):
                assert tensor.dtype == value.dtype == result.dtype.name
                assert value.shape == result.shape or (training and case.resizes)
                assert len(tensor.shape) == len(value.shape)
                for expected, got in zip(tensor.shape, value.shape):
                    assert expected in (None, got)
                if not (training and case.random):
                    np.testing.assert_allclose(
                        result, np.asarray(value), rtol=1e-5, atol=1e-6
                    )


@pytest.mark.parametrize("name", CLASSES)
def test_unknown_batch_leaves_only_the_batch_unknown(name: str) -> None:
    layer, case = _made(name)
    with Trace():
        outputs = tree.flatten(_call(layer, case, _placeholders(case, None)))
    for output, value in zip(outputs, _values(_call(layer, case, case.arrays()))):
        assert output.shape[1:] == value.shape[1:]
        assert output.shape[0] is None


@pytest.mark.parametrize("name", [name for name in CLASSES if CASES[name].mask])
def test_masks(name: str) -> None:
    layer, case = _made(name)
    assert layer.supports_masking
    mask = np.random.default_rng(2).uniform(size=case.mask) < 0.6
    mask[:, 0] = True
    array = case.arrays()[0]

    def masked(x: Any, mask: Any) -> Any:
        x = as_tensor(x)
        x.mask = as_tensor(mask)
        return x

    eager = layer(masked(array, mask))
    with Trace():
        inputs = _placeholders(case, None)[0]
        given = placeholder((None, *mask.shape[1:]), "bool")
        outputs = layer(masked(inputs, given))
        first, first_eager = tree.flatten(outputs)[0], tree.flatten(eager)[0]
        kept = first.mask is not None
        wanted = [*tree.flatten(outputs), *([first.mask] if kept else [])]
    results = Function([inputs, given], wanted)(array, mask)
    assert kept == (first_eager.mask is not None)
    assert kept == (first.shape[1:2] == (mask.shape[1],))
    if kept:
        np.testing.assert_array_equal(np.asarray(first_eager.mask), results[-1])
        np.testing.assert_array_equal(results[-1], mask)
    for value, result in zip(_values(eager), results):
        np.testing.assert_allclose(value, result, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [n for n in CLASSES if CASES[n].random])
def test_noise_differs_while_training_only(name: str) -> None:
    layer, case = _made(name)
    run, still = _traced(layer, case, None, True), _traced(layer, case, None, False)
    arrays = case.arrays()
    assert not np.array_equal(run(*arrays)[0], run(*arrays)[0])
    np.testing.assert_array_equal(still(*arrays)[0], still(*arrays)[0])
    first = _call(layer, case, arrays, training=True).numpy()
    assert not np.array_equal(first, _call(layer, case, arrays, training=True).numpy())


@pytest.mark.parametrize("name", CLASSES)
def test_one_training_step(name: str) -> None:
    layer, case = _made(name)
    with Trace() as trace:
        inputs = _placeholders(case, None)
        outputs = tree.flatten(_call(layer, case, inputs, **_training(layer, True)))
        loss = sum(ops.mean(ops.square(output - 0.3)) for output in outputs)
        loss = loss + sum(layer.losses)
        floats = [x for x in inputs if x.dtype == "float32"]
        weights = layer.trainable_weights
        found = gradients(loss, [*floats, *weights], unconnected="zero")
        for weight, gradient in zip(weights, found[len(floats) :]):
            weight.assign(weight.value - 0.01 * gradient)
    step = Function(inputs, [loss, *found], updates=trace.updates)
    before = layer.get_weights()
    first, *values = step(*case.arrays())
    assert np.isfinite(first)
    assert all(np.isfinite(value).all() for value in values)
    assert any(np.abs(value).max() > 0 for value in values) != case.flat
    for old, new, weight in zip(before, layer.get_weights(), layer.weights):
        if weight.trainable:
            assert not np.array_equal(old, new), weight.path
    if not case.random and weights:
        assert step(*case.arrays())[0] < first


@pytest.mark.parametrize("name", CLASSES)
def test_weights_are_copied_through_arrays(name: str) -> None:
    layer, case = _made(name)
    weights = layer.get_weights()
    assert [w.shape for w in weights] == [tuple(w.shape) for w in layer.weights]
    assert len({w.path for w in layer.weights}) == len(weights)
    rng = np.random.default_rng(3)
    other = [np.abs(rng.normal(size=w.shape)).astype("float32") for w in weights]
    expected = _values(_call(layer, case, case.arrays()))
    layer.set_weights(other)
    for got, wanted in zip(layer.get_weights(), other):
        np.testing.assert_array_equal(got, wanted)
    layer.set_weights(weights)
    for got, wanted in zip(_values(_call(layer, case, case.arrays())), expected):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("low", ["float16", "bfloat16"])
def test_mixed_precision(name: str, low: str) -> None:
    case = CASES[name]
    layer = case.make()
    if case.code:
        layer.dtype_policy = f"mixed_{low}"
    else:
        layer = _with_policy(layer.get_config(), type(layer), f"mixed_{low}")
    options = _training(layer, False)
    outputs = tree.flatten(_call(layer, case, case.arrays(), **options))
    assert low in {output.dtype for output in outputs}
    assert case.wide or {output.dtype for output in outputs} == {low}
    assert {weight.dtype for weight in layer.weights} <= {"float32"}
    run = _traced(layer, case, None, False)
    for value, result in zip(outputs, run(*case.arrays())):
        value, result = (np.asarray(x).astype("float32") for x in (value, result))
        assert np.isfinite(result).all()
        tolerance = 2e-2 if low == "float16" else 8e-2
        np.testing.assert_allclose(value, result, rtol=tolerance, atol=tolerance)


def _with_policy(config: Any, cls: type, policy: str) -> Any:
    """Returns a layer whose own and inner configurations have another dtype policy."""

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: policy if key == "dtype" else changed(item)
                for key, item in value.items()
            }
        return [changed(item) for item in value] if isinstance(value, list) else value

    return cls.from_config(changed(config))
