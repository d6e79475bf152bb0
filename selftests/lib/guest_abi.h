/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What host programs and guests agree on: the memory map, the report device and
 * the structures that both sides read. Included by C and by assembly.
 */
#ifndef SELFTESTS_GUEST_ABI_H
#define SELFTESTS_GUEST_ABI_H

/*
 * Guest physical memory. RAM is where QEMU's virt machine has it, so that a
 * guest image also runs in a VMM with that map.
 */
#define GUEST_RAM_BASE		0x40000000
#define GUEST_RAM_SIZE		0x01000000	/* 16 MiB */
#define GUEST_IMAGE_BASE	0x40200000

/* The report device: a page without memory. A 64-bit store of a report's address exits. */
#define REPORT_BASE		0x0b000000
/* An address without memory or device, for MMIO tests. */
#define MMIO_BASE		0x0c000000

/*
 * Virtual memory once start.S has enabled the MMU: everything below 512 GiB maps
 * to itself, in blocks of 1 GiB, but for two windows:
 */
#define EL0_WINDOW		0x80000000	/* RAM again, for EL0 (and never executable at EL1) */
#define TABLE_WINDOW		0x140000000	/* one level-2 table, for tests to fill */

#define MAX_GUEST_CPUS		8
#define GUEST_STACK_SIZE	0x4000

#ifndef __ASSEMBLER__

#include "types.h"

enum report_kind {
	REPORT_DONE = 1,	/* the guest function returned val[0] */
	REPORT_SYNC,		/* a point of interest: val[0..3], then goes on */
	REPORT_ASSERT,		/* GUEST_ASSERT() failed: text, file, line, val[0..1] */
	REPORT_EXCEPTION,	/* an unexpected exception: vector, ESR, FAR, ELR, SPSR */
};

struct report {
	u32 kind;
	u32 line;
	u64 file;	/* guest addresses of strings */
	u64 text;
	u64 val[6];
};

/* Where in the vector table an exception arrived: its offset. */
enum vector {
	VECTOR_SYNC_SP0 = 0x000,
	VECTOR_IRQ_SP0 = 0x080,
	VECTOR_SYNC = 0x200,
	VECTOR_IRQ = 0x280,
	VECTOR_FIQ = 0x300,
	VECTOR_SERROR = 0x380,
	VECTOR_SYNC_EL0 = 0x400,
	VECTOR_IRQ_EL0 = 0x480,
	VECTOR_SERROR_EL0 = 0x580,
	VECTOR_SYNC_AARCH32 = 0x600,
	VECTOR_NONE = 0xffff,	/* no exception */
};

/* An exception as the guest's EL1 saw it. */
struct trap {
	u64 vector;	/* enum vector */
	u64 esr;
	u64 far;
	u64 elr;
	u64 spsr;
};

/*
 * One instruction, run by the guest at the host's wish: x0-x3 go in and come
 * out, and so does the exception that it caused, if any.
 */
struct insn_run {
	u32 insn;
	u32 el0;	/* run it at EL0 */
	u64 x[4];
	u64 addr;	/* out: where the guest put the instruction */
	struct trap trap;
};

#endif /* !__ASSEMBLER__ */

/* Exception classes (ESR_ELx.EC), DDI 0487 D24.2.37. */
#define EC_UNKNOWN		0x00
#define EC_WFX			0x01
#define EC_FP			0x07
#define EC_PAUTH		0x09
#define EC_ILLEGAL		0x0e
#define EC_SVC32		0x11
#define EC_SVC64		0x15
#define EC_SYS64		0x18
#define EC_SVE			0x19
#define EC_IABT_LOWER		0x20
#define EC_IABT			0x21
#define EC_PC_ALIGN		0x22
#define EC_DABT_LOWER		0x24
#define EC_DABT			0x25
#define EC_SP_ALIGN		0x26
#define EC_SERROR		0x2f
#define EC_STEP_LOWER		0x32
#define EC_STEP			0x33
#define EC_WATCHPOINT		0x35
#define EC_BRK64		0x3c

#define ESR_EC_SHIFT		26
#define ESR_IL			(1 << 25)
#define ESR_EC(esr)		(((esr) >> ESR_EC_SHIFT) & 0x3f)
#define ESR_MAKE(ec, iss)	(((u64)(ec) << ESR_EC_SHIFT) | ESR_IL | (iss))

/* PSTATE and SPSR. */
#define PSTATE_EL0T		0x0
#define PSTATE_EL1T		0x4
#define PSTATE_EL1H		0x5
#define PSTATE_EL2T		0x8
#define PSTATE_EL2H		0x9
#define PSTATE_AARCH32_USR	0x10
#define PSTATE_DAIF		0x3c0
#define PSTATE_D		(1 << 9)
#define PSTATE_A		(1 << 8)
#define PSTATE_I		(1 << 7)
#define PSTATE_F		(1 << 6)
#define PSTATE_IL		(1 << 20)
#define PSTATE_SS		(1 << 21)
/* Mode, masks, IL and SS: without flags, and without BTYPE and what else features add. */
#define PSTATE_BASE		(0x1f | PSTATE_DAIF | PSTATE_IL | PSTATE_SS)

#define SCTLR_M			(1 << 0)
#define SCTLR_C			(1 << 2)
#define SCTLR_SA		(1 << 3)
#define SCTLR_I			(1 << 12)
#define SCTLR_E0E		(1 << 24)
#define SCTLR_EE		(1 << 25)
#define SCTLR_RES1		0x30d00800
#define SCTLR_ON		(SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I)

#endif
