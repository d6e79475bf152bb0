// SPDX-License-Identifier: GPL-2.0
/* Guests of host/registers.c: what registers hold when user space has set them. */
#include "guest.h"
#include "vregs.h"

/* For guest_see_registers in entries.S. */
u64 seen_registers[32];

u64 seen_v[32][2];
u64 seen_fpsr, seen_fpcr;

#define STORE_V(n)	"str q" #n ", [%0, #16 * " #n "]\n"
#define DOUBLE_V(n)	"add v" #n ".2d, v" #n ".2d, v" #n ".2d\n"

void guest_see_fp(void)
{
	asm volatile(".arch_extension fp\n.arch_extension simd\n"
		     ALL_V(STORE_V) :: "r"(seen_v) : "memory");
	seen_fpsr = read_sysreg(fpsr);
	seen_fpcr = read_sysreg(fpcr);
	write_sysreg(0, fpsr);
	asm volatile(ALL_V(DOUBLE_V) ::: "memory");
	guest_sync(0, 0, 0, 0);
}
