// SPDX-License-Identifier: GPL-2.0
/* KVM_IRQ_LINE: user space moves an interrupt line. */
#include "internal.h"

#define FIELD(irq, name) \
	((irq) >> KVM_ARM_IRQ_##name##_SHIFT & KVM_ARM_IRQ_##name##_MASK)

static u32 line_vcpu_id(u32 irq)
{
	return FIELD(irq, VCPU2) * (KVM_ARM_IRQ_VCPU_MASK + 1) + FIELD(irq, VCPU);
}

/*
 * The IRQ or FIQ pin of a vCPU whose interrupt controller user space emulates:
 * HCR_EL2.VI and .VF, which the next entry takes from vgic.lines.
 */
static int cpu_line(struct avcpu_vm *vm, u32 id, u32 num, bool level)
{
	struct avcpu_vcpu *vcpu;
	bool was;

	if (avcpu_vgic_present(&vm->vgic))
		return -ENXIO;
	vcpu = avcpu_vcpu_by_id(vm, id);
	if (!vcpu || num > KVM_ARM_IRQ_CPU_FIQ)
		return -EINVAL;

	if (level)
		was = test_and_set_bit(num, &vcpu->vgic.lines);
	else
		was = test_and_clear_bit(num, &vcpu->vgic.lines);
	if (was == level)
		return 0;
	/* Also when it went low: the guest must not take it any more. */
	avcpu_request(AVCPU_REQ_IRQ, vcpu);
	avcpu_vcpu_kick(vcpu);
	return 0;
}

static int ppi_line(struct avcpu_vm *vm, u32 id, u32 num, bool level)
{
	struct avcpu_vcpu *vcpu;

	if (!avcpu_vgic_present(&vm->vgic))
		return -ENXIO;
	vcpu = avcpu_vcpu_by_id(vm, id);
	if (!vcpu || num < AVCPU_NR_SGIS || num >= AVCPU_NR_PRIVATE_IRQS)
		return -EINVAL;
	return avcpu_vgic_inject(vm, vcpu, num, level, NULL);
}

static int spi_line(struct avcpu_vm *vm, u32 id, u32 num, bool level)
{
	if (!avcpu_vgic_present(&vm->vgic))
		return -ENXIO;
	if (num < AVCPU_NR_PRIVATE_IRQS || num >= AVCPU_MAX_IRQ)
		return -EINVAL;
	return avcpu_vgic_inject(vm, NULL, num, level, NULL);
}

/**
 * avcpu_vgic_irq_line() - KVM_IRQ_LINE
 * @vm: the VM
 * @line: the ioctl's argument
 *
 * No lock held. Return: 0, or KVM's errors: -ENXIO if the kernel has (type CPU)
 * or has not (PPI, SPI) the interrupt controller, -EINVAL for what does not
 * exist, -EBUSY before KVM_DEV_ARM_VGIC_CTRL_INIT.
 */
int avcpu_vgic_irq_line(struct avcpu_vm *vm, const struct kvm_irq_level *line)
{
	static int (* const types[])(struct avcpu_vm *vm, u32 id, u32 num, bool level) = {
		[KVM_ARM_IRQ_TYPE_CPU] = cpu_line,
		[KVM_ARM_IRQ_TYPE_PPI] = ppi_line,
		[KVM_ARM_IRQ_TYPE_SPI] = spi_line,
	};
	u32 type = FIELD(line->irq, TYPE);

	if (type >= ARRAY_SIZE(types))
		return -EINVAL;
	return types[type](vm, line_vcpu_id(line->irq), FIELD(line->irq, NUM),
			   line->level);
}

/**
 * avcpu_vgic_set_resample() - call vgic.on_ack when the guest is done with @intid
 * @vm: its VM
 * @intid: INTID of an SPI
 * @on: call it, or no more
 *
 * vgic.on_ack is set. Return: 0; -EBUSY before initialization; -EINVAL if no SPI.
 */
int avcpu_vgic_set_resample(struct avcpu_vm *vm, u32 intid, bool on)
{
	struct avcpu_irq *irq;
	unsigned long flags;

	if (!avcpu_vgic_initialized(&vm->vgic))
		return -EBUSY;
	if (!avcpu_vgic_valid_spi(&vm->vgic, intid))
		return -EINVAL;
	irq = avcpu_irq_get(vm, NULL, intid);
	flags = avcpu_irq_lock(irq);
	irq->resample = on;
	avcpu_irq_unlock(irq, flags);
	return 0;
}
