// SPDX-License-Identifier: GPL-2.0
/*
 * Cache maintenance by set and way means nothing on a virtual CPU that moves
 * between real ones. What a guest wants by it, all its memory clean before its
 * caches go off or come on, is done by address over its whole stage 2.
 *
 * The first such instruction also traps the writes to the stage-1 controls
 * (HCR_EL2.TVM) until the guest's MMU and caches are on: the maintenance may
 * stand before or after the switch.
 */
#include "cpu.h"

#define CACHES_ON	(SCTLR_ELx_M | SCTLR_ELx_C)

static bool caches_on(struct avcpu_vcpu *vcpu)
{
	return (avcpu_read_reg(vcpu, SCTLR_EL1) & CACHES_ON) == CACHES_ON;
}

/**
 * avcpu_set_way() - the guest executed DC CISW, CSW or ISW; may sleep
 * @vcpu: of the current thread
 *
 * It comes in loops over all sets and ways: the first does the work of all,
 * until the caches are toggled.
 */
void avcpu_set_way(struct avcpu_vcpu *vcpu)
{
	if (vcpu->arch.hcr & AVCPU_HCR_TVM)
		return;
	avcpu_s2_flush_cache(vcpu->vm);
	vcpu->arch.hcr |= AVCPU_HCR_TVM;
}

/**
 * avcpu_caches_toggled() - a trapped stage-1 control was written; may sleep
 * @vcpu: of the current thread
 * @was_on: caches and MMU were on before the write
 */
void avcpu_caches_toggled(struct avcpu_vcpu *vcpu, bool was_on)
{
	bool on = caches_on(vcpu);

	if (on != was_on)
		avcpu_s2_flush_cache(vcpu->vm);
	if (on)
		vcpu->arch.hcr &= ~AVCPU_HCR_TVM;
}
