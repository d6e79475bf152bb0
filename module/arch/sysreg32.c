// SPDX-License-Identifier: GPL-2.0
/*
 * AArch32 at EL0: trapped coprocessor accesses (ESR_ELx.EC 0x03-0x06, 0x08,
 * 0x0c), and conditional execution. EL1 is always AArch64, so only what EL0
 * may reach is of interest: the physical timer and the read-only side of debug.
 * Each is the AArch64 register of the same purpose; the rest is UNDEFINED.
 */
#include <linux/kernel.h>

#include "sysreg.h"

#define EC(esr)			(((esr) >> 26) & 0x3f)
#define EC_CP15_32		0x03
#define EC_CP15_64		0x04
#define EC_CP14_32		0x05
#define EC_CP14_LS		0x06
#define EC_FP			0x07
#define EC_CP10_ID		0x08
#define EC_CP14_64		0x0c
#define EC_WFX			0x01

#define ISS_CV			BIT_ULL(24)
#define ISS_COND(esr)		(((esr) >> 20) & 0xf)
#define ISS_READ		BIT_ULL(0)
#define ISS_CRM(esr)		(((esr) >> 1) & 0xf)
#define ISS_RT(esr)		(((esr) >> 5) & 0x1f)
/* MCR, MRC */
#define ISS_CRN(esr)		(((esr) >> 10) & 0xf)
#define ISS_OPC1(esr)		(((esr) >> 14) & 0x7)
#define ISS_OPC2(esr)		(((esr) >> 17) & 0x7)
/* MCRR, MRRC */
#define ISS_RT2(esr)		(((esr) >> 10) & 0x1f)
#define ISS_OPC1_64(esr)	(((esr) >> 16) & 0xf)

#define RT_APSR			31	/* MRC with PC as target sets the flags */

#define COND_AL			0xe

/* Flags N, Z, C, V are bits 31 to 28 of PSTATE (DDI 0487, F1.4). */
static bool cond_holds(u8 cond, u64 pstate)
{
	bool n = pstate & PSR_N_BIT, z = pstate & PSR_Z_BIT;
	bool c = pstate & PSR_C_BIT, v = pstate & PSR_V_BIT;
	const bool base[] = { z, c, n, v, c && !z, n == v, n == v && !z, true };

	/* The lowest bit inverts, but of "always" there is no opposite. */
	return base[cond >> 1] ^ ((cond & 1) && cond < COND_AL);
}

static u8 it_state(u64 pstate)
{
	return ((pstate >> 8) & 0xfc) | ((pstate >> 25) & 0x3);
}

/**
 * avcpu_trap_cond_valid() - would the trapped instruction have executed?
 * @vcpu: vCPU that trapped
 * @esr: its syndrome
 *
 * A conditional AArch32 instruction may trap although its condition fails; it
 * is then to be skipped (DDI 0487, G1.17.3). True for all others.
 */
bool avcpu_trap_cond_valid(const struct avcpu_vcpu *vcpu, u64 esr)
{
	u64 pstate = vcpu->arch.ctxt.pstate;
	u8 it;

	if (!(pstate & PSR_MODE32_BIT))
		return true;
	switch (EC(esr)) {
	case EC_WFX:
	case EC_CP15_32:
	case EC_CP15_64:
	case EC_CP14_32:
	case EC_CP14_LS:
	case EC_FP:
	case EC_CP10_ID:
	case EC_CP14_64:
		break;
	default:
		return true;
	}
	if (esr & ISS_CV)
		return cond_holds(ISS_COND(esr), pstate);

	/* T32 may leave COND out: then the IT block has it, if there is one. */
	it = it_state(pstate);
	return !it || cond_holds(it >> 4, pstate);
}

#define CP_32(cp, opc1, crn, crm, opc2)					\
	((cp) << 20 | 1 << 16 | (opc1) << 12 | (crn) << 8 | (crm) << 4 | (opc2))
#define CP_64(cp, opc1, crm)	((cp) << 20 | (opc1) << 12 | (crm) << 4)

#define ENC_RAZ	sys_reg(2, 3, 0, 1, 0)	/* MDCCSR_EL0 and others alike read 0 */

static const struct {
	u32 cp;
	u32 enc;
} map[] = {
	{ CP_32(15, 0, 14, 2, 0), sys_reg(3, 3, 14, 2, 0) },	/* CNTP_TVAL */
	{ CP_32(15, 0, 14, 2, 1), sys_reg(3, 3, 14, 2, 1) },	/* CNTP_CTL */
	{ CP_64(15, 2, 14),	  sys_reg(3, 3, 14, 2, 2) },	/* CNTP_CVAL */
	{ CP_64(15, 0, 14),	  sys_reg(3, 3, 14, 0, 1) },	/* CNTPCT */
	{ CP_64(15, 8, 14),	  sys_reg(3, 3, 14, 0, 5) },	/* CNTPCTSS */
	{ CP_32(14, 0, 0, 1, 0),  ENC_RAZ },			/* DBGDSCRint */
	{ CP_32(14, 0, 0, 5, 0),  sys_reg(2, 3, 0, 5, 0) },	/* DBGDTRxXint */
	{ CP_32(14, 0, 1, 0, 0),  ENC_RAZ },			/* DBGDRAR */
	{ CP_64(14, 0, 1),	  ENC_RAZ },
	{ CP_32(14, 0, 2, 0, 0),  ENC_RAZ },			/* DBGDSAR */
	{ CP_64(14, 0, 2),	  ENC_RAZ },
};

#define CP_DBGDIDR	CP_32(14, 0, 0, 0, 0)

/* Built of what ID_AA64DFR0_EL1 says (DDI 0487, G8.3.16); bit 15 is RES1. */
static u32 dbgdidr(const struct avcpu_vm *vm)
{
	u64 dfr0 = avcpu_idreg_get(vm, sys_reg(3, 0, 0, 5, 0));

	return ((dfr0 >> 20) & 0xf) << 28 | ((dfr0 >> 12) & 0xf) << 24 |
	       ((dfr0 >> 28) & 0xf) << 20 | (dfr0 & 0xf) << 16 | BIT(15);
}

static u32 decode(u64 esr)
{
	switch (EC(esr)) {
	case EC_CP15_32:
		return CP_32(15, ISS_OPC1(esr), ISS_CRN(esr), ISS_CRM(esr), ISS_OPC2(esr));
	case EC_CP14_32:
		return CP_32(14, ISS_OPC1(esr), ISS_CRN(esr), ISS_CRM(esr), ISS_OPC2(esr));
	case EC_CP15_64:
		return CP_64(15, ISS_OPC1_64(esr), ISS_CRM(esr));
	case EC_CP14_64:
		return CP_64(14, ISS_OPC1_64(esr), ISS_CRM(esr));
	}
	return 0;
}

static bool is_64(u32 cp)
{
	return !(cp & BIT(16));
}

static enum avcpu_trap emulate(struct avcpu_vcpu *vcpu, u32 cp, struct avcpu_access *a)
{
	unsigned int i;

	if (cp == CP_DBGDIDR && !a->write) {
		a->val = dbgdidr(vcpu->vm);
		return AVCPU_TRAP_DONE;
	}
	for (i = 0; i < ARRAY_SIZE(map); i++) {
		if (map[i].cp != cp)
			continue;
		a->enc = map[i].enc;
		/* None of the map's rows wants to sleep. */
		return avcpu_sysreg_emulate(vcpu, a, true);
	}
	return AVCPU_TRAP_UNDEF;
}

static u64 read_operands(struct avcpu_vcpu *vcpu, u64 esr, bool wide)
{
	u64 val = (u32)avcpu_get_x(vcpu, ISS_RT(esr));

	if (wide)
		val |= avcpu_get_x(vcpu, ISS_RT2(esr)) << 32;
	return val;
}

static void write_results(struct avcpu_vcpu *vcpu, u64 esr, bool wide, u64 val)
{
	u64 flags = PSR_N_BIT | PSR_Z_BIT | PSR_C_BIT | PSR_V_BIT;

	if (!wide && ISS_RT(esr) == RT_APSR)
		vcpu->arch.ctxt.pstate = (vcpu->arch.ctxt.pstate & ~flags) | (val & flags);
	avcpu_set_x(vcpu, ISS_RT(esr), lower_32_bits(val));
	if (wide)
		avcpu_set_x(vcpu, ISS_RT2(esr), upper_32_bits(val));
}

/**
 * avcpu_cp15_trap() - a trapped coprocessor access of AArch32 code at EL0
 * @vcpu: the current thread's vCPU, loaded; IRQs may be off
 * @esr: its syndrome, EC 0x03-0x06, 0x08 or 0x0c
 */
enum avcpu_trap avcpu_cp15_trap(struct avcpu_vcpu *vcpu, u64 esr)
{
	struct avcpu_access a = { .write = !(esr & ISS_READ) };
	u32 cp = decode(esr);
	enum avcpu_trap ret;

	if (!avcpu_trap_cond_valid(vcpu, esr)) {
		avcpu_skip_instr(vcpu);
		return AVCPU_TRAP_DONE;
	}
	if (a.write)
		a.val = read_operands(vcpu, esr, is_64(cp));

	ret = emulate(vcpu, cp, &a);
	if (ret != AVCPU_TRAP_DONE) {
		avcpu_inject_undef(vcpu);
		return AVCPU_TRAP_UNDEF;
	}
	if (!a.write)
		write_results(vcpu, esr, is_64(cp), a.val);
	avcpu_skip_instr(vcpu);
	return ret;
}
