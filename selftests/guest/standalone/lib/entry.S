/* SPDX-License-Identifier: GPL-2.0 */
/* Where a VMM enters a standalone guest: main() on CPU 0, then power off. */
	.section .text.entry, "ax"
	.globl entry
entry:
	adrp	x6, main
	add	x6, x6, :lo12:main
	mov	x7, #0
	b	_start
