"""Pages that are asked for ahead: arrays keep what they hold, and memory is there."""

import mmap
import sys

import numpy as np
import pytest

from kerasish.backend.devices import threads
from kerasish.backend.devices.paging import ask_for_pages

LARGE = 1 << 26


@pytest.fixture(autouse=True)
def several_threads(monkeypatch):
    monkeypatch.setattr(threads, "num_threads", lambda: 2)


def resident():
    """Bytes of memory that this process has."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * mmap.PAGESIZE


@pytest.mark.skipif(sys.platform != "linux", reason="a call of Linux")
def test_arrays_keep_what_they_hold():
    array = np.arange(LARGE // 8)
    for part in (array, array[3:-5]):
        ask_for_pages(part).join()
        np.testing.assert_array_equal(array, np.arange(LARGE // 8))


@pytest.mark.skipif(sys.platform != "linux", reason="a call of Linux")
def test_memory_is_there_before_it_is_written_to():
    before = resident()
    array = np.empty(LARGE, np.uint8)
    ask_for_pages(array).join()
    grown = resident() - before
    array[:] = 1
    # Systems before Linux 5.14 do not know the call.
    assert grown > 0.9 * LARGE or grown < 0.1 * LARGE
    assert resident() - before < 1.2 * LARGE


def test_small_arrays_and_a_single_thread_do_without(monkeypatch):
    assert ask_for_pages(np.empty(1000)) is None
    monkeypatch.setattr(threads, "num_threads", lambda: 1)
    assert ask_for_pages(np.empty(LARGE, np.uint8)) is None
