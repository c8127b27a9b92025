"""Reading an optimizer's learning rate as a number."""

from __future__ import annotations

import numpy as np


def read_learning_rate(optimizer) -> float:
    """Returns the learning rate that the next step will use.

    Args:
        optimizer: An optimizer.

    Returns:
        A Python float.

    Example:

    >>> class Fixed:
    ...     learning_rate = 0.5
    >>> read_learning_rate(Fixed())
    0.5
    """
    return float(np.asarray(optimizer.learning_rate))
