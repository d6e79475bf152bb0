// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions for the guest's EL1, taken as the CPU would take them
 * (DDI 0487, D1.3, AArch64.TakeException).
 */
#include <asm/debug-monitors.h>
#include <asm/esr.h>

#include "cpu.h"

#define VECTOR_CURRENT_SP0	0x000
#define VECTOR_CURRENT_SPX	0x200
#define VECTOR_LOWER_A64	0x400
#define VECTOR_LOWER_A32	0x600

/* Of an AArch32 PSTATE: IT[7:2] and IT[1:0], and Thumb (D1.4). */
#define PSTATE_IT_HI		GENMASK_ULL(15, 10)
#define PSTATE_IT_LO		GENMASK_ULL(26, 25)

static u64 vector_offset(u64 pstate)
{
	if (pstate & PSR_MODE32_BIT)
		return VECTOR_LOWER_A32;
	switch (pstate & PSR_MODE_MASK) {
	case PSR_MODE_EL1h:
		return VECTOR_CURRENT_SPX;
	case PSR_MODE_EL1t:
		return VECTOR_CURRENT_SP0;
	default:
		return VECTOR_LOWER_A64;
	}
}

/* The PSTATE an exception to EL1 starts with (D1.3.6.1). */
static u64 entry_pstate(u64 old, u64 sctlr)
{
	u64 new = PSR_MODE_EL1h | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT;

	new |= old & (PSR_N_BIT | PSR_Z_BIT | PSR_C_BIT | PSR_V_BIT);
	new |= old & (PSR_PAN_BIT | PSR_DIT_BIT);
	if (!(sctlr & SCTLR_EL1_SPAN))
		new |= PSR_PAN_BIT;
	if (sctlr & SCTLR_ELx_DSSBS)
		new |= PSR_SSBS_BIT;
	return new;
}

static void take_sync(struct avcpu_vcpu *vcpu, u64 esr)
{
	struct avcpu_context *ctxt = &vcpu->arch.ctxt;
	u64 old = ctxt->pstate;

	preempt_disable();
	avcpu_write_reg(vcpu, ESR_EL1, esr);
	avcpu_write_reg(vcpu, ELR_EL1, ctxt->pc);
	avcpu_write_reg(vcpu, SPSR_EL1, old);
	ctxt->pc = avcpu_read_reg(vcpu, VBAR_EL1) + vector_offset(old);
	ctxt->pstate = entry_pstate(old, avcpu_read_reg(vcpu, SCTLR_EL1));
	preempt_enable();
}

/* IL says that the instruction had 32 bits; it comes from the trapped one. */
static u64 trapped_il(const struct avcpu_vcpu *vcpu)
{
	return vcpu->arch.exit.esr & ESR_ELx_IL;
}

void avcpu_inject_undef(struct avcpu_vcpu *vcpu)
{
	take_sync(vcpu, ((u64)ESR_ELx_EC_UNKNOWN << ESR_ELx_EC_SHIFT) |
			trapped_il(vcpu));
}

/* BRK or BKPT, as the guest would have taken it: the syndrome is the same. */
void avcpu_inject_brk(struct avcpu_vcpu *vcpu, u64 esr)
{
	take_sync(vcpu, esr);
}

static bool from_el0(const struct avcpu_vcpu *vcpu)
{
	u64 pstate = vcpu->arch.ctxt.pstate;

	return pstate & PSR_MODE32_BIT ||
	       (pstate & PSR_MODE_MASK) == PSR_MODE_EL0t;
}

static void inject_abort(struct avcpu_vcpu *vcpu, bool insn, u64 fsc, u64 far)
{
	u64 ec;

	if (insn)
		ec = from_el0(vcpu) ? ESR_ELx_EC_IABT_LOW : ESR_ELx_EC_IABT_CUR;
	else
		ec = from_el0(vcpu) ? ESR_ELx_EC_DABT_LOW : ESR_ELx_EC_DABT_CUR;

	avcpu_write_reg(vcpu, FAR_EL1, far);
	take_sync(vcpu, (ec << ESR_ELx_EC_SHIFT) | trapped_il(vcpu) | fsc);
}

/* A synchronous external data abort at the address @far (D17.2.37). */
void avcpu_inject_dabt(struct avcpu_vcpu *vcpu, u64 far)
{
	inject_abort(vcpu, false, ESR_ELx_FSC_EXTABT, far);
}

void avcpu_inject_iabt(struct avcpu_vcpu *vcpu, u64 far)
{
	inject_abort(vcpu, true, ESR_ELx_FSC_EXTABT, far);
}

static bool exit_is_iabt(const struct avcpu_vcpu *vcpu)
{
	return ESR_ELx_EC(vcpu->arch.exit.esr) == ESR_ELx_EC_IABT_LOW;
}

/* A synchronous external abort on the walk of the last exit, at stage 1's @level. */
void avcpu_inject_walk_abort(struct avcpu_vcpu *vcpu, unsigned int level)
{
	inject_abort(vcpu, exit_is_iabt(vcpu), AVCPU_FSC_EXTERNAL_WALK | level,
		     vcpu->arch.exit.far);
}

/*
 * The guest's physical address is beyond what its ID registers promise: an
 * address size fault at level 0, of the kind that trapped.
 */
void avcpu_inject_size_fault(struct avcpu_vcpu *vcpu)
{
	inject_abort(vcpu, exit_is_iabt(vcpu), AVCPU_FSC_SIZE, vcpu->arch.exit.far);
}

/**
 * avcpu_inject_serror() - make a virtual SError pending
 * @vcpu: of the current thread, or not running and its mutex held
 * @esr: what the guest's ESR_EL1.ISS shall read, where the CPU has FEAT_RAS
 *
 * The CPU takes it when the guest's PSTATE.A allows (HCR_EL2.VSE).
 */
void avcpu_inject_serror(struct avcpu_vcpu *vcpu, u64 esr)
{
	vcpu->arch.vsesr = esr & ESR_ELx_ISS_MASK;
	vcpu->arch.hcr |= AVCPU_HCR_VSE;
}

/* AArch32 IT block: the next instruction's condition (G1.2.3, ITAdvance). */
static u64 advance_it(u64 pstate)
{
	u64 it = FIELD_GET(PSTATE_IT_HI, pstate) << 2 |
		 FIELD_GET(PSTATE_IT_LO, pstate);

	if (!(it & 7))
		it = 0;
	else
		it = (it & 0xe0) | ((it << 1) & 0x1f);

	pstate &= ~(PSTATE_IT_HI | PSTATE_IT_LO);
	return pstate | FIELD_PREP(PSTATE_IT_HI, it >> 2) |
	       FIELD_PREP(PSTATE_IT_LO, it & 3);
}

/* avcpu_skip_instr() in AArch32, where an instruction's length is in ESR_ELx.IL. */
void avcpu_skip_instr32(struct avcpu_vcpu *vcpu)
{
	struct avcpu_context *ctxt = &vcpu->arch.ctxt;

	ctxt->pc += trapped_il(vcpu) ? 4 : 2;
	ctxt->pstate = advance_it(ctxt->pstate) & ~DBG_SPSR_SS;
}
