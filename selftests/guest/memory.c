// SPDX-License-Identifier: GPL-2.0
/* Guests of host/memory.c and host/isolation.c. */
#include "guest.h"
#include "vregs.h"

u64 guest_read(u64 addr)
{
	return READ_ONCE(*(u64 *)addr);
}

void guest_write(u64 addr, u64 value)
{
	WRITE_ONCE(*(u64 *)addr, value);
}

/* value, value + 1, ... at every @stride bytes. */
void guest_fill(u64 addr, u64 n, u64 stride, u64 value)
{
	u64 i;

	for (i = 0; i < n; i++)
		WRITE_ONCE(*(u64 *)(addr + i * stride), value + i);
}

/* The number of places that guest_fill() did not leave so. */
u64 guest_compare(u64 addr, u64 n, u64 stride, u64 value)
{
	u64 i, bad = 0;

	for (i = 0; i < n; i++)
		bad += READ_ONCE(*(u64 *)(addr + i * stride)) != value + i;
	return bad;
}

/* Rounds over the memory, counted, until the host writes to @stop. */
u64 rounds, stop;

/* Every word holds 0, if it was lost, or its own address. */
u64 guest_rewrite_until_stopped(u64 addr, u64 n, u64 stride)
{
	u64 i;

	while (!READ_ONCE(stop)) {
		for (i = 0; i < n; i++) {
			u64 *word = (u64 *)(addr + i * stride);
			const u64 value = READ_ONCE(*word);

			GUEST_ASSERT(value == 0 || value == (u64)word);
			WRITE_ONCE(*word, (u64)word);
		}
		WRITE_ONCE(rounds, rounds + 1);
	}
	return READ_ONCE(rounds);
}

/* Read one word again and again until it is @value. */
u64 guest_read_until(u64 addr, u64 value)
{
	while (READ_ONCE(*(u64 *)addr) != value)
		WRITE_ONCE(rounds, rounds + 1);
	return READ_ONCE(rounds);
}

/*
 * Use the level-1 table at @table from now on, then tell what is at @va, again
 * and again. Only at the start is the TLB told.
 */
void guest_tell_with_table(u64 table, u64 va, u64 n)
{
	write_sysreg(table, ttbr0_el1);
	isb();
	asm volatile("tlbi vmalle1; dsb nsh; isb" ::: "memory");
	while (n--)
		guest_sync(READ_ONCE(*(u64 *)va), 0, 0, 0);
}

/*
 * Hold a pattern of @seed in all registers that a guest can have for itself, and
 * in memory, and look at them again and again until the host writes to @stop:
 * nobody else's value may ever show up.
 */
#define SET_V(n)	"dup v" #n ".2d, %0\n"

static void set_v(u64 value)
{
	asm volatile(".arch_extension simd\n" ALL_V(SET_V) :: "r"(value) : "memory");
}

#define FOLD_V(n)							\
	"eor v" #n ".16b, v" #n ".16b, v31.16b\n"			\
	"orr v30.16b, v30.16b, v" #n ".16b\n"				\
	"eor v" #n ".16b, v" #n ".16b, v31.16b\n"

/* Nonzero if a V register is not @value; all of V0 to V29 are looked at. */
static u64 v_differs(u64 value)
{
	u64 low, high;

	asm volatile(".arch_extension simd\n"
		     "dup	v31.2d, %2\n"
		     "movi	v30.2d, #0\n"
		     FOLD_V(0) FOLD_V(1) FOLD_V(2) FOLD_V(3) FOLD_V(4) FOLD_V(5)
		     FOLD_V(6) FOLD_V(7) FOLD_V(8) FOLD_V(9) FOLD_V(10) FOLD_V(11)
		     FOLD_V(12) FOLD_V(13) FOLD_V(14) FOLD_V(15) FOLD_V(16)
		     FOLD_V(17) FOLD_V(18) FOLD_V(19) FOLD_V(20) FOLD_V(21)
		     FOLD_V(22) FOLD_V(23) FOLD_V(24) FOLD_V(25) FOLD_V(26)
		     FOLD_V(27) FOLD_V(28) FOLD_V(29)
		     "fmov	%0, d30\n"
		     "umov	%1, v30.d[1]\n"
		     : "=&r"(low), "=&r"(high) : "r"(value) : "memory");
	return low | high;
}

/* Writable by the guest without a consequence, and all bits kept: X(name, mask). */
#define HELD_REGISTERS(X)						\
	X(tpidr_el0, ~0UL)						\
	X(tpidrro_el0, ~0UL)						\
	X(contextidr_el1, 0xffffffff)					\
	X(far_el1, ~0UL)						\
	X(esr_el1, 0xffffffff)						\
	X(elr_el1, ~0UL)						\
	X(par_el1, 0x0000fffffffff000)					\
	X(csselr_el1, 0x1)		/* level 1, I or D */		\
	X(cntkctl_el1, 0x3fb)		/* but for EVNTEN */		\
	X(sp_el0, ~0UL)							\
	X(ttbr1_el1, 0x0000fffffffffffe)				\
	X(cntv_cval_el0, ~0UL)						\
	X(dbgbvr0_el1, 0x0000fffffffffffc)				\
	X(dbgwvr1_el1, 0x0000fffffffffffc)

#define HOLD(reg, mask)		write_sysreg(seed & (mask), reg);
#define CHECK(reg, mask)						\
	GUEST_ASSERT_EQ(read_sysreg(reg) & (mask), seed & (mask));

/* Exit now and then, so that the vCPU is also loaded again. */
u64 guest_hold_state(u64 seed, u64 addr, u64 n, u64 exit_every)
{
	u64 i;

	HELD_REGISTERS(HOLD)
	set_v(seed);
	write_sysreg(0x03000000, fpcr);		/* round to minus infinity, FZ */
	write_sysreg(0x9f, fpsr);
	for (i = 0; i < n; i++)
		WRITE_ONCE(*(u64 *)(addr + i * SZ_4K), seed + i);
	while (!READ_ONCE(stop)) {
		HELD_REGISTERS(CHECK)
		GUEST_ASSERT_EQ(v_differs(seed), 0);
		set_v(seed);
		GUEST_ASSERT_EQ(read_sysreg(fpcr), 0x03000000);
		GUEST_ASSERT_EQ(read_sysreg(fpsr), 0x9f);
		for (i = 0; i < n; i++)
			GUEST_ASSERT_EQ(READ_ONCE(*(u64 *)(addr + i * SZ_4K)), seed + i);
		WRITE_ONCE(rounds, rounds + 1);
		if (exit_every && rounds % exit_every == 0)
			guest_sync(rounds, 0, 0, 0);
	}
	return rounds;
}
