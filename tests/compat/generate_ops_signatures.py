"""Store the signatures of `keras.ops` and `keras.random` from a table of Keras's API.

Run `python generate_ops_signatures.py TABLE`, where the lines of the table hold
namespace, name, kind and signature, parted by tabs.
"""

import json
import pathlib
import sys


def main(path):
    found = {}
    for line in pathlib.Path(path).read_text().splitlines():
        namespace, name, kind, signature, *_ = line.split("\t")
        ours = namespace == "keras.random" or namespace.split(".")[:2] == [
            "keras",
            "ops",
        ]
        if ours and kind in ("function", "class") and "." not in name:
            found.setdefault(namespace, {})[name] = signature
    lines = [
        f"{json.dumps(namespace)}: {{\n"
        + ",\n".join(
            f"{json.dumps(n)}: {json.dumps(s)}" for n, s in sorted(names.items())
        )
        + "\n}"
        for namespace, names in sorted(found.items())
    ]
    target = pathlib.Path(__file__).with_name("ops_signatures.json")
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(sys.argv[1])
