/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside the ITS: what it has mapped, and who may look at it.
 *
 * An event of a device becomes an LPI by three steps (IHI 0069, 5.2): the device
 * table has the device, its translation table the event, and that entry names an
 * LPI and a collection, which stands for a vCPU. What the guest's commands say of
 * these is kept in objects of our own; the tables in guest memory are written to
 * save them, and read to restore them.
 *
 * Everything is changed under its->lock. A translation takes no lock: it may come
 * from a hard interrupt. It reads the same objects under RCU, and each is freed a
 * grace period after it was taken out. Of events that were mapped not long ago
 * its->recent[] knows too, which spares it the way through two trees.
 *
 * Locks, outermost first: vm->lock, the vCPUs' mutexes, vm->srcu (tables are guest
 * memory), its->lock, the LPI's raw lock. vgic.lock and its->lock are never held
 * together, nor are two its->lock.
 */
#ifndef AVCPU_ITS_INTERNAL_H
#define AVCPU_ITS_INTERNAL_H

#include <linux/hash.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/xarray.h>

#include "internal.h"
#include "its.h"

#define AVCPU_ITS_SIZE		SZ_128K	/* control frame, translation frame */
#define AVCPU_ITS_ID_BITS	16	/* of DeviceIDs, EventIDs and ICIDs */
#define AVCPU_ITS_ENTRY		8	/* size of a DTE, CTE, ITE */
#define AVCPU_ITS_TABLE_PAGE	SZ_64K

/*
 * Events that an ITS has mapped: as many as there can be LPIs, and some. Without
 * a limit a guest could map one LPI 2^32 times, at the cost of the host's memory.
 */
#define AVCPU_ITS_MAX_EVENTS	SZ_64K

#define AVCPU_ITS_RECENT_BITS	6
#define AVCPU_ITS_RECENT	(1 << AVCPU_ITS_RECENT_BITS)

enum avcpu_its_table {
	AVCPU_ITS_DEVICES,	/* GITS_BASER0 */
	AVCPU_ITS_COLLECTIONS,	/* GITS_BASER1 */
	AVCPU_ITS_NR_TABLES,
};

/**
 * struct avcpu_its - an ITS; lives as long as its VM
 * @vm: the VM
 * @link: in vgic.itss, RCU
 * @dev: its frames on the bus; base AVCPU_NO_ADDR: they have no place yet
 * @lock: all that follows
 * @enabled: GITS_CTLR.Enabled; read without the lock
 * @cbaser: GITS_CBASER
 * @cwriter: GITS_CWRITER, offset of the next command of the guest
 * @creadr: GITS_CREADR, offset of the next command to be done
 * @baser: GITS_BASER0, GITS_BASER1
 * @devices: struct its_device, by DeviceID
 * @collections: struct its_collection, by ICID
 * @nr_events: mapped by all devices
 * @recent: the event that was mapped last of those for which avcpu_its_recent() gives
 *	the place, while it is mapped; RCU
 */
struct avcpu_its {
	struct avcpu_vm *vm;
	struct list_head link;
	struct avcpu_io_device dev;
	struct mutex lock;
	bool enabled;
	u64 cbaser;
	u32 cwriter;
	u32 creadr;
	u64 baser[AVCPU_ITS_NR_TABLES];
	struct xarray devices;
	struct xarray collections;
	u32 nr_events;
	struct its_event __rcu *recent[AVCPU_ITS_RECENT];
};

/**
 * struct its_device - a device that is mapped
 * @id: DeviceID
 * @events: struct its_event, by EventID
 * @itt: guest physical address of its translation table
 * @event_bits: 1 to AVCPU_ITS_ID_BITS
 * @rcu: frees it
 */
struct its_device {
	u32 id;
	struct xarray events;
	u64 itt;
	u8 event_bits;
	struct rcu_head rcu;
};

/**
 * struct its_collection - a collection that is mapped, or that an event names
 * @vcpu: NULL: it is not mapped
 * @users: how many events name it
 * @icid: its number
 * @rcu: frees it
 */
struct its_collection {
	struct avcpu_vcpu *vcpu;
	u32 users;
	u16 icid;
	struct rcu_head rcu;
};

/**
 * struct its_event - an event that is mapped
 * @devid: DeviceID
 * @id: EventID
 * @irq: the LPI, a reference
 * @collection: never NULL
 * @rcu: frees it
 */
struct its_event {
	u32 devid;
	u32 id;
	struct avcpu_irq *irq;
	struct its_collection *collection;
	struct rcu_head rcu;
};

/* The events of one device do not get into each other's way. */
static inline struct its_event __rcu **avcpu_its_recent(struct avcpu_its *its, u32 devid,
							u32 id)
{
	u32 at = hash_32(devid, AVCPU_ITS_RECENT_BITS) + id;

	return &its->recent[at % AVCPU_ITS_RECENT];
}

/* The command queue in bytes, a multiple of 4 KiB. */
static inline u32 avcpu_its_queue_size(const struct avcpu_its *its)
{
	return ((its->cbaser & GENMASK(7, 0)) + 1) * SZ_4K;
}

/* DTE, CTE, ITE of KVM's table layout, revision 0 */
#define ITS_DTE_VALID		BIT_ULL(63)
#define ITS_DTE_NEXT		GENMASK_ULL(62, 49)
#define ITS_DTE_ITT		GENMASK_ULL(48, 5)	/* address >> 8 */
#define ITS_DTE_BITS		GENMASK_ULL(4, 0)	/* of EventIDs, minus 1 */
#define ITS_CTE_VALID		BIT_ULL(63)
#define ITS_CTE_RDBASE		GENMASK_ULL(51, 16)
#define ITS_CTE_UNMAPPED	0xffffffffU		/* RDbase of no vCPU */
#define ITS_CTE_ICID		GENMASK_ULL(15, 0)
#define ITS_ITE_NEXT		GENMASK_ULL(63, 48)
#define ITS_ITE_INTID		GENMASK_ULL(47, 16)
#define ITS_ITE_ICID		GENMASK_ULL(15, 0)
/* Entry of the first level of an indirect table (IHI 0069, 5.2) */
#define ITS_L1_VALID		BIT_ULL(63)
#define ITS_L1_ADDR		GENMASK_ULL(51, 16)

/* its_map.c: its->lock and vm->srcu held */
bool avcpu_its_entry_gpa(struct avcpu_its *its, enum avcpu_its_table table, u32 id,
			 u64 *gpa);
int avcpu_its_read_entry(struct avcpu_its *its, u64 gpa, u64 *val);
int avcpu_its_write_entry(struct avcpu_its *its, u64 gpa, u64 val);
u64 avcpu_its_table_base(const struct avcpu_its *its, enum avcpu_its_table table);
u32 avcpu_its_table_size(const struct avcpu_its *its, enum avcpu_its_table table);
int avcpu_its_map_device(struct avcpu_its *its, u32 devid, u64 itt, u32 event_bits);
void avcpu_its_unmap_device(struct avcpu_its *its, u32 devid);
void avcpu_its_unmap_devices(struct avcpu_its *its);
int avcpu_its_map_collection(struct avcpu_its *its, u32 icid, struct avcpu_vcpu *vcpu);
void avcpu_its_unmap_collection(struct avcpu_its *its, u32 icid);
void avcpu_its_unmap_collections(struct avcpu_its *its);
int avcpu_its_map_event(struct avcpu_its *its, struct its_device *device, u32 event,
			u32 intid, u32 icid);
void avcpu_its_unmap_event(struct avcpu_its *its, struct its_device *device, u32 event);
void avcpu_its_move_event(struct avcpu_its *its, struct its_event *event,
			  struct its_collection *to);

/* its_cmd.c: the same */
void avcpu_its_run_queue(struct avcpu_its *its);

/* its_table.c: the same, and no vCPU runs */
int avcpu_its_save_tables(struct avcpu_its *its);
int avcpu_its_restore_tables(struct avcpu_its *its);

/* its_regs.c */
extern const struct avcpu_io_ops avcpu_its_io_ops;
void avcpu_its_reset_regs(struct avcpu_its *its);	/* its->lock held */
int avcpu_its_has_reg(u64 offset);
int avcpu_its_get_reg(struct avcpu_its *its, u64 offset, u64 *val);
int avcpu_its_set_reg(struct avcpu_its *its, u64 offset, u64 val);

/* its_lpi.c */
extern const struct avcpu_lpi_ops avcpu_its_lpi_ops;
u32 avcpu_its_lpi_limit(struct avcpu_vm *vm);
int avcpu_its_load_config(struct avcpu_vm *vm, struct avcpu_irq *irq);
int avcpu_its_load_pending(struct avcpu_vm *vm, struct avcpu_irq *irq);
void avcpu_its_invall(struct avcpu_vcpu *vcpu);

/* its_translate.c: 1: @irq is set, with a reference; else as its_inject_msi() */
int avcpu_its_translate(struct avcpu_its *its, u32 devid, u32 eventid,
			struct avcpu_irq **irq);

#endif
