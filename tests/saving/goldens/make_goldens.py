"""Collects the goldens of this folder from files of Keras 2 and lists of its names.

    python make_goldens.py FOLDER_OF_H5_FILES FOLDER_OF_TABLES

The files are those that Keras 2.2.4 and 2.3.1 wrote; the tables give the signatures of
Keras 2.2.4 and tf.keras 2 as `namespace, name, kind, signature` in columns.
"""

import ast
import csv
import json
import re
import sys
from pathlib import Path

import h5py

HERE = Path(__file__).parent
CASES = (
    "k224/cnn2d k224/merges k224/acts k224/gru_variants k224/regcon k231/bidir_td "
    "k231/opt_cnn_bn k231/opt_multi k231/rnn_cells k231/sepconv1d k231/stateful "
    "k224/nested_deep k224/func_multi k231/td_cnn k231/opt_rnn"
).split()
BASE = ["name", "trainable", "dtype", "batch_input_shape"]
FURTHER = {"keras2": BASE, "tfkeras2": [*BASE, "activity_regularizer"]}
# Taken through `**kwargs` by a base class, which a signature does not show.
TAKEN = {"tfkeras2": {"Attention": ["dropout"], "AdditiveAttention": ["dropout"]}}


def arguments(path, dialect, namespace=".layers"):
    """Return the names of the constructor arguments of all classes of a namespace."""
    found = {"**": FURTHER[dialect]}
    for row in csv.DictReader(path.open(), delimiter="\t"):
        if row["kind"] != "class" or not row["namespace"].endswith(namespace):
            continue
        if "." in row["name"]:
            continue
        signature = re.sub(r"<[^>]*>", "None", row["signature"])
        parsed = ast.parse(f"def f{signature}: pass").body[0].args
        names = [item.arg for item in parsed.args + parsed.kwonlyargs]
        names += TAKEN.get(dialect, {}).get(row["name"], [])
        found[row["name"]] = names + (["**"] if parsed.kwarg else [])
    return found


def configs(folder):
    """Return what files of Keras 2 hold about their models."""
    found = {}
    for case in CASES:
        path = folder / f"{case}.h5"
        if not path.exists():
            continue
        with h5py.File(path) as file:
            found[case] = {
                name: json.loads(file.attrs[name])
                for name in ("model_config", "training_config")
                if name in file.attrs
            }
    return found


def main():
    """Write the goldens."""
    tables = Path(sys.argv[2])
    known = {
        "keras2": arguments(tables / "api-keras224.tsv", "keras2"),
        "tfkeras2": arguments(tables / "api-tfkeras2.tsv", "tfkeras2"),
    }
    known["optimizers of keras2"] = arguments(
        tables / "api-keras224.tsv", "keras2", ".optimizers"
    )
    (HERE / "constructor_arguments.json").write_text(json.dumps(known))
    (HERE / "keras2_configs.json").write_text(json.dumps(configs(Path(sys.argv[1]))))


main()
