/* SPDX-License-Identifier: GPL-2.0 */
/* The environment of guest code: reports, exceptions, registers, PSCI. */
#ifndef SELFTESTS_GUEST_H
#define SELFTESTS_GUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "guest_abi.h"

#define read_sysreg(reg)						\
	({								\
		u64 __val;						\
									\
		asm volatile("mrs %0, " #reg : "=r"(__val) :: "memory");	\
		__val;							\
	})

#define write_sysreg(val, reg)						\
	asm volatile("msr " #reg ", %x0" :: "rZ"((u64)(val)) : "memory")

static inline void isb(void)
{
	asm volatile("isb" ::: "memory");
}

static inline void dsb(void)
{
	asm volatile("dsb sy" ::: "memory");
}

/* MMIO by a single register without writeback, which the syndrome describes. */
#define DEFINE_MMIO(bits, modifier, insn_suffix)			\
static inline u##bits mmio_read##bits(u64 addr)				\
{									\
	u##bits val;							\
									\
	asm volatile("ldr" insn_suffix " %" modifier "0, [%1]"		\
		     : "=r"(val) : "r"(addr) : "memory");		\
	return val;							\
}									\
									\
static inline void mmio_write##bits(u64 addr, u##bits val)		\
{									\
	asm volatile("str" insn_suffix " %" modifier "0, [%1]"		\
		     :: "rZ"(val), "r"(addr) : "memory");		\
}

DEFINE_MMIO(8, "w", "b")
DEFINE_MMIO(16, "w", "h")
DEFINE_MMIO(32, "w", "")
DEFINE_MMIO(64, "x", "")

/* What start.S keeps for each CPU, at TPIDR_EL1. */
struct cpu {
	struct trap trap;	/* the last expected exception */
	u64 expecting;		/* an exception now is recorded, not reported */
	u64 nr_traps;
	u64 el0_sp;		/* see call_el0 */
	u64 el0_x[4];		/* x0-x3 at the exception that ended EL0 */
	u64 pad[4];
};

static inline struct cpu *this_cpu(void)
{
	return (struct cpu *)read_sysreg(tpidr_el1);
}

/*
 * Run a statement that may cause an exception; gives the exception, or one of
 * VECTOR_NONE. Execution goes on behind the instruction that caused it.
 */
#define GUEST_TRY(statement)						\
	({								\
		guest_expect();						\
		statement;						\
		guest_expected();					\
	})
void guest_expect(void);
struct trap guest_expected(void);

/* Reports to the host; see guest_abi.h. */
void guest_report(const struct report *report);
void guest_done(u64 value);
void guest_sync(u64 v0, u64 v1, u64 v2, u64 v3);
void guest_assert_failed(const char *file, int line, const char *text, u64 got,
			 u64 want);

#define GUEST_ASSERT_EQ(got, want)					\
	do {								\
		u64 __got = (u64)(got), __want = (u64)(want);		\
									\
		if (__got != __want)					\
			guest_assert_failed(__FILE__, __LINE__,		\
					    #got " == " #want, __got, __want); \
	} while (0)

#define GUEST_ASSERT(cond)						\
	do {								\
		if (!(cond))						\
			guest_assert_failed(__FILE__, __LINE__, #cond, 0, 1); \
	} while (0)

/* Run code at EL0 (its EL1 address), x0-x3 in and out; gives what ended it. */
struct trap guest_run_el0(u64 pc, u64 spsr, u64 x[4]);

/* A call by HVC as SMCCC has it: four arguments, x0 back. */
u64 hvc(u64 fn, u64 a1, u64 a2, u64 a3);

/* Start a CPU by PSCI: it runs fn(arg) with a stack of its own. PSCI's result. */
u64 guest_cpu_on(unsigned int cpu, u64 mpidr, u64 (*fn)(u64 arg), u64 arg);

/* start.S, for runtime.c. */
void secondary_start(void);
void call_insn(u64 x[4], u64 addr);
void call_el0(u64 x[4], u64 pc, u64 spsr, u64 *saved_sp);
void el0_exit(void);

/* entries.S */
void guest_race_target(u64 context);
extern char tiny_vectors[];

/* Make instructions just written visible to the fetch (DDI 0487 B2.7.4.2). */
void sync_code(u64 addr, u64 size);

/* A busy wait that lets another thread of the emulated host run. */
static inline void cpu_relax(void)
{
	asm volatile("yield" ::: "memory");
}

#endif
