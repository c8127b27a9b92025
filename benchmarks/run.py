"""Speed and memory of kerasish beside other implementations of Keras.

    python benchmarks/run.py                                  # kerasish, fast and NumPy
    python benchmarks/run.py --peer tf=PYTHON:tensorflow --peer torch=PYTHON:torch
    python benchmarks/run.py --quick --only mnist_convnet,lstm_imdb
    python benchmarks/run.py --peer ... --write docs/performance.md

A peer is a name, the Python interpreter in whose environment it is installed, and what
`KERAS_BACKEND` shall be there. All implementations of a workload live at the same time,
each in its own process with the same number of threads, and take turns at measuring:
ratios are taken within a turn, and their median and spread are printed. Above 1,
kerasish is better than the best of the peers.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tables import Tables

HERE = Path(__file__).resolve().parent
MEASURES = ("fit", "evaluate", "predict", "one")
THREADS = (
    "OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS NUMEXPR_NUM_THREADS "
    "TF_NUM_INTRAOP_THREADS TF_NUM_INTEROP_THREADS"
).split()
ROUNDS, QUICK_ROUNDS = 5, 3
QUICK = (
    "linear_tiny,mlp_mnist,mnist_convnet,resnet20_v1,lstm_imdb,char_lstm,transformer"
)


class Process:
    """An implementation at work on a workload.

    Args:
        name: What it is called in the tables.
        python: Its interpreter.
        module: The module that is Keras there.
        settings: Environment variables.
        workload: The workload.
        threads: How many threads it may use.
    """

    def __init__(self, name, python, module, settings, workload, threads):
        self.name = name
        environment = {**os.environ, **settings}
        environment.update(dict.fromkeys(THREADS, str(threads)))
        # Installed packages come with bytecode; sources get theirs when first run.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def limit():
            if hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

        self._process = subprocess.Popen(
            [python, str(HERE / "child.py"), module, workload],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
            preexec_fn=limit,
        )

    def ask(self, question):
        """Return the answer to a question, `None` if there is none."""
        try:
            self._process.stdin.write(question + "\n")
            self._process.stdin.flush()
            for line in self._process.stdout:
                if line.startswith("ANSWER "):
                    answer = json.loads(line[len("ANSWER ") :])
                    if "error" in answer:
                        print(f"    {self.name}: {question}: {answer['error']}")
                    return answer.get("value")
        except BrokenPipeError:
            pass
        print(f"    {self.name}: {question}: the process has ended")
        return None

    def close(self):
        """End the process."""
        self._process.stdin.close()
        self._process.wait()


def implementations(peers):
    """Return `(name, python, module, settings)` for everyone who takes part."""
    path = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    ours = {"PYTHONPATH": path.rstrip(os.pathsep)}
    found = [
        ("fast", sys.executable, "kerasish", {**ours, "KERASISH_BACKEND": "cpu"}),
        ("numpy", sys.executable, "kerasish", {**ours, "KERASISH_BACKEND": "numpy"}),
    ]
    for peer in peers:
        name, _, rest = peer.partition("=")
        python, _, backend = rest.rpartition(":")
        if not (name and python and backend):
            sys.exit(f"--peer is NAME=PYTHON:BACKEND, not {peer!r}")
        found.append((name, python, "keras", {"KERAS_BACKEND": backend}))
    return found


def measure(workload, everyone, rounds, threads):
    """Return `{measure: {name: [value of each round]}}` of a workload."""
    results = {key: {} for key in ("import", "first", "memory", *MEASURES)}
    running = []
    try:
        for arguments in everyone:
            process = Process(*arguments, workload, threads)
            running.append(process)
            # One after the other: a start takes every core.
            answer = process.ask("first")
            if answer is None:
                running.pop().close()
                continue
            for key in ("import", "first"):
                results[key][process.name] = [answer[key]]
        for turn in range(rounds):
            for key in MEASURES:
                shift = turn % max(len(running), 1)
                for process in running[shift:] + running[:shift]:
                    value = process.ask(key)
                    if value is not None:
                        results[key].setdefault(process.name, []).append(value)
        for process in running:
            results["memory"][process.name] = [process.ask("memory")]
    finally:
        for process in running:
            process.close()
    return results


def overhead(everyone):
    """Return `{workload: {name: (seconds outside kernels, seconds of a step)}}`."""
    found = {}
    for workload in ("linear_tiny", "mnist_convnet"):
        found[workload] = {}
        for name, python, module, settings in everyone:
            if module != "kerasish":
                continue
            process = Process(name, python, module, settings, workload, 1)
            process.ask("first")
            found[workload][name] = process.ask("outside")
            process.close()
    return found


def growth(everyone, threads):
    """Return what `growth.py` finds for kerasish: `{name: {axis: [(size, ms)]}}`."""
    found = {}
    for name, python, module, settings in everyone:
        if module == "kerasish":
            environment = {**os.environ, **settings}
            environment.update(dict.fromkeys(THREADS, str(threads)))
            command = [python, str(HERE / "growth.py")]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True
            )
            found[name] = json.loads(done.stdout.split("ANSWER ")[1])
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--peer", action="append", default=[], metavar="NAME=PYTHON:BACKEND"
    )
    parser.add_argument("--only", help="workloads, separated by commas")
    parser.add_argument(
        "--quick", action="store_true", help="fewer workloads and turns"
    )
    parser.add_argument("--rounds", type=int, help="how many turns")
    parser.add_argument("--threads", type=int, default=2, help="for everyone")
    parser.add_argument("--out", help="a JSON file for all figures")
    parser.add_argument("--write", help="a page whose tables are replaced")
    options = parser.parse_args()
    from workloads import WORKLOADS

    chosen = options.only or (QUICK if options.quick else ",".join(WORKLOADS))
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    everyone = implementations(options.peer)
    figures, start = {}, time.perf_counter()
    for workload in chosen.split(","):
        figures[workload] = measure(workload, everyone, rounds, options.threads)
        speeds = {
            name: f"{WORKLOADS[workload].batch / statistics.median(values):,.0f}/s"
            for name, values in figures[workload]["fit"].items()
        }
        spent = (time.perf_counter() - start) / 60
        print(f"[{spent:4.1f} min] {workload}: fit {speeds}", flush=True)
    result = {
        "figures": figures,
        "overhead": overhead(everyone),
        "growth": growth(everyone, options.threads),
    }
    if options.out:
        Path(options.out).write_text(json.dumps(result), encoding="utf-8")
    tables = Tables(result, [name for name, *_ in everyone], options.threads)
    print(tables.text())
    if options.write:
        tables.write(Path(options.write))


if __name__ == "__main__":
    main()
