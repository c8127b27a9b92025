"""One seed for everything that draws random numbers."""

from __future__ import annotations

import random

import numpy as np


def set_random_seed(seed: int) -> None:
    """Seeds Python, NumPy and kerasish, so that a run can be repeated exactly.

    Args:
        seed: Integer from 0 to 2**32 - 1.

    Raises:
        ValueError: If it is no such integer.

    Example:

    >>> set_random_seed(7)
    >>> first = np.random.rand()
    >>> set_random_seed(7)
    >>> bool(first == np.random.rand())
    True
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ValueError(f"The seed must be an integer.\nReceived: seed={seed!r}")
    if not 0 <= seed < 2**32:
        raise ValueError(
            f"The seed must lie from 0 to 2**32 - 1.\nReceived: seed={seed}"
        )
    from kerasish.backend.seed_generator import set_global_seed

    random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002 - users draw from it
    set_global_seed(int(seed))
