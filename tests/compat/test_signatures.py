"""Classes, functions and methods of Keras 3 take the same arguments here."""

import importlib
import inspect
import json
import pathlib

import pytest

SIGNATURES = json.loads(
    pathlib.Path(__file__).with_name("signatures.json").read_text(encoding="utf-8")
)
# Classes whose use raises one line, so that they have no methods.
REFUSED = (
    "AWQDTypePolicy", "GPTQDTypePolicy", "Int4DTypePolicy", "KerasFileEditor",
    "OrbaxCheckpoint", "QuantizedDTypePolicy", "QuantizedFloat8DTypePolicy",
    "Quantizer",
)  # fmt: skip
# Names that differ, and why.
_NO_QUANTISATION = {
    "get_quantization_layer_structure",
    "quantized_build",
    "quantized_call",
}
_PARTS_OF_THE_ENGINE_OF_KERAS = {
    "KerasTensor",
    "Muon.lr_adjust",
    "Muon.transpose_last_axis",
    "Muon.zeropower_via_newtonschulz5",
    "LossScaleOptimizer.check_finite",
    "StatelessScope.add_loss",
    "rematerialized_call",
    "symbolic_call",
}
_ONE_NAME_OF_THE_ARGUMENT_EVERYWHERE = {
    "Adadelta.update_step",
    "LossScaleOptimizer.build",
    "deserialize",
    "device",
    "serialize",
    "set_backend",
}
_NAMED_ARGUMENTS_ONLY_IN_PRACTICE = {"Muon"}
_FILES_OF_TENSORFLOW = {"FeatureSpace.save"}
DIFFERENT = (
    _NO_QUANTISATION
    | _PARTS_OF_THE_ENGINE_OF_KERAS
    | _ONE_NAME_OF_THE_ARGUMENT_EVERYWHERE
    | _NAMED_ARGUMENTS_ONLY_IN_PRACTICE
    | _FILES_OF_TENSORFLOW
)


def may_differ(name):
    """Whether a name, its class or its method is among those that differ."""
    first, _, method = name.partition(".")
    return bool({name, first, method} & (set(REFUSED) | DIFFERENT))


def parameters(text):
    """The named parameters of a stored signature."""
    scope = {}
    exec(f"def made{text}: pass", {}, scope)
    found = inspect.signature(scope["made"]).parameters.values()
    return [p for p in found if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]


def problem(namespace, name, text):
    """What is wrong with a name, or `None`."""
    value = importlib.import_module(f"kerasish.{namespace}".rstrip("."))
    for part in name.split("."):
        value = getattr(value, part, None)
        if value is None:
            return "is missing"
    own = {n: p for n, p in inspect.signature(value).parameters.items() if n != "self"}
    more = any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in own.values())
    wanted = [p for p in parameters(text) if p.name != "self"]
    shared = [p.name for p in wanted if p.name in own]
    if not more and len(shared) < len(wanted):
        missing = [p.name for p in wanted if p.name not in own]
        return f"has no argument {', '.join(missing)}"
    if [n for n in own if n in shared] != shared:
        return "has them in another order"
    for p in wanted:
        if p.name in own and p.default is not p.empty:
            default = own[p.name].default
            if default is not p.empty and default != p.default:
                return f"has {p.name}={default!r}, not {p.default!r}"
    return None


@pytest.mark.parametrize("namespace", SIGNATURES)
def test_arguments(namespace):
    found = {
        name: problem(namespace, name, text)
        for name, text in SIGNATURES[namespace].items()
        if not may_differ(name)
    }
    assert {name: text for name, text in found.items() if text} == {}
