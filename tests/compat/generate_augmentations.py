"""Writes `goldens/augmentations.npz` with real Keras on TensorFlow.

Run it in an environment with `keras` and `tensorflow`:

    KERAS_BACKEND=tensorflow python -m tests.compat.generate_augmentations
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from tests.compat.augmentation_cases import CASES, AugmentationCase


def run(name: str, case: AugmentationCase) -> dict[str, np.ndarray]:
    """Return the outputs of a case, in the order of their sorted names."""
    outputs = case.run(case.make(keras.layers), name)
    return {f"{i}": np.array(x) for i, x in enumerate(keras.tree.flatten(outputs))}


def main() -> None:
    """Write the file."""
    stored: dict[str, np.ndarray] = {}
    for name, case in CASES.items():
        try:
            found = run(name, case)
        except Exception as error:
            raise RuntimeError(f"The case {name} fails.") from error
        stored |= {f"{name}/{key}": value for key, value in found.items()}
    path = Path(__file__).parent / "goldens" / "augmentations.npz"
    np.savez_compressed(path, **stored)


if __name__ == "__main__":
    main()
