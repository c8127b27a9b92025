"""Store Keras 3's type promotion table: `python make_result_type.py` where Keras is.

Writes `result_type.json`: for each default float type a table from `"a b"` (names; a
leading `py:` marks Python's own types; one name alone is a single argument) to the name
of the result.
"""

import itertools
import json
import pathlib

import keras
from keras import backend

WIDTHS = ("8", "16", "32", "64")
STRONG = [
    "bool",
    *("uint" + width for width in WIDTHS),
    *("int" + width for width in WIDTHS),
    "bfloat16",
    *("float" + width for width in WIDTHS[1:]),
    "complex64",
    "complex128",
]
PYTHON = {"py:bool": bool, "py:int": int, "py:float": float, "py:complex": complex}
TRIPLES = (
    "bool",
    "uint8",
    "int8",
    "int64",
    "float16",
    "bfloat16",
    "py:int",
    "py:float",
)


def main() -> None:
    table = {}
    names = STRONG + list(PYTHON)
    groups = [(name,) for name in names]
    groups += itertools.combinations_with_replacement(names, 2)
    groups += itertools.combinations(TRIPLES, 3)
    for default in ("float32", "float16", "float64"):
        keras.config.set_floatx(default)
        table[default] = {
            " ".join(group): backend.result_type(*(PYTHON.get(n, n) for n in group))
            for group in groups
        }
    path = pathlib.Path(__file__).with_name("result_type.json")
    path.write_text(json.dumps(table, indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
