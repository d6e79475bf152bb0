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

#endif
