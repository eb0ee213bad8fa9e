#pragma once

/// Before a function of plain loops over integers or doubles: compiled once more for AVX2 and
/// AVX-512 machines, chosen when the program starts. All of them give the same bits: nothing in the
/// codec adds doubles in another order, and contraction is off. Not under sanitizers, whose run
/// time is not up when the choice is made.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WAYSIDE_CPU_CLONES \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define WAYSIDE_CPU_CLONES
#endif
