// SPDX-License-Identifier: GPL-2.0
/* KVM_ARM_VCPU_TIMER_CTRL: which PPIs the guest's timers raise. */
#include <linux/uaccess.h>

#include "../device.h"
#include "cpu.h"

static int timer_of(const struct kvm_device_attr *attr)
{
	switch (attr->attr) {
	case KVM_ARM_VCPU_TIMER_IRQ_VTIMER:
		return AVCPU_TIMER_VIRT;
	case KVM_ARM_VCPU_TIMER_IRQ_PTIMER:
		return AVCPU_TIMER_PHYS;
	default:
		return -ENXIO;
	}
}

int avcpu_timer_has_attr(void *self, const struct kvm_device_attr *attr)
{
	int which = timer_of(attr);

	return which < 0 ? which : 0;
}

int avcpu_timer_get_attr(void *self, const struct kvm_device_attr *attr)
{
	struct avcpu_vcpu *vcpu = self;
	int __user *addr = u64_to_user_ptr(attr->addr);
	int which = timer_of(attr);

	if (which < 0)
		return which;
	return put_user(READ_ONCE(vcpu->vm->arch.timer_intid[which]), addr);
}

/* For all vCPUs of the VM, and only before any has run. */
int avcpu_timer_set_attr(void *self, const struct kvm_device_attr *attr)
{
	struct avcpu_vcpu *vcpu = self;
	int __user *addr = u64_to_user_ptr(attr->addr);
	struct avcpu_vm *vm = vcpu->vm;
	int which = timer_of(attr);
	int intid, ret = 0;

	if (!avcpu_vgic_present(&vm->vgic))
		return -EINVAL;
	if (get_user(intid, addr))
		return -EFAULT;
	if (intid < AVCPU_NR_SGIS || intid >= AVCPU_NR_PRIVATE_IRQS)
		return -EINVAL;

	mutex_lock(&vm->config_lock);
	if (vm->ran_once)
		ret = -EBUSY;
	else if (which < 0)
		ret = which;
	else
		WRITE_ONCE(vm->arch.timer_intid[which], intid);
	mutex_unlock(&vm->config_lock);
	return ret;
}
