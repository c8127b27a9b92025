"""Samples of printing."""

import numpy as np

from tests.backend.sample import Sample

SAMPLES = {
    "print_value": [
        Sample(
            np.linspace(-1, 1, 6).reshape(2, 3),
            reference=lambda x, **attrs: x,
            message="x",
            summarize=2,
        )
    ]
}
