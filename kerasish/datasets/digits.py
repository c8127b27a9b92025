"""Handwritten digits: 1,797 images of 8 x 8 pixels.

The test set of the data "Optical Recognition of Handwritten Digits" of the UCI Machine
Learning Repository (E. Alpaydin and C. Kaynak, 1998,
https://doi.org/10.24432/C50P49), as scikit-learn ships it. The data is licensed under
Creative Commons Attribution 4.0 (CC BY 4.0).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

_FILE = Path(__file__).with_name("digits.npz")


def load_data() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Load the digits, split into training and test data.

    The split is always the same; each digit has the same share of both parts.

    Returns:
        `((x_train, y_train), (x_test, y_test))`: images of shape `(1437, 8, 8)` and
        `(360, 8, 8)`, uint8 from 0 (white) to 16 (black); labels of shape `(1437,)`
        and `(360,)`, uint8 from 0 to 9.

    Example:

    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.shape, x_test.shape
    ((1437, 8, 8), (360, 8, 8))
    """
    with np.load(_FILE) as stored:
        images, labels = stored["images"], stored["labels"]
        is_test = np.zeros(len(labels), bool)
        is_test[stored["test"]] = True
    train, test = ~is_test, is_test
    return (images[train], labels[train]), (images[test], labels[test])
