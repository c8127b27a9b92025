"""Writes `goldens/feature_spaces.json` and one space itself, by Keras on TensorFlow.

Run it in an environment with `keras` and `tensorflow`:

    KERAS_BACKEND=tensorflow python -m tests.compat.generate_feature_spaces
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tests.compat.feature_space_cases import DATA, NEW, ROW, spaces


def plain(outputs: Any) -> Any:
    """Return outputs as nested lists."""
    return keras.tree.map_structure(lambda x: np.asarray(x).tolist(), outputs)


def main() -> None:
    """Write the files."""
    goldens = Path(__file__).parent / "goldens"
    stored = {}
    for name, space in spaces(keras.utils.FeatureSpace).items():
        used = {key: DATA[key] for key in space.features}
        space.adapt(used)
        stored[name] = [
            plain(space({key: data[key] for key in used})) for data in (DATA, NEW, ROW)
        ]
        if name == "all":
            space.save(goldens / "feature_space.keras")
    path = goldens / "feature_spaces.json"
    path.write_text(json.dumps(stored) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
