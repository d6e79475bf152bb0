/* SPDX-License-Identifier: GPL-2.0 */
/* The virtual GICv3: its surface toward the rest of the module. */
#ifndef AVCPU_VGIC_H
#define AVCPU_VGIC_H

#include <linux/types.h>

struct avcpu_vm;
struct avcpu_vcpu;

/* Until a VM asks for it there is no interrupt controller. */
struct avcpu_vgic {
	bool present;
};

struct avcpu_vgic_vcpu {
	bool present;
};

/* The VM has an interrupt controller in the kernel (KVM: irqchip_in_kernel). */
static inline bool avcpu_vgic_present(const struct avcpu_vgic *vgic)
{
	return vgic->present;
}

/*
 * ICC_SGI1R_EL1 (@group1) or ICC_SGI0R_EL1/ICC_ASGI1R_EL1 written by @vcpu
 * (IHI 0069, 12.11). IRQs may be off: must not sleep. The vGIC's room.
 */
static inline void avcpu_vgic_sgi_write(struct avcpu_vcpu *vcpu, u64 val,
					bool group1)
{
}

#endif
