"""Damages files in many ways and loads them: each must give a clear error or a model.

Run `python -m tests.saving.fuzz_h5 --count 20000`. The files are loaded in processes of
their own with bounds on time and memory. A crash, an error of another kind, more than 5
seconds of computing or more than 1 GB of memory is printed with the number that repeats
it: `python -m tests.saving.fuzz_h5 --first NUMBER --count 1`.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import itertools
import json
import os
import pathlib
import random
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
import zipfile

FOLDER = pathlib.Path(__file__).parent / "fixtures"
SECONDS = 5
MOST_MEMORY = 1 << 30
WHOLE = sorted(path.stem for path in FOLDER.glob("*.h5") if "_w" not in path.stem)
WHOLE = [name for name in WHOLE if not name.endswith(".weights")]
ODD = (
    None, True, False, -1, 0, 1, 2, 10**6, 10**9, 2**31, 2**63, -(2**63), 10**30, 0.5,
    -1.5, float("nan"), float("inf"), "", "x", "float32", "complex64", "é\n", [], {},
    [[]], [None], [1, [2, [3]]], {"a": 1}, {"class_name": "Dense"},
    {"class_name": "Dense", "config": None}, {"class_name": 3, "config": {}},
    {"class_name": "os.system", "config": {"command": "true"}},
    {"class_name": "__tensor__", "config": {"value": [1], "dtype": "object"}},
    {"class_name": "function", "config": "eval", "module": "builtins"},
    {"class_name": "__lambda__", "config": {"code": "AAAA"}}, "a" * 100_000,
    "Sequential", "Functional", "Model", "Lambda", "TFOpLambda", "InputLayer", "LSTM",
)  # fmt: skip


class Slow(BaseException):
    """More time was needed than allowed."""


def places(value, path=()):
    """Yield the containers in plain data, with the key of each of their parts."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            for key in item:
                yield item, key
            stack += item.values()
        elif isinstance(item, list):
            for index in range(len(item)):
                yield item, index
            stack += item


def changed_json(text, chance):
    """Return JSON with some parts changed."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        found = list(itertools.islice(places(value), 20_000))
        if not found:
            break
        holder, key = chance.choice(found)
        other_holder, other = chance.choice(found)
        kind = chance.randrange(8)
        if kind <= 2:
            holder[key] = chance.choice(ODD)
        elif kind == 3:
            holder[key] = json.loads(json.dumps(other_holder[other]))
        elif kind == 4:
            del holder[key]
        elif kind == 5 and isinstance(holder, list):
            holder[key:key] = [holder[key]] * chance.choice((1, 2, 50))
        elif kind == 6:
            deep = "[" * 3000 + "]" * 3000
            holder[key] = deep if chance.random() < 0.5 else [[[[[[holder[key]]]]]]]
        elif isinstance(holder[key], (int, float)):
            holder[key] = holder[key] * chance.choice((-1, 0, 2, 1000, 10**7))
    if sum(1 for _ in itertools.islice(places(value), 200_000)) >= 200_000:
        return text
    text = json.dumps(value)
    if chance.random() < 0.02:
        text = text[: chance.randrange(len(text))]
    return "[" * 100_000 if chance.random() < 0.005 else text


def changed_bytes(content, chance):
    """Return content with bytes flipped, lost, added or overwritten."""
    data = bytearray(content)
    kind = chance.randrange(6)
    if kind == 0:
        return bytes(data[: chance.randrange(len(data))])
    for _ in range(chance.choice((1, 2, 10, 100))):
        place = chance.randrange(len(data))
        length = chance.choice((1, 4, 8, 64))
        if kind == 1:
            data[place] ^= 1 << chance.randrange(8)
        elif kind == 2:
            data[place : place + length] = chance.randbytes(length)
        elif kind == 3:
            data[place : place + length] = bytes(length)
        elif kind == 4:
            data[place : place + length] = b"\xff" * length
        else:
            # The beginning holds most of the structure.
            data[place % 4096] = chance.randrange(256)
    return bytes(data)


def members(file):
    """Return all groups and data sets of a file."""
    found = [file]
    file.visititems(lambda name, item: found.append(item))
    return found


def change_structure(path, chance):
    """Change attributes, data sets and links of an HDF5 file."""
    import h5py
    import numpy as np

    with h5py.File(path, "a") as file:
        for _ in range(chance.choice((1, 1, 2, 4))):
            item = chance.choice(members(file))
            names = list(item.attrs)
            if names and chance.random() < 0.6:
                name = chance.choice(names)
                value = item.attrs[name]
                if name.endswith("_config"):
                    item.attrs[name] = changed_json(str(value), chance)
                    continue
                change_attribute(item, name, value, chance)
            elif item.name != "/":
                parent, last = item.parent, item.name.rsplit("/", 1)[-1]
                replace_item(parent, last, item, chance, np, h5py)


def change_attribute(item, name, value, chance):
    """Replace an attribute by one of another kind, order or length."""
    import numpy as np

    kind = chance.randrange(8)
    if kind == 0:
        del item.attrs[name]
    elif kind == 1:
        item.attrs[name] = chance.choice((3, -1.5, "x", b"\xff\xfe", [1, 2], "9.9.9"))
    elif isinstance(value, np.ndarray) and value.size:
        if kind == 2:
            item.attrs[name] = value[::-1]
        elif kind == 3:
            item.attrs[name] = value[:-1]
        elif kind == 4:
            item.attrs[name] = np.concatenate([value, value])[:200]
        elif kind == 5:
            item.attrs[name] = np.array([b"../../x", b"/", b"."])
        else:
            odd = (b"", b"/" * 50, b"\xff\xff", b"missing", b"a/b/c")
            value = np.array(value, dtype="S60")
            value[chance.randrange(len(value))] = chance.choice(odd)
            item.attrs[name] = value


def replace_item(parent, name, item, chance, np, h5py):
    """Replace a group or data set by something else under its name."""
    value = None
    if isinstance(item, h5py.Dataset) and not item.is_virtual and item.chunks is None:
        value = item[()]
    kind = chance.randrange(12)
    del parent[name]
    if kind == 0:
        return
    if kind == 1:
        parent[name] = h5py.ExternalLink("/etc/passwd", "/")
    elif kind == 2:
        parent[name] = h5py.SoftLink(chance.choice(("/", f"/{name}", "/nothing")))
    elif kind == 3:
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource("/etc/hostname", "x", (4,))
        parent.create_virtual_dataset(name, layout)
    elif kind == 4:
        shape = chance.choice(((1 << 34,), (1 << 20, 1 << 20), (0, 5), ()))
        parent.create_dataset(name, shape, "f4", chunks=True if shape else None)
    elif kind == 5:
        parent.create_dataset(name, (1 << 32,), "i1", chunks=(1 << 20,), compression=9)
    elif kind == 6:
        parent.create_group(name)
    elif kind == 7:
        parent[name] = chance.choice(("text", b"bytes", 3, [1, 2, 3]))
    elif kind == 8:
        parent.create_dataset(name, data=h5py.Empty("f4"))
    elif isinstance(value, (np.ndarray, np.generic)):
        if kind == 9:
            parent[name] = value.astype(chance.choice(("i8", "f8", "f2", "c8", "S5")))
        elif kind == 10:
            parent[name] = np.ravel(value) if value.ndim else value[None]
        else:
            parent[name] = np.repeat(value[None], 3, 0)


def change_archive(path, chance):
    """Change the configuration or other entries of a `.keras` archive."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(chance.choice((1, 2))):
        name = chance.choice(sorted(entries))
        if name.endswith(".json") and chance.random() < 0.8:
            text = entries[name].decode("utf-8", "replace")
            entries[name] = changed_json(text, chance).encode()
        elif chance.random() < 0.2:
            entries[f"../{name}"] = entries.pop(name)
        else:
            entries[name] = changed_bytes(entries[name], chance)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def make_archive(path):
    """Save a small model as an archive."""
    import kerasish as keras

    x = keras.Input((4,))
    y = keras.layers.Dense(3)(x) * 2.0
    model = keras.Model(x, keras.layers.BatchNormalization()(y))
    model.compile("adam", "mse")
    model.save(path)


def damage(number, folder):
    """Write the damaged file of a number; return its path and what was done."""
    chance = random.Random(number)
    name, kind = chance.choice(WHOLE), chance.randrange(10)
    if chance.random() < 0.1:
        path = os.path.join(folder, "damaged.keras")
        shutil.copy(os.path.join(folder, "archive.keras"), path)
        name = "archive"
    else:
        path = os.path.join(folder, "damaged.h5")
        shutil.copy(FOLDER / f"{name}.h5", path)
    if kind <= 2:
        with open(path, "rb") as file:
            content = changed_bytes(file.read(), chance)
        with open(path, "wb") as file:
            file.write(content)
        return path, f"bytes of {name}"
    if name == "archive":
        change_archive(path, chance)
        return path, "entries of an archive"
    if kind <= 6:
        import h5py

        with h5py.File(path, "a") as file:
            for attribute in ("model_config", "training_config"):
                if attribute in file.attrs and chance.random() < 0.8:
                    text = changed_json(file.attrs[attribute], chance)
                    del file.attrs[attribute]
                    with contextlib.suppress(OSError, RuntimeError):
                        file.attrs[attribute] = text
        return path, f"configuration of {name}"
    change_structure(path, chance)
    return path, f"structure of {name}"


def too_slow(*_):
    raise Slow


def result_of(path):
    """Load a file; return how that ended, or the traceback of what is not allowed."""
    import kerasish as keras

    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            keras.saving.load_model(path)
        return "loaded"
    except (Exception, Slow) as error:
        cause = error
        while cause is not None:
            if isinstance(cause, MemoryError):
                return "memory: " + traceback.format_exc()
            cause = cause.__cause__
        own = type(error).__module__.startswith("kerasish.")
        if type(error) is ValueError or (own and isinstance(error, ValueError)):
            return type(error).__name__
        return "wrong: " + traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def work(first, last):
    """Load the damaged files of some numbers; print one line of JSON for each."""
    signal.signal(signal.SIGPROF, too_slow)
    with tempfile.TemporaryDirectory() as folder:
        make_archive(os.path.join(folder, "archive.keras"))
        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
        bound = pages * resource.getpagesize() + MOST_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
        for number in range(first, last):
            try:
                path, what = damage(number, folder)
            except (OSError, RuntimeError, LookupError, AttributeError, ValueError):
                # What was damaged already cannot be damaged in every way.
                print(json.dumps(["end", number, "not made"]), flush=True)
                continue
            print(json.dumps(["begin", number, what]), flush=True)
            print(json.dumps(["end", number, result_of(path)]), flush=True)
            os.unlink(path)
            if number % 100 == 0:
                gc.collect()


class Worker:
    """A process that loads the files of some numbers, and begins anew after a crash."""

    def __init__(self, first, last):
        self.next, self.last = first, last
        self.begin()

    def begin(self):
        command = [sys.executable, "-m", "tests.saving.fuzz_h5", "--work"]
        command += [str(self.next), str(self.last)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def line(self):
        """Return the next line, `None` after too long a time."""
        ready, _, _ = select.select([self.process.stdout], [], [], 120)
        return self.process.stdout.readline() if ready else None

    def run(self, count, report):
        """Note how each file ended."""
        what = ""
        while self.next < self.last:
            line = self.line()
            if not line:
                self.process.kill()
                code = self.process.wait()
                report(self.next, what, f"hang or crash, code {code}", count)
                self.next += 1
                if self.next < self.last:
                    self.begin()
                continue
            kind, number, text = json.loads(line)
            if kind == "begin":
                what = text
            else:
                self.next = number + 1
                report(number, what, text, count)
        self.process.kill()
        self.process.wait()


def fuzz(first, count):
    """Load damaged files; return how often each result came, and the bad ones."""
    results, bad = {}, []

    def report(number, what, text, results):
        name = text.splitlines()[0][:60]
        results[name] = results.get(name, 0) + 1
        if text.startswith(("wrong", "hang", "memory")):
            bad.append((number, what, text))
            print(number, what, text, flush=True)

    Worker(first, first + count).run(results, report)
    return results, bad


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--work", nargs=2, type=int)
    options = parser.parse_args()
    if options.work:
        work(*options.work)
        return
    results, bad = fuzz(options.first, options.count)
    print(json.dumps(results, indent=1, sort_keys=True))
    print(f"{options.count} files, {len(bad)} with a bad end")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
