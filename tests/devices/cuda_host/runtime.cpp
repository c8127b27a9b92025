// Runs a launch: one after the other the blocks, and the threads of a block as fibers
// that take turns at barriers and exchanges. A fiber goes on until it has to wait, every
// second block in the opposite order, and shared memory starts as NaN: so a forgotten
// barrier or a read of what nobody wrote gives wrong numbers.
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

struct uint3 { unsigned x, y, z; };
extern "C" {
uint3 threadIdx, blockIdx, blockDim, gridDim;
void *host_dynamic_shared;
}

namespace {
const unsigned MOST = 1024, STACK = 128 * 1024;
typedef void (*Body)(void **);

struct Warp {
    unsigned live, waiting, generation;
    unsigned long long values[2][32];
};
struct Fiber {
    jmp_buf state;
    ucontext_t start;
    uint3 index;
    unsigned number, exchanges;
    bool started, finished;
};

Fiber *fibers[MOST];
Warp warps[MOST / 32];
unsigned alive, waiting, generation;
bool progress;
jmp_buf scheduler;
ucontext_t home;
Fiber *current;
Body body;
void **arguments;

// Lets the next fiber run.
void leave() {
    Fiber *self = current;
    if (!_setjmp(self->state)) _longjmp(scheduler, 1);
}

void settle(Warp &warp, unsigned lanes) {
    if (lanes && (warp.waiting & lanes) == lanes) {
        warp.waiting &= ~lanes;
        ++warp.generation;
        progress = true;
    }
}

void finish() {
    Fiber *self = current;
    Warp &warp = warps[self->number / 32];
    self->finished = progress = true;
    warp.live &= ~(1u << self->number % 32);
    settle(warp, warp.live);
    if (--alive && waiting == alive) {
        waiting = 0;
        ++generation;
    }
}

void live_on() {
    for (;;) {
        body(arguments);
        finish();
        leave();
    }
}

void enter(Fiber *fiber) {
    current = fiber;
    threadIdx = fiber->index;
    if (_setjmp(scheduler)) return;
    if (fiber->started) _longjmp(fiber->state, 1);
    fiber->started = true;
    setcontext(&fiber->start);
}

Fiber *fiber_of(unsigned number) {
    Fiber *&fiber = fibers[number];
    if (!fiber) {
        fiber = (Fiber *)calloc(1, sizeof(Fiber));
        fiber->number = number;
        getcontext(&fiber->start);
        fiber->start.uc_stack.ss_sp = malloc(STACK);
        fiber->start.uc_stack.ss_size = STACK;
        fiber->start.uc_link = &home;
        makecontext(&fiber->start, live_on, 0);
    }
    return fiber;
}

uint3 place_of(unsigned number) {
    unsigned row = number / blockDim.x;
    return {number % blockDim.x, row % blockDim.y, row / blockDim.y};
}

// Runs the threads of a block; false if they wait for one another for ever.
bool run_fibers(unsigned count, bool backwards) {
    memset(warps, 0, sizeof(warps));
    alive = count;
    waiting = 0;
    for (unsigned number = 0; number < count; ++number) {
        Fiber *fiber = fiber_of(number);
        fiber->finished = false;
        fiber->exchanges = 0;
        fiber->index = place_of(number);
        warps[number / 32].live |= 1u << number % 32;
    }
    while (alive) {
        progress = false;
        for (unsigned k = 0; k < count; ++k) {
            Fiber *fiber = fibers[backwards ? count - 1 - k : k];
            if (!fiber->finished) enter(fiber);
        }
        if (!progress) {
            // They hang in the middle of a body: they cannot be used again.
            memset(fibers, 0, sizeof(fibers));
            return false;
        }
    }
    return true;
}
}  // namespace

extern "C" void host_block_barrier() {
    unsigned mine = generation;
    progress = true;
    if (++waiting == alive) {
        waiting = 0;
        ++generation;
        return;
    }
    while (generation == mine) leave();
}

extern "C" void host_warp_barrier(unsigned mask) {
    Fiber *self = current;
    Warp &warp = warps[self->number / 32];
    unsigned mine = warp.generation;
    progress = true;
    warp.waiting |= 1u << self->number % 32;
    settle(warp, warp.live & mask);
    while (warp.generation == mine) leave();
}

extern "C" const void *host_exchange(unsigned mask, const void *value, unsigned size) {
    Fiber *self = current;
    Warp &warp = warps[self->number / 32];
    // Two rows by turns: a fast lane may be one exchange ahead.
    unsigned long long *row = warp.values[self->exchanges++ % 2];
    memcpy(row + self->number % 32, value, size);
    host_warp_barrier(mask);
    return row;
}

extern "C" unsigned host_live_lanes() { return warps[current->number / 32].live; }

extern "C" int host_launch(
    Body kernel, void **given, const unsigned *grid, const unsigned *block,
    int cooperative, char *shared, char *shared_end, unsigned long dynamic
) {
    gridDim = {grid[0], grid[1], grid[2]};
    blockDim = {block[0], block[1], block[2]};
    body = kernel;
    arguments = given;
    unsigned count = block[0] * block[1] * block[2];
    if (!count || count > MOST) return 2;
    char *memory = (char *)aligned_alloc(64, (dynamic + 63) / 64 * 64 + 64);
    host_dynamic_shared = memory;
    bool fine = true, backwards = false;
    for (unsigned z = 0; z < grid[2] && fine; ++z)
        for (unsigned y = 0; y < grid[1] && fine; ++y)
            for (unsigned x = 0; x < grid[0] && fine; ++x) {
                blockIdx = {x, y, z};
                if (cooperative) {
                    memset(memory, 0xff, dynamic);
                    if (shared) memset(shared, 0xff, shared_end - shared);
                    fine = run_fibers(count, backwards);
                    backwards = !backwards;
                    continue;
                }
                for (unsigned number = 0; number < count; ++number) {
                    threadIdx = place_of(number);
                    kernel(given);
                }
            }
    free(memory);
    return fine ? 0 : 1;
}

// Floats of 16 bits; rounds to nearest, ties to even.
extern "C" float host_from_half(unsigned short bits) {
    unsigned sign = (bits & 0x8000u) << 16, exponent = bits >> 10 & 31, rest = bits & 1023;
    float value;
    unsigned word;
    if (exponent == 0) {
        value = (float)rest * 5.9604644775390625e-8f;
        memcpy(&word, &value, 4);
    } else {
        word = (exponent == 31 ? 255u : exponent + 112) << 23 | rest << 13;
    }
    word |= sign;
    memcpy(&value, &word, 4);
    return value;
}

extern "C" unsigned short host_to_half(float value) {
    unsigned word;
    memcpy(&word, &value, 4);
    unsigned sign = word >> 16 & 0x8000u;
    word &= 0x7fffffffu;
    if (word > 0x7f800000u) return (unsigned short)(sign | 0x7e00u);
    if (word >= 0x477ff000u) return (unsigned short)(sign | 0x7c00u);
    if (word < 0x38800000u) {
        // Adding a number whose last bit is worth 2^-24 rounds there.
        float size;
        memcpy(&size, &word, 4);
        size += 0.5f;
        memcpy(&word, &size, 4);
        return (unsigned short)(sign | (word - 0x3f000000u));
    }
    word += 0xfffu + (word >> 13 & 1);
    return (unsigned short)(sign | (word - 0x38000000u) >> 13);
}
