"""Store which hooks Keras 3 calls, in which order, with which names in the logs.

Run as: python -m tests.callbacks.generate_traces, where Keras 3 on TensorFlow is
installed.
"""

import json
import pathlib
import warnings

import keras

from tests.callbacks.trace_cases import CASES, trace


def main():
    """Write traces.json beside this file."""
    warnings.simplefilter("ignore")
    found = {name: trace(keras, name) for name in CASES}
    rows = [
        f"{json.dumps(name)}: [\n "
        + ",\n ".join(json.dumps(event) for event in events)
        + "\n]"
        for name, events in found.items()
    ]
    text = (
        f'{{\n"version": "{keras.__version__}",\n"traces": {{\n'
        + ",\n".join(rows)
        + "\n}\n}\n"
    )
    path = pathlib.Path(__file__).with_name("traces.json")
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
