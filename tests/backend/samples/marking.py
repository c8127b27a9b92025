"""Samples of the identity that carries an annotation."""

import numpy as np

from tests.backend.sample import Sample

SAMPLES = {
    "marked": [
        Sample(
            np.linspace(-1, 1, 6).reshape(2, 3), reference=lambda x, owner: x, owner="a"
        )
    ]
}
