/* SPDX-License-Identifier: GPL-2.0 */
/* The file itself; the Makefile says which. */
	.section .rodata
	.balign	16
	.globl	guest_elf
guest_elf:
	.incbin	GUEST_ELF

	.section .note.GNU-stack, "", %progbits
