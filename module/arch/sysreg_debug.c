// SPDX-License-Identifier: GPL-2.0
/*
 * Self-hosted debug (DDI 0487, D2). MDCR_EL2.TDA, TDRA and TDOSA trap all of
 * it until the guest enables monitor debug events; then debug.c gives it the
 * CPU's breakpoints and only the rest traps. There is no external debugger,
 * so what belongs to it reads as zero and ignores writes.
 */
#include "sysreg.h"

#define OSLSR_OSLM	BIT_ULL(3)	/* OSLM[1]: the OS lock is implemented */
#define OSLSR_OSLK	BIT_ULL(1)
#define OSLAR_OSLK	BIT_ULL(0)

/* Breakpoints and watchpoints that the CPU has not are UNDEFINED. */
static bool access_bp(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
		      const struct avcpu_sysreg *row)
{
	if (sys_reg_CRm(row->enc) >= avcpu_hw.nr_bp)
		return false;
	return avcpu_access_memory(vcpu, a, row);
}

static bool access_wp(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
		      const struct avcpu_sysreg *row)
{
	if (sys_reg_CRm(row->enc) >= avcpu_hw.nr_wp)
		return false;
	return avcpu_access_memory(vcpu, a, row);
}

static bool access_mdscr(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			 const struct avcpu_sysreg *row)
{
	preempt_disable();
	avcpu_access_memory(vcpu, a, row);
	preempt_enable();
	return true;
}

static bool access_oslar(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
			 const struct avcpu_sysreg *row)
{
	avcpu_write_reg(vcpu, OSLSR_EL1,
			OSLSR_OSLM | (a->val & OSLAR_OSLK ? OSLSR_OSLK : 0));
	return true;
}

static int set_oslsr(struct avcpu_vcpu *vcpu, const struct avcpu_sysreg *row,
		     u64 val)
{
	if ((val ^ row->val) & ~OSLSR_OSLK)
		return -EINVAL;
	avcpu_write_reg(vcpu, OSLSR_EL1, val);
	return 0;
}

static bool access_dbgauthstatus(struct avcpu_vcpu *vcpu, struct avcpu_access *a,
				 const struct avcpu_sysreg *row)
{
	a->val = read_sysreg_s(sys_reg(2, 0, 7, 14, 6));
	return true;
}

#define DBG(nm, n, op2, fn)						\
	{ .enc = sys_reg(2, 0, 0, n, op2), .name = #nm "n_EL1",		\
	  .flags = AVCPU_SR_RW, .reg = nm##0_EL1 + (n), .access = (fn) }
#define BP_WP(n)							\
	DBG(DBGBVR, n, 4, access_bp), DBG(DBGBCR, n, 5, access_bp),	\
	DBG(DBGWVR, n, 6, access_wp), DBG(DBGWCR, n, 7, access_wp)
#define EXTERNAL(nm, op1, crn, crm, op2, dir)				\
	AVCPU_ROW(nm, 2, op1, crn, crm, op2, .flags = (dir),		\
		  .access = avcpu_access_raz_wi)

static const struct avcpu_sysreg rows[] = {
	BP_WP(0), BP_WP(1), BP_WP(2), BP_WP(3),
	BP_WP(4), BP_WP(5), BP_WP(6), BP_WP(7),
	BP_WP(8), BP_WP(9), BP_WP(10), BP_WP(11),
	BP_WP(12), BP_WP(13), BP_WP(14), BP_WP(15),

	AVCPU_ROW(MDCCINT_EL1, 2, 0, 0, 2, 0, .flags = AVCPU_SR_RW,
		  .reg = MDCCINT_EL1, .access = avcpu_access_memory),
	/* Deferred: the breakpoints move with MDE and KDE at the next entry. */
	AVCPU_ROW(MDSCR_EL1, 2, 0, 0, 2, 2, .flags = AVCPU_SR_RW | AVCPU_SR_DEFER,
		  .reg = MDSCR_EL1, .access = access_mdscr),

	AVCPU_ROW(OSLAR_EL1, 2, 0, 1, 0, 4, .flags = AVCPU_SR_WRITE,
		  .access = access_oslar),
	AVCPU_ROW(OSLSR_EL1, 2, 0, 1, 1, 4, .flags = AVCPU_SR_READ,
		  .reg = OSLSR_EL1, .val = OSLSR_OSLM,
		  .access = avcpu_access_memory, .set = set_oslsr),
	AVCPU_ROW(DBGAUTHSTATUS_EL1, 2, 0, 7, 14, 6, .flags = AVCPU_SR_READ,
		  .access = access_dbgauthstatus),

	EXTERNAL(OSDTRRX_EL1,	0, 0, 0, 2, AVCPU_SR_RW),
	EXTERNAL(OSDTRTX_EL1,	0, 0, 3, 2, AVCPU_SR_RW),
	EXTERNAL(OSECCR_EL1,	0, 0, 6, 2, AVCPU_SR_RW),
	EXTERNAL(MDRAR_EL1,	0, 1, 0, 0, AVCPU_SR_READ),
	EXTERNAL(OSDLR_EL1,	0, 1, 3, 4, AVCPU_SR_RW),
	EXTERNAL(DBGPRCR_EL1,	0, 1, 4, 4, AVCPU_SR_RW),
	EXTERNAL(DBGCLAIMSET_EL1, 0, 7, 8, 6, AVCPU_SR_RW),
	EXTERNAL(DBGCLAIMCLR_EL1, 0, 7, 9, 6, AVCPU_SR_RW),
	EXTERNAL(MDCCSR_EL0,	3, 0, 1, 0, AVCPU_SR_READ),
	EXTERNAL(DBGDTR_EL0,	3, 0, 4, 0, AVCPU_SR_RW),
	EXTERNAL(DBGDTRxX_EL0,	3, 0, 5, 0, AVCPU_SR_RW),

	AVCPU_ROW(DBGVCR32_EL2, 2, 4, 0, 7, 0, .reg = DBGVCR32_EL2),
};

const struct avcpu_sysreg_table avcpu_sysregs_debug = { rows, ARRAY_SIZE(rows) };
