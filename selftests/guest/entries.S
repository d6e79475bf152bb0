/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests of few instructions, whose shape counts or which the host enters directly,
 * without what start.S sets up: the MMU is off, there is no stack. Those that exit do
 * so by a store to MMIO_BASE.
 */
#include "guest_abi.h"
#include "smccc.h"

	.macro	function name
	.globl	\name
\name:
	.endm

	.text

/* The host counts on the load standing directly before RET. Called like any other. */
function guest_mmio_read
	ldr	x0, [x0]
	ret

/*
 * What registers hold at entry, to seen_registers, which SP_EL1 points to; SP_EL0
 * last. Then all get new values: 0x100 and their number.
 */
function guest_see_registers
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x0, sp_el0
	stp	x30, x0, [sp, #240]
	mov	x0, #0x9abc
	msr	sp_el0, x0
	.irp	n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	mov	x\n, #0x100 + \n
	.endr
	mov	x1, #MMIO_BASE
	str	x0, [x1]
	b	.

/* Exits with the condition flags, and has others then: N and C. */
function guest_see_nzcv
	mrs	x0, nzcv
	mov	x1, #MMIO_BASE
	mov	x2, #0xa0000000
	msr	nzcv, x2
	str	x0, [x1]
	b	.

/* Loads x0 to x29 from the address in x30, one after the other, then stores. */
function guest_load_all
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29
	ldr	x\n, [x30]
	.endr
	str	x0, [x30]
	b	.

/*
 * Loads and stores at each width, big-endian, at the address in x1. With the MMU off:
 * SCTLR_EL1.EE is also the byte order of table walks.
 */
	.macro	big_endian
	mrs	x2, sctlr_el1
	orr	x2, x2, #SCTLR_EE
	msr	sctlr_el1, x2
	isb
	.endm

function guest_big_endian
	big_endian
	ldr	w0, [x1]
	str	w0, [x1]
	ldr	x0, [x1]
	str	x0, [x1]
	ldrh	w0, [x1]
	strh	w0, [x1]
	ldrb	w0, [x1]
	strb	w0, [x1]
	b	.

function guest_big_endian_signed
	big_endian
	ldrsh	x0, [x1]
	strh	w0, [x1]
	b	.

/* A CPU's first instructions after CPU_ON: tell the context and wait. */
function guest_cpu_on_entry
	mov	x1, #MMIO_BASE
	str	x0, [x1]
	b	.

/* A CPU that goes off at once; it needs nothing, not even memory to write to. */
function guest_race_target
	ldr	w0, =PSCI_CPU_OFF
	hvc	#0
	b	.
	.ltorg

/* Counts in three registers, whose relation follows from where it is. */
function guest_spin_registers
	mov	x0, #0
1:	add	x0, x0, #1
	mov	x1, x0
	mov	x2, x0
	b	1b
function guest_spin_registers_end

/*
 * A vector table with one entry, for a synchronous exception at EL1: DAIF and SPSel as
 * they are in the handler go to x10, and on behind the instruction. Clobbers x11.
 */
	.balign	0x800
function tiny_vectors
	.org	tiny_vectors + 0x200
	mrs	x10, daif
	mrs	x11, spsel
	orr	x10, x10, x11
	mrs	x11, elr_el1
	add	x11, x11, #4
	msr	elr_el1, x11
	eret
