"""Samples of the derivative of a gamma distributed draw."""

import numpy as np
from scipy import stats

from tests.backend.sample import Sample

ALPHA = np.array([[0.05], [0.7], [3.0], [40.0], [4000.0]])
QUANTILES = np.array([0.02, 0.3, 0.6, 0.97])
STEP = 1e-4


def slope(alpha, x):
    """The change of a quantile with the parameter, as a finite difference."""
    part = stats.gamma.cdf(x, alpha)
    higher = stats.gamma.ppf(part, alpha * (1.0 + STEP))
    lower = stats.gamma.ppf(part, alpha * (1.0 - STEP))
    return (higher - lower) / (2.0 * STEP * alpha)


SAMPLES = {
    "gamma_slope": [
        Sample(
            ALPHA,
            stats.gamma.ppf(QUANTILES, ALPHA),
            reference=slope,
            gradient=False,
            tolerance=1e-5,
        )
    ],
}
