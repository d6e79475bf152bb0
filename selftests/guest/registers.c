// SPDX-License-Identifier: GPL-2.0
/*
 * Guests of host/registers.c: what registers hold when user space has set them.
 * The first two are entered directly, as the registers are, with the MMU off; the
 * memory that they write is read by the host only.
 */
#include "guest.h"

u64 seen_registers[32];

asm(".pushsection .text\n"
    ".globl guest_see_registers\n"
    "guest_see_registers:\n"
    "	stp	x0, x1, [sp]\n"
    "	stp	x2, x3, [sp, #16]\n"
    "	stp	x4, x5, [sp, #32]\n"
    "	stp	x6, x7, [sp, #48]\n"
    "	stp	x8, x9, [sp, #64]\n"
    "	stp	x10, x11, [sp, #80]\n"
    "	stp	x12, x13, [sp, #96]\n"
    "	stp	x14, x15, [sp, #112]\n"
    "	stp	x16, x17, [sp, #128]\n"
    "	stp	x18, x19, [sp, #144]\n"
    "	stp	x20, x21, [sp, #160]\n"
    "	stp	x22, x23, [sp, #176]\n"
    "	stp	x24, x25, [sp, #192]\n"
    "	stp	x26, x27, [sp, #208]\n"
    "	stp	x28, x29, [sp, #224]\n"
    "	mrs	x0, sp_el0\n"
    "	stp	x30, x0, [sp, #240]\n"
    "	mov	x0, #0x9abc\n"
    "	msr	sp_el0, x0\n"
    "	.irp	n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
    "	mov	x\\n, #0x100 + \\n\n"
    "	.endr\n"
    "	mov	x1, #0x0c000000\n"
    "	str	x0, [x1]\n"
    "	b	.\n"
    ".popsection");

asm(".pushsection .text\n"
    ".globl guest_see_nzcv\n"
    "guest_see_nzcv:\n"
    "	mrs	x0, nzcv\n"
    "	mov	x1, #0x0c000000\n"
    "	mov	x2, #0xa0000000\n"
    "	msr	nzcv, x2\n"
    "	str	x0, [x1]\n"
    "	b	.\n"
    ".popsection");

u64 seen_v[32][2];
u64 seen_fpsr, seen_fpcr;

#define ALL_V(x)							\
	x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11)	\
	x(12) x(13) x(14) x(15) x(16) x(17) x(18) x(19) x(20) x(21)	\
	x(22) x(23) x(24) x(25) x(26) x(27) x(28) x(29) x(30) x(31)

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
