"""`PyDataset`: a data set that makes its batches by index."""

from __future__ import annotations

import warnings


class PyDataset:
    """Base class of data sets that make batch number `i` on demand.

    A subclass implements `__len__`, the number of batches, and `__getitem__`, which
    returns `(x, y)` or `(x, y, sample_weight)` for one batch. Instead of `__len__` it
    may set the property `num_batches`, to `None` for endless data.

    Args:
        workers: Number of workers that make batches ahead of time; with 1 (and no
            multiprocessing) each batch is made when it is needed.
        use_multiprocessing: Whether the workers are processes instead of threads. The
            data set must be picklable then.
        max_queue_size: Number of batches that are made ahead.

    Example:

    >>> import numpy as np
    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 10
    ...     def __getitem__(self, i):
    ...         x = np.arange(4.0) + 4 * i
    ...         return x[:, None], x[:, None] ** 2
    >>> Squares().num_batches
    10
    """

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self._workers = workers
        self._use_multiprocessing = use_multiprocessing
        self._max_queue_size = max_queue_size

    def _setting(self, name, default):
        if name not in self.__dict__:
            warnings.warn(
                f"{type(self).__name__}.__init__ does not call super().__init__(), so "
                "the defaults hold (one worker). Call super().__init__(**kwargs) to "
                "let workers, use_multiprocessing and max_queue_size be set.",
                stacklevel=3,
            )
            PyDataset.__init__(self)
        return self.__dict__.get(name, default)

    @property
    def workers(self):
        """Number of workers that make batches ahead of time."""
        return self._setting("_workers", 1)

    @workers.setter
    def workers(self, value):
        self._workers = value

    @property
    def use_multiprocessing(self):
        """Whether the workers are processes instead of threads."""
        return self._setting("_use_multiprocessing", False)

    @use_multiprocessing.setter
    def use_multiprocessing(self, value):
        self._use_multiprocessing = value

    @property
    def max_queue_size(self):
        """Number of batches that are made ahead."""
        return self._setting("_max_queue_size", 10)

    @max_queue_size.setter
    def max_queue_size(self, value):
        self._max_queue_size = value

    def __getitem__(self, index):
        """Returns batch number `index`.

        Args:
            index: Number from 0.

        Returns:
            `(x, y)` or `(x, y, sample_weight)`.

        Raises:
            NotImplementedError: If a subclass does not implement it.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must implement __getitem__(self, index)."
        )

    @property
    def num_batches(self):
        """Number of batches; `None` if endless."""
        if not hasattr(self, "__len__"):
            raise NotImplementedError(
                f"{type(self).__name__} must implement __len__ or num_batches."
            )
        return len(self)

    def on_epoch_begin(self):
        """Called before each epoch; a subclass may override it."""

    def on_epoch_end(self):
        """Called after each epoch; a subclass may override it."""


class Sequence(PyDataset):
    """The name that `PyDataset` had in Keras 2.

    Example:

    >>> issubclass(Sequence, PyDataset)
    True
    """
