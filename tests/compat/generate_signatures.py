"""Write the signatures of the public names of Keras 3 into signatures.json.

Run as: python -m tests.compat.generate_signatures api-keras3.tsv, a table with the
columns `namespace`, `name`, `kind` and `signature`. Layers and ops have files of their
own.
"""

import csv
import json
import pathlib
import sys

NAMESPACES = (
    "",
    "activations",
    "callbacks",
    "config",
    "constraints",
    "dtype_policies",
    "initializers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "optimizers",
    "optimizers.schedules",
    "random",
    "regularizers",
    "saving",
    "tree",
    "utils",
    "visualization",
    "wrappers",
)
KINDS = ("class", "function", "method")


def signatures(path):
    """Returns namespace -> name -> signature."""
    found = {namespace: {} for namespace in NAMESPACES}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            namespace = row["namespace"].removeprefix("keras").lstrip(".")
            known = namespace in found and row["kind"] in KINDS
            # What lies in memory somewhere, as defaults of other packages do.
            if known and row["signature"] and "<" not in row["signature"]:
                found[namespace][row["name"]] = row["signature"]
    return found


def main():
    """Write the file."""
    text = json.dumps(signatures(sys.argv[1]), indent=0, sort_keys=True)
    path = pathlib.Path(__file__).with_name("signatures.json")
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
