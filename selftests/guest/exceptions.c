// SPDX-License-Identifier: GPL-2.0
/* Guests of host/exceptions.c: exceptions that need more than one instruction. */
#include "guest.h"

static void tell(struct trap trap, u64 address)
{
	/* The address as an offset: where the host cannot know it. */
	guest_sync(trap.vector, trap.esr, trap.spsr, trap.elr - address);
}

/* Branch to an address; the fault comes from there. */
void guest_fetch(u64 addr)
{
	const struct trap trap = GUEST_TRY(asm volatile("blr %0" :: "r"(addr)
							: "x30", "memory"));

	guest_sync(trap.vector, trap.esr, trap.far, trap.elr);
}

void guest_load(u64 addr)
{
	const struct trap trap = GUEST_TRY(mmio_read64(addr));

	guest_sync(trap.vector, trap.esr, trap.far, trap.elr);
}

void guest_store(u64 addr)
{
	const struct trap trap = GUEST_TRY(mmio_write64(addr, 1));

	guest_sync(trap.vector, trap.esr, trap.far, trap.elr);
}

/* A stack pointer off its alignment, used (SCTLR_EL1.SA). */
void guest_sp_alignment(void)
{
	const struct trap trap = GUEST_TRY(
		asm volatile("mov x9, sp\n"
			     "msr spsel, #0\n"	/* the handler keeps SP_EL1 */
			     "add x10, x9, #8\n"
			     "mov sp, x10\n"
			     "ldr x11, [sp]\n"
			     "msr spsel, #1\n"
			     ::: "x9", "x10", "x11", "memory"));

	guest_sync(trap.vector, trap.esr, 0, 0);
}

/*
 * Software step of one instruction at EL1 (DDI 0487 D2.12): MDSCR_EL1.SS and KDE,
 * PSTATE.D clear, SPSR.SS at an exception return.
 */
void guest_step(void)
{
	struct trap trap;
	u64 address;

	guest_expect();
	write_sysreg(BIT(13) | BIT(0), mdscr_el1);
	asm volatile("mrs	x9, daif\n"
		     "bic	x9, x9, %1\n"		/* D clear */
		     "add	x9, x9, #5\n"		/* EL1h */
		     "orr	x9, x9, %2\n"		/* SS */
		     "msr	spsr_el1, x9\n"
		     "adr	x10, 1f\n"
		     "msr	elr_el1, x10\n"
		     "isb\n"
		     "eret\n"
		     "1:	add	x9, x9, #1\n"
		     "2:	adr	%0, 2b\n"
		     : "=r"(address) : "r"((u64)PSTATE_D), "r"((u64)PSTATE_SS)
		     : "x9", "x10", "memory");
	write_sysreg(0, mdscr_el1);
	trap = guest_expected();
	tell(trap, address);
}

/* A hardware breakpoint of the guest's own, at EL1. */
u64 guest_breakpoint(void)
{
	struct trap trap;
	u64 address;

	asm volatile("adr %0, guest_breakpoint_here" : "=r"(address));
	write_sysreg(address, dbgbvr0_el1);
	/* E, PMC = EL1 and EL0, BAS = all four bytes */
	write_sysreg(0x1 | (3 << 1) | (0xf << 5), dbgbcr0_el1);
	write_sysreg(BIT(15) | BIT(13), mdscr_el1);	/* MDE, KDE */
	isb();
	guest_expect();
	asm volatile("msr	daifclr, #8\n"
		     ".globl guest_breakpoint_here\n"
		     "guest_breakpoint_here:\n"
		     "	nop\n"
		     "msr	daifset, #8\n" ::: "memory");
	trap = guest_expected();
	write_sysreg(0, dbgbcr0_el1);
	write_sysreg(0, mdscr_el1);
	tell(trap, address);
	return 0;
}

/* ... and a watchpoint. */
static u64 watched[2] __aligned(16);

void guest_watchpoint(void)
{
	struct trap trap;

	write_sysreg((u64)watched, dbgwvr0_el1);
	/* E, PAC = EL1 and EL0, LSC = stores, BAS = 8 bytes */
	write_sysreg(0x1 | (3 << 1) | (2 << 3) | (0xff << 5), dbgwcr0_el1);
	write_sysreg(BIT(15) | BIT(13), mdscr_el1);
	isb();
	(void)READ_ONCE(watched[0]);
	WRITE_ONCE(watched[1], 1);
	guest_expect();
	asm volatile("msr daifclr, #8\n"
		     "str xzr, [%0]\n"
		     "msr daifset, #8\n" :: "r"(watched) : "memory");
	trap = guest_expected();
	write_sysreg(0, dbgwcr0_el1);
	write_sysreg(0, mdscr_el1);
	guest_sync(trap.vector, trap.esr, trap.far - (u64)watched, 0);
}

/* An exception return to a mode that EL1 cannot return to (DDI 0487 D1.3.5). */
void guest_illegal_return(u64 spsr)
{
	struct trap trap;
	u64 address;

	guest_expect();
	asm volatile("msr	spsr_el1, %1\n"
		     "adr	x10, 1f\n"
		     "msr	elr_el1, x10\n"
		     "isb\n"
		     "eret\n"
		     "1:	nop\n"
		     "	adr	%0, 1b\n"
		     : "=r"(address) : "r"(spsr) : "x10", "memory");
	trap = guest_expected();
	tell(trap, address);
}

/*
 * A trap that the hypervisor turns into an Undefined exception (PMCR_EL0 of a guest
 * without a PMU), at EL1 with flags set and nothing masked but interrupts.
 */
void guest_injected_undef(void)
{
	struct trap trap;
	u64 address;

	guest_expect();
	asm volatile("msr	daifclr, #0xc\n"
		     "mov	x9, #0xa0000000\n"
		     "msr	nzcv, x9\n"
		     "1:	mrs	x9, pmcr_el0\n"
		     "msr	daifset, #0xf\n"
		     "adr	%0, 1b\n"
		     : "=r"(address) :: "x9", "cc", "memory");
	trap = guest_expected();
	tell(trap, address);
}

/* The same with SP_EL0 selected: it arrives at the first group of vectors. */
void guest_injected_undef_sp0(void)
{
	struct trap trap;
	u64 address;

	guest_expect();
	asm volatile("msr	spsel, #0\n"
		     "1:	mrs	x9, pmcr_el0\n"
		     "msr	spsel, #1\n"
		     "adr	%0, 1b\n"
		     : "=r"(address) :: "x9", "memory");
	trap = guest_expected();
	tell(trap, address);
}

/* What a handler finds masked at its start: by vectors that look at nothing else. */
u64 guest_pstate_in_handler(void)
{
	u64 daif;

	asm volatile("msr	vbar_el1, %1\n"
		     "isb\n"
		     "msr	daifclr, #0xc\n"
		     "mrs	x9, pmcr_el0\n"
		     "msr	daifset, #0xf\n"
		     "mov	%0, x10\n"
		     : "=r"(daif)
		     : "r"(tiny_vectors)
		     : "x9", "x10", "x11", "memory");
	return daif;
}

/* FP traps by the guest's own CPACR_EL1. */
void guest_fp_trap(void)
{
	const u64 cpacr = read_sysreg(cpacr_el1);
	struct trap trap;
	u64 value;

	asm volatile(".arch_extension fp\n"
		     "fmov d5, %0" :: "r"(0x1234567890abcdefUL));
	write_sysreg(cpacr & ~(3UL << 20), cpacr_el1);
	isb();
	trap = GUEST_TRY(asm volatile("fmov d5, xzr"));
	write_sysreg(cpacr, cpacr_el1);
	isb();
	asm volatile("fmov %0, d5" : "=r"(value));
	GUEST_ASSERT_EQ(value, 0x1234567890abcdef);
	guest_sync(trap.vector, trap.esr, 0, 0);
}

/* ... and for EL0 alone. */
void guest_fp_trap_el0(void)
{
	static const u32 code[] __aligned(64) = {
		0x9e6703e5,	/* fmov d5, xzr */
		0xd4000001,	/* svc #0 */
	};
	const u64 cpacr = read_sysreg(cpacr_el1);
	struct trap trap;
	u64 x[4] = { 0 };

	write_sysreg((cpacr & ~(3UL << 20)) | (1UL << 20), cpacr_el1);
	isb();
	trap = guest_run_el0((u64)code, PSTATE_DAIF | PSTATE_EL0T, x);
	write_sysreg(cpacr, cpacr_el1);
	isb();
	guest_sync(trap.vector, trap.esr, 0, 0);
}

/* A word of A32 code at EL0, and SVC #0 behind it. */
void guest_aarch32(u64 insn)
{
	static u32 code[2] __aligned(64);
	struct trap trap;
	u64 x[4] = { 0 };

	code[0] = insn;
	code[1] = 0xef000000;
	sync_code((u64)code, sizeof(code));
	trap = guest_run_el0((u64)code, PSTATE_AARCH32_USR | 0x1c0, x);
	tell(trap, (u64)code - GUEST_RAM_BASE + EL0_WINDOW);
	guest_sync(x[0], x[1], x[2], x[3]);
}

/* EL0 reads CTR_EL0 where its EL1 allows it. */
u64 guest_ctr_at_el0(void)
{
	static const u32 code[] __aligned(64) = {
		0xd53b0020,	/* mrs x0, ctr_el0 */
		0xd4000001,	/* svc #0 */
	};
	const u64 sctlr = read_sysreg(sctlr_el1);
	struct trap trap;
	u64 x[4] = { 0 };

	write_sysreg(sctlr | BIT(15), sctlr_el1);
	isb();
	trap = guest_run_el0((u64)code, PSTATE_DAIF | PSTATE_EL0T, x);
	write_sysreg(sctlr, sctlr_el1);
	isb();
	GUEST_ASSERT_EQ(ESR_EC(trap.esr), EC_SVC64);
	GUEST_ASSERT_EQ(x[0], read_sysreg(ctr_el0));
	return x[0];
}
