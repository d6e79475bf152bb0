/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a guest function comes to run, and what happens at an exception.
 *
 * The host enters at _start with the function's arguments in x0-x5, its address
 * in x6 and the CPU's number in x7. Nothing is written to memory before the MMU
 * is on: until then a write would go round the caches that the host writes through.
 */
#include "guest_abi.h"

/*
 * Stage 1: one level-1 table of 1 GiB blocks, 39 bits of address. The first
 * GiB is Device-nGnRnE; the rest is Normal write-back, inner shareable. The
 * attribute indices are those of MAIR_VALUE.
 */
#define MAIR_VALUE	0xff00			/* 0: Device-nGnRnE, 1: Normal WB */
#define TCR_VALUE	(25 | (1 << 8) | (1 << 10) | (3 << 12) | (1 << 23) | (2 << 32))
#define CPACR_OPEN	((3 << 16) | (3 << 20) | (3 << 24))	/* no trap of SVE, FP, SME */
#define DESC_BLOCK	0x1
#define DESC_TABLE	0x3
#define DESC_DEVICE	(DESC_BLOCK | (0 << 2) | (1 << 10) | (3 << 53))
#define DESC_NORMAL	(DESC_BLOCK | (1 << 2) | (3 << 8) | (1 << 10))
#define DESC_EL0	(DESC_NORMAL | (1 << 6) | (1 << 53))

	.section .text.start, "ax"

	.globl _start
_start:
	/* live: x0-x7 */
	bl	enable_mmu
	bl	enter_cpu
	blr	x6
	bl	guest_done
	b	.

/* A CPU that PSCI CPU_ON starts: x0 is the context id, a struct cpu_start's address. */
	.globl secondary_start
secondary_start:
	bl	enable_mmu
	ldp	x6, x7, [x0]		/* fn, cpu */
	ldr	x0, [x0, #16]		/* arg */
	bl	enter_cpu
	blr	x6
	bl	guest_done
	b	.

/* In: x7 = CPU number. Stack, per-CPU data and vectors. Clobbers x9-x11. */
enter_cpu:
	adrp	x9, stacks
	add	x9, x9, :lo12:stacks
	mov	x10, #GUEST_STACK_SIZE
	madd	x9, x7, x10, x9
	add	sp, x9, x10
	adrp	x9, cpus
	add	x9, x9, :lo12:cpus
	mov	x10, #CPU_SIZE
	madd	x9, x7, x10, x9
	msr	tpidr_el1, x9
	ret

/* MMU and caches on, FP allowed, debug exceptions possible. Clobbers x9, x10. */
enable_mmu:
	msr	spsel, #1
	adrp	x9, vectors
	add	x9, x9, :lo12:vectors
	msr	vbar_el1, x9
	ldr	x9, =MAIR_VALUE
	msr	mair_el1, x9
	ldr	x9, =TCR_VALUE
	msr	tcr_el1, x9
	adrp	x9, page_table
	msr	ttbr0_el1, x9
	ldr	x9, =CPACR_OPEN
	msr	cpacr_el1, x9
	msr	mdscr_el1, xzr
	tlbi	vmalle1
	dsb	nsh
	isb
	ldr	x9, =SCTLR_ON
	msr	sctlr_el1, x9
	isb
	ret
	.ltorg

/*
 * The vector table. Each entry makes a frame of x0-x30 and calls
 * guest_exception(frame, vector), which returns when the guest may go on.
 */
#define FRAME_SIZE	256

	.macro	vector offset
	.org	vectors + \offset
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	mov	x1, #\offset
	b	save_frame
	.endm

	.text
	.balign	0x800
vectors:
	.irp	group, 0x000, 0x200, 0x400, 0x600
	.irp	kind, 0x000, 0x080, 0x100, 0x180
	vector	(\group + \kind)
	.endr
	.endr
	.org	vectors + 0x800

save_frame:
	/* live: all but x0 and x1, which are in the frame; x1 = vector */
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
	str	x30, [sp, #240]
	mov	x0, sp
	bl	guest_exception
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp]
	add	sp, sp, #FRAME_SIZE
	eret

/*
 * void call_insn(u64 x[4], u64 addr): call the code at @addr with x0-x3 from
 * x[], and put them back there.
 */
	.globl call_insn
call_insn:
	stp	x29, x30, [sp, #-32]!
	stp	x19, x20, [sp, #16]
	mov	x19, x0
	mov	x9, x1
	ldp	x2, x3, [x19, #16]
	ldp	x0, x1, [x19]
	blr	x9
	stp	x0, x1, [x19]
	stp	x2, x3, [x19, #16]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret

/*
 * void call_el0(u64 x[4], u64 pc, u64 spsr, u64 *saved_sp): run EL0 code at @pc
 * with x0-x3 from x[]. guest_exception() ends it: an exception from EL0 resumes at
 * el0_exit with the EL1 stack as it was here.
 */
	.globl call_el0
call_el0:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x9, sp
	str	x9, [x3]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	mov	x19, x0
	ldp	x2, x3, [x19, #16]
	ldp	x0, x1, [x19]
	eret

/* In: x0 = the stack pointer that call_el0 saved. */
	.globl el0_exit
el0_exit:
	mov	sp, x0
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

	.data
	.balign	0x1000
	.globl page_table
page_table:
	.quad	DESC_DEVICE			/* 0: devices */
	.quad	DESC_NORMAL | 0x40000000	/* 1: RAM */
	.quad	DESC_EL0 | 0x40000000		/* 2: EL0_WINDOW */
	.quad	DESC_NORMAL | 0xc0000000	/* 3 */
	.quad	DESC_NORMAL | 0x100000000	/* 4 */
	.quad	DESC_TABLE + table_window	/* 5: TABLE_WINDOW */
	.set	block, 6
	.rept	506
	.quad	DESC_NORMAL | (block << 30)
	.set	block, block + 1
	.endr

	.globl table_window
table_window:
	.fill	0x1000, 1, 0

	.bss
	.balign	16
stacks:
	.skip	MAX_GUEST_CPUS * GUEST_STACK_SIZE
	.globl cpus
	.balign	64
cpus:
	.skip	MAX_GUEST_CPUS * CPU_SIZE
