"""Store what Keras 3 on TensorFlow gives for the generative programs.

Run as: python -m tests.programs.generate_generative
"""

import json
import pathlib

import keras
import tensorflow as tf

from tests.programs.generative_programs import PROGRAMS, run


def main():
    """Write generative.json beside this file."""
    found = {name: run(keras, tf.GradientTape, name) for name in PROGRAMS}
    text = json.dumps({"version": keras.__version__, "results": found}, indent=1)
    path = pathlib.Path(__file__).with_name("generative.json")
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
