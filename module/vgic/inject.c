// SPDX-License-Identifier: GPL-2.0
/* How interrupts come in: lines, SGIs, and interrupts of the host behind them. */
#include <linux/bitfield.h>

#include "../arch/arch.h"
#include "../arch/encodings.h"
#include "../arch/gic.h"
#include "internal.h"

/* Return: is there anything to do? */
static bool move_line(struct avcpu_irq *irq, bool level)
{
	if (irq->line == level)
		return false;
	irq->line = level;
	if (irq->hw && level)
		irq->phys_active = true;
	return true;
}

/*
 * The line of a level-triggered interrupt is a state, that of an edge-triggered one an
 * event.
 */
static void take_line(struct avcpu_vm *vm, struct avcpu_irq *irq, bool level,
		      const void *owner)
{
	unsigned long flags = avcpu_irq_lock(irq);

	if (irq->owner != owner)
		avcpu_irq_unlock(irq, flags);
	else if (irq->edge && level)
		avcpu_irq_latch_unlock(vm, irq, flags);
	else if (!irq->edge && move_line(irq, level))
		avcpu_irq_update_unlock(vm, irq, flags);
	else
		avcpu_irq_unlock(irq, flags);
}

/**
 * avcpu_vgic_inject() - the input line of an interrupt changes
 * @vm: the VM
 * @vcpu: whose PPI; ignored for SPIs, may be NULL for them
 * @intid: PPI or SPI (LPIs: the ITS)
 * @level: level-triggered: the line's level; edge-triggered: true is an edge
 * @owner: who has claimed it by avcpu_vgic_set_owner(), NULL for user space
 *
 * Any context, also hard interrupts and with IRQs off, but with no vGIC lock
 * held. That @owner does not own the interrupt is no error, as in KVM: nothing
 * happens. For a mapped interrupt, a high line says as well that the host's
 * interrupt has been taken on this CPU and left active.
 *
 * Return: 0; -EBUSY before initialization; -EINVAL if there is none such.
 */
int avcpu_vgic_inject(struct avcpu_vm *vm, struct avcpu_vcpu *vcpu, u32 intid,
		      bool level, const void *owner)
{
	struct avcpu_irq *irq;

	if (!avcpu_vgic_initialized(&vm->vgic))
		return -EBUSY;
	irq = avcpu_irq_get(vm, vcpu, intid);
	if (!irq)
		return -EINVAL;
	take_line(vm, irq, level, owner);
	avcpu_irq_put(irq);
	return 0;
}

/**
 * avcpu_vgic_spi() - an SPI, for avcpu_vgic_set_spi()
 * @vm: the VM
 * @intid: any number
 *
 * Return: the interrupt, which stays as long as the VM does; NULL if there is none, or
 * none yet.
 */
struct avcpu_irq *avcpu_vgic_spi(struct avcpu_vm *vm, u32 intid)
{
	if (!avcpu_vgic_initialized(&vm->vgic) || !avcpu_vgic_valid_spi(&vm->vgic, intid))
		return NULL;
	return avcpu_irq_get(vm, NULL, intid);
}

/**
 * avcpu_vgic_set_spi() - avcpu_vgic_inject() from user space, for who has the SPI
 * @vm: its VM
 * @irq: from avcpu_vgic_spi()
 * @level: as there
 */
void avcpu_vgic_set_spi(struct avcpu_vm *vm, struct avcpu_irq *irq, bool level)
{
	take_line(vm, irq, level, NULL);
}

/* The line of PPI @intid as it was told last; by @vcpu's thread, with a vGIC. */
bool avcpu_vgic_ppi_line(const struct avcpu_vcpu *vcpu, u32 intid)
{
	return vcpu->vgic.irqs[intid % AVCPU_NR_PRIVATE_IRQS].line;
}

/* ... and whether the host's interrupt behind it is active on its behalf. */
bool avcpu_vgic_ppi_phys_active(const struct avcpu_vcpu *vcpu, u32 intid)
{
	return vcpu->vgic.irqs[intid % AVCPU_NR_PRIVATE_IRQS].phys_active;
}

/*
 * GICD_CTLR.DS is 1: a group 1 access generates SGIs of either group, the others
 * those of group 0 only (IHI 0069, 8.1.10). An SGI is pending or not: GICv3 does
 * not count.
 */
static void send_sgi(struct avcpu_vcpu *target, u32 intid, bool group1)
{
	struct avcpu_irq *irq = &target->vgic.irqs[intid];
	unsigned long flags = avcpu_irq_lock(irq);

	if (irq->group1 && !group1) {
		avcpu_irq_unlock(irq, flags);
		return;
	}
	avcpu_irq_latch_unlock(target->vm, irq, flags);
}

static void send_sgi_to_others(struct avcpu_vcpu *vcpu, u32 intid, bool group1)
{
	struct avcpu_vcpu *target;
	u32 i;

	avcpu_for_each_vcpu(i, target, vcpu->vm)
		if (target != vcpu)
			send_sgi(target, intid, group1);
}

/**
 * avcpu_vgic_sgi_write() - ICC_SGI1R_EL1, ICC_SGI0R_EL1 or ICC_ASGI1R_EL1 written
 * @vcpu: the sender, the current thread's
 * @val: the value written
 * @group1: it was ICC_SGI1R_EL1
 *
 * By @vcpu's own thread, IRQs on or off. Does nothing without an initialized
 * vGIC; the caller has made the access UNDEFINED then.
 */
void avcpu_vgic_sgi_write(struct avcpu_vcpu *vcpu, u64 val, bool group1)
{
	u32 targets = FIELD_GET(AVCPU_SGI_TARGETS, val);
	u32 intid = FIELD_GET(AVCPU_SGI_INTID, val);
	struct avcpu_vcpu *target;
	u64 aff;

	if (!avcpu_vgic_initialized(&vcpu->vm->vgic))
		return;
	if (val & AVCPU_SGI_IRM) {
		send_sgi_to_others(vcpu, intid, group1);
		return;
	}

	aff = FIELD_GET(AVCPU_SGI_AFF3, val) << 32 |
	      FIELD_GET(AVCPU_SGI_AFF2, val) << 16 |
	      FIELD_GET(AVCPU_SGI_AFF1, val) << 8 | FIELD_GET(AVCPU_SGI_RS, val) << 4;
	for (; targets; targets &= targets - 1) {
		target = avcpu_vgic_vcpu_by_aff(vcpu->vm, aff | __ffs(targets));
		if (target)
			send_sgi(target, intid, group1);
	}
}

/**
 * avcpu_vgic_dir_write() - the guest's ICC_DIR_EL1 was trapped
 * @vcpu: the current thread's
 * @val: the value written
 *
 * It is where it may mean an interrupt that no list register of this vCPU holds:
 * the hardware counts deactivations of those, but does not say which. With
 * EOImode 0 it has no effect (IHI 0069, 12.2.10).
 *
 * By @vcpu's own thread, IRQs on or off.
 */
void avcpu_vgic_dir_write(struct avcpu_vcpu *vcpu, u64 val)
{
	struct avcpu_irq *irq;
	unsigned long flags;

	if (!avcpu_vgic_initialized(&vcpu->vm->vgic) ||
	    !(avcpu_gic_vmcr(&vcpu->vgic.cpuif) & AVCPU_VMCR_EOIM))
		return;
	irq = avcpu_irq_get(vcpu->vm, vcpu, val & GENMASK(23, 0));
	if (!irq)
		return;

	flags = avcpu_irq_lock(irq);
	if (irq->in_lr)
		irq->cmd |= AVCPU_IRQ_CLEAR_ACTIVE;
	else
		irq->active = false;
	avcpu_irq_update_unlock(vcpu->vm, irq, flags);
	avcpu_irq_put(irq);
}

static bool is_ppi(u32 intid)
{
	return intid >= AVCPU_NR_SGIS && intid < AVCPU_NR_PRIVATE_IRQS;
}

bool avcpu_vgic_valid_spi(const struct avcpu_vgic *vgic, u32 intid)
{
	return intid >= AVCPU_NR_PRIVATE_IRQS && intid < avcpu_vgic_nr_irqs(vgic);
}

/**
 * avcpu_vgic_set_owner() - claim PPI or SPI @intid for a device of the module
 * @vcpu: whose PPI
 * @intid: a PPI or an SPI
 * @owner: who claims it, not NULL
 *
 * Return: 0; -EAGAIN before initialization; -EINVAL for others; -EEXIST if
 * somebody else has it.
 */
int avcpu_vgic_set_owner(struct avcpu_vcpu *vcpu, u32 intid, const void *owner)
{
	struct avcpu_vgic *vgic = &vcpu->vm->vgic;
	struct avcpu_irq *irq;
	unsigned long flags;
	int ret = 0;

	if (!avcpu_vgic_initialized(vgic))
		return -EAGAIN;
	if (!is_ppi(intid) && !avcpu_vgic_valid_spi(vgic, intid))
		return -EINVAL;

	irq = avcpu_irq_get(vcpu->vm, vcpu, intid);
	flags = avcpu_irq_lock(irq);
	if (irq->owner && irq->owner != owner)
		ret = -EEXIST;
	else
		irq->owner = owner;
	avcpu_irq_unlock(irq, flags);
	return ret;
}

/**
 * avcpu_vgic_map_phys() - PPI @intid of @vcpu is an interrupt of the host
 * @vcpu: the vCPU, which does not run
 * @host_intid: its INTID at the physical GIC
 * @intid: the PPI
 * @host_irq: Linux's number of it; @host_intid: its INTID at the physical GIC
 * @ops: to ask for the line's level whenever the guest gives the interrupt back
 *
 * From now on the guest deactivates the physical interrupt with the virtual one.
 *
 * Return: 0; -EAGAIN before initialization; -EINVAL if @intid is no PPI.
 */
int avcpu_vgic_map_phys(struct avcpu_vcpu *vcpu, u32 host_irq, u32 host_intid,
			u32 intid, const struct avcpu_irq_ops *ops)
{
	struct avcpu_irq *irq;
	unsigned long flags;

	if (!avcpu_vgic_initialized(&vcpu->vm->vgic))
		return -EAGAIN;
	if (!is_ppi(intid) || host_intid >= AVCPU_MAX_IRQ)
		return -EINVAL;

	irq = avcpu_irq_get(vcpu->vm, vcpu, intid);
	flags = avcpu_irq_lock(irq);
	irq->hw = true;
	irq->host_irq = host_irq;
	irq->host_intid = host_intid;
	irq->ops = ops;
	avcpu_irq_unlock(irq, flags);
	return 0;
}

/* The vCPU does not run. -EAGAIN before initialization, -EINVAL if no PPI. */
int avcpu_vgic_unmap_phys(struct avcpu_vcpu *vcpu, u32 intid)
{
	struct avcpu_irq *irq;
	unsigned long flags;

	if (!avcpu_vgic_initialized(&vcpu->vm->vgic))
		return -EAGAIN;
	if (!is_ppi(intid))
		return -EINVAL;

	irq = avcpu_irq_get(vcpu->vm, vcpu, intid);
	flags = avcpu_irq_lock(irq);
	irq->hw = false;
	irq->phys_active = false;
	irq->ops = NULL;
	avcpu_irq_unlock(irq, flags);
	return 0;
}

/**
 * avcpu_vgic_phys_wanted_active() - at load: the state of the physical interrupt
 * @vcpu: the vCPU, being loaded by the current thread
 * @intid: the PPI
 *
 * Return: true if the host's interrupt behind PPI @intid has to be active at this
 * CPU's physical GIC, because the guest has yet to deactivate it; the caller, who
 * loads @vcpu, sets that state, and clears it otherwise.
 */
bool avcpu_vgic_phys_wanted_active(struct avcpu_vcpu *vcpu, u32 intid)
{
	struct avcpu_irq *irq;
	unsigned long flags;

	if (!avcpu_vgic_initialized(&vcpu->vm->vgic) || !is_ppi(intid))
		return false;
	irq = avcpu_irq_get(vcpu->vm, vcpu, intid);
	flags = avcpu_irq_lock(irq);
	irq->phys_active = irq->hw && (irq->active || irq->line);
	avcpu_irq_unlock(irq, flags);
	return READ_ONCE(irq->phys_active);
}

/* The vCPU was reset: a mapped interrupt has neither state nor line any more. */
void avcpu_vgic_reset_mapped(struct avcpu_vcpu *vcpu, u32 intid)
{
	struct avcpu_irq *irq;
	unsigned long flags;

	if (!avcpu_vgic_initialized(&vcpu->vm->vgic) || !is_ppi(intid))
		return;
	irq = avcpu_irq_get(vcpu->vm, vcpu, intid);
	flags = avcpu_irq_lock(irq);
	if (irq->hw && !irq->in_lr) {
		irq->active = false;
		irq->latch = false;
		irq->line = false;
	}
	avcpu_irq_update_unlock(vcpu->vm, irq, flags);
}
