// SPDX-License-Identifier: GPL-2.0
/*
 * System registers and system instructions at the guest's EL1 and EL0: what a guest has,
 * what reads as zero, and what is UNDEFINED because the guest does not have it.
 */
#define _GNU_SOURCE
#include "sysregs.h"

enum outcome {
	UNDEF,		/* an Undefined exception at the guest's EL1 */
	WORKS,		/* no exception */
	ZERO,		/* no exception, x0 = 0 */
	EITHER,		/* one or the other, by the CPU: no harm is done */
};

/* A feature that the guest may have, by its ID register: then the row is void. */
struct feature {
	u64 id_reg;
	unsigned int shift;
};

struct access {
	const char *name;
	u32 insn;
	enum outcome outcome;
	u64 x0;
	struct feature unless;
};

#define READ(text, outcome, ...)					\
	{ "read " text, INSN_MRS(SYS_REG(__VA_ARGS__), 0), outcome, 0x5a5a }
#define WRITE(text, value, outcome, ...)				\
	{ "write " text, INSN_MSR(SYS_REG(__VA_ARGS__), 0), outcome, value }

/* Read with an outcome that holds unless the guest has a feature. */
#define READ_UNLESS(text, outcome, id, shift, ...)			\
	{ "read " text, INSN_MRS(SYS_REG(__VA_ARGS__), 0), outcome, 0x5a5a, \
	  { REG_##id, shift } }

/* SYS instructions share the encoding of MSR with op0 = 1. */
#define SYS_INSN(text, value, outcome, op1, crn, crm, op2)		\
	{ text, 0xd5080000 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5, \
	  outcome, value }

static struct vcpu *shared_vcpu(void)
{
	static struct vm *vm;

	if (!vm)
		vm = vm_create_guest(1);
	return &vm->vcpus[0];
}

static bool guest_has(const struct vcpu *vcpu, const struct feature *feature)
{
	u64 value;
	unsigned int field;

	if (!feature->id_reg || vcpu_get_raw(vcpu, feature->id_reg, &value))
		return false;
	field = ID_FIELD(value, feature->shift);
	/* 0xf says "not there" in the fields where it is used here. */
	return field && field != 0xf;
}

static void check_access(const struct access *row)
{
	struct vcpu *vcpu = shared_vcpu();
	struct insn_run run = { .insn = row->insn, .x = { row->x0, 1, 2, 3 } };

	if (guest_has(vcpu, &row->unless))
		SKIP("the guest has the feature");
	insn_exec(vcpu, &run);
	if (row->outcome == UNDEF ||
	    (row->outcome == EITHER && run.trap.vector != VECTOR_NONE)) {
		ASSERT_EQ(run.trap.vector, VECTOR_SYNC);
		ASSERT_EQ(run.trap.esr, ESR_MAKE(EC_UNKNOWN, 0));
		ASSERT_EQ(run.trap.elr, run.addr);
		ASSERT_EQ(run.trap.spsr & PSTATE_BASE, PSTATE_DAIF | PSTATE_EL1H);
		ASSERT_EQ(run.x[0], row->x0);
	} else {
		ASSERT_EQ(run.trap.vector, VECTOR_NONE);
		if (row->outcome == ZERO)
			ASSERT_EQ(run.x[0], 0);
	}
	ASSERT_EQ(run.x[1], 1);
	ASSERT_EQ(run.x[2], 2);
	ASSERT_EQ(run.x[3], 3);
}

/* Registers of exception levels that the guest is not at. */
static const struct access higher_levels[] = {
	READ("HCR_EL2", UNDEF, 3, 4, 1, 1, 0),
	WRITE("HCR_EL2", 0, UNDEF, 3, 4, 1, 1, 0),
	READ("SCTLR_EL2", UNDEF, 3, 4, 1, 0, 0),
	READ("MDCR_EL2", UNDEF, 3, 4, 1, 1, 1),
	READ("CPTR_EL2", UNDEF, 3, 4, 1, 1, 2),
	READ("HSTR_EL2", UNDEF, 3, 4, 1, 1, 3),
	READ("TTBR0_EL2", UNDEF, 3, 4, 2, 0, 0),
	READ("VTTBR_EL2", UNDEF, 3, 4, 2, 1, 0),
	WRITE("VTTBR_EL2", 0, UNDEF, 3, 4, 2, 1, 0),
	READ("VTCR_EL2", UNDEF, 3, 4, 2, 1, 2),
	READ("SPSR_EL2", UNDEF, 3, 4, 4, 0, 0),
	READ("SPSR_abt", UNDEF, 3, 4, 4, 3, 1),
	READ("ELR_EL2", UNDEF, 3, 4, 4, 0, 1),
	READ("SP_EL1", UNDEF, 3, 4, 4, 1, 0),
	READ("ESR_EL2", UNDEF, 3, 4, 5, 2, 0),
	READ("FAR_EL2", UNDEF, 3, 4, 6, 0, 0),
	READ("HPFAR_EL2", UNDEF, 3, 4, 6, 0, 4),
	READ("VBAR_EL2", UNDEF, 3, 4, 12, 0, 0),
	WRITE("VBAR_EL2", 0, UNDEF, 3, 4, 12, 0, 0),
	READ("TPIDR_EL2", UNDEF, 3, 4, 13, 0, 2),
	READ("VMPIDR_EL2", UNDEF, 3, 4, 0, 0, 5),
	READ("CNTVOFF_EL2", UNDEF, 3, 4, 14, 0, 3),
	READ("CNTHCTL_EL2", UNDEF, 3, 4, 14, 1, 0),
	READ("ICH_HCR_EL2", UNDEF, 3, 4, 12, 11, 0),
	WRITE("ICH_LR0_EL2", 0, UNDEF, 3, 4, 12, 12, 0),
	READ("ICC_SRE_EL2", UNDEF, 3, 4, 12, 9, 5),
	READ("SCTLR_EL12", UNDEF, 3, 5, 1, 0, 0),
	READ("CPACR_EL12", UNDEF, 3, 5, 1, 0, 2),
	READ("ELR_EL12", UNDEF, 3, 5, 4, 0, 1),
	READ("CNTV_CTL_EL02", UNDEF, 3, 5, 14, 3, 1),
	READ("SCR_EL3", UNDEF, 3, 6, 1, 1, 0),
	WRITE("SCR_EL3", 1, UNDEF, 3, 6, 1, 1, 0),
	READ("VBAR_EL3", UNDEF, 3, 6, 12, 0, 0),
	SYS_INSN("TLBI ALLE1", 0, UNDEF, 4, 8, 7, 4),
	SYS_INSN("TLBI ALLE2", 0, UNDEF, 4, 8, 7, 0),
	SYS_INSN("TLBI ALLE3", 0, UNDEF, 6, 8, 7, 0),
	SYS_INSN("TLBI VMALLS12E1", 0, UNDEF, 4, 8, 7, 6),
	SYS_INSN("TLBI IPAS2E1", 0, UNDEF, 4, 8, 4, 1),
	SYS_INSN("AT S1E2R", 0, UNDEF, 4, 7, 8, 0),
	SYS_INSN("AT S12E1R", 0, UNDEF, 4, 7, 8, 4),
	SYS_INSN("AT S1E3R", 0, UNDEF, 6, 7, 8, 0),
};

TEST_EACH(higher_level, struct access, higher_levels)
{
	check_access(row);
}

/* The interrupt controller's registers in a VM that has none (CVE-2024-46707). */
static const struct access gic_registers[] = {
	WRITE("ICC_SGI1R_EL1", 1, UNDEF, 3, 0, 12, 11, 5),
	WRITE("ICC_ASGI1R_EL1", 1, UNDEF, 3, 0, 12, 11, 6),
	WRITE("ICC_SGI0R_EL1", 1, UNDEF, 3, 0, 12, 11, 7),
	WRITE("ICC_SGI1R_EL1, to all others", BIT(40), UNDEF, 3, 0, 12, 11, 5),
};

TEST_EACH(without_vgic, struct access, gic_registers)
{
	check_access(row);
}

static const struct access gic_cpu_interface[] = {
	READ("ICC_SRE_EL1", EITHER, 3, 0, 12, 12, 5),
	READ("ICC_CTLR_EL1", UNDEF, 3, 0, 12, 12, 4),
	READ("ICC_PMR_EL1", UNDEF, 3, 0, 4, 6, 0),
	WRITE("ICC_PMR_EL1", 0xf0, UNDEF, 3, 0, 4, 6, 0),
	READ("ICC_IAR0_EL1", UNDEF, 3, 0, 12, 8, 0),
	READ("ICC_IAR1_EL1", UNDEF, 3, 0, 12, 12, 0),
	WRITE("ICC_EOIR1_EL1", 0, UNDEF, 3, 0, 12, 12, 1),
	WRITE("ICC_DIR_EL1", 0, UNDEF, 3, 0, 12, 11, 1),
	READ("ICC_RPR_EL1", UNDEF, 3, 0, 12, 11, 3),
	READ("ICC_HPPIR1_EL1", UNDEF, 3, 0, 12, 12, 2),
	READ("ICC_BPR1_EL1", UNDEF, 3, 0, 12, 12, 3),
	READ("ICC_IGRPEN1_EL1", UNDEF, 3, 0, 12, 12, 7),
	WRITE("ICC_IGRPEN1_EL1", 1, UNDEF, 3, 0, 12, 12, 7),
	READ("ICC_AP1R0_EL1", UNDEF, 3, 0, 12, 9, 0),
};

TEST_EACH(without_vgic_cpu_interface, struct access, gic_cpu_interface)
{
	if (kvm_before(6, 12))
		SKIP("KVM hides the CPU interface since 6.12");
	check_access(row);
}

/* Features that the VM was not given. */
static const struct access absent_features[] = {
	READ("PMCR_EL0 without a PMU", UNDEF, 3, 3, 9, 12, 0),
	WRITE("PMCR_EL0 without a PMU", 1, UNDEF, 3, 3, 9, 12, 0),
	READ("PMCNTENSET_EL0 without a PMU", UNDEF, 3, 3, 9, 12, 1),
	READ("PMOVSCLR_EL0 without a PMU", UNDEF, 3, 3, 9, 12, 3),
	READ("PMSELR_EL0 without a PMU", UNDEF, 3, 3, 9, 12, 5),
	READ("PMCEID0_EL0 without a PMU", UNDEF, 3, 3, 9, 12, 6),
	READ("PMCCNTR_EL0 without a PMU", UNDEF, 3, 3, 9, 13, 0),
	READ("PMXEVTYPER_EL0 without a PMU", UNDEF, 3, 3, 9, 13, 1),
	READ("PMXEVCNTR_EL0 without a PMU", UNDEF, 3, 3, 9, 13, 2),
	READ("PMUSERENR_EL0 without a PMU", UNDEF, 3, 3, 9, 14, 0),
	READ("PMINTENSET_EL1 without a PMU", UNDEF, 3, 0, 9, 14, 1),
	READ("PMEVCNTR0_EL0 without a PMU", UNDEF, 3, 3, 14, 8, 0),
	READ("PMEVTYPER0_EL0 without a PMU", UNDEF, 3, 3, 14, 12, 0),
	READ("PMCCFILTR_EL0 without a PMU", UNDEF, 3, 3, 14, 15, 7),
	READ_UNLESS("ZCR_EL1 without SVE", UNDEF, ID_AA64PFR0_EL1, 32, 3, 0, 1, 2, 0),
	READ_UNLESS("SMCR_EL1 without SME", UNDEF, ID_AA64PFR1_EL1, 24, 3, 0, 1, 2, 6),
	READ_UNLESS("SVCR without SME", UNDEF, ID_AA64PFR1_EL1, 24, 3, 3, 4, 2, 2),
	READ_UNLESS("TPIDR2_EL0 without SME", EITHER, ID_AA64PFR1_EL1, 24, 3, 3, 13, 0, 5),
	READ_UNLESS("APIAKeyLo_EL1 without PAuth", UNDEF, ID_AA64ISAR1_EL1, 4, 3, 0, 2, 1, 0),
	READ_UNLESS("APGAKeyLo_EL1 without PAuth", UNDEF, ID_AA64ISAR1_EL1, 24, 3, 0, 2, 3, 0),
	READ_UNLESS("GCR_EL1 without MTE", UNDEF, ID_AA64PFR1_EL1, 8, 3, 0, 1, 0, 6),
	READ_UNLESS("RGSR_EL1 without MTE", UNDEF, ID_AA64PFR1_EL1, 8, 3, 0, 1, 0, 5),
	READ_UNLESS("TFSR_EL1 without MTE", UNDEF, ID_AA64PFR1_EL1, 8, 3, 0, 5, 6, 0),
	READ_UNLESS("AMCR_EL0 without AMU", UNDEF, ID_AA64PFR0_EL1, 44, 3, 3, 13, 2, 0),
	READ_UNLESS("AMUSERENR_EL0 without AMU", UNDEF, ID_AA64PFR0_EL1, 44, 3, 3, 13, 2, 3),
	READ_UNLESS("AMEVCNTR00_EL0 without AMU", UNDEF, ID_AA64PFR0_EL1, 44, 3, 3, 13, 4, 0),
	READ_UNLESS("PMSCR_EL1 without SPE", UNDEF, ID_AA64DFR0_EL1, 32, 3, 0, 9, 9, 0),
	READ_UNLESS("PMBLIMITR_EL1 without SPE", UNDEF, ID_AA64DFR0_EL1, 32, 3, 0, 9, 10, 0),
	READ_UNLESS("TRBLIMITR_EL1 without TRBE", UNDEF, ID_AA64DFR0_EL1, 44, 3, 0, 9, 11, 0),
	READ_UNLESS("TRFCR_EL1 without TRF", UNDEF, ID_AA64DFR0_EL1, 40, 3, 0, 1, 2, 1),
	READ_UNLESS("MPAM1_EL1 without MPAM", UNDEF, ID_AA64PFR0_EL1, 40, 3, 0, 10, 5, 0),
	READ_UNLESS("LORC_EL1 without LORegions", UNDEF, ID_AA64MMFR1_EL1, 16, 3, 0, 10, 4, 3),
	READ_UNLESS("LORID_EL1 without LORegions", UNDEF, ID_AA64MMFR1_EL1, 16, 3, 0, 10, 4, 7),
	READ_UNLESS("RNDR without RNG", UNDEF, ID_AA64ISAR0_EL1, 60, 3, 3, 2, 4, 0),
	READ_UNLESS("RNDRRS without RNG", UNDEF, ID_AA64ISAR0_EL1, 60, 3, 3, 2, 4, 1),
	READ("ACCDATA_EL1", UNDEF, 3, 0, 13, 0, 5),
};

TEST_EACH(absent, struct access, absent_features)
{
	check_access(row);
}

/* Encodings that nothing stands behind. */
static const struct access unallocated[] = {
	READ("S3_7_C15_C15_7, implementation defined", UNDEF, 3, 7, 15, 15, 7),
	WRITE("S3_7_C15_C15_7, implementation defined", 1, UNDEF, 3, 7, 15, 15, 7),
	READ("S3_0_C11_C15_7, implementation defined", UNDEF, 3, 0, 11, 15, 7),
	WRITE("S3_0_C11_C15_7, implementation defined", 1, UNDEF, 3, 0, 11, 15, 7),
	READ("S3_0_C1_C15_7, unallocated", UNDEF, 3, 0, 1, 15, 7),
	WRITE("S3_0_C1_C15_7, unallocated", 1, UNDEF, 3, 0, 1, 15, 7),
	READ("S3_3_C13_C15_7, unallocated", UNDEF, 3, 3, 13, 15, 7),
	READ("S2_7_C15_C15_7, unallocated", UNDEF, 2, 7, 15, 15, 7),
	SYS_INSN("SYS 7, C15, C15, 7, implementation defined", 0, UNDEF, 7, 15, 15, 7),
	SYS_INSN("SYS 0, C7, C15, 7, unallocated", 0, UNDEF, 0, 7, 15, 7),
};

TEST_EACH(unallocated, struct access, unallocated)
{
	check_access(row);
}

/* The wrong direction. */
static const struct access one_way[] = {
	WRITE("MIDR_EL1", 0, UNDEF, 3, 0, 0, 0, 0),
	WRITE("MPIDR_EL1", 0, UNDEF, 3, 0, 0, 0, 5),
	WRITE("ID_AA64PFR0_EL1", 0, UNDEF, 3, 0, 0, 4, 0),
	WRITE("ID_AA64MMFR0_EL1", 0, UNDEF, 3, 0, 0, 7, 0),
	WRITE("CCSIDR_EL1", 0, UNDEF, 3, 1, 0, 0, 0),
	WRITE("CLIDR_EL1", 0, UNDEF, 3, 1, 0, 0, 1),
	WRITE("CTR_EL0", 0, UNDEF, 3, 3, 0, 0, 1),
	WRITE("DCZID_EL0", 0, UNDEF, 3, 3, 0, 0, 7),
	WRITE("CNTVCT_EL0", 0, UNDEF, 3, 3, 14, 0, 2),
	WRITE("CNTPCT_EL0", 0, UNDEF, 3, 3, 14, 0, 1),
	WRITE("OSLSR_EL1", 0, UNDEF, 2, 0, 1, 1, 4),
	READ("OSLAR_EL1", UNDEF, 2, 0, 1, 0, 4),
	READ("ICC_SGI1R_EL1", UNDEF, 3, 0, 12, 11, 5),
};

TEST_EACH(one_way, struct access, one_way)
{
	check_access(row);
}

/* What a guest's kernel does on any CPU. */
static const struct access ordinary[] = {
	READ("ACTLR_EL1", WORKS, 3, 0, 1, 0, 1),
	WRITE("ACTLR_EL1", 0, WORKS, 3, 0, 1, 0, 1),
	READ("MIDR_EL1", WORKS, 3, 0, 0, 0, 0),
	READ("REVIDR_EL1", WORKS, 3, 0, 0, 0, 6),
	READ("AIDR_EL1", WORKS, 3, 1, 0, 0, 7),
	READ("CTR_EL0", WORKS, 3, 3, 0, 0, 1),
	READ("DCZID_EL0", WORKS, 3, 3, 0, 0, 7),
	READ("CLIDR_EL1", WORKS, 3, 1, 0, 0, 1),
	READ("CCSIDR_EL1", WORKS, 3, 1, 0, 0, 0),
	READ("CNTFRQ_EL0", WORKS, 3, 3, 14, 0, 0),
	READ("CNTPCT_EL0", WORKS, 3, 3, 14, 0, 1),
	READ("CNTVCT_EL0", WORKS, 3, 3, 14, 0, 2),
	READ("CNTP_CTL_EL0", WORKS, 3, 3, 14, 2, 1),
	READ("CNTP_CVAL_EL0", WORKS, 3, 3, 14, 2, 2),
	READ("CNTP_TVAL_EL0", WORKS, 3, 3, 14, 2, 0),
	READ("CNTV_CTL_EL0", WORKS, 3, 3, 14, 3, 1),
	READ("CNTV_TVAL_EL0", WORKS, 3, 3, 14, 3, 0),
	READ("AFSR0_EL1", WORKS, 3, 0, 5, 1, 0),
	READ("AMAIR_EL1", WORKS, 3, 0, 10, 3, 0),
	READ("ISR_EL1", ZERO, 3, 0, 12, 1, 0),
	READ("CurrentEL", WORKS, 3, 0, 4, 2, 2),
	SYS_INSN("IC IALLUIS", 0, WORKS, 0, 7, 1, 0),
	SYS_INSN("IC IALLU", 0, WORKS, 0, 7, 5, 0),
	SYS_INSN("DC ISW", 0, WORKS, 0, 7, 6, 2),
	SYS_INSN("DC CSW", 0, WORKS, 0, 7, 10, 2),
	SYS_INSN("DC CISW", 0, WORKS, 0, 7, 14, 2),
	SYS_INSN("DC CISW of another level, set and way", 0x10000042, WORKS, 0, 7, 14, 2),
	SYS_INSN("DC CVAC", GUEST_RAM_BASE, WORKS, 3, 7, 10, 1),
	SYS_INSN("DC CVAU", GUEST_RAM_BASE, WORKS, 3, 7, 11, 1),
	SYS_INSN("DC CIVAC", GUEST_RAM_BASE, WORKS, 3, 7, 14, 1),
	SYS_INSN("DC IVAC", GUEST_RAM_BASE, WORKS, 0, 7, 6, 1),
	SYS_INSN("IC IVAU", GUEST_RAM_BASE, WORKS, 3, 7, 5, 1),
	SYS_INSN("DC ZVA", GUEST_RAM_BASE, WORKS, 3, 7, 4, 1),
	SYS_INSN("TLBI VMALLE1", 0, WORKS, 0, 8, 7, 0),
	SYS_INSN("TLBI VMALLE1IS", 0, WORKS, 0, 8, 3, 0),
	SYS_INSN("TLBI VAE1", 0, WORKS, 0, 8, 7, 1),
	SYS_INSN("TLBI VAAE1IS", 0, WORKS, 0, 8, 3, 3),
	SYS_INSN("TLBI ASIDE1", 0, WORKS, 0, 8, 7, 2),
	SYS_INSN("AT S1E1R", GUEST_RAM_BASE, WORKS, 0, 7, 8, 0),
	SYS_INSN("AT S1E0W", GUEST_RAM_BASE, WORKS, 0, 7, 8, 3),
};

TEST_EACH(ordinary, struct access, ordinary)
{
	check_access(row);
}

/* External debug that a guest does not have but may look at (DDI 0487 H9). */
static const struct access debug_registers[] = {
	READ("OSLSR_EL1", WORKS, 2, 0, 1, 1, 4),
	WRITE("OSLAR_EL1", 0, WORKS, 2, 0, 1, 0, 4),
	READ("OSDLR_EL1", WORKS, 2, 0, 1, 3, 4),
	WRITE("OSDLR_EL1", 1, WORKS, 2, 0, 1, 3, 4),
	READ("OSDLR_EL1 after the write", ZERO, 2, 0, 1, 3, 4),
	READ("MDRAR_EL1", WORKS, 2, 0, 1, 0, 0),
	READ("MDCCSR_EL0", ZERO, 2, 3, 0, 1, 0),
	READ("DBGDTR_EL0", EITHER, 2, 3, 0, 4, 0),
	WRITE("DBGDTRTX_EL0", 1, EITHER, 2, 3, 0, 5, 0),
	READ("OSDTRRX_EL1", EITHER, 2, 0, 0, 0, 2),
	READ("OSECCR_EL1", EITHER, 2, 0, 0, 6, 2),
	READ("DBGPRCR_EL1", EITHER, 2, 0, 1, 4, 4),
	READ("DBGCLAIMSET_EL1", EITHER, 2, 0, 7, 8, 6),
	WRITE("DBGCLAIMCLR_EL1", 0xff, EITHER, 2, 0, 7, 9, 6),
	READ("DBGAUTHSTATUS_EL1", EITHER, 2, 0, 7, 14, 6),
	READ("MDCCINT_EL1", WORKS, 2, 0, 0, 2, 0),
	READ("MDSCR_EL1", ZERO, 2, 0, 0, 2, 2),
	READ("DBGBVR0_EL1", WORKS, 2, 0, 0, 0, 4),
	READ("DBGBCR0_EL1", WORKS, 2, 0, 0, 0, 5),
	READ("DBGWVR0_EL1", WORKS, 2, 0, 0, 0, 6),
	READ("DBGWCR0_EL1", WORKS, 2, 0, 0, 0, 7),
};

TEST_EACH(debug, struct access, debug_registers)
{
	check_access(row);
}

/* With RAS, an error record interface without records. */
static const struct access ras_registers[] = {
	READ("ERRIDR_EL1", ZERO, 3, 0, 5, 3, 0),
	WRITE("ERRSELR_EL1", 0, EITHER, 3, 0, 5, 3, 1),
	READ("DISR_EL1", WORKS, 3, 0, 12, 1, 1),
};

TEST_EACH(ras, struct access, ras_registers)
{
	const struct feature ras = { REG_ID_AA64PFR0_EL1, 28 };

	if (!guest_has(shared_vcpu(), &ras))
		SKIP("the guest has no RAS");
	check_access(row);
}

/* The OS lock is the guest's own, and its state is what user space sees. */
TEST(os_lock)
{
	struct vcpu *vcpu = shared_vcpu();
	struct insn_run lock = { .insn = INSN_MSR(SYS_REG(2, 0, 1, 0, 4), 0), .x[0] = 1 };
	struct insn_run unlock = { .insn = lock.insn, .x[0] = 0 };
	struct insn_run status = { .insn = INSN_MRS(REG_OSLSR_EL1, 0) };

	insn_exec(vcpu, &lock);
	insn_exec(vcpu, &status);
	ASSERT_EQ(status.x[0], 0xa);	/* OSLM = 0b10, OSLK */
	ASSERT_EQ(vcpu_get(vcpu, REG_OSLSR_EL1), 0xa);
	insn_exec(vcpu, &unlock);
	insn_exec(vcpu, &status);
	ASSERT_EQ(status.x[0], 0x8);
	ASSERT_EQ(vcpu_get(vcpu, REG_OSLSR_EL1), 0x8);
}

/* MPIDR_EL1 by vCPU number: 16 to a cluster, RES1 in bit 31, each its own. */
TEST(mpidr)
{
	static const unsigned int ids[] = { 0, 1, 7, 15, 16, 17 };
	struct vm *vm = vm_create();
	unsigned int i;

	vm_load_guest(vm);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		struct vcpu *vcpu = vm_add_ready_vcpu(vm, ids[i], VCPU_PSCI);
		const u64 aff = (ids[i] & 15) | (ids[i] >> 4) << 8;

		ASSERT_EQ(vcpu_get(vcpu, REG_MPIDR_EL1), BIT(31) | aff);
	}
	for (i = 0; i < 4; i++) {
		struct insn_run run = { .insn = INSN_MRS(REG_MPIDR_EL1, 0) };

		insn_exec(&vm->vcpus[i], &run);
		ASSERT_EQ(run.x[0], vcpu_get(&vm->vcpus[i], REG_MPIDR_EL1));
	}
}

/* CLIDR_EL1.Ctype<n> says so. What CCSIDR_EL1 reads for others is UNKNOWN (D19.2.26). */
static bool cache_exists(u64 clidr, u64 csselr)
{
	const u64 type = clidr >> (csselr >> 1) * 3 & 7;

	return csselr & 1 ? type == 1 || type == 3 : type >= 2 && type <= 4;
}

/* Cache geometry: by CSSELR_EL1 the guest sees what the DEMUX registers say. */
TEST(ccsidr_matches_user_space)
{
	struct vcpu *vcpu = shared_vcpu();
	const struct kvm_reg_list *list = vcpu_reg_list(vcpu);
	unsigned int nr = 0;
	u64 i;

	for (i = 0; i < list->n; i++) {
		struct insn_run select = { .insn = INSN_MSR(REG_CSSELR_EL1, 0) };
		struct insn_run read = { .insn = INSN_MRS(SYS_REG(3, 1, 0, 0, 0), 0) };

		if ((list->reg[i] & KVM_REG_ARM_COPROC_MASK) != KVM_REG_ARM_DEMUX)
			continue;
		select.x[0] = list->reg[i] & KVM_REG_ARM_DEMUX_VAL_MASK;
		if (!cache_exists(vcpu_get(vcpu, REG_CLIDR_EL1), select.x[0]))
			continue;
		insn_exec(vcpu, &select);
		insn_exec(vcpu, &read);
		ASSERT_EQ(read.trap.vector, VECTOR_NONE);
		ASSERT_EQ(read.x[0], vcpu_get(vcpu, list->reg[i]));
		nr++;
	}
	if (!nr)
		SKIP("no DEMUX registers");
}

TEST(ccsidr_of_a_cache_that_is_not_there)
{
	struct vcpu *vcpu = shared_vcpu();
	struct insn_run select = { .insn = INSN_MSR(REG_CSSELR_EL1, 0), .x[0] = 0xd };
	struct insn_run read = { .insn = INSN_MRS(SYS_REG(3, 1, 0, 0, 0), 0) };

	insn_exec(vcpu, &select);
	insn_exec(vcpu, &read);		/* UNKNOWN, but no harm */
	select.x[0] = ~0ULL;
	insn_exec(vcpu, &select);
	insn_exec(vcpu, &read);
}

/* From EL0, what EL1 did not allow goes to EL1, with the syndrome of the access. */
struct el0_access {
	const char *name;
	u32 insn;
	u64 esr;
};

/* ISS of a trapped MRS or MSR of x0 (DDI 0487 D24.2.37, EC 0x18). */
#define SYS64_ISS(op0, op1, crn, crm, op2, read)			\
	ESR_MAKE(EC_SYS64, (op0) << 20 | (op2) << 17 | (op1) << 14 |	\
			   (crn) << 10 | (crm) << 1 | (read))

static const struct el0_access el0_accesses[] = {
	{ "SCTLR_EL1", INSN_MRS(REG_SCTLR_EL1, 0), ESR_MAKE(EC_UNKNOWN, 0) },
	{ "TTBR0_EL1", INSN_MSR(REG_TTBR0_EL1, 0), ESR_MAKE(EC_UNKNOWN, 0) },
	{ "VBAR_EL2", INSN_MRS(SYS_REG(3, 4, 12, 0, 0), 0), ESR_MAKE(EC_UNKNOWN, 0) },
	{ "ICC_SGI1R_EL1", INSN_MSR(SYS_REG(3, 0, 12, 11, 5), 0), ESR_MAKE(EC_UNKNOWN, 0) },
	{ "ACTLR_EL1", INSN_MRS(REG_ACTLR_EL1, 0), ESR_MAKE(EC_UNKNOWN, 0) },
	{ "OSLAR_EL1", INSN_MSR(SYS_REG(2, 0, 1, 0, 4), 0), ESR_MAKE(EC_UNKNOWN, 0) },
	{ "DC CISW", 0xd50b7e40 & ~0x00070000, ESR_MAKE(EC_UNKNOWN, 0) },
	{ "CTR_EL0 without SCTLR_EL1.UCT", INSN_MRS(REG_CTR_EL0, 0),
	  SYS64_ISS(3, 3, 0, 0, 1, 1) },
	{ "CNTVCT_EL0 without CNTKCTL_EL1.EL0VCTEN",
	  INSN_MRS(SYS_REG(3, 3, 14, 0, 2), 0), SYS64_ISS(3, 3, 14, 0, 2, 1) },
	{ "CNTPCT_EL0 without CNTKCTL_EL1.EL0PCTEN",
	  INSN_MRS(SYS_REG(3, 3, 14, 0, 1), 0), SYS64_ISS(3, 3, 14, 0, 1, 1) },
	{ "CNTV_CTL_EL0 without CNTKCTL_EL1.EL0VTEN",
	  INSN_MSR(SYS_REG(3, 3, 14, 3, 1), 0), SYS64_ISS(3, 3, 14, 3, 1, 0) },
	{ "CNTP_CTL_EL0 without CNTKCTL_EL1.EL0PTEN",
	  INSN_MSR(SYS_REG(3, 3, 14, 2, 1), 0), SYS64_ISS(3, 3, 14, 2, 1, 0) },
};

TEST_EACH(from_el0, struct el0_access, el0_accesses)
{
	struct insn_run run = { .insn = row->insn, .el0 = 1 };

	insn_exec(shared_vcpu(), &run);
	ASSERT_EQ(run.trap.vector, VECTOR_SYNC_EL0);
	ASSERT_EQ(run.trap.esr, row->esr);
	ASSERT_EQ(run.trap.elr, run.addr);
}
