"""Batches from a `PyDataset`: by index, optionally made by workers ahead of time."""

from __future__ import annotations

import collections
import itertools
import random

from kerasish.models.data.generators import BatchConverter


def _ignore_interrupt(dataset):
    # Ctrl-C reaches the whole process group; the parent decides.
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker_state["dataset"] = dataset


_worker_state: dict = {}


def _fetch_in_worker(index):
    return _worker_state["dataset"][index]


class DatasetSource:
    """Batches `dataset[0]`, `dataset[1]`, ...

    Args:
        dataset: A `PyDataset`, or anything with `__getitem__` and `__len__`.
        shuffle: Whether each epoch takes the batches in a new order.
        convert: A `BatchConverter`.

    Attributes:
        num_batches: Number of batches in an epoch; `None` if endless.
        restartable: Always true.

    Example:

    >>> import numpy as np
    >>> source = DatasetSource([np.zeros((2, 3))], False, BatchConverter())
    >>> source.num_batches
    1
    """

    signature = None
    restartable = True

    def __init__(self, dataset, shuffle, convert: BatchConverter):
        self.dataset = dataset
        self.shuffle = shuffle
        self.convert = convert
        self.num_batches = _length(dataset)
        self._executor = None

    def _indices(self):
        self.num_batches = _length(self.dataset)
        if self.num_batches is None:
            return itertools.count()
        indices = list(range(self.num_batches))
        if self.shuffle:
            random.shuffle(indices)
        return indices

    def epoch(self):
        """Yields `(signature, arrays)` for each batch, and calls the epoch hooks."""
        _call(self.dataset, "on_epoch_begin")
        executor = self._start_workers()
        if executor is None:
            for index in self._indices():
                yield self.convert(self.dataset[index])
        else:
            yield from self._ahead(executor)
        _call(self.dataset, "on_epoch_end")

    def _ahead(self, executor):
        """Yields the batches in order while workers make the next ones."""
        limit = max(getattr(self.dataset, "max_queue_size", 10), 1)
        in_processes = getattr(self.dataset, "use_multiprocessing", False)
        fetch = _fetch_in_worker if in_processes else self.dataset.__getitem__
        pending = collections.deque()
        for index in self._indices():
            pending.append(executor.submit(fetch, index))
            if len(pending) >= limit:
                yield self.convert(pending.popleft().result())
        while pending:
            yield self.convert(pending.popleft().result())

    def _start_workers(self):
        workers = getattr(self.dataset, "workers", 1) or 1
        in_processes = getattr(self.dataset, "use_multiprocessing", False)
        if self._executor is None and in_processes:
            from concurrent.futures import ProcessPoolExecutor

            self._executor = ProcessPoolExecutor(
                workers, initializer=_ignore_interrupt, initargs=(self.dataset,)
            )
        elif self._executor is None and workers > 1:
            from concurrent.futures import ThreadPoolExecutor

            self._executor = ThreadPoolExecutor(workers)
        return self._executor

    def close(self):
        """Ends the workers."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None


def _length(dataset):
    if hasattr(dataset, "num_batches"):
        return dataset.num_batches
    return len(dataset)


def _call(dataset, hook):
    function = getattr(dataset, hook, None)
    if function is not None:
        function()
