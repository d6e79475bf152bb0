// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts, the queues they wait in, and the way from one queue to another.
 *
 * One lock protects an interrupt and the queue it belongs to. To move it, the
 * old queue's lock is enough to name the new home; only then is that one's lock
 * taken, and what to do is decided afresh from the interrupt's state. Nothing is
 * lost in between: the state stays in the interrupt, and whoever changes it
 * meanwhile finds the new home and queues it there.
 */
#include <linux/nospec.h>
#include <linux/preempt.h>
#include <asm/cputype.h>

#include "../arch/arch.h"
#include "../arch/gic.h"
#include "internal.h"

/**
 * avcpu_irq_get() - the interrupt @intid as @vcpu sees it, with a reference
 * @vm: the VM
 * @intid: any number
 * @vcpu: whose SGIs and PPIs; may be NULL if @intid is neither
 *
 * The vGIC is initialized. Any context. Return: NULL if there is none.
 */
struct avcpu_irq *avcpu_irq_get(struct avcpu_vm *vm, struct avcpu_vcpu *vcpu,
				u32 intid)
{
	struct avcpu_vgic *vgic = &vm->vgic;

	if (intid < AVCPU_NR_PRIVATE_IRQS) {
		if (!vcpu || !vcpu->vgic.irqs)
			return NULL;
		return &vcpu->vgic.irqs[array_index_nospec(intid, AVCPU_NR_PRIVATE_IRQS)];
	}

	intid -= AVCPU_NR_PRIVATE_IRQS;
	if (intid < vgic->nr_spis)
		return &vgic->spis[array_index_nospec(intid, vgic->nr_spis)];

	return avcpu_lpi_find(vm, intid + AVCPU_NR_PRIVATE_IRQS);
}

/* Any context, also with the lock of a queue held: nothing sleeps. */
void avcpu_irq_put(struct avcpu_irq *irq)
{
	if (avcpu_irq_is_lpi(irq))
		avcpu_lpi_release(irq);
}

void avcpu_irq_init(struct avcpu_irq *irq, u32 intid,
		    struct avcpu_irq_queue *home)
{
	irq->home = home;
	irq->target = home->vcpu;
	irq->intid = intid;
	irq->slot = AVCPU_SLOT_NONE;
	INIT_LIST_HEAD(&irq->link);
}

void avcpu_irq_queue_init(struct avcpu_irq_queue *q, struct avcpu_vcpu *vcpu)
{
	int i;

	raw_spin_lock_init(&q->lock);
	q->vcpu = vcpu;
	INIT_LIST_HEAD(&q->active);
	for (i = 0; i < AVCPU_NR_PRIOS; i++)
		INIT_LIST_HEAD(&q->pend[i]);
}

/* Where an interrupt with target @vcpu waits; NULL: routed nowhere. */
struct avcpu_irq_queue *avcpu_irq_queue_of(struct avcpu_vm *vm,
					   struct avcpu_vcpu *vcpu)
{
	return vcpu ? &vcpu->vgic.queue : &vm->vgic.limbo;
}

/**
 * avcpu_irq_lock() - lock the queue whose lock protects @irq
 * @irq: the interrupt
 *
 * Return: for avcpu_irq_unlock() or avcpu_irq_update_unlock().
 */
unsigned long avcpu_irq_lock(struct avcpu_irq *irq)
	__acquires(irq->home->lock)
{
	struct avcpu_irq_queue *q;
	unsigned long flags;

	for (;;) {
		q = READ_ONCE(irq->home);
		raw_spin_lock_irqsave(&q->lock, flags);
		if (likely(q == irq->home))
			return flags;
		raw_spin_unlock_irqrestore(&q->lock, flags);
	}
}

void avcpu_irq_unlock(struct avcpu_irq *irq, unsigned long flags)
	__releases(irq->home->lock)
{
	raw_spin_unlock_irqrestore(&irq->home->lock, flags);
}

static int wanted_slot(const struct avcpu_irq *irq)
{
	if (irq->active)
		return AVCPU_SLOT_ACTIVE;
	if (irq->enabled && avcpu_irq_is_pending(irq))
		return irq->priority >> (8 - AVCPU_PRI_BITS);
	return AVCPU_SLOT_NONE;
}

static void unlink_irq(struct avcpu_irq *irq)
{
	struct avcpu_irq_queue *q = irq->home;

	list_del(&irq->link);
	if (irq->slot == AVCPU_SLOT_ACTIVE) {
		q->nr_active--;
	} else {
		q->nr_pend--;
		if (list_empty(&q->pend[irq->slot]))
			q->map &= ~BIT(irq->slot);
	}
	irq->slot = AVCPU_SLOT_NONE;
}

/*
 * The active ones are few: at most one for each priority that can preempt, where
 * the guest does not use EOImode 1. Those that end first stand first.
 */
static void link_active(struct avcpu_irq_queue *q, struct avcpu_irq *irq)
{
	struct list_head *pos;

	list_for_each(pos, &q->active)
		if (list_entry(pos, struct avcpu_irq, link)->priority > irq->priority)
			break;
	list_add_tail(&irq->link, pos);
	q->nr_active++;
}

static void link_irq(struct avcpu_irq *irq, int slot)
{
	struct avcpu_irq_queue *q = irq->home;

	irq->slot = slot;
	if (slot == AVCPU_SLOT_ACTIVE) {
		link_active(q, irq);
	} else {
		list_add_tail(&irq->link, &q->pend[slot]);
		q->map |= BIT(slot);
		q->nr_pend++;
	}
}

/*
 * To another slot. The list holds a reference; the caller has one too, so it is never
 * the last.
 */
static void relink(struct avcpu_irq *irq, int slot)
{
	bool was = irq->slot != AVCPU_SLOT_NONE;
	bool is = slot != AVCPU_SLOT_NONE;

	if (was)
		unlink_irq(irq);
	if (is)
		link_irq(irq, slot);
	if (is && !was)
		avcpu_irq_hold(irq);
	else if (was && !is)
		avcpu_irq_put(irq);
}

/*
 * A mapped interrupt whose line went low before the guest has deactivated it:
 * no list register will do that any more, and as long as it is active at the
 * physical GIC it cannot come again (IHI 0069, 4.1.2). Where the vCPU is not
 * loaded, the next load sets the physical state.
 */
static void release_phys(struct avcpu_irq *irq)
{
	struct avcpu_vcpu *vcpu = irq->home->vcpu;

	if (!irq->phys_active || irq->active || irq->line)
		return;
	irq->phys_active = false;
	if (vcpu->vgic.cpuif.live && vcpu->cpu == smp_processor_id())
		avcpu_gic_set_phys_active(irq->host_irq, false);
}

/**
 * avcpu_irq_settle() - link @irq where its state says
 * @vm: its VM
 * @irq: the interrupt
 *
 * Its lock is held, it is in no list register, and the caller has a reference.
 *
 * Return: false if it belongs into another queue now: its home is set to that,
 * and it is the caller's to drop the lock, and to call avcpu_irq_update_unlock()
 * under the new one.
 */
bool avcpu_irq_settle(struct avcpu_vm *vm, struct avcpu_irq *irq)
{
	struct avcpu_irq_queue *q = avcpu_irq_queue_of(vm, irq->target);
	int slot;

	if (irq->hw)
		release_phys(irq);
	if (!irq->active && unlikely(q != irq->home)) {
		if (irq->slot != AVCPU_SLOT_NONE)
			relink(irq, AVCPU_SLOT_NONE);
		WRITE_ONCE(irq->home, q);
		return false;
	}
	slot = wanted_slot(irq);
	if (irq->slot != slot)
		relink(irq, slot);
	if (slot != AVCPU_SLOT_NONE)
		WRITE_ONCE(irq->home->dirty, AVCPU_LRS_DIRTY);
	return true;
}

/**
 * avcpu_vgic_kick() - @vcpu shall see what was queued for it
 * @vcpu: the vCPU
 *
 * No vGIC lock held. Its own thread, which is on its way to the guest, needs no
 * kick: it flushes before it enters. Unless it is on its way to sleep, was preempted
 * there, and learns as it is loaded again that a timer's line went high.
 */
void avcpu_vgic_kick(struct avcpu_vcpu *vcpu)
{
	if (!in_task() || rcu_access_pointer(vcpu->thread) != current)
		avcpu_vcpu_kick(vcpu);
	else if (unlikely(!task_is_running(current)))
		avcpu_vcpu_wake(vcpu);
}

/**
 * avcpu_irq_update_unlock() - @irq was changed: queue it, unlock, kick
 * @vm: its VM
 * @irq: the interrupt, avcpu_irq_lock() was called for it
 * @flags: from avcpu_irq_lock()
 */
void avcpu_irq_update_unlock(struct avcpu_vm *vm, struct avcpu_irq *irq,
			     unsigned long flags)
	__releases(irq->home->lock)
{
	struct avcpu_irq_queue *q = irq->home;
	struct avcpu_vcpu *kick;

	while (!irq->in_lr && !avcpu_irq_settle(vm, irq)) {
		raw_spin_unlock_irqrestore(&q->lock, flags);
		flags = avcpu_irq_lock(irq);
		q = irq->home;
	}
	if (irq->in_lr)
		WRITE_ONCE(q->dirty, AVCPU_LRS_DIRTY);
	kick = irq->slot == AVCPU_SLOT_NONE ? NULL : q->vcpu;
	raw_spin_unlock_irqrestore(&q->lock, flags);
	if (kick)
		avcpu_vgic_kick(kick);
}

/**
 * avcpu_irq_latch_unlock() - @irq is made pending: queue it, unlock, kick
 * @vm: its VM
 * @irq: the interrupt, avcpu_irq_lock() was called for it
 * @flags: from avcpu_irq_lock()
 */
void avcpu_irq_latch_unlock(struct avcpu_vm *vm, struct avcpu_irq *irq,
			    unsigned long flags)
	__releases(irq->home->lock)
{
	struct avcpu_irq_queue *q = irq->home;

	irq->latch = true;
	if (!irq->in_lr || !irq->edge || !irq->enabled || irq->hw) {
		avcpu_irq_update_unlock(vm, irq, flags);
		return;
	}
	if (q->dirty == AVCPU_LRS_CLEAN)
		WRITE_ONCE(q->dirty, AVCPU_LRS_AGAIN);
	raw_spin_unlock_irqrestore(&q->lock, flags);
	avcpu_vgic_kick(q->vcpu);
}

/**
 * avcpu_irq_queue_empty() - unlink everything: the vCPU or the VM goes
 * @q: the queue
 *
 * Nobody runs and nobody injects any more, so no lock is needed.
 */
void avcpu_irq_queue_empty(struct avcpu_irq_queue *q)
{
	struct avcpu_irq *irq;
	int i;

	for (i = 0; i < AVCPU_NR_PRIOS; i++)
		list_splice_init(&q->pend[i], &q->active);
	while (!list_empty(&q->active)) {
		irq = list_first_entry(&q->active, struct avcpu_irq, link);
		list_del_init(&irq->link);
		irq->slot = AVCPU_SLOT_NONE;
		irq->in_lr = false;
		avcpu_irq_put(irq);
	}
	q->map = 0;
	q->nr_active = 0;
	q->nr_pend = 0;
}

/**
 * avcpu_vgic_vcpu_by_aff() - the vCPU with affinity Aff3..Aff0, as in MPIDR_EL1
 * @vm: its VM
 * @aff: Aff3..Aff0 as in MPIDR_EL1
 *
 * KVM numbers affinities 16 to a cluster, by vcpu_id, and user space mostly
 * numbers vCPUs in order, so the first guess is nearly always right.
 */
struct avcpu_vcpu *avcpu_vgic_vcpu_by_aff(struct avcpu_vm *vm, u64 aff)
{
	u32 guess = (aff & 0xf) | (aff >> 8 & 0xff) << 4 | (aff >> 16 & 0xff) << 12;
	struct avcpu_vcpu *vcpu = avcpu_vcpu_by_idx(vm, guess);

	if (likely(vcpu && (avcpu_arch_mpidr(vcpu) & MPIDR_HWID_BITMASK) == aff))
		return vcpu;
	return avcpu_vcpu_by_mpidr(vm, aff);
}
