// SPDX-License-Identifier: GPL-2.0
/*
 * List registers, a cache of the interrupts' state: filled before the guest runs,
 * folded back after. Which interrupts get one, and what became of them.
 *
 * Interrupts are acknowledged and ended without leaving the guest. When there are
 * more than list registers, those of the highest priority have them, and a
 * maintenance interrupt brings the vCPU out once it has taken all of these.
 */
#include <linux/bitfield.h>

#include "../arch/arch.h"
#include "../arch/encodings.h"
#include "../arch/gic.h"
#include "internal.h"

/* How many interrupts of a disabled group fill() steps over to find others. */
#define MAX_SKIP	64

static struct avcpu_vcpu *vgic_to_vcpu(struct avcpu_vgic_vcpu *vgic)
{
	return container_of(vgic, struct avcpu_vcpu, vgic);
}

/*
 * What a list register shall hold. Level-triggered interrupts are not made
 * pending while they are active: when the guest ends them, the line is looked at
 * again (EOI asks for a maintenance interrupt then). With HW set the pending
 * state is the physical GIC's, and active and pending at once is not allowed
 * (IHI 0069, 12.4.8).
 */
static u64 encode(const struct avcpu_irq *irq, bool deliver)
{
	bool pending = deliver && irq->enabled && avcpu_irq_is_pending(irq);
	u64 lr = irq->intid | FIELD_PREP(AVCPU_LR_PRIORITY, irq->priority);

	if (irq->group1)
		lr |= AVCPU_LR_GROUP1;
	if (irq->hw && (irq->line || irq->phys_active))
		lr |= AVCPU_LR_HW | FIELD_PREP(AVCPU_LR_PINTID, irq->host_intid);
	else if (!irq->edge)
		lr |= AVCPU_LR_EOI;
	if (irq->active)
		lr |= AVCPU_LR_ACTIVE;
	if (pending && (!irq->active || (irq->edge && !irq->hw)))
		lr |= AVCPU_LR_PENDING;
	return lr;
}

static void fill_one(struct avcpu_cpuif *cif, struct avcpu_irq *irq, bool deliver)
{
	u64 lr = encode(irq, deliver);

	if (irq->edge && lr & AVCPU_LR_PENDING) {
		irq->latch = false;
		irq->lr_pending = true;
	}
	irq->in_lr = true;
	cif->lr[cif->used] = lr;
	cif->irq[cif->used] = irq;
	cif->used++;
}

/*
 * Active ones are left out. With EOImode 0 hardware counts the ends of those, and
 * brings the vCPU out. With EOImode 1 any may be ended by ICC_DIR_EL1, which is
 * trapped, and a count, if the CPU counts at all, is of priority drops.
 */
static u64 hcr_for_overflow(struct avcpu_cpuif *cif)
{
	if (avcpu_gic_vmcr(cif) & AVCPU_VMCR_EOIM)
		return AVCPU_ICH_HCR_TDIR;
	return AVCPU_ICH_HCR_TDIR | AVCPU_ICH_HCR_LRENPIE;
}

/*
 * With EOImode 1 a vCPU may deactivate an SPI that another has taken (IHI 0069,
 * 4.1.1). Its own CPU interface knows nothing of that, and would say nothing, so
 * all of ICC_DIR_EL1 is trapped where there is another vCPU. With EOImode 0, which
 * is Linux's, a guest does not write it.
 */
static u64 hcr_for_dir(const struct avcpu_vm *vm)
{
	return atomic_read(&vm->online) > 1 ? AVCPU_ICH_HCR_TDIR : 0;
}

static void fill_active(struct avcpu_irq_queue *q, struct avcpu_cpuif *cif,
			unsigned int room, bool deliver)
{
	struct avcpu_irq *irq;

	list_for_each_entry(irq, &q->active, link) {
		if (cif->used == room) {
			cif->hcr |= hcr_for_overflow(cif);
			cif->overflow = true;
			break;
		}
		fill_one(cif, irq, deliver);
	}
}

/*
 * Where room is short, interrupts of a group that the guest has disabled at its
 * CPU interface give way, and enabling the group brings the vCPU out.
 */
static bool group_off(struct avcpu_cpuif *cif, const struct avcpu_irq *irq, u64 vmcr)
{
	if (vmcr & (irq->group1 ? AVCPU_VMCR_ENG1 : AVCPU_VMCR_ENG0))
		return false;
	cif->hcr |= irq->group1 ? AVCPU_ICH_HCR_G1EIE : AVCPU_ICH_HCR_G0EIE;
	return true;
}

/* Return: false if some are left out. */
static bool fill_pending(struct avcpu_irq_queue *q, struct avcpu_cpuif *cif, u64 vmcr)
{
	unsigned int skipped = 0;
	struct avcpu_irq *irq;
	u32 map;

	for (map = q->map; map; map &= map - 1) {
		list_for_each_entry(irq, &q->pend[__ffs(map)], link) {
			if (cif->used == avcpu_gic.nr_lr || skipped == MAX_SKIP)
				return false;
			if (group_off(cif, irq, vmcr))
				skipped++;
			else
				fill_one(cif, irq, true);
		}
	}
	return true;
}

/*
 * The queue's lock is held, cif->used is 0. With room for all, all get a list
 * register. Else active ones have them, except for one that is kept for the
 * foremost pending interrupt: else nothing could preempt them.
 */
static void fill(struct avcpu_vgic_vcpu *vgic)
{
	struct avcpu_irq_queue *q = &vgic->queue;
	struct avcpu_cpuif *cif = &vgic->cpuif;
	bool deliver = READ_ONCE(vgic_to_vcpu(vgic)->vm->vgic.enabled);
	u32 nr_pend = deliver ? q->nr_pend : 0;
	bool crowded = q->nr_active + nr_pend > avcpu_gic.nr_lr;
	u64 vmcr = AVCPU_VMCR_ENG0 | AVCPU_VMCR_ENG1;
	unsigned int taken;

	WRITE_ONCE(q->dirty, AVCPU_LRS_CLEAN);
	cif->hcr = AVCPU_ICH_HCR_EN | hcr_for_dir(vgic_to_vcpu(vgic)->vm);
	cif->overflow = false;
	fill_active(q, cif, avcpu_gic.nr_lr - (crowded && nr_pend), deliver);
	if (!nr_pend)
		return;

	if (crowded)
		vmcr = avcpu_gic_vmcr(cif);
	taken = cif->used;
	if (!fill_pending(q, cif, vmcr) && cif->used > taken)
		cif->hcr |= AVCPU_ICH_HCR_NPIE;
}

/* A level-triggered SPI was ended: its line goes down until it is raised anew. */
static void note_ack(struct avcpu_vgic_vcpu *vgic, struct avcpu_irq *irq)
{
	if (!irq->resample)
		return;
	irq->line = false;
	set_bit(irq->intid, vgic_to_vcpu(vgic)->vm->vgic.acked);
	vgic->acks = true;
}

static void fold_pending(struct avcpu_irq *irq, u64 old, u64 lr)
{
	irq->lr_pending = false;
	if (lr & AVCPU_LR_PENDING) {
		if (irq->edge && !(irq->cmd & AVCPU_IRQ_CLEAR_PEND))
			irq->latch = true;
	} else if (!irq->edge && old & AVCPU_LR_PENDING) {
		/* Activation clears what was written to GICD_ISPENDR. */
		irq->latch = false;
	}
}

static void fold_active(struct avcpu_irq *irq, u64 lr)
{
	irq->active = lr & AVCPU_LR_ACTIVE;
	if (irq->cmd & AVCPU_IRQ_SET_ACTIVE)
		irq->active = true;
	if (irq->cmd & AVCPU_IRQ_CLEAR_ACTIVE)
		irq->active = false;
}

/* A mapped interrupt: what the hardware made of it, and where its line is now. */
static void fold_hw(struct avcpu_vcpu *vcpu, struct avcpu_irq *irq, u64 old, u64 lr)
{
	if (old & AVCPU_LR_HW && !(lr & AVCPU_LR_STATE))
		irq->phys_active = false;
	if (irq->ops)
		irq->line = irq->ops->level(vcpu, irq->intid);
	/* The host takes it as it takes any, if it has not: active from then on. */
	if (irq->line)
		irq->phys_active = true;
}

/* It may have been routed elsewhere meanwhile. */
static void settle(struct avcpu_vcpu *vcpu, struct avcpu_irq *irq)
{
	struct avcpu_cpuif *cif = &vcpu->vgic.cpuif;
	struct avcpu_irq *ref;

	/* The list's reference may be the last one, and settle drops it. */
	ref = avcpu_irq_hold(irq);
	if (avcpu_irq_settle(vcpu->vm, irq))
		avcpu_irq_put(ref);
	else
		cif->moved[cif->nr_moved++] = ref;
}

static void fold_one(struct avcpu_vgic_vcpu *vgic, struct avcpu_irq *irq, u64 old,
		     u64 lr)
{
	struct avcpu_vcpu *vcpu = vgic_to_vcpu(vgic);

	irq->in_lr = false;
	fold_pending(irq, old, lr);
	fold_active(irq, lr);
	irq->cmd = 0;
	if (irq->hw)
		fold_hw(vcpu, irq, old, lr);
	else if (old & AVCPU_LR_EOI && !(lr & AVCPU_LR_STATE))
		note_ack(vgic, irq);
	settle(vcpu, irq);
}

/*
 * Active interrupts without a list register that were ended: each end takes the
 * foremost, for the guest ends them in the reverse of the order it took them in
 * (IHI 0069, 4.8.3). Those that had a list register have been folded, so the
 * others are told by @in_lr having been false all along: see fold_lrs().
 */
static void fold_eoi_count(struct avcpu_vgic_vcpu *vgic, unsigned int count)
{
	struct avcpu_irq *irq, *next;

	list_for_each_entry_safe(irq, next, &vgic->queue.active, link) {
		if (!count)
			break;
		if (irq->in_lr)
			continue;
		count--;
		irq->active = false;
		if (!irq->edge && !irq->hw)
			note_ack(vgic, irq);
		settle(vgic_to_vcpu(vgic), irq);
	}
}

/* The queue's lock is held; cif->seen was read from the CPU. Afterwards used is 0. */
static void fold_lrs(struct avcpu_vgic_vcpu *vgic, unsigned int eoi_count)
{
	struct avcpu_cpuif *cif = &vgic->cpuif;
	unsigned int i;

	if (eoi_count)
		fold_eoi_count(vgic, eoi_count);
	for (i = 0; i < cif->used; i++)
		fold_one(vgic, cif->irq[i], cif->lr[i], cif->seen[i]);
	cif->used = 0;
}

/* No lock is held, nor IRQs need be on: to their new homes. */
static void settle_moved(struct avcpu_vcpu *vcpu)
{
	struct avcpu_cpuif *cif = &vcpu->vgic.cpuif;
	struct avcpu_irq *irq;
	unsigned long flags;

	while (cif->nr_moved) {
		irq = cif->moved[--cif->nr_moved];
		flags = avcpu_irq_lock(irq);
		avcpu_irq_update_unlock(vcpu->vm, irq, flags);
		avcpu_irq_put(irq);
	}
}

/* How many of the active interrupts without a list register were ended. */
static unsigned int eoi_count(struct avcpu_cpuif *cif)
{
	unsigned int count;

	if (!cif->overflow)
		return 0;
	count = avcpu_gic_eoi_count(cif);
	return avcpu_gic_vmcr(cif) & AVCPU_VMCR_EOIM ? 0 : count;
}

/**
 * avcpu_vgic_flush_slow() - avcpu_vgic_flush() where there is something to do
 * @vgic: the vCPU's part of the vGIC
 *
 * IRQs off. Whatever the list registers hold is folded first: after an exit that
 * was handled in place they are still the guest's.
 */
bool avcpu_vgic_flush_slow(struct avcpu_vgic_vcpu *vgic)
{
	struct avcpu_cpuif *cif = &vgic->cpuif;

	if (!cif->live)
		return true;

	raw_spin_lock(&vgic->queue.lock);
	if (cif->used) {
		avcpu_gic_read_lrs(cif->seen, cif->used);
		fold_lrs(vgic, eoi_count(cif));
	}
	fill(vgic);
	raw_spin_unlock(&vgic->queue.lock);

	avcpu_gic_write_lrs(cif);
	settle_moved(vgic_to_vcpu(vgic));
	return !vgic->acks;
}

/* The queue's lock is held. */
static void renew_lrs(struct avcpu_cpuif *cif)
{
	unsigned int i;

	for (i = 0; i < cif->used; i++) {
		struct avcpu_irq *irq = cif->irq[i];

		if (!irq->edge || !irq->latch)
			continue;
		irq->latch = false;
		irq->lr_pending = true;
		cif->lr[i] &= ~AVCPU_LR_STATE;
		cif->lr[i] |= AVCPU_LR_PENDING | (avcpu_gic_read_lr(i) & AVCPU_LR_ACTIVE);
		avcpu_gic_write_lr(i, cif->lr[i]);
	}
}

/**
 * avcpu_vgic_renew() - avcpu_vgic_flush() where interrupts have come again
 * @vgic: the vCPU's part of the vGIC
 *
 * Which is what happens most often, and the guest may even be done with the last:
 * their list registers become pending, and the rest stays as it is.
 *
 * IRQs off.
 */
bool avcpu_vgic_renew(struct avcpu_vgic_vcpu *vgic)
{
	struct avcpu_irq_queue *q = &vgic->queue;
	bool again;

	raw_spin_lock(&q->lock);
	again = q->dirty == AVCPU_LRS_AGAIN &&
		READ_ONCE(vgic_to_vcpu(vgic)->vm->vgic.enabled);
	if (again) {
		WRITE_ONCE(q->dirty, AVCPU_LRS_CLEAN);
		renew_lrs(&vgic->cpuif);
	}
	raw_spin_unlock(&q->lock);
	return again || avcpu_vgic_flush_slow(vgic);
}

/**
 * avcpu_vgic_sync_slow() - avcpu_vgic_sync() where list registers were in use
 * @vgic: the vCPU's part of the vGIC
 *
 * IRQs off. They are read and left as they are: the next flush or put writes
 * them, hence dirty. Once ICH_HCR_EL2.En is 0 they raise no maintenance interrupt.
 */
void avcpu_vgic_sync_slow(struct avcpu_vgic_vcpu *vgic)
{
	struct avcpu_cpuif *cif = &vgic->cpuif;
	unsigned int ends;

	avcpu_gic_read_lrs(cif->seen, cif->used);
	ends = eoi_count(cif);
	avcpu_gic_write_hcr(cif, 0);
	cif->busy = false;

	raw_spin_lock(&vgic->queue.lock);
	fold_lrs(vgic, ends);
	WRITE_ONCE(vgic->queue.dirty, AVCPU_LRS_DIRTY);
	raw_spin_unlock(&vgic->queue.lock);

	settle_moved(vgic_to_vcpu(vgic));
}

/**
 * avcpu_vgic_drain_acks_slow() - tell who waits for the end of interrupts
 * @vgic: the vCPU's part of the vGIC
 *
 * IRQs on, vm->srcu held, by the vCPU's thread.
 */
void avcpu_vgic_drain_acks_slow(struct avcpu_vgic_vcpu *vgic)
{
	struct avcpu_vm *vm = vgic_to_vcpu(vgic)->vm;
	unsigned int intid;

	vgic->acks = false;
	for_each_set_bit(intid, vm->vgic.acked, AVCPU_MAX_IRQ)
		if (test_and_clear_bit(intid, vm->vgic.acked))
			vm->vgic.on_ack(vm, intid - AVCPU_NR_PRIVATE_IRQS);
}

/* Would the CPU interface signal it, the running priority aside? */
static bool signals(const struct avcpu_irq *irq, u64 vmcr)
{
	return irq->priority < FIELD_GET(AVCPU_VMCR_PMR, vmcr) &&
	       vmcr & (irq->group1 ? AVCPU_VMCR_ENG1 : AVCPU_VMCR_ENG0);
}

static bool queue_signals(struct avcpu_irq_queue *q, u64 vmcr)
{
	unsigned int seen = 0;
	struct avcpu_irq *irq;
	u32 map;

	for (map = q->map; map; map &= map - 1)
		list_for_each_entry(irq, &q->pend[__ffs(map)], link) {
			if (signals(irq, vmcr))
				return true;
			if (++seen == MAX_SKIP)
				return false;
		}
	return false;
}

/**
 * avcpu_vgic_pending() - does an interrupt end the vCPU's WFI?
 * @vcpu: the current thread's
 *
 * By the vCPU's thread, after avcpu_vgic_sync(), not in a hard interrupt. An
 * interrupt does that if the CPU interface would signal it: the distributor and
 * its group are enabled, and the priority mask lets it through.
 */
bool avcpu_vgic_pending(struct avcpu_vcpu *vcpu)
{
	struct avcpu_vgic_vcpu *vgic = &vcpu->vgic;
	struct avcpu_irq_queue *q = &vgic->queue;
	unsigned long flags;
	bool ret;

	if (READ_ONCE(vgic->lines))
		return true;
	if (!READ_ONCE(vcpu->vm->vgic.enabled) || !READ_ONCE(q->nr_pend))
		return false;

	raw_spin_lock_irqsave(&q->lock, flags);
	ret = queue_signals(q, avcpu_gic_vmcr(&vgic->cpuif));
	raw_spin_unlock_irqrestore(&q->lock, flags);
	return ret;
}
