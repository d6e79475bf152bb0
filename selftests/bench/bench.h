/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Benchmarks: cases of the test harness whose result is a number.
 *
 *	BENCH(hypercall)
 *	{
 *		return ...;
 *	}
 *
 * prints "# bench hypercall 1306.0". What it means, its unit and what it may be in
 * proportion to KVM's stand in tools/host/bench.tab.
 *
 * Times are in nanoseconds, from the counter; where the machine that runs the host
 * counts instructions as time, they are instructions. What each benchmark gives is the
 * lower quartile of many samples: ticks of the host's timer hit few of them, and on a
 * machine that has other work to do a quarter still goes undisturbed.
 */
#ifndef SELFTESTS_BENCH_H
#define SELFTESTS_BENCH_H

#include "bench_abi.h"
#include "vm.h"

#define BENCH_FLAGS(id, flags)						\
	static double bench_##id(void);					\
	TEST_FLAGS(id, flags)						\
	{								\
		bench_print(#id, bench_##id());				\
	}								\
	static double bench_##id(void)

#define BENCH(id)	BENCH_FLAGS(id, 0)

void bench_print(const char *name, double value);

/* Ticks of the counter, here and in the guest (bench_zero_offset()). */
double ticks_to_ns(u64 ticks);
u64 ns_to_ticks(u64 ns);

/* The lower quartile of BENCH_SAMPLES samples, in ns; sorts them. */
double bench_quartile(u64 *samples);
/* The middle, where a quarter of the samples has something that the others have not. */
double bench_median(u64 *samples);
/* ... of those that a guest has taken, of @ops operations each, in ns for one. */
double bench_result(const struct vm *vm, u64 ops);
/* The same for the guest function that was called: run it to its end. */
double bench_run(struct vcpu *vcpu, u64 ops);
/* ... which has nothing but MMIO that user space serves on its way. */
double bench_run_mmio(struct vcpu *vcpu, u64 ops);

/* A guest whose counter is the host's, for times from here to there. */
void bench_zero_offset(const struct vm *vm);

/* Which CPU has the guest, and which one what acts on it from outside. */
#define GUEST_CPU	1
#define OTHER_CPU	0

#endif
