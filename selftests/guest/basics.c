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

u64 spin_count;

void guest_spin(void)
{
	for (;;)
		WRITE_ONCE(spin_count, spin_count + 1);
}

void guest_wfi(void)
{
	asm volatile("wfi");
}

/* A read that ends in an exception. */
void guest_mmio_try_read(u64 addr)
{
	const struct trap trap = GUEST_TRY(mmio_read64(addr));

	guest_sync(trap.vector, trap.esr, trap.far, trap.elr);
}

/* Unmask SError for as long as it takes to be seen. */
static struct trap unmask_serror(void)
{
	return GUEST_TRY(asm volatile("msr daifclr, #4; isb; nop; msr daifset, #4"));
}

/* Two points for the host to make an SError pending, then it may come. */
u64 guest_take_serror(void)
{
	struct trap trap;

	guest_sync(0, 0, 0, 0);
	guest_sync(0, 0, 0, 0);
	trap = unmask_serror();
	guest_sync(trap.vector, trap.esr, trap.far, trap.elr);
	return unmask_serror().vector;
}
