// SPDX-License-Identifier: GPL-2.0
/* Guests of host/guest_basics.c. */
#include "guest.h"

u64 guest_add(u64 a, u64 b)
{
	return a + b;
}

u64 guest_count(u64 n)
{
	u64 i;

	for (i = 0; i < n; i++)
		guest_sync(i, 0, 0, 0);
	return n;
}

u64 guest_current_el(void)
{
	return read_sysreg(currentel) >> 2;
}
