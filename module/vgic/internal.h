/* SPDX-License-Identifier: GPL-2.0 */
/* Inside module/vgic/: the interrupt, its look-up, its lock. */
#ifndef AVCPU_VGIC_INTERNAL_H
#define AVCPU_VGIC_INTERNAL_H

#include <linux/kref.h>
#include <linux/rcupdate.h>

#include "../avcpu.h"

/* avcpu_irq.slot: which list of its home the interrupt is linked to */
#define AVCPU_SLOT_NONE		(-1)
#define AVCPU_SLOT_ACTIVE	AVCPU_NR_PRIOS	/* below: queue.pend[slot] */

/*
 * avcpu_irq.cmd: a change of what a list register holds, which takes effect when
 * the vCPU folds it: until then only the hardware knows what the guest made of it.
 */
#define AVCPU_IRQ_CLEAR_PEND	BIT(0)
#define AVCPU_IRQ_SET_ACTIVE	BIT(1)
#define AVCPU_IRQ_CLEAR_ACTIVE	BIT(2)

/**
 * struct avcpu_irq - one interrupt: the only place of its state
 * @home: the queue whose lock protects everything below. It changes while that
 *	lock is held, so: lock, look again (avcpu_irq_lock()).
 *	Unless the interrupt is active or in a list register, it is the queue of
 *	@target.
 * @link: in a list of @home, while it is active, or pending and enabled
 * @target: where it is routed, NULL: nowhere
 * @intid: never changes
 * @mpidr: GICD_IROUTER of an SPI: Aff2..Aff0
 * @priority: GICD_IPRIORITYR, the low bits 0
 * @slot: which list that is, AVCPU_SLOT_*
 * @cmd: AVCPU_IRQ_*; only while @in_lr
 * @group1: GICD_IGROUPR
 * @edge: GICD_ICFGR
 * @enabled: GICD_ISENABLER
 * @latch: pending by an edge, or by a write to GICD_ISPENDR
 * @line: level of the input line
 * @active: GICD_ISACTIVER
 * @in_lr: it stands in a list register of @home's vCPU, which may change it
 * @lr_pending: the edge behind @latch was moved into the list register
 * @resample: vgic.on_ack wants to hear of its deactivation
 * @hw: a mapped one: there is an interrupt of the host behind it
 * @phys_active: that one is active at the physical GIC on our behalf
 * @host_irq: Linux's number of the host's interrupt behind it
 * @host_intid: that one's INTID
 * @ops: what its owner knows of it
 * @owner: who alone may inject it; NULL: user space
 */
struct avcpu_irq {
	struct avcpu_irq_queue *home;
	struct list_head link;
	struct avcpu_vcpu *target;
	u32 intid;
	u32 mpidr;
	u8 priority;
	s8 slot;
	u8 cmd;
	bool group1;
	bool edge;
	bool enabled;
	bool latch;
	bool line;
	bool active;
	bool in_lr;
	bool lr_pending;
	bool resample;
	bool hw;
	bool phys_active;
	u32 host_irq;
	u32 host_intid;
	const struct avcpu_irq_ops *ops;
	const void *owner;
};

/**
 * struct avcpu_lpi - an LPI, which comes and goes with the ITS's mappings
 * @irq: the interrupt
 * @vm: its VM
 * @refs: see below
 * @rcu: frees it
 *
 * References: one for each mapping, one while it is linked to a queue, one for each
 * avcpu_irq_get(). The table of LPIs holds none: at zero the LPI takes itself
 * out of the table, if the table still has it there, and is freed after a grace
 * period. Who maps an INTID anew while the old one still lives gets the old one,
 * so there are never two with one INTID.
 */
struct avcpu_lpi {
	struct avcpu_irq irq;
	struct avcpu_vm *vm;
	struct kref refs;
	struct rcu_head rcu;
};

static inline bool avcpu_irq_is_lpi(const struct avcpu_irq *irq)
{
	return irq->intid >= AVCPU_MIN_LPI;
}

/* One more reference; the caller has one, or holds the lock of its queue. */
static inline struct avcpu_irq *avcpu_irq_hold(struct avcpu_irq *irq)
{
	if (avcpu_irq_is_lpi(irq))
		kref_get(&container_of(irq, struct avcpu_lpi, irq)->refs);
	return irq;
}

/* GICD_ISPENDR as the guest reads it (IHI 0069, 12.9.28) */
static inline bool avcpu_irq_is_pending(const struct avcpu_irq *irq)
{
	return irq->latch || (irq->edge ? irq->lr_pending : irq->line);
}

static inline u32 avcpu_vgic_nr_irqs(const struct avcpu_vgic *vgic)
{
	return AVCPU_NR_PRIVATE_IRQS + vgic->nr_spis;
}

/* irq.c */
struct avcpu_irq *avcpu_irq_get(struct avcpu_vm *vm, struct avcpu_vcpu *vcpu,
				u32 intid);
void avcpu_irq_put(struct avcpu_irq *irq);
void avcpu_irq_init(struct avcpu_irq *irq, u32 intid,
		    struct avcpu_irq_queue *home);
void avcpu_irq_queue_init(struct avcpu_irq_queue *q, struct avcpu_vcpu *vcpu);
void avcpu_irq_queue_empty(struct avcpu_irq_queue *q);
struct avcpu_irq_queue *avcpu_irq_queue_of(struct avcpu_vm *vm,
					   struct avcpu_vcpu *vcpu);
unsigned long avcpu_irq_lock(struct avcpu_irq *irq);
void avcpu_irq_unlock(struct avcpu_irq *irq, unsigned long flags);
void avcpu_irq_update_unlock(struct avcpu_vm *vm, struct avcpu_irq *irq,
			     unsigned long flags);
void avcpu_irq_latch_unlock(struct avcpu_vm *vm, struct avcpu_irq *irq,
			    unsigned long flags);
bool avcpu_irq_settle(struct avcpu_vm *vm, struct avcpu_irq *irq);
void avcpu_vgic_kick(struct avcpu_vcpu *vcpu);
struct avcpu_vcpu *avcpu_vgic_vcpu_by_aff(struct avcpu_vm *vm, u64 aff);

/* lpi.c: for the ITS */
int avcpu_lpi_table_alloc(struct avcpu_vm *vm);
void avcpu_lpi_table_free(struct avcpu_vm *vm);
struct avcpu_irq *avcpu_lpi_find(struct avcpu_vm *vm, u32 intid);
struct avcpu_irq *avcpu_lpi_add(struct avcpu_vm *vm, u32 intid);
struct avcpu_irq *avcpu_lpi_next(struct avcpu_vm *vm, u32 intid);
void avcpu_lpi_release(struct avcpu_irq *irq);
void avcpu_lpi_set_target(struct avcpu_vm *vm, struct avcpu_irq *irq,
			  struct avcpu_vcpu *target);
void avcpu_lpi_set_config(struct avcpu_vm *vm, struct avcpu_irq *irq,
			  u8 priority, bool enabled);
void avcpu_lpi_set_pending(struct avcpu_vm *vm, struct avcpu_irq *irq, bool on);
void avcpu_lpi_drop_all(struct avcpu_vcpu *vcpu);

/* GICR_CTLR.EnableLPIs of @vcpu, and no disabling under way */
static inline bool avcpu_lpis_enabled(const struct avcpu_vcpu *vcpu)
{
	return atomic_read(&vcpu->vgic.rd_ctlr) == 1;
}

/* region.c: where the frames are; vm->slots_lock held */
int avcpu_vgic_set_redist(struct avcpu_vm *vm, u32 index, u64 base, u32 count);
int avcpu_vgic_get_redist(struct avcpu_vm *vm, u32 index, u64 *val);
int avcpu_vgic_check_range(struct avcpu_vm *vm, u64 base, u64 size);
bool avcpu_vgic_frames_fit(struct avcpu_vm *vm);
int avcpu_vgic_place_redist(struct avcpu_vcpu *vcpu);
void avcpu_vgic_remove_redist(struct avcpu_vcpu *vcpu);
void avcpu_vgic_free_regions(struct avcpu_vm *vm);
bool avcpu_vgic_redist_is_last(struct avcpu_vcpu *vcpu);

/* init.c */
int avcpu_vgic_create(struct avcpu_vm *vm);
int avcpu_vgic_init(struct avcpu_vm *vm);

/* cpuif.c: KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS */
bool avcpu_cpuif_has_reg(u64 attr);
int avcpu_cpuif_get_reg(struct avcpu_vcpu *vcpu, u64 attr, u64 *val);
int avcpu_cpuif_set_reg(struct avcpu_vcpu *vcpu, u64 attr, u64 val);
void avcpu_cpuif_reset(struct avcpu_vcpu *vcpu);

#endif
