"""The host's stand-in for a GPU runs CUDA sources as a GPU would."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend.devices.cupy.cuda import CudaFunction, each
from kerasish.backend.devices.cupy.cuda_text import REDUCTIONS
from tests.devices import cuda_host
from tests.devices.fake_cupy import make_cupy

pytestmark = pytest.mark.skipif(not cuda_host.compiler(), reason=cuda_host.NEEDED)
XP = make_cupy()["cupy"]


def run(source, arrays, grid=1, threads=64, shared=0, variant=None):
    function = CudaFunction("probe", source, [variant or {}], threads)
    given = [XP.asarray(x) if isinstance(x, np.ndarray) else x for x in arrays]
    function.bind(XP, variant or {}, grid, given, shared)()
    return [x.get() for x in given if hasattr(x, "get") and not np.isscalar(x)]


def test_every_thread_runs_once():
    source = """
    extern "C" __global__ void probe(int32* x, int64 n) {
        int64 i = thread_number();
        if (i < n) x[i] += blockIdx.x * 1000 + threadIdx.x;
    }"""
    (found,) = run(source, [np.zeros(150, "int32"), 140], grid=3)
    expected = np.arange(150) // 64 * 1000 + np.arange(150) % 64
    assert (found[:140] == expected[:140]).all() and not found[140:].any()


def test_threads_meet_at_barriers():
    source = """
    extern "C" __global__ void probe(const float* x, float* y) {
        __shared__ float part[THREADS];
        int t = threadIdx.x;
        part[t] = x[blockIdx.x * THREADS + t];
        for (int half = THREADS / 2; half; half /= 2) {
            __syncthreads();
            if (t < half) part[t] += part[t + half];
        }
        if (t == 0) y[blockIdx.x] = part[0];
    }"""
    x = np.random.default_rng(0).standard_normal(3 * 64).astype("float32")
    _, found = run(source, [x, np.zeros(3, "float32")], grid=3)
    np.testing.assert_allclose(found, x.reshape(3, 64).sum(1), rtol=1e-5)


def test_a_forgotten_barrier_gives_wrong_numbers():
    source = """
    extern "C" __global__ void probe(const float* x, float* y) {
        __shared__ float kept[THREADS];
        kept[threadIdx.x] = x[threadIdx.x];
        y[threadIdx.x] = kept[THREADS - 1 - threadIdx.x];
    }"""
    x = np.arange(64, dtype="float32")
    _, found = run(source, [x, np.zeros(64, "float32")])
    assert np.isnan(found).any()


def test_barriers_that_not_all_reach_are_reported():
    source = """
    extern "C" __global__ void probe(float* x) {
        if (threadIdx.x < 3) __syncthreads(); else __syncwarp();
        __syncthreads();
        if (threadIdx.x < 3) __syncthreads(); else while (!__any_sync(-1, 0)) ;
    }"""
    with pytest.raises(RuntimeError, match="wait at different barriers"):
        run(source, [np.zeros(1, "float32")], threads=32)


def test_lanes_exchange_values():
    source = """
    extern "C" __global__ void probe(float* x, double* down, uint32* votes, int32* at) {
        int t = threadIdx.x;
        float v = x[t];
        for (int bits = 16; bits; bits /= 2) v += __shfl_xor_sync(0xffffffffu, v, bits);
        down[t] = __shfl_down_sync(0xffffffffu, (double)t, 3, 16);
        votes[t] = __ballot_sync(0xffffffffu, t % 3 == 0);
        at[t] = __shfl_sync(0xffffffffu, t, 5);
        x[t] = v;
    }"""
    x = np.arange(64, dtype="float32")
    total, down, votes, at = run(
        source,
        [x, np.zeros(64), np.zeros(64, "uint32"), np.zeros(64, "int32")],
    )
    assert (total == np.repeat(x.reshape(2, 32).sum(1), 32)).all()
    lanes = np.arange(64)
    assert (down == np.where(lanes % 16 + 3 < 16, lanes + 3, lanes)).all()
    assert votes[0] == sum(1 << k for k in range(32) if k % 3 == 0)
    assert votes[40] == sum(1 << k for k in range(32) if (k + 32) % 3 == 0)
    assert (at == lanes // 32 * 32 + 5).all()


@pytest.mark.parametrize("threads", [32, 128])
def test_reductions_of_warps_and_blocks(threads):
    source = """
    extern "C" __global__ void probe(const float* x, float* warp, float* sum,
                                     float* most) {
        __shared__ float room[THREADS / 32];
        int t = threadIdx.x;
        warp[t] = warp_reduce<Sum>(x[t]);
        sum[t] = block_reduce<Sum>(x[t], room);
        most[t] = block_reduce<Max>(x[t], room);
    }"""
    x = np.arange(threads, dtype="float32")
    given = [x, *(np.zeros_like(x) for _ in range(3))]
    _, warp, total, most = run(REDUCTIONS + source, given, threads=threads)
    assert (warp == np.repeat(x.reshape(-1, 32).sum(1), 32)).all()
    assert (total == x.sum()).all() and (most == threads - 1).all()


def test_dynamic_shared_memory_and_atomics():
    source = """
    extern "C" __global__ void probe(const int32* x, int32* counts) {
        DYNAMIC_SHARED(int32, bins);
        if (threadIdx.x < 4) bins[threadIdx.x] = 0;
        __syncthreads();
        atomicAdd(&bins[x[thread_number()]], 1);
        __syncthreads();
        if (threadIdx.x < 4) atomicAdd(&counts[threadIdx.x], bins[threadIdx.x]);
    }"""
    x = np.random.default_rng(0).integers(0, 4, 128).astype("int32")
    _, found = run(source, [x, np.zeros(4, "int32")], grid=2, shared=16)
    assert (found == np.bincount(x)).all()


@pytest.mark.parametrize("variant", each(T=("float16", "bfloat16")), ids=str)
def test_short_floats_are_rounded_as_by_numpy(variant):
    import ml_dtypes

    dtype = np.dtype(getattr(ml_dtypes, variant["T"], variant["T"]))
    source = """
    extern "C" __global__ void probe(const T* x, const float* y, T* z, float* w) {
        w[thread_number()] = widen(x[thread_number()]);
        z[thread_number()] = narrow<T>(y[thread_number()]);
    }"""
    every = np.arange(1 << 16, dtype="uint16").view(dtype)
    random = np.random.default_rng(0).integers(0, 1 << 32, 1 << 16, "uint32")
    floats = random.view("float32")
    # Halfway between neighbours, and the edges of what is normal, tiny and finite.
    with np.errstate(all="ignore"):
        wide = every.astype("float32")
        above = (every.view("uint16") + np.uint16(1)).view(dtype).astype("float32")
        floats[::2] = ((wide + above) / 2)[::2]
        expected = floats.astype(dtype)
    given = [every, floats, np.zeros(1 << 16, dtype), np.zeros(1 << 16, "float32")]
    _, _, narrow, wide = run(source, given, grid=1024, variant=variant)
    np.testing.assert_array_equal(wide, every.astype("float32"))
    np.testing.assert_array_equal(narrow.astype("float32"), expected.astype("float32"))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([np.zeros(3, "float32")], "takes 2 arguments"),
        ([np.zeros(3, "float64"), 3], "argument 0 is float32"),
        ([np.zeros(3, "float32"), np.int32(3)], "argument 1 is int64"),
        ([3, 3], "argument 0"),
    ],
)
def test_arguments_are_checked(arguments, message):
    source = 'extern "C" __global__ void probe(float* x, int64 n) {}'
    with pytest.raises(TypeError, match=message):
        run(source, arguments)


def test_what_does_not_compile_is_said():
    with pytest.raises(RuntimeError, match="does not compile(.|\n)*undeclared_name"):
        run('extern "C" __global__ void probe() { undeclared_name(); }', [])
