"""Every CUDA function compiles for every architecture, and hot ones do not spill."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from kerasish.backend.devices import cupy as own_kernels
from kerasish.backend.devices.cupy import cuda
from kerasish.backend.devices.cupy.fused_source import Layout, fused_function
from kerasish.backend.graph.fused import Output, Program, Step
from tests.devices import nvrtc
from tests.devices.test_cuda_fused import DTYPES, program_of
from tests.devices.workloads import WORKLOADS, train

pytestmark = pytest.mark.skipif(
    nvrtc.library() is None, reason="needs NVRTC: pip install 'kerasish[nvrtc]'"
)
ARCHITECTURES = ("sm_75", "sm_80", "sm_90", "sm_120")
# What CuPy adds to the options that it is given.
OPTIONS = (*cuda.OPTIONS, "--device-as-default-execution-space", "-ftz=true")
SHARED_MEMORY = 48 * 1024
for module in pkgutil.iter_modules(own_kernels.__path__):
    importlib.import_module(f"{own_kernels.__name__}.{module.name}")
CASES = [
    pytest.param(function, variant, id=f"{function.name}-{variant}")
    for function in cuda.every_function()
    for variant in function.variants
]


def usage_of(function, variant, architecture):
    cubin = nvrtc.compiled(function.text(variant), architecture, OPTIONS)
    return nvrtc.usage(cubin, function.name)


def check(function, variant):
    for architecture in ARCHITECTURES:
        usage = usage_of(function, variant, architecture)
        assert 0 < usage.registers <= 65536 // function.threads, architecture
        assert usage.shared <= SHARED_MEMORY, architecture
        # In double precision arithmetic takes longer than memory, spilled or not.
        if function.hot and "float64" not in variant.values():
            assert usage.stack == 0, f"{architecture} spills {usage.stack} bytes"


@pytest.mark.parametrize("function, variant", CASES)
def test_declared_functions(function, variant):
    check(function, variant)


def adam(dtype):
    """The update of a weight and its moments, a program of one hot group."""
    steps, x = [], [("input", k) for k in range(5)]

    def step(name, *arguments):
        given = [("literal", a) if isinstance(a, float) else a for a in arguments]
        steps.append(Step(name, tuple(given), dtype))
        return "step", len(steps) - 1

    weight, gradient, first, second, rate = x
    first = step("add", first, step("multiply", step("subtract", gradient, first), 0.1))
    square = step("multiply", gradient, gradient)
    change = step("multiply", step("subtract", square, second), 0.001)
    second = step("add", second, change)
    size = step("add", step("sqrt", second), 1e-7)
    change = step("true_divide", step("multiply", rate, first), size)
    weight = step("subtract", weight, change)
    outputs = [Output(place) for _, place in (weight, first, second)]
    return Program((dtype,) * 5, steps, outputs)


def crossing(dtype, name):
    """A reduction of a smooth activation, and the activation itself."""
    steps = [
        Step("multiply", (("input", 0), ("input", 1)), dtype),
        Step("tanh", (("step", 0),), dtype),
        Step("exp", (("step", 1),), dtype),
    ]
    axes = {"sum": (0,), "max": (1,)}[name]
    return Program((dtype, dtype), steps, [Output(1), Output(2, name, axes)])


HOT = [
    *(
        pytest.param(
            adam(dtype),
            Layout(
                ("1",) * 4 + ("0",) + ("1",) * 3, width=width, index=index, many=many
            ),
        )
        for dtype, width in (("float32", 4), ("float16", 8), ("float64", 2))
        for index, many in (("int32", False), ("int64", True))
    ),
    *(
        pytest.param(
            crossing(dtype, name),
            Layout(("s1", "01", "s1", "00"), reduced, width, team, pieces, index),
        )
        for dtype, width in (("float32", 4), ("bfloat16", 8), ("float64", 2))
        for name, reduced, team in (("sum", 1, 32), ("max", -1, 32), ("max", -1, 256))
        for pieces, index in ((False, "int32"), (True, "int64"))
    ),
]


@pytest.mark.parametrize("program, layout", HOT)
def test_fused_groups(program, layout):
    function = fused_function(program, layout)
    assert function.hot
    check(function, {})


@pytest.mark.parametrize("dtype", sorted(DTYPES))
def test_every_function_of_every_type(dtype):
    program, _ = program_of(dtype)
    moves = ("1",) * (len(program.dtypes) + len(program.outputs))
    function = fused_function(program, Layout(moves))
    for architecture in ARCHITECTURES:
        assert usage_of(function, {}, architecture).registers > 0


@pytest.mark.parametrize("name", sorted(WORKLOADS))
def test_whatever_training_generates(strict_cupy, monkeypatch, name):
    used = {}
    bind = cuda.CudaFunction.bind

    def noted(self, xp, variant, *rest, **named):
        used[self.text(variant)] = self
        return bind(self, xp, variant, *rest, **named)

    monkeypatch.setattr(cuda.CudaFunction, "bind", noted)
    train(name, steps=2)
    assert sum(function.name == "fused" for function in used.values()) > 5
    for text, function in used.items():
        for architecture in ARCHITECTURES:
            cubin = nvrtc.compiled(text, architecture, OPTIONS)
            assert not (function.hot and nvrtc.usage(cubin, function.name).stack)


def test_spilled_registers_and_shared_memory_are_seen():
    lines = "\n".join(
        f"v[{k}] = v[{k}] * v[{(k + 7) % 64}] + room[{k}];" for k in range(64)
    )
    source = f"""
    extern "C" __global__ void __launch_bounds__(1024, 2) probe(float* x, int n) {{
        __shared__ float room[80];
        float v[64];
        #pragma unroll
        for (int k = 0; k < 64; ++k) v[k] = x[threadIdx.x + k * n];
        room[threadIdx.x % 80] = v[3];
        __syncthreads();
        for (int turn = 0; turn < n; ++turn) {{ {lines} }}
        #pragma unroll
        for (int k = 0; k < 64; ++k) x[threadIdx.x + k * n] = v[k];
    }}"""
    usage = nvrtc.usage(nvrtc.compiled(source, "sm_80", ()), "probe")
    assert usage.registers == 32 and usage.stack > 0 and usage.shared == 320


def test_what_does_not_compile_is_said():
    with pytest.raises(RuntimeError, match="undeclared_name"):
        nvrtc.compiled("__global__ void f() { undeclared_name(); }", "sm_80", ())
