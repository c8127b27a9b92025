"""CUDA C++ that other sources begin with: data types, and reductions over threads."""

PREAMBLE = r"""
typedef signed char int8;
typedef unsigned char uint8;
typedef short int16;
typedef unsigned short uint16;
typedef int int32;
typedef unsigned int uint32;
typedef long long int64;
typedef unsigned long long uint64;
typedef float float32;
typedef double float64;
struct float16 { uint16 bits; };
struct bfloat16 { uint16 bits; };

template <class T> struct Compute { typedef T type; };
template <> struct Compute<float16> { typedef float type; };
template <> struct Compute<bfloat16> { typedef float type; };

template <class T> __device__ __forceinline__ T widen(T x) { return x; }
__device__ __forceinline__ float widen(float16 x) {
#ifdef __CUDA_ARCH__
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(x.bits));
    return value;
#else
    return host_from_half(x.bits);
#endif
}
__device__ __forceinline__ float widen(bfloat16 x) {
    return __uint_as_float((uint32)x.bits << 16);
}

template <class T> struct Narrow {
    static __device__ __forceinline__ T of(T value) { return value; }
};
template <> struct Narrow<float16> {
    static __device__ __forceinline__ float16 of(float value) {
        float16 x;
#ifdef __CUDA_ARCH__
        asm("cvt.rn.f16.f32 %0, %1;" : "=h"(x.bits) : "f"(value));
#else
        x.bits = host_to_half(value);
#endif
        return x;
    }
};
template <> struct Narrow<bfloat16> {
    static __device__ __forceinline__ bfloat16 of(float value) {
        bfloat16 x;
        uint32 bits = __float_as_uint(value);
        bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
        bits += 0x7fffu + ((bits >> 16) & 1u);
        x.bits = is_nan ? 0x7fffu : (uint16)(bits >> 16);
        return x;
    }
};
template <class T>
__device__ __forceinline__ T narrow(typename Compute<T>::type value) {
    return Narrow<T>::of(value);
}

#ifdef __CUDA_ARCH__
// Shared memory whose size a launch decides.
#define DYNAMIC_SHARED(T, name) extern __shared__ T name[]
#endif

// The number of a thread in a launch of one axis, and how many there are.
__device__ __forceinline__ int64 thread_number() {
    return (int64)blockIdx.x * blockDim.x + threadIdx.x;
}
__device__ __forceinline__ int64 thread_count() {
    return (int64)gridDim.x * blockDim.x;
}
"""

# For sources that combine values: all threads of a warp, or of a block of THREADS on
# one axis, get the result. The order is fixed, so the same values give the same bits.
REDUCTIONS = r"""
struct Sum {
    template <class V> static __device__ __forceinline__ V of(V a, V b) {
        return a + b;
    }
    template <class V> static __device__ __forceinline__ V start() { return (V)-0.0; }
};
struct Max {
    // NaN where either is.
    template <class V> static __device__ __forceinline__ V of(V a, V b) {
        return a > b || a != a ? a : b;
    }
    template <class V> static __device__ __forceinline__ V start() {
        return -(V)__int_as_float(0x7f800000);
    }
};
template <int largest> struct Reduction { typedef Sum type; };
template <> struct Reduction<1> { typedef Max type; };
// All threads of a team, neighbours as many as a power of two up to a warp.
template <int size, class How, class V>
__device__ __forceinline__ V team_reduce(V value) {
    #pragma unroll
    for (int bits = size / 2; bits; bits /= 2)
        value = How::of(value, __shfl_xor_sync(0xffffffffu, value, bits));
    return value;
}
template <class How, class V> __device__ __forceinline__ V warp_reduce(V value) {
    return team_reduce<32, How>(value);
}
// `room` is shared memory for THREADS / 32 values.
template <class How, class V>
__device__ __forceinline__ V block_reduce(V value, V* room) {
    value = warp_reduce<How>(value);
    __syncthreads();
    if (threadIdx.x % 32 == 0) room[threadIdx.x / 32] = value;
    __syncthreads();
    value = room[0];
    for (int warp = 1; warp < THREADS / 32; ++warp)
        value = How::of(value, room[warp]);
    return value;
}
"""
