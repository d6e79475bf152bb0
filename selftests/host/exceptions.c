// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions that stay in the guest: its own faults, and what the hypervisor turns
 * into an exception at its EL1. Syndromes, addresses and saved state are exact.
 */
#define _GNU_SOURCE
#include "sysregs.h"

static struct vcpu *shared_vcpu(void)
{
	static struct vm *vm;

	if (!vm)
		vm = vm_create_guest(1);
	return &vm->vcpus[0];
}

/* Single instructions at EL1 or EL0 */

#define INSNS(X)							\
	X(svc, "svc 0x1234", 0, VECTOR_SYNC, ESR_MAKE(EC_SVC64, 0x1234), 4) \
	X(brk, "brk 0xf00d", 0, VECTOR_SYNC, ESR_MAKE(EC_BRK64, 0xf00d), 0) \
	X(hlt, "hlt 0x1", 0, VECTOR_SYNC, ESR_MAKE(EC_UNKNOWN, 0), 0)	\
	X(udf, "udf 0x1", 0, VECTOR_SYNC, ESR_MAKE(EC_UNKNOWN, 0), 0)	\
	X(dcps1, "dcps1", 0, VECTOR_SYNC, ESR_MAKE(EC_UNKNOWN, 0), 0)	\
	X(dcps2, "dcps2", 0, VECTOR_SYNC, ESR_MAKE(EC_UNKNOWN, 0), 0)	\
	X(drps, "drps", 0, VECTOR_SYNC, ESR_MAKE(EC_UNKNOWN, 0), 0)	\
	X(svc_el0, "svc 0xffff", 1, VECTOR_SYNC_EL0, ESR_MAKE(EC_SVC64, 0xffff), 4) \
	X(brk_el0, "brk 0x0", 1, VECTOR_SYNC_EL0, ESR_MAKE(EC_BRK64, 0), 0) \
	X(hvc_el0, "hvc 0x0", 1, VECTOR_SYNC_EL0, ESR_MAKE(EC_UNKNOWN, 0), 0) \
	X(smc_el0, "smc 0x0", 1, VECTOR_SYNC_EL0, ESR_MAKE(EC_UNKNOWN, 0), 0) \
	X(eret_el0, "eret", 1, VECTOR_SYNC_EL0, ESR_MAKE(EC_UNKNOWN, 0), 0) \
	X(wfi_el0, "wfi", 1, VECTOR_SYNC_EL0, ESR_MAKE(EC_WFX, 0x1e00000), 0)

struct insn_row {
	const char *name;
	const u32 *insn;
	bool el0;
	u64 vector;
	u64 esr;
	u64 elr_offset;		/* from the instruction */
};

#define INSN_ASM(id, text, ...)	INSN_DEFINE(id, text);
#define INSN_ROW(id, text, el0, vector, esr, elr_offset)		\
	{ el0 ? text " at EL0" : text, &insn_##id, el0, vector, esr, elr_offset },

INSNS(INSN_ASM)
static const struct insn_row insns[] = { INSNS(INSN_ROW) };

/*
 * WFI need not trap where it would not wait, as with an interrupt of the host's
 * pending that moment (D1.7.2): then EL0 has gone on to its SVC.
 */
static bool has_not_waited(const struct insn_row *row, const struct insn_run *run)
{
	return ESR_EC(row->esr) == EC_WFX && ESR_EC(run->trap.esr) == EC_SVC64;
}

TEST_EACH(instruction, struct insn_row, insns)
{
	struct insn_run run;

	do {
		run = (struct insn_run) { .insn = *row->insn, .el0 = row->el0 };
		insn_exec(shared_vcpu(), &run);
	} while (has_not_waited(row, &run));
	ASSERT_EQ(run.trap.vector, row->vector);
	ASSERT_EQ(run.trap.esr, row->esr);
	ASSERT_EQ(run.trap.elr, run.addr + row->elr_offset);
	ASSERT_EQ(run.trap.spsr & PSTATE_BASE,
		  PSTATE_DAIF | (row->el0 ? PSTATE_EL0T : PSTATE_EL1H));
}

/* Hints and barriers: nothing happens, and the guest goes on. */
#define HINTS(X)							\
	X(nop, "nop") X(yield, "yield") X(sev, "sev") X(sevl, "sevl")	\
	X(wfe, "wfe") X(esb, "hint 16") X(psb, "hint 17") X(tsb, "hint 18") \
	X(csdb, "hint 20") X(paciasp, "hint 25") X(autiasp, "hint 29")	\
	X(bti, "hint 34") X(hint_127, "hint 127") X(isb, "isb")		\
	X(dsb, "dsb sy") X(dmb, "dmb ish") X(clrex, "clrex") X(sb, "sb")

struct hint {
	const char *name;
	const u32 *insn;
};

#define HINT_ASM(id, text)	INSN_DEFINE(id, text);
#define HINT_ROW(id, text)	{ text, &insn_##id },

HINTS(HINT_ASM)
static const struct hint hints[] = { HINTS(HINT_ROW) };

TEST_EACH(hint, struct hint, hints)
{
	struct insn_run run = { .insn = *row->insn, .x = { 1, 2, 3, 4 } };

	insn_exec(shared_vcpu(), &run);
	if (!strcmp(row->name, "sb") && run.trap.vector != VECTOR_NONE)
		SKIP("the CPU has no SB");
	ASSERT_EQ(run.trap.vector, VECTOR_NONE);
	ASSERT_EQ(run.x[0], 1);
	ASSERT_EQ(run.x[3], 4);
}

/* Instructions of features that the VM was not given. */
#define ABSENT(X)							\
	X(rdvl, "rdvl x0, 1", REG_ID_AA64PFR0_EL1, 32)			\
	X(ptrue, "ptrue p0.b", REG_ID_AA64PFR0_EL1, 32)			\
	X(dup_z, "dup z0.d, x0", REG_ID_AA64PFR0_EL1, 32)		\
	X(pacga, "pacga x0, x1, x2", REG_ID_AA64ISAR1_EL1, 24)		\
	X(rdsvl, ".inst 0x04bf5820", REG_ID_AA64PFR1_EL1, 24)		\
	X(smstart, ".inst 0xd503477f", REG_ID_AA64PFR1_EL1, 24)

struct absent {
	const char *name;
	const u32 *insn;
	u64 id_reg;
	unsigned int shift;
};

#define ABSENT_ROW(id, text, reg, shift)	{ #id, &insn_##id, reg, shift },
ABSENT(INSN_ASM)
static const struct absent absent[] = { ABSENT(ABSENT_ROW) };

TEST_EACH(absent_feature, struct absent, absent)
{
	struct vcpu *vcpu = shared_vcpu();
	struct insn_run run = { .insn = *row->insn, .x = { 1, 2, 3, 4 } };

	if (ID_FIELD(vcpu_get(vcpu, row->id_reg), row->shift))
		SKIP("the guest has it");
	insn_exec(vcpu, &run);
	ASSERT_EQ(run.trap.vector, VECTOR_SYNC);
	ASSERT_EQ(run.trap.esr, ESR_MAKE(EC_UNKNOWN, 0));
	ASSERT_EQ(run.trap.elr, run.addr);
	ASSERT_EQ(run.x[0], 1);
}

/* Faults of the guest's own translation */

struct fault {
	const char *name;
	u64 addr;
	u64 esr;
};

static void check_fault(const struct report *report, const struct fault *row)
{
	ASSERT_EQ(report->val[0], VECTOR_SYNC);
	ASSERT_EQ(report->val[1], row->esr);
	ASSERT_EQ(report->val[2], row->addr);
}

static const struct fault load_faults[] = {
	{ "translation, level 2", TABLE_WINDOW + 0x123458, ESR_MAKE(EC_DABT, 0x06) },
	{ "beyond TCR_EL1.T0SZ", BIT(39), ESR_MAKE(EC_DABT, 0x04) },
	{ "of TTBR1_EL1, disabled", -SZ_4K, ESR_MAKE(EC_DABT, 0x04) },
};

TEST_EACH(load_fault, struct fault, load_faults)
{
	struct report report;

	vcpu_call(shared_vcpu(), guest_load, row->addr);
	report = vcpu_run_to_sync(shared_vcpu());
	check_fault(&report, row);
}

static const struct fault store_faults[] = {
	{ "translation, level 2", TABLE_WINDOW + 0x123458, ESR_MAKE(EC_DABT, 0x46) },
};

TEST_EACH(store_fault, struct fault, store_faults)
{
	struct report report;

	vcpu_call(shared_vcpu(), guest_store, row->addr);
	report = vcpu_run_to_sync(shared_vcpu());
	check_fault(&report, row);
}

static const struct fault fetch_faults[] = {
	{ "translation, level 2", TABLE_WINDOW + 0x1000, ESR_MAKE(EC_IABT, 0x06) },
	{ "permission, level 1", EL0_WINDOW + 0x200000, ESR_MAKE(EC_IABT, 0x0d) },
	/* Stage 2: no memory slot. It has no emulation, so the fetch fails. */
	{ "external, no memory", GUEST_RAM_BASE + 0x10000000, ESR_MAKE(EC_IABT, 0x10) },
	{ "external, no memory, 8 GiB", 0x200000040, ESR_MAKE(EC_IABT, 0x10) },
};

TEST_EACH(fetch_fault, struct fault, fetch_faults)
{
	struct report report;

	vcpu_call(shared_vcpu(), guest_fetch, row->addr);
	report = vcpu_run_to_sync(shared_vcpu());
	report.val[1] = (u32)report.val[1];
	check_fault(&report, row);
	ASSERT_EQ(report.val[3], row->addr);
}

TEST(pc_alignment)
{
	const struct fault fault = {
		.addr = GUEST_IMAGE_BASE + 2, .esr = ESR_MAKE(EC_PC_ALIGN, 0),
	};
	struct report report;

	vcpu_call(shared_vcpu(), guest_fetch, fault.addr);
	report = vcpu_run_to_sync(shared_vcpu());
	check_fault(&report, &fault);
}

TEST(sp_alignment)
{
	struct report report;

	vcpu_call(shared_vcpu(), guest_sp_alignment);
	report = vcpu_run_to_sync(shared_vcpu());
	if (report.val[0] == VECTOR_NONE)
		SKIP("this CPU does not check the stack pointer");
	ASSERT_EQ(report.val[0], VECTOR_SYNC_SP0);
	ASSERT_EQ(report.val[1], ESR_MAKE(EC_SP_ALIGN, 0));
}

/* Debug of the guest by itself */

TEST(software_step)
{
	struct report report;

	vcpu_call(shared_vcpu(), guest_step);
	report = vcpu_run_to_sync(shared_vcpu());
	ASSERT_EQ(report.val[0], VECTOR_SYNC);
	/* ISV, and no load exclusive; the fault status of debug exceptions. */
	ASSERT_EQ(report.val[1], ESR_MAKE(EC_STEP, BIT(24) | 0x22));
	ASSERT_EQ(report.val[3], 0);
	ASSERT_EQ(report.val[2] & PSTATE_SS, 0);
	vcpu_run_to_end(shared_vcpu());
}

TEST(hardware_breakpoint)
{
	struct report report;

	vcpu_call(shared_vcpu(), guest_breakpoint);
	report = vcpu_run_to_sync(shared_vcpu());
	ASSERT_EQ(report.val[0], VECTOR_SYNC);
	ASSERT_EQ(report.val[1], ESR_MAKE(0x31, 0x22));
	ASSERT_EQ(report.val[3], 0);
	vcpu_run_to_end(shared_vcpu());
}

TEST(watchpoint)
{
	struct report report;

	vcpu_call(shared_vcpu(), guest_watchpoint);
	report = vcpu_run_to_sync(shared_vcpu());
	ASSERT_EQ(report.val[0], VECTOR_SYNC);
	ASSERT_EQ(ESR_EC(report.val[1]), EC_WATCHPOINT);
	ASSERT_EQ(report.val[1] & 0x7f, 0x62);	/* WnR, debug exception */
	ASSERT_EQ(report.val[2], 0);
	vcpu_run_to_end(shared_vcpu());
}

/* Exception returns that are illegal: PSTATE.IL, and the next instruction fails. */

struct illegal {
	const char *name;
	u64 spsr;
};

static const struct illegal illegal[] = {
	{ "to EL2h", PSTATE_DAIF | PSTATE_EL2H },
	{ "to EL2t", PSTATE_DAIF | PSTATE_EL2T },
	{ "to EL3h", PSTATE_DAIF | 0xd },
	{ "to M = 1", PSTATE_DAIF | 0x1 },
	{ "to AArch32 Supervisor", PSTATE_DAIF | 0x13 },
	{ "to AArch32 Hyp", PSTATE_DAIF | 0x1a },
	{ "with IL saved", PSTATE_DAIF | PSTATE_IL | PSTATE_EL1H },
};

TEST_EACH(illegal_return, struct illegal, illegal)
{
	struct report report;

	vcpu_call(shared_vcpu(), guest_illegal_return, row->spsr);
	report = vcpu_run_to_sync(shared_vcpu());
	ASSERT_EQ(report.val[0], VECTOR_SYNC);
	ASSERT_EQ(report.val[1], ESR_MAKE(EC_ILLEGAL, 0));
	ASSERT_EQ(report.val[2] & (PSTATE_IL | 0x1f), PSTATE_IL | PSTATE_EL1H);
	ASSERT_EQ(report.val[3], 0);
}

/* An injected exception saves the state as it was (CVE-2026-64555). */

TEST(injected_undef_saves_state)
{
	struct report report;

	vcpu_call(shared_vcpu(), guest_injected_undef);
	report = vcpu_run_to_sync(shared_vcpu());
	ASSERT_EQ(report.val[0], VECTOR_SYNC);
	ASSERT_EQ(report.val[1], ESR_MAKE(EC_UNKNOWN, 0));
	ASSERT_EQ(report.val[2] & (0xf0000000 | PSTATE_BASE),
		  0xa0000000 | PSTATE_I | PSTATE_F | PSTATE_EL1H);
	ASSERT_EQ(report.val[3], 0);
}

TEST(injected_undef_with_sp_el0)
{
	struct report report;

	vcpu_call(shared_vcpu(), guest_injected_undef_sp0);
	report = vcpu_run_to_sync(shared_vcpu());
	ASSERT_EQ(report.val[0], VECTOR_SYNC_SP0);
	ASSERT_EQ(report.val[1], ESR_MAKE(EC_UNKNOWN, 0));
	ASSERT_EQ(report.val[2] & PSTATE_BASE, PSTATE_DAIF | PSTATE_EL1T);
	ASSERT_EQ(report.val[3], 0);
}

TEST(injected_undef_masks_all)
{
	/* DAIF all set, SPSel = 1. */
	ASSERT_EQ(vcpu_eval(shared_vcpu(), guest_pstate_in_handler), PSTATE_DAIF | 1);
}

/* Floating point */

TEST(fp_trap_by_the_guest)
{
	struct report report;

	vcpu_call(shared_vcpu(), guest_fp_trap);
	report = vcpu_run_to_sync(shared_vcpu());
	ASSERT_EQ(report.val[0], VECTOR_SYNC);
	ASSERT_EQ(report.val[1], ESR_MAKE(EC_FP, 0x1e00000));
	vcpu_run_to_end(shared_vcpu());
}

TEST(fp_trap_of_el0_by_the_guest)
{
	struct report report;

	vcpu_call(shared_vcpu(), guest_fp_trap_el0);
	report = vcpu_run_to_sync(shared_vcpu());
	ASSERT_EQ(report.val[0], VECTOR_SYNC_EL0);
	ASSERT_EQ(report.val[1], ESR_MAKE(EC_FP, 0x1e00000));
	vcpu_run_to_end(shared_vcpu());
}

/* EL0 */

TEST(ctr_el0_at_el0)
{
	vcpu_eval(shared_vcpu(), guest_ctr_at_el0);
}

/* A32 at EL0, where the guest has it. */
struct aarch32 {
	const char *name;
	u32 insn;
	u64 esr;
	u64 elr_offset;
};

static const struct aarch32 aarch32[] = {
	{ "SVC 0x1234", 0xef001234, ESR_MAKE(EC_SVC32, 0x1234), 4 },
	{ "MOV, then SVC", 0xe3a00001, ESR_MAKE(EC_SVC32, 0), 8 },
	{ "UDF", 0xe7f000f0, ESR_MAKE(EC_UNKNOWN, 0), 0 },
	{ "HVC", 0xe1400070, ESR_MAKE(EC_UNKNOWN, 0), 0 },
	{ "SMC", 0xe1600070, ESR_MAKE(EC_UNKNOWN, 0), 0 },
	{ "BKPT", 0xe1200070, ESR_MAKE(0x38, 0), 0 },
	{ "MRC of SCTLR", 0xee110f10, ESR_MAKE(EC_UNKNOWN, 0), 0 },
	{ "MRC of MIDR", 0xee100f10, ESR_MAKE(EC_UNKNOWN, 0), 0 },
	{ "MCR of DCCISW", 0xee070f5e, ESR_MAKE(EC_UNKNOWN, 0), 0 },
};

TEST_EACH(aarch32_at_el0, struct aarch32, aarch32)
{
	struct vcpu *vcpu = shared_vcpu();
	struct report report;

	if (ID_FIELD(vcpu_get(vcpu, REG_ID_AA64PFR0_EL1), 0) != 2)
		SKIP("no AArch32 at EL0");
	vcpu_call(vcpu, guest_aarch32, row->insn);
	report = vcpu_run_to_sync(vcpu);
	ASSERT_EQ(report.val[0], VECTOR_SYNC_AARCH32);
	ASSERT_EQ(report.val[1], row->esr);
	ASSERT_EQ(report.val[3], row->elr_offset);
	ASSERT_EQ(report.val[2] & 0x1f, PSTATE_AARCH32_USR);
	vcpu_run_to_sync(vcpu);
	vcpu_run_to_end(vcpu);
}
