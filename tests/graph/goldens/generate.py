"""Makes the stored results with TensorFlow.

Run from the root with TF_USE_LEGACY_KERAS=1, which the recurrent cells need:
`python -m tests.graph.goldens.generate`.
"""

from pathlib import Path

import numpy as np
import tensorflow.compat.v1 as tf

from tests.graph.expression_cases import EXPRESSIONS
from tests.graph.golden_cases import CASES
from tests.graph.running import run_case, run_expression

FOLDER = Path(__file__).parent


def main():
    tf.disable_v2_behavior()
    programs = {
        f"{name}/{key}": value
        for name, case in CASES.items()
        for key, value in run_case(tf, case).items()
    }
    np.savez_compressed(FOLDER / "programs.npz", **programs)
    expressions = {name: run_expression(tf, make) for name, make in EXPRESSIONS.items()}
    np.savez_compressed(FOLDER / "expressions.npz", **expressions)


if __name__ == "__main__":
    main()
