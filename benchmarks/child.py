"""One implementation of Keras at work: it measures what its standard input asks for.

    python child.py MODULE WORKLOAD

Each line that it reads is a question, each line that it writes an answer in JSON. Two
questions are answered once and first: `import` and `first` (build, compile, one batch).
"""

import gc
import importlib
import json
import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
from workloads import WORKLOADS, spent_on_data

PREDICT_BATCH = 256
LEAST_SECONDS = 0.3
EPOCHS = 3


def rows_of(x, count):
    """Return the first rows of an array, or of each of a list, repeated as needed."""
    if isinstance(x, list):
        return [rows_of(array, count) for array in x]
    return x[:count] if len(x) >= count else np.resize(x, (count, *x.shape[1:]))


def seconds(action):
    """Return how long an action takes, the mean over as many as fill the time."""
    count, start = 0, time.perf_counter()
    while True:
        action()
        count += 1
        spent = time.perf_counter() - start
        if spent > LEAST_SECONDS:
            return spent / count


def peak_megabytes():
    """Return the most memory that the process has had."""
    try:
        with open("/proc/self/status") as status:
            peak = next(line for line in status if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Child:
    """The answers, by the names of their methods."""

    def __init__(self, module, name):
        start = time.perf_counter()
        self.keras = importlib.import_module(module)
        for part in ("layers", "optimizers", "callbacks", "regularizers", "utils"):
            getattr(self.keras, part)
        self.imported = time.perf_counter() - start
        self.name = name
        self.work = WORKLOADS[name]

    def first(self):
        """Seconds from a bare module to a trained batch, more than a later step.

        Making the data does not count.
        """
        work, keras = self.work, self.keras
        keras.utils.set_random_seed(1)
        start = time.perf_counter()
        self.case = work.build(keras, work.batch * work.steps)
        built = time.perf_counter()
        self.train(work.batch)
        first = time.perf_counter()
        self.train(work.batch)
        more = first - start - (time.perf_counter() - first)
        return {
            "import": self.imported,
            "build": built - start - spent_on_data[0],
            "first": more - spent_on_data[0],
        }

    def train(self, rows, epochs=1, callbacks=()):
        """Train on the first rows."""
        case, batch = self.case, self.work.batch
        if case.epoch is not None:
            for _ in range(epochs):
                case.epoch()
            return
        x, y = rows_of(case.x, rows), rows_of(case.y, rows)
        case.model.fit(
            x, y, batch_size=batch, epochs=epochs, verbose=0, callbacks=[*callbacks]
        )

    def fit(self):
        """Seconds of a step within an epoch that is not the first of its `fit`."""
        rows = self.work.batch * self.work.steps
        if self.case.epoch is not None:
            return seconds(self.case.epoch) / self.work.steps
        ends = []
        watch = self.keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter())
        )
        self.train(rows, EPOCHS, [watch])
        return (ends[-1] - ends[0]) / (len(ends) - 1) / self.work.steps

    def evaluate(self):
        """Seconds of `evaluate` for a sample, in batches of 256."""
        x, y = rows_of(self.case.x, 512), rows_of(self.case.y, 512)
        run = self.case.model.evaluate
        run(x, y, batch_size=PREDICT_BATCH, verbose=0)
        return seconds(lambda: run(x, y, batch_size=PREDICT_BATCH, verbose=0)) / 512

    def predict(self):
        """Seconds of `predict` for a sample, in batches of 256."""
        x, run = rows_of(self.case.x, 1024), self.case.model.predict
        run(rows_of(x, PREDICT_BATCH), batch_size=PREDICT_BATCH, verbose=0)
        return seconds(lambda: run(x, batch_size=PREDICT_BATCH, verbose=0)) / 1024

    def one(self):
        """Seconds of `predict` of a single row."""
        x, run = rows_of(self.case.x, 1), self.case.model.predict
        run(x, verbose=0)
        return seconds(lambda: run(x, verbose=0))

    def memory(self):
        """The most megabytes so far."""
        return peak_megabytes()

    def outside(self):
        """Processor seconds of a step outside kernels, and of the whole step.

        Time is that of the main thread, on which alone everything must run. What is
        outside is a step whose plan has no calls left.
        """
        from kerasish.backend.plan.plan import Binding

        whole = self.processor_seconds(epochs=5)
        for binding in gc.get_objects():
            if isinstance(binding, Binding):
                binding.steps.clear()
                binding.writes.clear()
        return [self.processor_seconds(epochs=50), whole]

    def processor_seconds(self, epochs):
        """Return the processor seconds of a step; the first epoch does not count."""
        ends = []
        watch = self.keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: ends.append(time.thread_time())
        )
        self.train(self.work.batch * self.work.steps, epochs + 1, [watch])
        return float(np.median(np.diff(ends))) / self.work.steps


def main():
    child = Child(*sys.argv[1:3])
    for question in map(str.strip, sys.stdin):
        try:
            answer = {"value": getattr(child, question)()}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        print("ANSWER " + json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
    os._exit(0)
