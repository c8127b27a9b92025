"""Writes `layer_signatures.json`: the layers of Keras and how they are made.

Run it with the tables of the public names of Keras 3, tf.keras 2 and Keras 2.2.4, in
this order (columns `namespace`, `name`, `kind`, `signature`):

    python -m tests.compat.generate_layer_signatures KERAS3 TFKERAS2 KERAS224
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

NAMESPACES = ("keras.layers", "tf_keras.layers")


def signatures(paths: list[str]) -> dict[str, str]:
    """Return the signature of each class, that of the first table that has it."""
    found: dict[str, str] = {}
    for path in paths:
        with Path(path).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                listed = row["namespace"] in NAMESPACES and row["kind"] == "class"
                if listed and "." not in row["name"]:
                    found.setdefault(row["name"], row["signature"])
    return dict(sorted(found.items()))


def main() -> None:
    """Write the file."""
    path = Path(__file__).parent / "layer_signatures.json"
    text = json.dumps(signatures(sys.argv[1:]), indent=0)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
