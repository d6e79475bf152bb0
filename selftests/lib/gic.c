// SPDX-License-Identifier: GPL-2.0
/* See gic.h. */
#include "gic.h"

int gic_create(struct vm *vm)
{
	struct kvm_create_device cd = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };

	if (ioctl(vm->fd, KVM_CREATE_DEVICE, &cd)) {
		if (errno == ENODEV)
			SKIP("no GICv3 for guests here");
		FAIL("KVM_CREATE_DEVICE: %s", strerror(errno));
	}
	return cd.fd;
}

int gic_attr_has_raw(int fd, u32 group, u64 attr)
{
	return attr_has(fd, group, attr) ? -errno : 0;
}

int gic_attr_get_raw(int fd, u32 group, u64 attr, void *val)
{
	return attr_get(fd, group, attr, val) ? -errno : 0;
}

int gic_attr_set_raw(int fd, u32 group, u64 attr, const void *val)
{
	return attr_set(fd, group, attr, val) ? -errno : 0;
}

static u32 get32(int fd, u32 group, u64 attr)
{
	u32 val;

	ASSERT_EQ(gic_attr_get_raw(fd, group, attr, &val), 0);
	return val;
}

static void set32(int fd, u32 group, u64 attr, u32 val)
{
	ASSERT_EQ(gic_attr_set_raw(fd, group, attr, &val), 0);
}

u32 gicd_get(int fd, u64 offset)
{
	return get32(fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, offset);
}

void gicd_set(int fd, u64 offset, u32 val)
{
	set32(fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, offset, val);
}

u32 gicr_get(int fd, unsigned int cpu, u64 offset)
{
	return get32(fd, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, GIC_ATTR_CPU(cpu) | offset);
}

void gicr_set(int fd, unsigned int cpu, u64 offset, u32 val)
{
	set32(fd, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, GIC_ATTR_CPU(cpu) | offset, val);
}

void gicr_set64(int fd, unsigned int cpu, u64 offset, u64 val)
{
	gicr_set(fd, cpu, offset, val);
	gicr_set(fd, cpu, offset + 4, val >> 32);
}

u32 gic_level_get(int fd, unsigned int cpu, u32 intid)
{
	return get32(fd, KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, GIC_ATTR_CPU(cpu) | intid);
}

void gic_level_set(int fd, unsigned int cpu, u32 intid, u32 val)
{
	set32(fd, KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, GIC_ATTR_CPU(cpu) | intid, val);
}

u64 icc_get(int fd, unsigned int cpu, u64 reg)
{
	u64 val;

	ASSERT_EQ(gic_attr_get_raw(fd, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS,
				   GIC_ATTR_CPU(cpu) | reg, &val), 0);
	return val;
}

void icc_set(int fd, unsigned int cpu, u64 reg, u64 val)
{
	ASSERT_EQ(gic_attr_set_raw(fd, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS,
				   GIC_ATTR_CPU(cpu) | reg, &val), 0);
}

int gic_place(struct vm *vm, u32 nr_irqs)
{
	const u64 dist = GICD_BASE, redist = GICR_BASE;
	const int fd = gic_create(vm);

	set32(fd, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, nr_irqs);
	ASSERT_OK(attr_set(fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &dist));
	ASSERT_OK(attr_set(fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST,
			   &redist));
	return fd;
}

void gic_init(int fd)
{
	ASSERT_OK(attr_set(fd, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL));
}

int gic_new(struct vm *vm, u32 nr_irqs)
{
	const int fd = gic_place(vm, nr_irqs);

	gic_init(fd);
	return fd;
}

struct gic_vm gic_vm_create_reset(unsigned int nr_vcpus, u32 nr_irqs)
{
	struct vm *vm = vm_create_guest(nr_vcpus);

	return (struct gic_vm){ vm, gic_new(vm, nr_irqs) };
}

struct gic_vm gic_vm_create(unsigned int nr_vcpus, u32 nr_irqs)
{
	struct gic_vm gic = gic_vm_create_reset(nr_vcpus, nr_irqs);
	unsigned int i;

	for (i = 0; i < nr_vcpus; i++)
		vcpu_eval(&gic.vm->vcpus[i], gic_cpu_setup, 0, 0xff);
	gicd_write(&gic.vm->vcpus[0], GICD_CTLR, GICD_CTLR_GRP1);
	return gic;
}

int irq_line_raw(const struct vm *vm, u32 type, u32 vcpu, u32 num, u32 level)
{
	struct kvm_irq_level arg = {
		.irq = type << KVM_ARM_IRQ_TYPE_SHIFT |
		       (vcpu & KVM_ARM_IRQ_VCPU_MASK) << KVM_ARM_IRQ_VCPU_SHIFT |
		       (vcpu >> 8) << KVM_ARM_IRQ_VCPU2_SHIFT | num,
		.level = level,
	};

	return ioctl(vm->fd, KVM_IRQ_LINE, &arg) ? -errno : 0;
}

void spi_line(const struct vm *vm, u32 intid, u32 level)
{
	ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_SPI, 0, intid, level), 0);
}

void spi_pulse(const struct vm *vm, u32 intid)
{
	spi_line(vm, intid, 1);
	spi_line(vm, intid, 0);
}

void ppi_line(const struct vm *vm, u32 vcpu, u32 intid, u32 level)
{
	ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_PPI, vcpu, intid, level), 0);
}

u32 gicd_read(struct vcpu *vcpu, u64 offset)
{
	return vcpu_eval(vcpu, gic_mmio_read, GICD_BASE + offset, 4);
}

void gicd_write(struct vcpu *vcpu, u64 offset, u32 val)
{
	vcpu_eval(vcpu, gic_mmio_write, GICD_BASE + offset, 4, val);
}

u64 gicr_addr(unsigned int cpu, u64 offset)
{
	return GICR_BASE + cpu * GICR_STRIDE + offset;
}

u32 gicr_read(struct vcpu *vcpu, unsigned int cpu, u64 offset)
{
	return vcpu_eval(vcpu, gic_mmio_read, gicr_addr(cpu, offset), 4);
}

void gicr_write(struct vcpu *vcpu, unsigned int cpu, u64 offset, u32 val)
{
	vcpu_eval(vcpu, gic_mmio_write, gicr_addr(cpu, offset), 4, val);
}

void spi_setup(struct vcpu *vcpu, u32 intid, bool edge, u8 priority)
{
	u64 cfg = GICD_ICFGR + intid / 16 * 4;
	u32 bit = 2U << (intid % 16 * 2);
	u32 old = gicd_read(vcpu, cfg);

	gicd_write(vcpu, cfg, edge ? old | bit : old & ~bit);
	vcpu_eval(vcpu, gic_mmio_write, GICD_BASE + GICD_IPRIORITYR + intid, 1, priority);
	gicd_write(vcpu, IRQ_REG(GICD_ISENABLER, intid), IRQ_BIT(intid));
}

bool gicd_bit(struct vcpu *vcpu, u64 reg, u32 intid)
{
	return gicd_read(vcpu, IRQ_REG(reg, intid)) & IRQ_BIT(intid);
}
