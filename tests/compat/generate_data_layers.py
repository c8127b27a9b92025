"""Writes `goldens/data_layers.json` with real Keras on TensorFlow.

Run it in an environment with `keras` and `tensorflow`:

    KERAS_BACKEND=tensorflow python -m tests.compat.generate_data_layers
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tests.compat.data_cases import CASES, DataCase


def plain(value: Any) -> Any:
    """Return strings for bytes, in lists of any depth."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.decode("utf-8") if isinstance(value, bytes) else value


def run(case: DataCase) -> dict[str, Any]:
    """Return the outputs of a case, with their type and the vocabulary."""
    layer = case.make(keras.layers)
    if case.adapt is not None:
        layer.adapt(np.asarray(case.adapt))
    outputs = np.asarray(layer(case.arguments()))
    found = {"outputs": plain(outputs.tolist()), "dtype": outputs.dtype.name}
    if hasattr(layer, "get_vocabulary"):
        found["vocabulary"] = np.asarray(layer.get_vocabulary()).tolist()
    return found


def main() -> None:
    """Write the file."""
    stored = {name: run(case) for name, case in CASES.items()}
    path = Path(__file__).parent / "goldens" / "data_layers.json"
    text = json.dumps(stored, separators=(",", ":")).replace('},"', '},\n"')
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
