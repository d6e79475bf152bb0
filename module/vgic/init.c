// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a vGIC: created (it will be there), initialized (interrupts exist,
 * no vCPU may follow), ready (its addresses are fine, vCPUs may run).
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/slab.h>

#include "../arch/arch.h"
#include "../eventfds.h"
#include "mmio.h"

#define DEFAULT_NR_IRQS		256

/**
 * avcpu_vgic_vm_init() - what there is before a vGIC is asked for; cannot fail
 * @vm: a VM that nobody else refers to yet
 */
void avcpu_vgic_vm_init(struct avcpu_vm *vm)
{
	struct avcpu_vgic *vgic = &vm->vgic;

	mutex_init(&vgic->lock);
	avcpu_irq_queue_init(&vgic->limbo, NULL);
	INIT_LIST_HEAD(&vgic->regions);
	INIT_LIST_HEAD(&vgic->itss);
	vgic->dist.base = AVCPU_NO_ADDR;
	vgic->revision = AVCPU_VGIC_REV_MAX;
}

/**
 * avcpu_vgic_vm_destroy() - at the VM's end, at whatever stage it was
 * @vm: a VM that nobody refers to any more
 *
 * After the bus, the devices and every vCPU (avcpu_vgic_vcpu_destroy()).
 */
void avcpu_vgic_vm_destroy(struct avcpu_vm *vm)
{
	struct avcpu_vgic *vgic = &vm->vgic;

	avcpu_irq_queue_empty(&vgic->limbo);
	avcpu_lpi_table_free(vm);
	avcpu_vgic_free_regions(vm);
	kvfree(vgic->spis);
	vgic->spis = NULL;
	mutex_destroy(&vgic->lock);
}

/**
 * avcpu_vgic_vcpu_init() - a vCPU is being created; vm->lock held
 * @vcpu: the vCPU, not yet online
 *
 * Before it is online. Takes vm->slots_lock.
 *
 * Return: 0; -EBUSY if the vGIC is initialized already; -EINVAL if the vCPU's
 * redistributor makes a region run into something; -ENOMEM. On error there is
 * nothing to undo.
 */
int avcpu_vgic_vcpu_init(struct avcpu_vcpu *vcpu)
{
	struct avcpu_vm *vm = vcpu->vm;
	int ret;

	avcpu_irq_queue_init(&vcpu->vgic.queue, vcpu);
	vcpu->vgic.rd.base = AVCPU_NO_ADDR;
	if (avcpu_vgic_initialized(&vm->vgic))
		return -EBUSY;
	if (!avcpu_vgic_present(&vm->vgic))
		return 0;

	mutex_lock(&vm->slots_lock);
	ret = avcpu_vgic_place_redist(vcpu);
	mutex_unlock(&vm->slots_lock);
	return ret;
}

/**
 * avcpu_vgic_vcpu_destroy() - undo avcpu_vgic_vcpu_init()
 * @vcpu: the vCPU
 *
 * For a vCPU that never came online: vm->lock held, takes vm->slots_lock. Or at
 * the VM's end, when nobody else is left.
 */
void avcpu_vgic_vcpu_destroy(struct avcpu_vcpu *vcpu)
{
	struct avcpu_vm *vm = vcpu->vm;

	mutex_lock(&vm->slots_lock);
	avcpu_vgic_remove_redist(vcpu);
	mutex_unlock(&vm->slots_lock);

	avcpu_irq_queue_empty(&vcpu->vgic.queue);
	kfree(vcpu->vgic.irqs);
	vcpu->vgic.irqs = NULL;
}

/* KVM_ARM_VCPU_INIT, PSCI CPU_ON: the vGIC keeps its state, as a GIC does. */
void avcpu_vgic_vcpu_reset(struct avcpu_vcpu *vcpu)
{
	WRITE_ONCE(vcpu->vgic.lines, 0);
}

static bool any_vcpu_ran(struct avcpu_vm *vm)
{
	struct avcpu_vcpu *vcpu;
	u32 i;

	avcpu_for_each_vcpu(i, vcpu, vm)
		if (READ_ONCE(vcpu->ran_once))
			return true;
	return false;
}

/**
 * avcpu_vgic_create() - KVM_CREATE_DEVICE; vm->lock held, no vCPU runs
 * @vm: the VM
 *
 * Return: 0; -EEXIST for a second one; -EBUSY if a vCPU has run without it.
 */
int avcpu_vgic_create(struct avcpu_vm *vm)
{
	struct avcpu_vgic *vgic = &vm->vgic;
	int ret = 0;

	mutex_lock(&vgic->lock);
	if (vgic->present)
		ret = -EEXIST;
	else if (any_vcpu_ran(vm))
		ret = -EBUSY;
	else
		WRITE_ONCE(vgic->present, true);
	mutex_unlock(&vgic->lock);
	return ret;
}

/* As KVM's, SPIs are edge-triggered, in group 1, and have Aff 0.0.0.0, the first vCPU. */
static int alloc_spis(struct avcpu_vm *vm)
{
	struct avcpu_vgic *vgic = &vm->vgic;
	struct avcpu_irq_queue *home;
	struct avcpu_irq *irq;
	u32 i;

	vgic->spis = kvcalloc(vgic->nr_spis, sizeof(*vgic->spis), GFP_KERNEL_ACCOUNT);
	if (!vgic->spis)
		return -ENOMEM;
	home = avcpu_irq_queue_of(vm, avcpu_vcpu_by_idx(vm, 0));
	for (i = 0; i < vgic->nr_spis; i++) {
		irq = &vgic->spis[i];
		avcpu_irq_init(irq, AVCPU_NR_PRIVATE_IRQS + i, home);
		irq->group1 = true;
		irq->edge = true;
	}
	return 0;
}

/* SGIs are edge-triggered and enabled, PPIs level-triggered. */
static int alloc_private(struct avcpu_vcpu *vcpu)
{
	struct avcpu_irq *irq, *irqs;
	u32 i;

	irqs = kcalloc(AVCPU_NR_PRIVATE_IRQS, sizeof(*irqs), GFP_KERNEL_ACCOUNT);
	if (!irqs)
		return -ENOMEM;
	for (i = 0; i < AVCPU_NR_PRIVATE_IRQS; i++) {
		irq = &irqs[i];
		avcpu_irq_init(irq, i, &vcpu->vgic.queue);
		irq->group1 = true;
		irq->edge = i < AVCPU_NR_SGIS;
		irq->enabled = irq->edge;
	}
	vcpu->vgic.irqs = irqs;
	vcpu->vgic.pendbaser = GIC_BASER_CACHEABILITY(GICR_PENDBASER, INNER, RaWb) |
			       GIC_BASER_CACHEABILITY(GICR_PENDBASER, OUTER, SameAsInner) |
			       GIC_BASER_SHAREABILITY(GICR_PENDBASER, InnerShareable);
	avcpu_cpuif_reset(vcpu);
	return 0;
}

static void free_irqs(struct avcpu_vm *vm)
{
	struct avcpu_vcpu *vcpu;
	u32 i;

	avcpu_for_each_vcpu(i, vcpu, vm) {
		kfree(vcpu->vgic.irqs);
		vcpu->vgic.irqs = NULL;
	}
	kvfree(vm->vgic.spis);
	vm->vgic.spis = NULL;
}

static int alloc_irqs(struct avcpu_vm *vm)
{
	struct avcpu_vcpu *vcpu;
	u32 i;
	int ret;

	ret = alloc_spis(vm);
	avcpu_for_each_vcpu(i, vcpu, vm) {
		if (ret)
			break;
		ret = alloc_private(vcpu);
	}
	if (ret)
		free_irqs(vm);
	return ret;
}

/**
 * avcpu_vgic_init() - KVM_DEV_ARM_VGIC_CTRL_INIT; vm->lock and vgic.lock held
 * @vm: the VM
 *
 * Return: 0, also if it was initialized before; -EBUSY if a vCPU is being
 * created; -ENOMEM, and nothing has changed but that nr_spis is fixed.
 */
int avcpu_vgic_init(struct avcpu_vm *vm)
{
	struct avcpu_vgic *vgic = &vm->vgic;
	int ret;

	lockdep_assert_held(&vm->lock);
	lockdep_assert_held(&vgic->lock);
	if (vgic->initialized)
		return 0;
	if (vm->created != atomic_read(&vm->online))
		return -EBUSY;
	if (!vgic->nr_spis)
		vgic->nr_spis = DEFAULT_NR_IRQS - AVCPU_NR_PRIVATE_IRQS;

	ret = avcpu_irq_routing_default(vm, vgic->nr_spis);
	if (!ret)
		ret = alloc_irqs(vm);
	if (!ret)
		/* Pairs with avcpu_vgic_initialized(): all of them are there. */
		smp_store_release(&vgic->initialized, true);
	return ret;
}

static int check_ready(struct avcpu_vm *vm)
{
	struct avcpu_vgic *vgic = &vm->vgic;
	struct avcpu_vcpu *vcpu;
	u32 i;

	avcpu_for_each_vcpu(i, vcpu, vm)
		if (!vcpu->vgic.region)
			return -ENXIO;
	if (vgic->dist.base == AVCPU_NO_ADDR)
		return -ENXIO;
	if (!avcpu_vgic_frames_fit(vm))
		return -EINVAL;
	return vgic->initialized ? 0 : -EBUSY;
}

/**
 * avcpu_vgic_map_resources() - a vCPU is about to run: is the vGIC in order?
 * @vm: the VM
 *
 * May be called before each run: it is cheap from the second time on. vcpu->mutex
 * held; takes vm->slots_lock.
 *
 * Return: 0, also without a vGIC; -ENXIO if user space has left an address out;
 * -EINVAL if frames overlap; -EBUSY if it is not initialized. It may correct that
 * and run again.
 */
int avcpu_vgic_map_resources(struct avcpu_vm *vm)
{
	struct avcpu_vgic *vgic = &vm->vgic;
	int ret = 0;

	/* Acquire: pairs with the end of the first call. */
	if (!avcpu_vgic_present(vgic) || smp_load_acquire(&vgic->ready))
		return 0;

	mutex_lock(&vm->slots_lock);
	if (vgic->ready)
		goto out;
	mutex_lock(&vgic->lock);
	ret = check_ready(vm);
	mutex_unlock(&vgic->lock);
	if (ret)
		goto out;

	vgic->dist.ops = &avcpu_vgic_dist_ops;
	vgic->dist.len = AVCPU_VGIC_DIST_SIZE;
	ret = avcpu_io_bus_register(vm, &vgic->dist);
	/* Pairs with whoever looks at it: addresses do not change any more. */
	if (!ret)
		smp_store_release(&vgic->ready, true);
out:
	mutex_unlock(&vm->slots_lock);
	return ret;
}
