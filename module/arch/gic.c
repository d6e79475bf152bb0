// SPDX-License-Identifier: GPL-2.0
/* The GIC's virtual CPU interface (IHI 0069, chapter 6), at load and put. */
#include "cpu.h"

/* ICC_SRE_EL2.Enable: EL1 may use ICC_SRE_EL1 without a trap (12.2.26). */
#define ICC_SRE_EL2_ENABLE	BIT_ULL(3)

/* Without a GIC, each access to its registers is UNDEFINED to the guest. */
#define ICH_HCR_NO_GIC	(AVCPU_ICH_HCR_TC | AVCPU_ICH_HCR_TALL0 | \
			 AVCPU_ICH_HCR_TALL1 | AVCPU_ICH_HCR_TDIR)

void avcpu_gic_load(struct avcpu_vcpu *vcpu)
{
	struct avcpu_host_state *host = &vcpu->arch.host;

	host->icc_sre_el2 = read_sysreg_s(AVCPU_SYS_ICC_SRE_EL2);
	write_sysreg_s(host->icc_sre_el2 & ~ICC_SRE_EL2_ENABLE,
		       AVCPU_SYS_ICC_SRE_EL2);
	write_sysreg_s(ICH_HCR_NO_GIC, AVCPU_SYS_ICH_HCR_EL2);
	isb();
}

void avcpu_gic_put(struct avcpu_vcpu *vcpu)
{
	write_sysreg_s(0, AVCPU_SYS_ICH_HCR_EL2);
	write_sysreg_s(vcpu->arch.host.icc_sre_el2, AVCPU_SYS_ICC_SRE_EL2);
	isb();
}
