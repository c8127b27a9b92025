// The CUDA built-ins that kernels use, for a C++ compiler of the host.
// One thread of the host plays all threads; see runtime.cpp.
#pragma once

#define __global__
#define __device__
#define __host__
#define __noinline__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
#define __constant__ static
// All shared variables lie in one section, which is filled with NaN before each block.
#define __shared__ static __attribute__((section("cuda_shared")))

struct uint3 { unsigned x, y, z; };
typedef uint3 dim3;
#define HOST_VECTOR(T, name, bytes)                                                  \
    struct alignas(2 * bytes) name##2 { T x, y; };                                   \
    struct alignas(4 * bytes > 16 ? 16 : 4 * bytes) name##4 { T x, y, z, w; };       \
    inline name##2 make_##name##2(T x, T y) { return {x, y}; }                       \
    inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
HOST_VECTOR(float, float, 4)
HOST_VECTOR(int, int, 4)
HOST_VECTOR(unsigned, uint, 4)
HOST_VECTOR(double, double, 8)

extern "C" {
extern uint3 threadIdx, blockIdx, blockDim, gridDim;
extern void *host_dynamic_shared;
void host_block_barrier();
void host_warp_barrier(unsigned mask);
// Gives a value to the warp and returns the values of all lanes, 8 bytes each.
const void *host_exchange(unsigned mask, const void *value, unsigned size);
float host_from_half(unsigned short bits);
unsigned short host_to_half(float value);
unsigned host_live_lanes();
}
#define warpSize 32
#define __syncthreads() host_block_barrier()
#define __threadfence()
#define __threadfence_block()
// Shared memory whose size a launch decides.
#define DYNAMIC_SHARED(T, name) T *name = (T *)host_dynamic_shared

inline void __syncwarp(unsigned mask = 0xffffffffu) { host_warp_barrier(mask); }
inline unsigned host_lane() {
    return (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % 32;
}
template <class T> T host_shuffle(unsigned mask, T value, int lane, int width) {
    int self = host_lane(), first = self / width * width;
    const char *all = (const char *)host_exchange(mask, &value, sizeof(T));
    bool inside = lane >= first && lane < first + width;
    T result;
    __builtin_memcpy(&result, all + 8 * (inside ? lane : self), sizeof(T));
    return result;
}
template <class T> T __shfl_sync(unsigned m, T v, int lane, int width = 32) {
    return host_shuffle(m, v, (int)host_lane() / width * width + lane % width, width);
}
template <class T> T __shfl_xor_sync(unsigned m, T v, int bits, int width = 32) {
    return host_shuffle(m, v, (int)host_lane() ^ bits, width);
}
template <class T> T __shfl_down_sync(unsigned m, T v, int by, int width = 32) {
    return host_shuffle(m, v, (int)host_lane() + by, width);
}
template <class T> T __shfl_up_sync(unsigned m, T v, int by, int width = 32) {
    return host_shuffle(m, v, (int)host_lane() - by, width);
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
    int flag = predicate != 0;
    const char *all = (const char *)host_exchange(mask, &flag, sizeof(flag));
    unsigned result = 0, lanes = host_live_lanes() & mask;
    for (unsigned lane = 0; lane < 32; ++lane)
        if (lanes >> lane & 1 && *(const int *)(all + 8 * lane)) result |= 1u << lane;
    return result;
}
inline int __any_sync(unsigned mask, int p) { return __ballot_sync(mask, p) != 0; }
inline int __all_sync(unsigned mask, int p) { return __ballot_sync(mask, !p) == 0; }

#define HOST_ATOMIC(name, expression)                                                \
    template <class T> T name(T *place, T value) {                                   \
        T old = *place;                                                              \
        *place = expression;                                                         \
        return old;                                                                  \
    }
HOST_ATOMIC(atomicAdd, old + value)
HOST_ATOMIC(atomicMax, old > value ? old : value)
HOST_ATOMIC(atomicMin, old < value ? old : value)
HOST_ATOMIC(atomicOr, old | value)
HOST_ATOMIC(atomicExch, value)
template <class T> T atomicCAS(T *place, T expected, T value) {
    T old = *place;
    if (old == expected) *place = value;
    return old;
}

template <class To, class From> To host_bits(From value) {
    static_assert(sizeof(To) == sizeof(From), "sizes differ");
    To result;
    __builtin_memcpy(&result, &value, sizeof(To));
    return result;
}
inline float __int_as_float(int x) { return host_bits<float>(x); }
inline float __uint_as_float(unsigned x) { return host_bits<float>(x); }
inline int __float_as_int(float x) { return host_bits<int>(x); }
inline unsigned __float_as_uint(float x) { return host_bits<unsigned>(x); }
inline double __longlong_as_double(long long x) { return host_bits<double>(x); }
inline long long __double_as_longlong(double x) { return host_bits<long long>(x); }

inline unsigned __umulhi(unsigned a, unsigned b) {
    return (unsigned)((unsigned long long)a * b >> 32);
}
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned long long)((unsigned __int128)a * b >> 64);
}
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __clz(int x) { return x ? __builtin_clz(x) : 32; }
template <class T> T __ldg(const T *place) { return *place; }

extern "C" {
#define HOST_MATH1(name) double name(double) noexcept; float name##f(float) noexcept;
#define HOST_MATH2(name)                                                             \
    double name(double, double) noexcept;                                            \
    float name##f(float, float) noexcept;
HOST_MATH1(exp) HOST_MATH1(exp2) HOST_MATH1(expm1) HOST_MATH1(log) HOST_MATH1(log2)
HOST_MATH1(log10) HOST_MATH1(log1p) HOST_MATH1(sqrt) HOST_MATH1(cbrt) HOST_MATH1(sin)
HOST_MATH1(cos) HOST_MATH1(tan) HOST_MATH1(asin) HOST_MATH1(acos) HOST_MATH1(atan)
HOST_MATH1(sinh) HOST_MATH1(cosh) HOST_MATH1(tanh) HOST_MATH1(asinh) HOST_MATH1(acosh)
HOST_MATH1(atanh) HOST_MATH1(erf) HOST_MATH1(erfc) HOST_MATH1(lgamma)
HOST_MATH1(tgamma) HOST_MATH1(floor) HOST_MATH1(ceil) HOST_MATH1(trunc)
HOST_MATH1(rint) HOST_MATH1(round) HOST_MATH1(fabs)
HOST_MATH2(pow) HOST_MATH2(atan2) HOST_MATH2(fmod) HOST_MATH2(fmin) HOST_MATH2(fmax)
HOST_MATH2(hypot) HOST_MATH2(copysign) HOST_MATH2(nextafter)
double fma(double, double, double) noexcept;
float fmaf(float, float, float) noexcept;
}
inline double erfinv(double y) {
    // Winitzki's approximation, then Newton's method.
    if (!(y > -1.0 && y < 1.0)) return fabs(y) == 1.0 ? y / 0.0 : __builtin_nan("");
    double w = log1p(-y * y), half = 4.330746750799873 + w / 2;
    double x = copysign(sqrt(sqrt(half * half - w * 6.802721088435374) - half), y);
    for (int step = 0; step < 4; ++step)
        x -= (erf(x) - y) * 0.886226925452758 * exp(x * x);
    return x;
}
inline float erfinvf(float y) { return (float)erfinv(y); }
inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
inline double rsqrt(double x) { return 1.0 / sqrt(x); }
inline float __expf(float x) { return expf(x); }
inline float __logf(float x) { return logf(x); }
inline float __fdividef(float x, float y) { return x / y; }
template <class T> inline bool isnan(T x) { return __builtin_isnan(x); }
template <class T> inline bool isinf(T x) { return __builtin_isinf(x); }
template <class T> inline bool isfinite(T x) { return __builtin_isfinite(x); }
template <class T> inline bool signbit(T x) { return __builtin_signbit(x); }
template <class T> inline T min(T a, T b) { return b < a ? b : a; }
template <class T> inline T max(T a, T b) { return a < b ? b : a; }

// How arguments are unpacked, and the types that they must have.
template <int... I> struct HostPlaces {};
template <int N, int... I> struct HostCount : HostCount<N - 1, N - 1, I...> {};
template <int... I> struct HostCount<0, I...> { typedef HostPlaces<I...> type; };
template <class... A, int... I>
void host_call(void (*kernel)(A...), void **arguments, HostPlaces<I...>) {
    kernel(*(A *)arguments[I]...);
}
template <class... A> void host_call(void (*kernel)(A...), void **arguments) {
    host_call(kernel, arguments, typename HostCount<sizeof...(A)>::type());
}
struct float16;
struct bfloat16;
template <class T> struct HostName { static constexpr const char *text = "other"; };
#define HOST_NAME(T, word)                                                           \
    template <> struct HostName<T> { static constexpr const char *text = word; };
HOST_NAME(bool, "bool") HOST_NAME(void, "any") HOST_NAME(char, "any")
HOST_NAME(signed char, "int8") HOST_NAME(unsigned char, "uint8")
HOST_NAME(short, "int16") HOST_NAME(unsigned short, "uint16")
HOST_NAME(int, "int32") HOST_NAME(unsigned, "uint32")
HOST_NAME(long, "int64") HOST_NAME(unsigned long, "uint64")
HOST_NAME(long long, "int64") HOST_NAME(unsigned long long, "uint64")
HOST_NAME(float, "float32") HOST_NAME(double, "float64")
HOST_NAME(float16, "float16") HOST_NAME(bfloat16, "bfloat16")
template <class T> struct HostName<const T> : HostName<T> {};
template <class T> struct HostParameter {
    static constexpr const char *text = HostName<T>::text;
    static constexpr bool pointer = false;
    static constexpr bool constant = false;
};
template <class T> struct HostParameter<T *> {
    static constexpr const char *text = HostName<T>::text;
    static constexpr bool pointer = true;
    static constexpr bool constant = false;
};
template <class T> struct HostParameter<const T *> : HostParameter<T *> {
    static constexpr bool constant = true;
};
template <class... A> const char *host_describe(void (*)(A...), unsigned place) {
    static const char *names[] = {HostParameter<A>::text..., nullptr};
    return names[place];
}
template <class... A> unsigned host_is_pointer(void (*)(A...), unsigned place) {
    static const bool flags[] = {HostParameter<A>::pointer..., false};
    return flags[place];
}
extern "C" char __start_cuda_shared[] __attribute__((weak, visibility("hidden")));
extern "C" char __stop_cuda_shared[] __attribute__((weak, visibility("hidden")));
#define HOST_EXPORT(kernel)                                                          \
    extern "C" void host_body(void **arguments) { host_call(kernel, arguments); }    \
    extern "C" const char *host_type(unsigned place) {                               \
        return host_describe(kernel, place);                                         \
    }                                                                                \
    extern "C" unsigned host_pointer(unsigned place) {                               \
        return host_is_pointer(kernel, place);                                       \
    }                                                                                \
    extern "C" char *host_shared(int end) {                                          \
        return end ? __stop_cuda_shared : __start_cuda_shared;                       \
    }
