/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The virtual GICv3 (IHI 0069): its objects and its surface toward the rest of
 * the module.
 *
 * Where the state of an interrupt is: in its struct avcpu_irq, and while it
 * stands in a list register, there. Every change is made to the structure; the
 * list registers are filled from it before the guest runs and folded back into
 * it after, by the vCPU's own thread.
 *
 * Which lock protects it: that of the queue named by irq->home, one for each
 * vCPU. A queue is a leaf: raw, IRQs off, taken from hard interrupts too, and
 * never two at a time (irq.c says how an interrupt moves between two).
 *
 * The mutex of struct avcpu_vgic (configuration) is inside vm->slots_lock and
 * vm->srcu, so that a register access may take it.
 *
 * Who calls what, when (arch/switch.c unless said otherwise):
 *   avcpu_gic_load/put	preemption off, as the vCPU takes and leaves a CPU
 *   avcpu_vgic_flush		IRQs off, before each entry, also after an exit that
 *				was handled in place
 *   avcpu_vgic_sync		IRQs off, at each exit that lets IRQs on again
 *   avcpu_vgic_drain_acks	run.c: IRQs on, vm->srcu held, after each full exit
 *   avcpu_vgic_map_resources	run.c: before a vCPU's first run
 *   avcpu_vgic_pending		run.c: does something end WFI?
 */
#ifndef AVCPU_VGIC_H
#define AVCPU_VGIC_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/compiler.h>
#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <asm/barrier.h>

#include "../iobus.h"

struct avcpu_vm;
struct avcpu_vcpu;
struct avcpu_irq;
struct avcpu_lpi_table;

#define AVCPU_NR_SGIS		16
#define AVCPU_NR_PRIVATE_IRQS	32	/* SGIs and PPIs */
#define AVCPU_MAX_IRQ		1020	/* first INTID that is no SPI any more */
#define AVCPU_MAX_NR_IRQS	992	/* KVM_DEV_ARM_VGIC_GRP_NR_IRQS */
#define AVCPU_MIN_LPI		8192
#define AVCPU_INTID_BITS_ITS	16	/* of LPIs, where the VM has an ITS */
#define AVCPU_PRI_BITS		5	/* of GICD_IPRIORITYR that are kept */
#define AVCPU_NR_PRIOS		(1 << AVCPU_PRI_BITS)
#define AVCPU_MAX_LRS		16
#define AVCPU_MAX_APRS		4
#define AVCPU_MAX_EOI_COUNT	31	/* the most that ICH_HCR_EL2.EOIcount can say */
#define AVCPU_VGIC_REV_MIN	2	/* GICD_IIDR.Revision: KVM's meanings */
#define AVCPU_VGIC_REV_MAX	3
#define AVCPU_NO_ADDR		(~0ULL)	/* user space has not set it yet */

/* What has happened to a vCPU's interrupts since its list registers were filled. */
enum avcpu_lrs_dirty {
	AVCPU_LRS_CLEAN,
	AVCPU_LRS_AGAIN,	/* edges of such as have a list register, no more */
	AVCPU_LRS_DIRTY,
};

/**
 * struct avcpu_irq_queue - the interrupts that one vCPU has to see to
 * @lock: protects the queue and every interrupt whose home it is
 * @vcpu: whose it is; NULL: of interrupts that are routed nowhere
 * @active: active interrupts, highest priority first
 * @pend: pending and enabled ones that are not active, by priority
 * @map: which of @pend are not empty
 * @nr_active: how many are active
 * @nr_pend: how many are pending; read without the lock to see if it is 0
 * @dirty: enum avcpu_lrs_dirty; read without the lock to see if it is 0
 */
struct avcpu_irq_queue {
	raw_spinlock_t lock;
	struct avcpu_vcpu *vcpu;
	struct list_head active;
	struct list_head pend[AVCPU_NR_PRIOS];
	u32 map;
	u32 nr_active;
	u32 nr_pend;
	u8 dirty;
};

/**
 * struct avcpu_irq_ops - what the owner of a mapped interrupt knows of it
 * @level: is the line high now? Called on the CPU where @vcpu is loaded, by its
 *	thread, IRQs off, the queue's lock held.
 */
struct avcpu_irq_ops {
	bool (*level)(struct avcpu_vcpu *vcpu, u32 intid);
};

/**
 * struct avcpu_cpuif - the virtual CPU interface, as arch/gic.c moves it
 * @vmcr: ICH_VMCR_EL2, in the CPU while @live, as are
 * @ap0r: ICH_AP0R<n>_EL2
 * @ap1r: ICH_AP1R<n>_EL2
 * @hcr: ICH_HCR_EL2 for the time the guest runs
 * @hcr_live: what the CPU's ICH_HCR_EL2 holds while the vCPU is loaded
 * @lr: list registers as they were filled, 0 .. @used - 1
 * @seen: what the guest has made of them
 * @irq: the interrupt in each of them
 * @moved: interrupts that leave the vCPU's queue as list registers are folded: one
 *	for each, at most, and for each that was ended without one. Their new home's
 *	lock is taken after this queue's was let go.
 * @nr_moved: how many; 0 but in lr.c
 * @used: how many hold an interrupt of ours
 * @stale: how many of the CPU's may be other than 0, >= @used while it runs
 * @live: the vCPU is loaded, and its VM has a vGIC
 * @busy: list registers or maintenance interrupts are in use: sync
 * @overflow: active interrupts were left without a list register
 * @pri_bits: ICC_CTLR_EL1.PRIbits + 1, as user space set it
 * @id_bits: ICC_CTLR_EL1.IDbits, likewise
 */
struct avcpu_cpuif {
	u64 vmcr;
	u64 ap0r[AVCPU_MAX_APRS];
	u64 ap1r[AVCPU_MAX_APRS];
	u64 hcr;
	u64 hcr_live;
	u64 lr[AVCPU_MAX_LRS];
	u64 seen[AVCPU_MAX_LRS];
	struct avcpu_irq *irq[AVCPU_MAX_LRS];
	struct avcpu_irq *moved[AVCPU_MAX_LRS + AVCPU_MAX_EOI_COUNT];
	u8 nr_moved;
	u8 used;
	u8 stale;
	bool live;
	bool busy;
	bool overflow;
	u8 pri_bits;
	u8 id_bits;
};

/* Bits of avcpu_vgic_vcpu.lines: where user space emulates the interrupt controller. */
#define AVCPU_LINE_IRQ		0
#define AVCPU_LINE_FIQ		1

/**
 * struct avcpu_vgic_redist_region - where redistributors stand, vgic.lock
 * @link: in vgic.regions
 * @base: guest physical address of the first, 128 KiB each
 * @index: user space's number of it, from 0 without gaps
 * @count: how many fit, 0: as many as there are vCPUs (the older attribute)
 * @used: how many of them are given to vCPUs
 */
struct avcpu_vgic_redist_region {
	struct list_head link;
	u64 base;
	u32 index;
	u32 count;
	u32 used;
};

/**
 * struct avcpu_vgic_vcpu - the vCPU's part: redistributor and CPU interface
 * @queue: the interrupts it has to see to
 * @cpuif: its CPU interface
 * @irqs: SGIs and PPIs, by INTID; from initialization on
 * @acks: vgic.acked has something for avcpu_vgic_drain_acks()
 * @lines: AVCPU_LINE_*, atomic
 * @rd: redistributor on the bus; base AVCPU_NO_ADDR: it has no place yet
 * @region: where it is
 * @rd_index: which of that region's it is
 * @rd_ctlr: GICR_CTLR.EnableLPIs
 * @pendbaser: GICR_PENDBASER
 */
struct avcpu_vgic_vcpu {
	struct avcpu_irq_queue queue;
	struct avcpu_cpuif cpuif;
	struct avcpu_irq *irqs;
	bool acks;
	unsigned long lines;

	struct avcpu_io_device rd;
	struct avcpu_vgic_redist_region *region;
	u32 rd_index;
	atomic_t rd_ctlr;
	u64 pendbaser;
};

/**
 * struct avcpu_lpi_ops - what the redistributors ask of the ITS, NULL: no ITS
 * @enable: GICR_CTLR.EnableLPIs became 1: read the pending table
 * @disable: it became 0; the vCPU's LPIs have been taken off the queue
 * @inv: GICR_INVLPIR: read the configuration of @intid again
 * @invall: GICR_INVALLR: that of all LPIs of @vcpu
 * @save_pending: KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES; all vCPUs' mutexes held
 *
 * The first four: from the bus (IRQs on, vm->srcu held) or with all vCPUs'
 * mutexes held. All may sleep.
 */
struct avcpu_lpi_ops {
	void (*enable)(struct avcpu_vcpu *vcpu);
	void (*disable)(struct avcpu_vcpu *vcpu);
	void (*inv)(struct avcpu_vcpu *vcpu, u32 intid);
	void (*invall)(struct avcpu_vcpu *vcpu);
	int (*save_pending)(struct avcpu_vm *vm);
};

/**
 * struct avcpu_vgic - the VM's part: distributor and configuration
 * @lock: configuration; inside vm->slots_lock, outside every queue's lock
 * @present: KVM_CREATE_DEVICE succeeded
 * @initialized: KVM_DEV_ARM_VGIC_CTRL_INIT succeeded: interrupts exist. Acquire.
 * @ready: addresses are fine and the distributor is on the bus. Acquire.
 * @enabled: GICD_CTLR.EnableGrp1
 * @revision: GICD_IIDR.Revision
 * @nr_spis: 0: user space has not said
 * @spis: by INTID - 32
 * @limbo: home of interrupts that are routed to no vCPU
 * @dist: the distributor on the bus; base AVCPU_NO_ADDR: not set
 * @regions: redistributor regions in order of index
 * @propbaser: GICR_PROPBASER, common to all redistributors
 * @lpis: the LPIs that exist (lpi.c)
 * @itss: the VM's ITSs, in order of creation; RCU
 * @lpi_ops: set once, by the first ITS, before it can be reached; acquire
 * @on_ack: the guest has finished with level-triggered SPI @pin + 32, for which
 *	avcpu_vgic_set_resample() was called; its line has been lowered. IRQs on,
 *	vm->srcu held. Set once, before that call (KVM_IRQFD_FLAG_RESAMPLE).
 * @acked: such SPIs whose @on_ack has not been called yet
 */
struct avcpu_vgic {
	struct mutex lock;
	bool present;
	bool initialized;
	bool ready;
	bool enabled;
	u8 revision;
	u32 nr_spis;
	struct avcpu_irq *spis;
	struct avcpu_irq_queue limbo;
	struct avcpu_io_device dist;
	struct list_head regions;
	u64 propbaser;
	struct avcpu_lpi_table *lpis;
	struct list_head itss;
	const struct avcpu_lpi_ops *lpi_ops;
	void (*on_ack)(struct avcpu_vm *vm, u32 pin);
	DECLARE_BITMAP(acked, AVCPU_MAX_IRQ);
};

/* The VM has an interrupt controller in the kernel (KVM: irqchip_in_kernel). */
static inline bool avcpu_vgic_present(const struct avcpu_vgic *vgic)
{
	return READ_ONCE(vgic->present);
}

/* From here on no vCPU may be created: avcpu_vcpu_create() gives -EBUSY. */
static inline bool avcpu_vgic_initialized(const struct avcpu_vgic *vgic)
{
	/* Pairs with avcpu_vgic_init(): the interrupts are there. */
	return smp_load_acquire(&vgic->initialized);
}

/* KVM_CAP_MSI_DEVID, GICD_TYPER.LPIS, GICR_TYPER.PLPIS */
static inline bool avcpu_vgic_has_its(const struct avcpu_vgic *vgic)
{
	/* Pairs with the first ITS's creation: there is a table of LPIs. */
	return smp_load_acquire(&vgic->lpi_ops);
}

/* init.c */
void avcpu_vgic_vm_init(struct avcpu_vm *vm);
void avcpu_vgic_vm_destroy(struct avcpu_vm *vm);
int avcpu_vgic_vcpu_init(struct avcpu_vcpu *vcpu);
void avcpu_vgic_vcpu_destroy(struct avcpu_vcpu *vcpu);
void avcpu_vgic_vcpu_reset(struct avcpu_vcpu *vcpu);
int avcpu_vgic_map_resources(struct avcpu_vm *vm);

/* inject.c: any context, also with IRQs off */
void avcpu_vgic_frames_init(void);
bool avcpu_vgic_ppi_line(const struct avcpu_vcpu *vcpu, u32 intid);
bool avcpu_vgic_ppi_phys_active(const struct avcpu_vcpu *vcpu, u32 intid);
int avcpu_vgic_inject(struct avcpu_vm *vm, struct avcpu_vcpu *vcpu, u32 intid,
		      bool level, const void *owner);
struct avcpu_irq *avcpu_vgic_spi(struct avcpu_vm *vm, u32 intid);
void avcpu_vgic_set_spi(struct avcpu_vm *vm, struct avcpu_irq *irq, bool level);
void avcpu_vgic_sgi_write(struct avcpu_vcpu *vcpu, u64 val, bool group1);
void avcpu_vgic_dir_write(struct avcpu_vcpu *vcpu, u64 val);
int avcpu_vgic_set_owner(struct avcpu_vcpu *vcpu, u32 intid, const void *owner);
int avcpu_vgic_map_phys(struct avcpu_vcpu *vcpu, u32 host_irq, u32 host_intid,
			u32 intid, const struct avcpu_irq_ops *ops);
int avcpu_vgic_unmap_phys(struct avcpu_vcpu *vcpu, u32 intid);
bool avcpu_vgic_phys_wanted_active(struct avcpu_vcpu *vcpu, u32 intid);
void avcpu_vgic_reset_mapped(struct avcpu_vcpu *vcpu, u32 intid);

/* irqline.c: KVM_IRQ_LINE; no lock held */
int avcpu_vgic_irq_line(struct avcpu_vm *vm, const struct kvm_irq_level *line);
int avcpu_vgic_set_resample(struct avcpu_vm *vm, u32 intid, bool on);
bool avcpu_vgic_valid_spi(const struct avcpu_vgic *vgic, u32 intid);

/* lr.c */
bool avcpu_vgic_flush_slow(struct avcpu_vgic_vcpu *vgic);
bool avcpu_vgic_renew(struct avcpu_vgic_vcpu *vgic);
void avcpu_vgic_sync_slow(struct avcpu_vgic_vcpu *vgic);
void avcpu_vgic_drain_acks_slow(struct avcpu_vgic_vcpu *vgic);
bool avcpu_vgic_pending(struct avcpu_vcpu *vcpu);

/**
 * avcpu_vgic_flush() - the list registers hold what the guest shall see next
 * @vgic: the vCPU's part of the vGIC
 *
 * IRQs off, vcpu->mode is IN_GUEST and a full barrier has followed that store:
 * whoever queues an interrupt after this looked sees the mode, and kicks.
 *
 * Return: false if the vCPU must first leave for avcpu_vgic_drain_acks().
 */
static inline bool avcpu_vgic_flush(struct avcpu_vgic_vcpu *vgic)
{
	u8 dirty = READ_ONCE(vgic->queue.dirty);

	if (likely(dirty == AVCPU_LRS_CLEAN))
		return true;
	return dirty == AVCPU_LRS_AGAIN ? avcpu_vgic_renew(vgic) :
					  avcpu_vgic_flush_slow(vgic);
}

/* The interrupts' structures are current again, no maintenance interrupt comes. */
static inline void avcpu_vgic_sync(struct avcpu_vgic_vcpu *vgic)
{
	if (vgic->cpuif.busy)
		avcpu_vgic_sync_slow(vgic);
}

static inline void avcpu_vgic_drain_acks(struct avcpu_vgic_vcpu *vgic)
{
	if (unlikely(vgic->acks))
		avcpu_vgic_drain_acks_slow(vgic);
}

/* mmio.c: the guest's access to a register, in place; false: go to the bus */
bool avcpu_vgic_read_in_place(struct avcpu_vcpu *vcpu, u64 addr, int len,
			      u64 *val);
bool avcpu_vgic_write_in_place(struct avcpu_vcpu *vcpu, u64 addr, int len,
			       u64 val);

/* arch/gic.c */
int avcpu_gic_init(void);
void avcpu_gic_exit(void);
void avcpu_gic_cpu_down(void);

#endif
