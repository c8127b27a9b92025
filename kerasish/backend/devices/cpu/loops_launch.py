"""Runs compiled loops, on the threads that oneDNN uses too."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices.cpu import openmp
from kerasish.backend.devices.cpu.loops_engine import Engine

HEADER = 5
# The block: the function, the size of the first axis, the number of pieces, and the
# functions that tell the number of this thread and of all.
_SOURCE = """
define void @{name}(ptr %block) nounwind {{
entry:
  %p1 = getelementptr i64, ptr %block, i64 1
  %p2 = getelementptr i64, ptr %block, i64 2
  %p3 = getelementptr i64, ptr %block, i64 3
  %p4 = getelementptr i64, ptr %block, i64 4
  %data = getelementptr i64, ptr %block, i64 5
  %function = load ptr, ptr %block, align 8
  %size = load i64, ptr %p1, align 8
  %pieces = load i64, ptr %p2, align 8
  {who}
  %from.n = mul i64 %pieces, %me
  %from = sdiv i64 %from.n, %all
  %next = add i64 %me, 1
  %to.n = mul i64 %pieces, %next
  %to = sdiv i64 %to.n, %all
  br label %head
head:
  %i = phi i64 [ %from, %entry ], [ %i.next, %body ]
  %more = icmp slt i64 %i, %to
  br i1 %more, label %body, label %exit
body:
  %i.next = add i64 %i, 1
  %start.n = mul i64 %size, %i
  %start = sdiv i64 %start.n, %pieces
  %stop.n = mul i64 %size, %i.next
  %stop = sdiv i64 %stop.n, %pieces
  call void %function(ptr %data, i64 %start, i64 %stop, i64 %i)
  br label %head
exit:
  ret void
}}
"""
_ALONE = "%me = add i64 0, 0\n  %all = add i64 0, 1"
_TOGETHER = """%me.f = load ptr, ptr %p3, align 8
  %all.f = load ptr, ptr %p4, align 8
  %me.i = call i32 %me.f()
  %all.i = call i32 %all.f()
  %me = sext i32 %me.i to i64
  %all = sext i32 %all.i to i64"""


class Launcher:
    """Calls loops alone or on several threads.

    Args:
        engine: The compiler.
    """

    def __init__(self, engine: Engine) -> None:
        self.alone = engine.function(_SOURCE.format(name="alone", who=_ALONE), "alone")
        self.together = engine.function(
            _SOURCE.format(name="team", who=_TOGETHER), "team"
        )
        self._call = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self.alone)
        pool = openmp.library()
        self._parallel = pool and pool.GOMP_parallel
        self.helpers = (0, 0)
        if pool is not None:
            self.helpers = tuple(
                map(openmp.address, ("omp_get_thread_num", "omp_get_num_threads"))
            )

    def bind(
        self, function: int, size: int, pieces: int, data: list[int], threads: int
    ) -> Callable[[], Any]:
        """Return the call that runs a loop.

        Args:
            function: The address of the loop.
            size: The size of the first axis.
            pieces: Into how many pieces it is cut.
            data: The words of the loop's argument block.
            threads: How many threads share the pieces.
        """
        block = np.array([function, size, pieces, *self.helpers, *data], np.int64)
        address = ctypes.c_void_p(block.ctypes.data)
        if threads > 1 and self._parallel is not None:
            call = partial(self._parallel, self.together, address, threads, 0)
        else:
            call = partial(self._call, address)
        call.block = block
        return call
