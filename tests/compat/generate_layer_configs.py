"""Writes `goldens/layer_configs.json`: layers as Keras 3 and Keras 2 describe them.

Run it in an environment with `keras`, `tf_keras` and `tensorflow`:

    KERAS_BACKEND=tensorflow python -m tests.compat.generate_layer_configs
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import tf_keras

from tests.compat.layer_cases import DESCRIBED


def plain(value: Any) -> Any:
    """Return a configuration with lists for tuples and their relatives."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) or type(value).__name__ == "ListWrapper":
        return [plain(item) for item in value]
    return value


def described(library: Any) -> dict[str, Any]:
    """Return the descriptions that a library gives of the layers that it has."""
    found = {}
    for name, case in DESCRIBED.items():
        try:
            layer = case.make(library.layers)
        except (AttributeError, TypeError, ValueError):
            continue
        found[name] = plain(library.layers.serialize(layer))
    return found


def main() -> None:
    """Write the file."""
    stored = {"keras3": described(keras), "keras2": described(tf_keras)}
    path = Path(__file__).parent / "goldens" / "layer_configs.json"
    path.write_text(json.dumps(stored, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
