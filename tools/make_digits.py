"""Make `kerasish/datasets/digits.npz` from the copy in scikit-learn.

Run with a Python that has scikit-learn: `python tools/make_digits.py`.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

TARGET = Path(__file__).parents[1] / "kerasish" / "datasets" / "digits.npz"


def main() -> None:
    """Store the images, the labels and the places of the test images."""
    digits = load_digits()
    labels = digits.target.astype(np.uint8)
    _, test = train_test_split(
        np.arange(len(labels)), test_size=360, stratify=labels, random_state=0
    )
    np.savez_compressed(
        TARGET,
        images=digits.images.astype(np.uint8),
        labels=labels,
        test=np.sort(test).astype(np.uint16),
    )


if __name__ == "__main__":
    main()
