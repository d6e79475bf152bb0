// SPDX-License-Identifier: GPL-2.0
/*
 * LPIs: which exist, and how they come and go. The ITS maps them; here is what
 * every other part of the vGIC may rely on.
 *
 * An LPI is found through the table without any lock, and put under raw ones, so
 * neither may sleep: the table is two levels of pointers, grown when an LPI is
 * added and shrunk only with the VM. It holds no reference. Found is an LPI only
 * if its count is not 0 yet, and it is freed a grace period after it became 0.
 */
#include <linux/slab.h>

#include "internal.h"

#define LPIS_PER_PAGE	512
#define NR_LPIS		((1 << AVCPU_INTID_BITS_ITS) - AVCPU_MIN_LPI)
#define NR_PAGES	(NR_LPIS / LPIS_PER_PAGE)

struct lpi_page {
	struct avcpu_lpi __rcu *lpi[LPIS_PER_PAGE];
};

struct avcpu_lpi_table {
	struct lpi_page *page[NR_PAGES];
};

/**
 * avcpu_lpi_table_alloc() - room for LPIs; vgic.lock held, may be called again
 * @vm: the VM
 */
int avcpu_lpi_table_alloc(struct avcpu_vm *vm)
{
	struct avcpu_lpi_table *table;

	lockdep_assert_held(&vm->vgic.lock);
	if (vm->vgic.lpis)
		return 0;
	table = kzalloc(sizeof(*table), GFP_KERNEL_ACCOUNT);
	if (!table)
		return -ENOMEM;
	/* Pairs with lpi_slot() and grow(): it is empty. */
	smp_store_release(&vm->vgic.lpis, table);
	return 0;
}

/* The VM goes. Mappings and queues have put their LPIs before. */
void avcpu_lpi_table_free(struct avcpu_vm *vm)
{
	struct avcpu_lpi_table *table = vm->vgic.lpis;
	int i;

	if (!table)
		return;
	for (i = 0; i < NR_PAGES; i++)
		kfree(table->page[i]);
	kfree(table);
	vm->vgic.lpis = NULL;
}

/* NULL: there was never an LPI near @intid, or it is none. */
static struct avcpu_lpi __rcu **lpi_slot(struct avcpu_vm *vm, u32 intid)
{
	/* Pairs with avcpu_lpi_table_alloc(). */
	struct avcpu_lpi_table *table = smp_load_acquire(&vm->vgic.lpis);
	struct lpi_page *page;
	u32 nr = intid - AVCPU_MIN_LPI;

	if (!table || intid < AVCPU_MIN_LPI || nr >= NR_LPIS)
		return NULL;
	/* Pairs with the cmpxchg() in grow(): it is empty. */
	page = smp_load_acquire(&table->page[nr / LPIS_PER_PAGE]);
	return page ? &page->lpi[nr % LPIS_PER_PAGE] : NULL;
}

static int grow(struct avcpu_vm *vm, u32 intid)
{
	/* Pairs with avcpu_lpi_table_alloc(). */
	struct avcpu_lpi_table *table = smp_load_acquire(&vm->vgic.lpis);
	u32 nr = intid - AVCPU_MIN_LPI;
	struct lpi_page *page;

	if (!table || intid < AVCPU_MIN_LPI || nr >= NR_LPIS)
		return -EINVAL;
	page = kzalloc(sizeof(*page), GFP_KERNEL_ACCOUNT);
	if (!page)
		return -ENOMEM;
	if (cmpxchg(&table->page[nr / LPIS_PER_PAGE], NULL, page))
		kfree(page);
	return 0;
}

static struct avcpu_irq *get_live(struct avcpu_lpi __rcu **slot)
{
	struct avcpu_lpi *lpi;

	rcu_read_lock();
	lpi = rcu_dereference(*slot);
	if (lpi && !kref_get_unless_zero(&lpi->refs))
		lpi = NULL;
	rcu_read_unlock();
	return lpi ? &lpi->irq : NULL;
}

/**
 * avcpu_lpi_find() - the LPI @intid with a reference, or NULL; any context
 * @vm: its VM
 * @intid: any number
 */
struct avcpu_irq *avcpu_lpi_find(struct avcpu_vm *vm, u32 intid)
{
	struct avcpu_lpi __rcu **slot = lpi_slot(vm, intid);

	return slot ? get_live(slot) : NULL;
}

static struct avcpu_lpi *lpi_alloc(struct avcpu_vm *vm, u32 intid)
{
	struct avcpu_lpi *lpi = kzalloc(sizeof(*lpi), GFP_KERNEL_ACCOUNT);

	if (!lpi)
		return NULL;
	avcpu_irq_init(&lpi->irq, intid, &vm->vgic.limbo);
	lpi->irq.edge = true;
	lpi->irq.group1 = true;
	lpi->vm = vm;
	kref_init(&lpi->refs);
	return lpi;
}

/*
 * Into the place of a dying LPI of the same INTID, whose own attempt to take
 * itself out then finds another one there and leaves it alone.
 */
static bool lpi_publish(struct avcpu_lpi __rcu **slot, struct avcpu_lpi *lpi)
{
	struct avcpu_lpi *old;
	bool done;

	rcu_read_lock();
	old = rcu_dereference(*slot);
	done = (!old || !kref_read(&old->refs)) &&
	       unrcu_pointer(cmpxchg(slot, RCU_INITIALIZER(old),
				     RCU_INITIALIZER(lpi))) == old;
	rcu_read_unlock();
	return done;
}

/**
 * avcpu_lpi_add() - the LPI @intid, made if there is none, with a reference
 * @vm: its VM
 * @intid: any number
 *
 * May sleep. A new one is edge-triggered, group 1, disabled, routed nowhere; an
 * old one that a queue still holds comes back as it was left.
 *
 * Return: NULL without memory, or if @intid is no LPI of this VM.
 */
struct avcpu_irq *avcpu_lpi_add(struct avcpu_vm *vm, u32 intid)
{
	struct avcpu_lpi __rcu **slot = lpi_slot(vm, intid);
	struct avcpu_irq *irq;
	struct avcpu_lpi *lpi;

	if (!slot) {
		if (grow(vm, intid))
			return NULL;
		slot = lpi_slot(vm, intid);
	}
	irq = get_live(slot);
	if (irq)
		return irq;
	lpi = lpi_alloc(vm, intid);
	if (!lpi)
		return NULL;
	while (!lpi_publish(slot, lpi)) {
		irq = get_live(slot);
		if (irq) {
			kfree(lpi);
			return irq;
		}
	}
	return &lpi->irq;
}

/**
 * avcpu_lpi_next() - the first LPI from @intid on, with a reference, or NULL
 * @vm: its VM
 * @intid: where to begin
 */
struct avcpu_irq *avcpu_lpi_next(struct avcpu_vm *vm, u32 intid)
{
	struct avcpu_lpi __rcu **slot;
	struct avcpu_irq *irq;

	for (intid = max_t(u32, intid, AVCPU_MIN_LPI);
	     intid < AVCPU_MIN_LPI + NR_LPIS; intid++) {
		slot = lpi_slot(vm, intid);
		if (!slot) {
			intid |= LPIS_PER_PAGE - 1;	/* the first page is aligned */
			continue;
		}
		irq = get_live(slot);
		if (irq)
			return irq;
	}
	return NULL;
}

static void lpi_free(struct kref *refs)
{
	struct avcpu_lpi *lpi = container_of(refs, struct avcpu_lpi, refs);
	struct avcpu_lpi __rcu **slot = lpi_slot(lpi->vm, lpi->irq.intid);

	(void)cmpxchg(slot, RCU_INITIALIZER(lpi), NULL);
	kfree_rcu(lpi, rcu);
}

/* avcpu_irq_put() for an LPI; any context, also with a queue's lock held. */
void avcpu_lpi_release(struct avcpu_irq *irq)
{
	kref_put(&container_of(irq, struct avcpu_lpi, irq)->refs, lpi_free);
}

/**
 * avcpu_lpi_set_target() - route @irq to @target, or nowhere; reference held
 * @vm: its VM
 * @irq: the interrupt
 * @target: a vCPU, or NULL
 *
 * A pending LPI moves along, one that a vCPU is about to take stays with it.
 */
void avcpu_lpi_set_target(struct avcpu_vm *vm, struct avcpu_irq *irq,
			  struct avcpu_vcpu *target)
{
	unsigned long flags = avcpu_irq_lock(irq);

	irq->target = target;
	avcpu_irq_update_unlock(vm, irq, flags);
}

/**
 * avcpu_lpi_set_config() - what the configuration table says; reference held
 * @vm: its VM
 * @irq: the interrupt
 * @priority: 8 bits, the lower three are dropped
 * @enabled: bit 0 of the entry
 */
void avcpu_lpi_set_config(struct avcpu_vm *vm, struct avcpu_irq *irq,
			  u8 priority, bool enabled)
{
	unsigned long flags = avcpu_irq_lock(irq);

	irq->priority = priority & GENMASK(7, 8 - AVCPU_PRI_BITS);
	irq->enabled = enabled;
	avcpu_irq_update_unlock(vm, irq, flags);
}

/**
 * avcpu_lpi_set_pending() - INT, CLEAR, or a bit of the pending table
 * @vm: its VM
 * @irq: the interrupt
 * @on: pending or not
 *
 * Nothing becomes pending for a vCPU that has its LPIs disabled: who disables them
 * says so first and then clears every one of them under the lock taken here.
 */
void avcpu_lpi_set_pending(struct avcpu_vm *vm, struct avcpu_irq *irq, bool on)
{
	unsigned long flags = avcpu_irq_lock(irq);

	if (!on) {
		irq->latch = false;
		if (irq->in_lr)
			irq->cmd |= AVCPU_IRQ_CLEAR_PEND;
		avcpu_irq_update_unlock(vm, irq, flags);
	} else if (!irq->target || avcpu_lpis_enabled(irq->target)) {
		avcpu_irq_latch_unlock(vm, irq, flags);
	} else {
		avcpu_irq_unlock(irq, flags);
	}
}

/* Takes LPIs off @list, at most @budget. Return: what is left of the budget. */
static int drop_some(struct avcpu_vm *vm, struct list_head *list, int budget)
{
	struct avcpu_irq *irq, *next;

	list_for_each_entry_safe(irq, next, list, link) {
		if (!avcpu_irq_is_lpi(irq) || !irq->latch)
			continue;
		irq->latch = false;
		/* Its link may be the last reference, and settle unlinks. */
		avcpu_irq_hold(irq);
		avcpu_irq_settle(vm, irq);
		avcpu_irq_put(irq);
		if (!--budget)
			break;
	}
	return budget;
}

/*
 * Those in list registers first: what they hold is dropped when they are folded,
 * and until then they stay linked.
 */
static void drop_in_lrs(struct avcpu_vgic_vcpu *vgic)
{
	struct avcpu_irq *irq;
	int i;

	for (i = 0; i < vgic->cpuif.used; i++) {
		irq = vgic->cpuif.irq[i];
		if (!avcpu_irq_is_lpi(irq))
			continue;
		irq->latch = false;
		irq->cmd |= AVCPU_IRQ_CLEAR_PEND;
	}
	WRITE_ONCE(vgic->queue.dirty, AVCPU_LRS_DIRTY);
}

/**
 * avcpu_lpi_drop_all() - GICR_CTLR.EnableLPIs became 0: none is pending any more
 * @vcpu: whose redistributor
 *
 * Nothing is remembered from one hold of the lock to the next: each round begins
 * at the heads of the lists, which each round makes shorter.
 */
void avcpu_lpi_drop_all(struct avcpu_vcpu *vcpu)
{
	struct avcpu_irq_queue *q = &vcpu->vgic.queue;
	unsigned long flags;
	int budget, i;

	do {
		budget = 256;
		raw_spin_lock_irqsave(&q->lock, flags);
		drop_in_lrs(&vcpu->vgic);
		budget = drop_some(vcpu->vm, &q->active, budget);
		for (i = 0; i < AVCPU_NR_PRIOS && budget; i++)
			budget = drop_some(vcpu->vm, &q->pend[i], budget);
		raw_spin_unlock_irqrestore(&q->lock, flags);
	} while (!budget);
	avcpu_vgic_kick(vcpu);
}
