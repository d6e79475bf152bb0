// SPDX-License-Identifier: GPL-2.0
/* System registers of EL1 and EL0: translation, RAS, timers, GIC, EL2's 32-bit. */
#include <linux/preempt.h>

#include "sysreg.h"

#define SCTLR_M		BIT_ULL(0)
#define SCTLR_C		BIT_ULL(2)
/* RES1 of Armv8.0 and what KVM lets a vCPU come up with (DDI 0487, D19.2.118) */
#define SCTLR_RESET	0x00c50078

#define PFR0_RAS_SHIFT	28

static bool caches_on(struct avcpu_vcpu *vcpu)
{
	u64 sctlr = avcpu_read_reg(vcpu, SCTLR_EL1);

	return (sctlr & (SCTLR_M | SCTLR_C)) == (SCTLR_M | SCTLR_C);
}

/*
 * Registers that HCR_EL2.TVM traps. They do so only from a set/way operation
 * to the moment the guest switches its caches on or off (setway.c), which is
 * when memory must be cleaned: it may sleep.
 */
static bool access_vm(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
		      const struct avcpu_sysreg *row)
{
	bool was_on;

	preempt_disable();
	was_on = caches_on(vcpu);
	avcpu_write_reg(vcpu, row->reg, a->val);
	preempt_enable();
	avcpu_caches_toggled(vcpu, was_on);
	return true;
}

static bool access_set_way(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			   const struct avcpu_sysreg *row)
{
	/* With FEAT_S2FWB the guest's memory is coherent whatever it does. */
	if (!avcpu_hw.fwb)
		avcpu_set_way(vcpu);
	return true;
}

/* HCR_EL2.TACR: implementation defined, so the guest sees it and changes nothing. */
static bool access_actlr(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			 const struct avcpu_sysreg *row)
{
	if (!a->write)
		a->val = avcpu_read_reg(vcpu, ACTLR_EL1);
	return true;
}

static u64 reset_actlr(struct avcpu_vcpu *vcpu)
{
	return read_sysreg_s(sys_reg(3, 0, 1, 0, 1));
}

static u64 reset_amair(struct avcpu_vcpu *vcpu)
{
	return read_sysreg_s(sys_reg(3, 0, 10, 3, 0));
}

/* HCR_EL2.TERR: ERRIDR_EL1.NUM is 0, there are no records to select. */
static bool access_ras(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
		       const struct avcpu_sysreg *row)
{
	u64 pfr0 = avcpu_idreg_get(vcpu->vm, sys_reg(3, 0, 0, 4, 0));

	a->val = 0;
	return (pfr0 >> PFR0_RAS_SHIFT) & 0xf;
}

/* The physical timer is emulated: CNTHCTL_EL2.EL1PTEN traps all of it. */
static bool access_cntp_ctl(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			    const struct avcpu_sysreg *row)
{
	if (a->write)
		avcpu_timer_write_ctl(vcpu, AVCPU_TIMER_PHYS, a->val);
	else
		a->val = avcpu_timer_read_ctl(vcpu, AVCPU_TIMER_PHYS);
	return true;
}

static bool access_cntp_cval(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			     const struct avcpu_sysreg *row)
{
	if (a->write)
		avcpu_timer_write_cval(vcpu, AVCPU_TIMER_PHYS, a->val);
	else
		a->val = avcpu_timer_read_cval(vcpu, AVCPU_TIMER_PHYS);
	return true;
}

/* TimerValue is a signed 32-bit distance from now (DDI 0487, D12.2.4). */
static bool access_cntp_tval(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			     const struct avcpu_sysreg *row)
{
	u64 now = avcpu_timer_count(vcpu, AVCPU_TIMER_PHYS);

	if (a->write)
		avcpu_timer_write_cval(vcpu, AVCPU_TIMER_PHYS,
				       now + (s64)(s32)a->val);
	else
		a->val = (u32)(avcpu_timer_read_cval(vcpu, AVCPU_TIMER_PHYS) - now);
	return true;
}

static bool access_cntpct(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			  const struct avcpu_sysreg *row)
{
	a->val = avcpu_timer_count(vcpu, AVCPU_TIMER_PHYS);
	return true;
}

/*
 * The one place where a guest's SGI enters the vGIC from its system registers.
 * Without a vGIC the registers are UNDEFINED, as ID_AA64PFR0_EL1.GIC says.
 * With one security state the alias generates Group 0 like ICC_SGI0R_EL1.
 */
static bool access_sgi(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
		       const struct avcpu_sysreg *row)
{
	if (!avcpu_vgic_present(&vcpu->vm->vgic))
		return false;
	avcpu_vgic_sgi_write(vcpu, a->val, row->val);
	return true;
}

/*
 * Trapped only while more interrupts are active than there are list registers
 * (vgic/lr.c), or without a vGIC.
 */
static bool access_dir(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
		       const struct avcpu_sysreg *row)
{
	if (!avcpu_vgic_present(&vcpu->vm->vgic))
		return false;
	avcpu_vgic_dir_write(vcpu, a->val);
	return true;
}

/* SRE, DFB and DIB: system registers always, and never a bypass (IHI 0069, 12.2.22) */
#define ICC_SRE_ALL	0x7

static bool access_sre(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
		       const struct avcpu_sysreg *row)
{
	a->val = ICC_SRE_ALL;
	return avcpu_vgic_present(&vcpu->vm->vgic);
}

/* Kept by the CPU while the vCPU is loaded, never trapped. */
#define LIVE(nm, op0, op1, crn, crm, op2)				\
	AVCPU_ROW(nm, op0, op1, crn, crm, op2, .reg = nm)
/* Written by the guest while HCR_EL2.TVM is set. */
#define TVM(nm, op0, op1, crn, crm, op2, ...)				\
	AVCPU_ROW(nm, op0, op1, crn, crm, op2, .reg = nm,		\
		  .flags = AVCPU_SR_WRITE | AVCPU_SR_DEFER,		\
		  .access = access_vm, ##__VA_ARGS__)
#define SET_WAY(nm, crm)						\
	AVCPU_ROW(nm, 1, 0, 7, crm, 2,					\
		  .flags = AVCPU_SR_WRITE | AVCPU_SR_DEFER,		\
		  .access = access_set_way)
#define RAS(nm, crm, op2, dir)						\
	AVCPU_ROW(nm, 3, 0, 5, crm, op2, .flags = (dir), .access = access_ras)
#define CNTP(nm, crm, op2, dir, fn)					\
	AVCPU_ROW(nm, 3, 3, 14, crm, op2, .flags = (dir), .access = (fn))
#define SGI(nm, op2, group1)						\
	AVCPU_ROW(nm, 3, 0, 12, 11, op2, .flags = AVCPU_SR_WRITE,	\
		  .access = access_sgi, .val = (group1))

static const struct avcpu_sysreg rows[] = {
	SET_WAY(DC_ISW, 6),
	SET_WAY(DC_CSW, 10),
	SET_WAY(DC_CISW, 14),

	TVM(SCTLR_EL1,		3, 0, 1, 0, 0, .val = SCTLR_RESET),
	AVCPU_ROW(ACTLR_EL1,	3, 0, 1, 0, 1, .reg = ACTLR_EL1,
		  .flags = AVCPU_SR_RW, .access = access_actlr, .reset = reset_actlr),
	LIVE(CPACR_EL1,		3, 0, 1, 0, 2),
	TVM(TTBR0_EL1,		3, 0, 2, 0, 0),
	TVM(TTBR1_EL1,		3, 0, 2, 0, 1),
	TVM(TCR_EL1,		3, 0, 2, 0, 2),
	TVM(AFSR0_EL1,		3, 0, 5, 1, 0),
	TVM(AFSR1_EL1,		3, 0, 5, 1, 1),
	TVM(ESR_EL1,		3, 0, 5, 2, 0),
	TVM(FAR_EL1,		3, 0, 6, 0, 0),
	LIVE(PAR_EL1,		3, 0, 7, 4, 0),
	TVM(MAIR_EL1,		3, 0, 10, 2, 0),
	TVM(AMAIR_EL1,		3, 0, 10, 3, 0, .reset = reset_amair),
	LIVE(VBAR_EL1,		3, 0, 12, 0, 0),
	/* HCR_EL2.AMO: the guest's own accesses reach VDISR_EL2. */
	LIVE(DISR_EL1,		3, 0, 12, 1, 1),
	TVM(CONTEXTIDR_EL1,	3, 0, 13, 0, 1),
	LIVE(TPIDR_EL1,		3, 0, 13, 0, 4),
	LIVE(CNTKCTL_EL1,	3, 0, 14, 1, 0),
	LIVE(TPIDR_EL0,		3, 3, 13, 0, 2),
	LIVE(TPIDRRO_EL0,	3, 3, 13, 0, 3),

	RAS(ERRIDR_EL1,		3, 0, AVCPU_SR_READ),
	RAS(ERRSELR_EL1,	3, 1, AVCPU_SR_RW),
	RAS(ERXFR_EL1,		4, 0, AVCPU_SR_READ),
	RAS(ERXCTLR_EL1,	4, 1, AVCPU_SR_RW),
	RAS(ERXSTATUS_EL1,	4, 2, AVCPU_SR_RW),
	RAS(ERXADDR_EL1,	4, 3, AVCPU_SR_RW),
	RAS(ERXMISC0_EL1,	5, 0, AVCPU_SR_RW),
	RAS(ERXMISC1_EL1,	5, 1, AVCPU_SR_RW),

	AVCPU_ROW(ICC_DIR_EL1,	3, 0, 12, 11, 1, .flags = AVCPU_SR_WRITE,
		  .access = access_dir),
	SGI(ICC_SGI1R_EL1, 5, true),
	SGI(ICC_ASGI1R_EL1, 6, false),
	SGI(ICC_SGI0R_EL1, 7, false),
	AVCPU_ROW(ICC_SRE_EL1,	3, 0, 12, 12, 5, .flags = AVCPU_SR_RW,
		  .access = access_sre),

	CNTP(CNTPCT_EL0,	0, 1, AVCPU_SR_READ, access_cntpct),
	CNTP(CNTPCTSS_EL0,	0, 5, AVCPU_SR_READ, access_cntpct),
	CNTP(CNTP_TVAL_EL0,	2, 0, AVCPU_SR_RW, access_cntp_tval),
	CNTP(CNTP_CTL_EL0,	2, 1, AVCPU_SR_RW, access_cntp_ctl),
	CNTP(CNTP_CVAL_EL0,	2, 2, AVCPU_SR_RW, access_cntp_cval),

	/* AArch32 EL1 state that only EL2 can name: for user space's eyes. */
	LIVE(DACR32_EL2,	3, 4, 3, 0, 0),
	LIVE(IFSR32_EL2,	3, 4, 5, 0, 1),
	AVCPU_ROW(FPEXC32_EL2,	3, 4, 5, 3, 0, .reg = FPEXC32_EL2, .val = 0x700),
};

const struct avcpu_sysreg_table avcpu_sysregs_el1 = { rows, ARRAY_SIZE(rows) };
