// SPDX-License-Identifier: GPL-2.0
/* The guest of host/s1_walk.c: an access through tables of the host's making. */
#include "guest.h"

#define TCR_UPPER	(GENMASK(31, 16))	/* T1SZ to TG1, EPD1 among them */
#define VMALLE1		"tlbi vmalle1; dsb nsh; isb"

enum access { LOAD, STORE, FETCH };

static struct trap access(u64 va, u64 how)
{
	switch (how) {
	case LOAD:
		return GUEST_TRY(mmio_read64(va));
	case STORE:
		return GUEST_TRY(mmio_write64(va, 0));
	default:
		return GUEST_TRY(((void (*)(void))va)());
	}
}

/* The upper half of the address space by @ttbr1 and what @tcr says of it. */
void guest_walk(u64 ttbr1, u64 tcr, u64 va, u64 how)
{
	const u64 old = read_sysreg(tcr_el1);
	struct trap trap;

	write_sysreg(ttbr1, ttbr1_el1);
	write_sysreg((old & ~TCR_UPPER) | tcr, tcr_el1);
	isb();
	asm volatile(VMALLE1 ::: "memory");
	trap = access(va, how);
	write_sysreg(old, tcr_el1);
	isb();
	asm volatile(VMALLE1 ::: "memory");
	guest_sync(trap.vector, trap.esr, trap.far, 0);
}
