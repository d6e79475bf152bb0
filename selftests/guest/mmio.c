// SPDX-License-Identifier: GPL-2.0
/* Guests of host/mmio.c. The ones in assembly are entered directly, the MMU off. */
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

/* Load x0 to x29 from the address in x30, then store. */
asm(".pushsection .text\n"
    ".globl guest_load_all\n"
    "guest_load_all:\n"
    "	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29\n"
    "	ldr	x\\n, [x30]\n"
    "	.endr\n"
    "	str	x0, [x30]\n"
    "	b	.\n"
    ".popsection");

/* Load and store at each width with SCTLR_EL1.EE, at the address in x1. */
asm(".pushsection .text\n"
    ".globl guest_big_endian\n"
    "guest_big_endian:\n"
    "	mrs	x2, sctlr_el1\n"
    "	orr	x2, x2, #1 << 25\n"
    "	msr	sctlr_el1, x2\n"
    "	isb\n"
    "	ldr	w0, [x1]\n"
    "	str	w0, [x1]\n"
    "	ldr	x0, [x1]\n"
    "	str	x0, [x1]\n"
    "	ldrh	w0, [x1]\n"
    "	strh	w0, [x1]\n"
    "	ldrb	w0, [x1]\n"
    "	strb	w0, [x1]\n"
    "	b	.\n"
    ".popsection");

asm(".pushsection .text\n"
    ".globl guest_big_endian_signed\n"
    "guest_big_endian_signed:\n"
    "	mrs	x2, sctlr_el1\n"
    "	orr	x2, x2, #1 << 25\n"
    "	msr	sctlr_el1, x2\n"
    "	isb\n"
    "	ldrsh	x0, [x1]\n"
    "	strh	w0, [x1]\n"
    "	b	.\n"
    ".popsection");
