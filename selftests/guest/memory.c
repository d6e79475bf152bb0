// SPDX-License-Identifier: GPL-2.0
/* Guests of host/memory.c and host/isolation.c. */
#include "guest.h"

u64 guest_read(u64 addr)
{
	return READ_ONCE(*(u64 *)addr);
}

void guest_write(u64 addr, u64 value)
{
	WRITE_ONCE(*(u64 *)addr, value);
}

/* value, value + 1, ... at every @stride bytes. */
void guest_fill(u64 addr, u64 n, u64 stride, u64 value)
{
	u64 i;

	for (i = 0; i < n; i++)
		WRITE_ONCE(*(u64 *)(addr + i * stride), value + i);
}

/* The number of places that guest_fill() did not leave so. */
u64 guest_compare(u64 addr, u64 n, u64 stride, u64 value)
{
	u64 i, bad = 0;

	for (i = 0; i < n; i++)
		bad += READ_ONCE(*(u64 *)(addr + i * stride)) != value + i;
	return bad;
}

/* Rounds over the memory, counted, until the host writes to @stop. */
u64 rounds, stop;

/* Every word holds 0, if it was lost, or its own address. */
u64 guest_rewrite_until_stopped(u64 addr, u64 n, u64 stride)
{
	u64 i;

	while (!READ_ONCE(stop)) {
		for (i = 0; i < n; i++) {
			u64 *word = (u64 *)(addr + i * stride);
			const u64 value = READ_ONCE(*word);

			GUEST_ASSERT(value == 0 || value == (u64)word);
			WRITE_ONCE(*word, (u64)word);
		}
		WRITE_ONCE(rounds, rounds + 1);
	}
	return READ_ONCE(rounds);
}

/* Read one word again and again until it is @value. */
u64 guest_read_until(u64 addr, u64 value)
{
	while (READ_ONCE(*(u64 *)addr) != value)
		WRITE_ONCE(rounds, rounds + 1);
	return READ_ONCE(rounds);
}

/*
 * Use the level-1 table at @table from now on, then tell what is at @va, again
 * and again. Only at the start is the TLB told.
 */
void guest_tell_with_table(u64 table, u64 va, u64 n)
{
	write_sysreg(table, ttbr0_el1);
	isb();
	asm volatile("tlbi vmalle1; dsb nsh; isb" ::: "memory");
	while (n--)
		guest_sync(READ_ONCE(*(u64 *)va), 0, 0, 0);
}
