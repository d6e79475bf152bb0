// SPDX-License-Identifier: GPL-2.0
/* Exceptions that a guest takes to its own EL1, printed as it sees them. */
#include "console.h"

/* An undefined instruction (UDF #0), and RET behind it. */
static u32 undefined_code[2] = { 0, 0xd65f03c0 };

static void show(const char *what, struct trap trap)
{
	put_string(what);
	put_string(": vector ");
	put_hex(trap.vector);
	put_string(" ESR ");
	put_hex(trap.esr);
	put_string(" SPSR ");
	put_hex(trap.spsr);
	put_string("\n");
}

u64 main(void)
{
	show("undefined instruction", GUEST_TRY(asm volatile("udf #0")));
	show("BRK", GUEST_TRY(asm volatile("brk #0x42")));
	show("SVC", GUEST_TRY(asm volatile("svc #0x17")));
	show("load from an empty table",
	     GUEST_TRY(asm volatile("ldr x0, [%0]" :: "r"(TABLE_WINDOW) : "x0")));
	show("undefined instruction in data",
	     GUEST_TRY(asm volatile("blr %0" :: "r"(undefined_code) : "x30")));
	show("EL2 register", GUEST_TRY(asm volatile("mrs x0, vttbr_el2" ::: "x0")));
	show("fetch without memory",
	     GUEST_TRY(asm volatile("blr %0" :: "r"(0x200000000) : "x30")));
	return 0;
}
