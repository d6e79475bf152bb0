// SPDX-License-Identifier: GPL-2.0
/* Guests of host/psci.c. */
#include "guest.h"
#include "smccc.h"

void guest_cpu_off(void)
{
	hvc(PSCI_CPU_OFF, 0, 0, 0);
}

/* From x4 on a call changes nothing (DEN0028 2.4, version 1.1). */
void guest_hvc_preserves(u64 fn)
{
	u64 bad;

	asm volatile(
	"	mov	x0, %1\n"
	"	.irp	n, 4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,20,21,22,23,24,25,26,27,28\n"
	"	mov	x\\n, #0x100 + \\n\n"
	"	.endr\n"
	"	hvc	#0\n"
	"	mov	x19, #0\n"
	"	.irp	n, 4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,20,21,22,23,24,25,26,27,28\n"
	"	cmp	x\\n, #0x100 + \\n\n"
	"	cinc	x19, x19, ne\n"
	"	.endr\n"
	"	mov	%0, x19\n"
	: "=r"(bad) : "r"(fn)
	: "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
	  "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
	  "x22", "x23", "x24", "x25", "x26", "x27", "x28", "cc", "memory");
	GUEST_ASSERT_EQ(bad, 0);
}
