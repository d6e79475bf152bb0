// SPDX-License-Identifier: GPL-2.0
/* Guests of host/stage2_*.c: plain accesses to memory, one or many. */
#include "guest.h"

#define PAGE	4096

u64 memory_load(u64 addr)
{
	return READ_ONCE(*(u64 *)addr);
}

void memory_store(u64 addr, u64 val)
{
	WRITE_ONCE(*(u64 *)addr, val);
}

/* @val + i to the first word of page i. */
void guest_store_pages(u64 addr, u64 pages, u64 stride, u64 val)
{
	u64 i;

	for (i = 0; i < pages; i++)
		WRITE_ONCE(*(u64 *)(addr + i * stride * PAGE), val + i);
}

/* Pages whose first word is not @val + i. */
u64 guest_check_pages(u64 addr, u64 pages, u64 stride, u64 val)
{
	u64 i, wrong = 0;

	for (i = 0; i < pages; i++)
		wrong += READ_ONCE(*(u64 *)(addr + i * stride * PAGE)) != val + i;
	return wrong;
}

u64 hammer_stop;
u64 hammer_rounds;

/*
 * Count up the first word of every page until told to stop. It must always be
 * what this CPU made it; gives the number of the last round.
 */
u64 guest_hammer(u64 addr, u64 pages)
{
	u64 i, round = 0;

	while (!READ_ONCE(hammer_stop)) {
		round++;
		for (i = 0; i < pages; i++) {
			u64 *word = (u64 *)(addr + i * PAGE);

			GUEST_ASSERT_EQ(READ_ONCE(*word), round - 1);
			WRITE_ONCE(*word, round);
		}
		WRITE_ONCE(hammer_rounds, round);
	}
	return round;
}

/* Read over and over; a page of it may answer as a device does. */
u64 guest_watch(u64 addr)
{
	u64 reads = 0;

	while (!READ_ONCE(hammer_stop)) {
		mmio_read64(addr);
		WRITE_ONCE(hammer_rounds, ++reads);
	}
	return reads;
}

/* Write a function that returns @val to @addr and call it. */
u64 guest_call_new_code(u64 addr, u64 val)
{
	u32 *code = (u32 *)addr;

	code[0] = 0xd2800000 | (u32)(val & 0xffff) << 5;	/* mov x0, #val */
	code[1] = 0xd65f03c0;					/* ret */
	sync_code(addr, 8);
	return ((u64 (*)(void))addr)();
}

u64 guest_load32(u64 addr)
{
	return mmio_read32(addr);
}
