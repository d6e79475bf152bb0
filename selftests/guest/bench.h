/* SPDX-License-Identifier: GPL-2.0 */
/* Measuring in the guest, by its virtual counter. */
#ifndef SELFTESTS_GUEST_BENCH_H
#define SELFTESTS_GUEST_BENCH_H

#include "bench_abi.h"
#include "guest.h"

/* Ticks that each sample took; the host makes of them what it prints. */
extern u64 bench_samples[BENCH_SAMPLES];

/* The ISB keeps the read where it stands (DDI 0487 D12.1.2). */
static inline u64 ticks(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

static inline void delay(u64 nr_ticks)
{
	const u64 start = ticks();

	while (ticks() - start < nr_ticks)
		;
}

/* All samples, each of @n times @statement. */
#define BENCH_LOOP(n, statement)					\
	do {								\
		unsigned int __s;					\
									\
		for (__s = 0; __s < BENCH_SAMPLES; __s++) {		\
			const u64 __start = ticks();			\
			u64 __i;					\
									\
			for (__i = 0; __i < (n); __i++)			\
				statement;				\
			bench_samples[__s] = ticks() - __start;		\
		}							\
	} while (0)

#endif
