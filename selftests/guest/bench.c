// SPDX-License-Identifier: GPL-2.0
/* Guests of bench/: what one CPU does by itself. */
#include "bench.h"
#include "icc.h"

u64 bench_samples[BENCH_SAMPLES];

void bench_hvc(u64 n, u64 function, u64 argument)
{
	BENCH_LOOP(n, hvc(function, argument, 0, 0));
}

void bench_read_id_register(u64 n)
{
	BENCH_LOOP(n, read_sysreg(id_aa64pfr0_el1));
}

void bench_load(u64 n, u64 addr)
{
	BENCH_LOOP(n, mmio_read32(addr));
}

void bench_store(u64 n, u64 addr, u64 val)
{
	BENCH_LOOP(n, mmio_write32(addr, val));
}

/* An exit, then the first use of a V register after it. */
void bench_load_and_fp(u64 n, u64 addr)
{
	BENCH_LOOP(n, ({
		mmio_read32(addr);
		asm volatile(".arch_extension fp\n fmov d0, x0" ::: "memory");
	}));
}

/* Of no interrupt in particular: none is active, and no trap tells. */
void bench_eoi(u64 n)
{
	write_icc(1, ICC_IGRPEN1_EL1);
	BENCH_LOOP(n, write_icc(1023, ICC_EOIR1_EL1));
}

/* Each sample has pages of its own, which nobody has touched before. */
void bench_touch(u64 n, u64 addr, u64 stride)
{
	BENCH_LOOP(n, ({
		WRITE_ONCE(*(u64 *)addr, 1);
		addr += stride;
	}));
}

/* Write to all pages, again at each of the host's calls. */
void bench_dirty(u64 n, u64 addr)
{
	u64 i;

	for (;;) {
		for (i = 0; i < n; i++)
			WRITE_ONCE(*(u64 *)(addr + i * SZ_4K), i);
		guest_sync(0, 0, 0, 0);
	}
}

/*
 * How long this CPU stood still each time that another task of the host's had it:
 * that task counts up what is at @turns before it goes.
 */
u64 bench_turns;

void bench_preempted(void)
{
	u64 turns = READ_ONCE(bench_turns), last = ticks(), gap = 0;
	unsigned int s = 0;

	while (s < BENCH_SAMPLES) {
		const u64 seen = READ_ONCE(bench_turns), now = ticks();
		/* It came before this look at @bench_turns, or right after the last one. */
		const u64 longest = now - last > gap ? now - last : gap;

		if (seen != turns)
			bench_samples[s++] = longest;
		turns = seen;
		gap = now - last;
		last = now;
	}
}
