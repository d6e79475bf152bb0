// SPDX-License-Identifier: GPL-2.0
/* The GIC of a test VM, from the host's side. See vgic.h. */
#include "vgic.h"

#define NR_IRQS	128

int vm_create_device(struct vm *vm, u32 type)
{
	struct kvm_create_device device = { .type = type };

	ASSERT_OK(ioctl(vm->fd, KVM_CREATE_DEVICE, &device));
	return device.fd;
}

static int attr_call(int fd, unsigned long call, u32 group, u64 attr, const void *value)
{
	struct kvm_device_attr arg = {
		.group = group, .attr = attr, .addr = (uintptr_t)value,
	};

	return ioctl(fd, call, &arg);
}

int attr_has(int fd, u32 group, u64 attr)
{
	return attr_call(fd, KVM_HAS_DEVICE_ATTR, group, attr, NULL);
}

int attr_get(int fd, u32 group, u64 attr, void *value)
{
	return attr_call(fd, KVM_GET_DEVICE_ATTR, group, attr, value);
}

int attr_set(int fd, u32 group, u64 attr, const void *value)
{
	return attr_call(fd, KVM_SET_DEVICE_ATTR, group, attr, value);
}

int vgic_new_uninitialised(struct vm *vm)
{
	const u64 dist = GIC_DIST_BASE, redist = GIC_REDIST_BASE;
	const u32 nr_irqs = NR_IRQS;
	int fd = vm_create_device(vm, KVM_DEV_TYPE_ARM_VGIC_V3);

	ASSERT_OK(attr_set(fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
			   KVM_VGIC_V3_ADDR_TYPE_DIST, &dist));
	ASSERT_OK(attr_set(fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
			   KVM_VGIC_V3_ADDR_TYPE_REDIST, &redist));
	ASSERT_OK(attr_set(fd, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &nr_irqs));
	return fd;
}

void vgic_init(int fd)
{
	ASSERT_OK(attr_set(fd, KVM_DEV_ARM_VGIC_GRP_CTRL,
			   KVM_DEV_ARM_VGIC_CTRL_INIT, NULL));
}

int vgic_new(struct vm *vm)
{
	int fd = vgic_new_uninitialised(vm);

	vgic_init(fd);
	return fd;
}

/* vCPUs of ours are numbered from 0 and fewer than 16: that is Aff0. */
static u64 gicr_attr(unsigned int vcpu, u32 reg)
{
	return (u64)vcpu << 32 | reg;
}

void vgic_rd_write(int fd, unsigned int vcpu, u32 reg, u32 value)
{
	ASSERT_OK(attr_set(fd, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
			   gicr_attr(vcpu, reg), &value));
}

void vgic_rd_write64(int fd, unsigned int vcpu, u32 reg, u64 value)
{
	vgic_rd_write(fd, vcpu, reg, value);
	vgic_rd_write(fd, vcpu, reg + 4, value >> 32);
}
