"""Write the public names of each namespace of Keras into names.json.

Run as: python -m tests.compat.generate_names FOLDER, which holds tables with the
columns `namespace` and `name`: api-keras3.tsv, api-tfkeras2.tsv, api-keras224.tsv.
"""

import csv
import json
import pathlib
import sys

TABLES = {"keras3": "keras", "tfkeras2": "tf_keras", "keras224": "keras"}
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
    "optimizers.legacy",
    "optimizers.schedules",
    "random",
    "regularizers",
    "saving",
    "tree",
    "utils",
    "visualization",
    "wrappers",
)


def names(path, root):
    """Returns namespace -> the sorted names in it, without those of methods."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = {}
    for row in rows:
        namespace = row["namespace"].removeprefix(root).lstrip(".")
        if namespace in NAMESPACES and "." not in row["name"]:
            found.setdefault(namespace, set()).add(row["name"])
    return {namespace: sorted(found[namespace]) for namespace in sorted(found)}


def main():
    folder = pathlib.Path(sys.argv[1])
    all_names = {
        version: names(folder / f"api-{version}.tsv", root)
        for version, root in TABLES.items()
    }
    target = pathlib.Path(__file__).with_name("names.json")
    target.write_text(json.dumps(all_names, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
