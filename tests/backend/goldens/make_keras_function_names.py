"""Store the names and signatures of Keras 2's and Keras 3's backend functions.

Run `python make_keras_function_names.py FOLDER`, where the folder holds the tables
`api-keras224.tsv`, `api-tfkeras2.tsv` and `api-keras3.tsv`, with the columns
namespace, name, kind and signature.
"""

import csv
import json
import pathlib
import sys

SOURCES = (
    ("keras2", "api-keras224.tsv", "keras.backend"),
    ("tf_keras", "api-tfkeras2.tsv", "tf_keras.backend"),
    ("keras3", "api-keras3.tsv", "keras.backend"),
)


def main(folder):
    table = {}
    for label, file_name, namespace in SOURCES:
        text = (pathlib.Path(folder) / file_name).read_text().splitlines()
        for row in csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["namespace"] == namespace and "." not in row["name"]:
                entry = table.setdefault(row["name"], {})
                entry[label] = row["signature"] if row["kind"] != "alias" else ""
    path = pathlib.Path(__file__).with_name("keras_function_names.json")
    lines = (f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(table.items()))
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(sys.argv[1])
