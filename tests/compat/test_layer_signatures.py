"""Every layer of Keras is there and is made with the same arguments."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from kerasish import layers

_FILE = Path(__file__).parent / "layer_signatures.json"
SIGNATURES = json.loads(_FILE.read_text(encoding="utf-8"))
# Listed for Keras 2.2.4 only, but made with the defaults of ConvLSTM2D of Keras 3.
NEWER_DEFAULTS = {"ConvLSTM2DCell"}


def _arguments(text: str) -> list[inspect.Parameter]:
    """Returns the named parameters of a stored signature."""
    scope: dict = {}
    exec(f"def made{text}: pass", {}, scope)
    parameters = inspect.signature(scope["made"]).parameters.values()
    return [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_signature(name: str) -> None:
    own = inspect.signature(getattr(layers, name)).parameters
    takes_more = any(p.kind is p.VAR_KEYWORD for p in own.values())
    expected = _arguments(SIGNATURES[name])
    names = [p.name for p in expected if p.name in own]
    assert [n for n in own if n in names] == names
    for parameter in expected:
        if parameter.name not in own:
            assert takes_more, parameter.name
        elif parameter.default is not parameter.empty and name not in NEWER_DEFAULTS:
            default = own[parameter.name].default
            assert default == parameter.default, parameter.name
