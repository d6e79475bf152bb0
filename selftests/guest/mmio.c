// SPDX-License-Identifier: GPL-2.0
/* Guests of host/mmio.c; some more are in entries.S. */
#include "guest.h"

u64 guest_store_many(u64 addr, u64 n)
{
	u64 i;

	for (i = 0; i < n; i++)
		mmio_write64(addr + 8 * (i % 512), i);
	return n;
}

u64 guest_load_many(u64 addr, u64 n)
{
	u64 i, sum = 0;

	for (i = 0; i < n; i++)
		sum += mmio_read64(addr);
	return sum;
}

u64 guest_call(u64 addr)
{
	return ((u64 (*)(void))addr)();
}
