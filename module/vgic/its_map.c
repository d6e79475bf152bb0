// SPDX-License-Identifier: GPL-2.0
/*
 * What an ITS has mapped: devices, events, collections. The same functions serve
 * the guest's commands and the restoring of saved tables, so that what a table in
 * guest memory says is checked as a command is.
 */
#include <linux/bitfield.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "its_internal.h"

#define ENTRIES_PER_PAGE	(AVCPU_ITS_TABLE_PAGE / AVCPU_ITS_ENTRY)

u64 avcpu_its_table_base(const struct avcpu_its *its, enum avcpu_its_table table)
{
	return GITS_BASER_ADDR_48_to_52(its->baser[table]);
}

u32 avcpu_its_table_size(const struct avcpu_its *its, enum avcpu_its_table table)
{
	return GITS_BASER_NR_PAGES(its->baser[table]) * AVCPU_ITS_TABLE_PAGE;
}

/**
 * avcpu_its_read_entry() - read a table's entry
 * @its: the ITS
 * @gpa: where it is
 * @val: the entry
 *
 * Return: 0, or -EFAULT if there is no memory.
 */
int avcpu_its_read_entry(struct avcpu_its *its, u64 gpa, u64 *val)
{
	__le64 raw;
	int ret = avcpu_read_guest(its->vm, gpa, &raw, sizeof(raw));

	*val = ret ? 0 : le64_to_cpu(raw);
	return ret;
}

/**
 * avcpu_its_write_entry() - write a table's entry
 * @its: the ITS
 * @gpa: where it is
 * @val: the entry
 *
 * Return: 0, or -EFAULT if there is no memory, or it cannot be written.
 */
int avcpu_its_write_entry(struct avcpu_its *its, u64 gpa, u64 val)
{
	__le64 raw = cpu_to_le64(val);

	return avcpu_write_guest(its->vm, gpa, &raw, sizeof(raw));
}

/* The second level's page for entry @id of an indirect table (IHI 0069, 5.2). */
static bool second_level(struct avcpu_its *its, u64 base, u32 size, u32 id, u64 *page)
{
	u32 index = id / ENTRIES_PER_PAGE;
	u64 entry;

	if (index >= size / AVCPU_ITS_ENTRY)
		return false;
	if (avcpu_its_read_entry(its, base + index * AVCPU_ITS_ENTRY, &entry))
		return false;
	*page = entry & ITS_L1_ADDR;
	return entry & ITS_L1_VALID;
}

/**
 * avcpu_its_entry_gpa() - where a table has, or would have, the entry for @id
 * @its: the ITS
 * @table: which of its tables
 * @id: DeviceID or ICID
 * @gpa: where
 *
 * Context: its->lock and vm->srcu held.
 * Return: false if @id is too large for us, or for the table that the guest has
 * given, or where its entry would be there is no memory.
 */
bool avcpu_its_entry_gpa(struct avcpu_its *its, enum avcpu_its_table table, u32 id,
			 u64 *gpa)
{
	u32 size = avcpu_its_table_size(its, table);
	u64 base = avcpu_its_table_base(its, table);

	if (id >> AVCPU_ITS_ID_BITS || !(its->baser[table] & GITS_BASER_VALID))
		return false;
	if (its->baser[table] & GITS_BASER_INDIRECT) {
		if (!second_level(its, base, size, id, &base))
			return false;
		size = AVCPU_ITS_TABLE_PAGE;
		id %= ENTRIES_PER_PAGE;
	}
	if (id >= size / AVCPU_ITS_ENTRY)
		return false;
	*gpa = base + id * AVCPU_ITS_ENTRY;
	return avcpu_gpa_is_memory(its->vm, *gpa);
}

static bool event_fits(struct avcpu_its *its, const struct its_device *device, u32 event)
{
	return event < BIT(device->event_bits) &&
	       avcpu_gpa_is_memory(its->vm, device->itt + event * AVCPU_ITS_ENTRY);
}

static void collection_free_unused(struct avcpu_its *its, struct its_collection *coll)
{
	if (coll->users || coll->vcpu)
		return;
	xa_erase(&its->collections, coll->icid);
	kfree_rcu(coll, rcu);
}

static void collection_put(struct avcpu_its *its, struct its_collection *coll)
{
	coll->users--;
	collection_free_unused(its, coll);
}

static struct its_collection *collection_make(struct avcpu_its *its, u32 icid)
{
	struct its_collection *coll;
	u64 gpa;
	int ret;

	if (!avcpu_its_entry_gpa(its, AVCPU_ITS_COLLECTIONS, icid, &gpa))
		return ERR_PTR(-EINVAL);
	coll = kzalloc(sizeof(*coll), GFP_KERNEL_ACCOUNT);
	if (!coll)
		return ERR_PTR(-ENOMEM);
	coll->icid = icid;
	ret = xa_err(xa_store(&its->collections, icid, coll, GFP_KERNEL));
	if (ret) {
		kfree(coll);
		return ERR_PTR(ret);
	}
	return coll;
}

static struct its_collection *collection_get(struct avcpu_its *its, u32 icid)
{
	struct its_collection *coll = xa_load(&its->collections, icid);

	if (!coll)
		coll = collection_make(its, icid);
	if (!IS_ERR(coll))
		coll->users++;
	return coll;
}

/* The LPIs of a collection go where it goes now. */
static void retarget(struct avcpu_its *its, const struct its_collection *coll)
{
	struct its_device *device;
	struct its_event *event;
	unsigned long devid, id;

	xa_for_each(&its->devices, devid, device) {
		xa_for_each(&device->events, id, event) {
			if (event->collection == coll)
				avcpu_lpi_set_target(its->vm, event->irq, coll->vcpu);
			cond_resched();
		}
	}
}

/**
 * avcpu_its_map_collection() - MAPC, or a CTE
 * @its: the ITS
 * @icid: the collection's number
 * @vcpu: where its interrupts go; NULL, for a CTE only: nowhere
 *
 * Return: 0, -EINVAL if the guest's table has no room for it, -ENOMEM.
 */
int avcpu_its_map_collection(struct avcpu_its *its, u32 icid, struct avcpu_vcpu *vcpu)
{
	struct its_collection *coll = xa_load(&its->collections, icid);

	if (!coll)
		coll = collection_make(its, icid);
	if (IS_ERR(coll))
		return PTR_ERR(coll);
	WRITE_ONCE(coll->vcpu, vcpu);
	retarget(its, coll);
	return 0;
}

/**
 * avcpu_its_unmap_collection() - MAPC with V = 0
 * @its: the ITS
 * @icid: any number
 *
 * Events keep its number: they are delivered again when it is mapped again.
 */
void avcpu_its_unmap_collection(struct avcpu_its *its, u32 icid)
{
	struct its_collection *coll = xa_load(&its->collections, icid);

	if (!coll)
		return;
	WRITE_ONCE(coll->vcpu, NULL);
	collection_free_unused(its, coll);
}

/**
 * avcpu_its_unmap_collections() - all of them
 * @its: the ITS
 *
 * Those that events name go with the events.
 */
void avcpu_its_unmap_collections(struct avcpu_its *its)
{
	struct its_collection *coll;
	unsigned long icid;

	xa_for_each(&its->collections, icid, coll)
		avcpu_its_unmap_collection(its, icid);
}

/**
 * avcpu_its_map_device() - MAPD with V = 1, or a DTE
 * @its: the ITS
 * @devid: one that the guest's table has room for, not mapped
 * @itt: guest physical address of the translation table
 * @event_bits: of its EventIDs
 *
 * Return: 0, -EINVAL for more bits than GITS_TYPER.ID_bits says, -EEXIST, -ENOMEM.
 */
int avcpu_its_map_device(struct avcpu_its *its, u32 devid, u64 itt, u32 event_bits)
{
	struct its_device *device;
	int ret;

	if (event_bits > AVCPU_ITS_ID_BITS)
		return -EINVAL;
	if (xa_load(&its->devices, devid))
		return -EEXIST;
	device = kzalloc(sizeof(*device), GFP_KERNEL_ACCOUNT);
	if (!device)
		return -ENOMEM;
	xa_init_flags(&device->events, XA_FLAGS_ACCOUNT);
	device->id = devid;
	device->itt = itt;
	device->event_bits = event_bits;
	ret = xa_err(xa_store(&its->devices, devid, device, GFP_KERNEL));
	if (ret)
		kfree(device);
	return ret;
}

/**
 * avcpu_its_unmap_device() - forget a device and all of its events
 * @its: the ITS
 * @devid: any number
 */
void avcpu_its_unmap_device(struct avcpu_its *its, u32 devid)
{
	struct its_device *device = xa_erase(&its->devices, devid);
	struct its_event *event;
	unsigned long id;

	if (!device)
		return;
	xa_for_each(&device->events, id, event) {
		avcpu_its_unmap_event(its, device, id);
		cond_resched();
	}
	xa_destroy(&device->events);
	kfree_rcu(device, rcu);
}

/**
 * avcpu_its_unmap_devices() - forget them all
 * @its: the ITS
 */
void avcpu_its_unmap_devices(struct avcpu_its *its)
{
	struct its_device *device;
	unsigned long devid;

	xa_for_each(&its->devices, devid, device)
		avcpu_its_unmap_device(its, devid);
}

/* The LPI of a new event, with its target and what the tables say of it. */
static struct avcpu_irq *lpi_get(struct avcpu_vm *vm, u32 intid,
				 struct avcpu_vcpu *target)
{
	struct avcpu_irq *irq = avcpu_lpi_add(vm, intid);
	int ret;

	if (!irq)
		return ERR_PTR(-ENOMEM);
	if (target)
		avcpu_lpi_set_target(vm, irq, target);
	ret = avcpu_its_load_config(vm, irq);
	if (!ret)
		ret = avcpu_its_load_pending(vm, irq);
	if (ret) {
		avcpu_irq_put(irq);
		return ERR_PTR(ret);
	}
	return irq;
}

static int event_add(struct avcpu_its *its, struct its_device *device, u32 id,
		     struct avcpu_irq *irq, struct its_collection *coll)
{
	struct its_event *event;
	int ret;

	event = kzalloc(sizeof(*event), GFP_KERNEL_ACCOUNT);
	if (!event)
		return -ENOMEM;
	event->devid = device->id;
	event->id = id;
	event->irq = irq;
	event->collection = coll;
	ret = xa_err(xa_store(&device->events, id, event, GFP_KERNEL));
	if (ret) {
		kfree(event);
		return ret;
	}
	rcu_assign_pointer(*avcpu_its_recent(its, device->id, id), event);
	its->nr_events++;
	return 0;
}

/**
 * avcpu_its_map_event() - MAPTI, or an ITE
 * @its: the ITS
 * @device: one of its devices
 * @id: EventID
 * @intid: the LPI it becomes
 * @icid: the collection whose vCPU it goes to; need not be mapped
 *
 * Return: 0; -EINVAL for an EventID that is none of the device's, an INTID that is
 * no LPI, a collection that the guest's table has no room for; -EEXIST; -EFAULT if
 * the configuration cannot be read; -ENOMEM, also with too many events.
 */
int avcpu_its_map_event(struct avcpu_its *its, struct its_device *device, u32 id,
			u32 intid, u32 icid)
{
	struct its_collection *coll;
	struct avcpu_irq *irq;
	int ret;

	if (!event_fits(its, device, id))
		return -EINVAL;
	if (intid < AVCPU_MIN_LPI || intid >= avcpu_its_lpi_limit(its->vm))
		return -EINVAL;
	if (xa_load(&device->events, id))
		return -EEXIST;
	if (its->nr_events >= AVCPU_ITS_MAX_EVENTS)
		return -ENOMEM;

	coll = collection_get(its, icid);
	if (IS_ERR(coll))
		return PTR_ERR(coll);
	irq = lpi_get(its->vm, intid, coll->vcpu);
	if (IS_ERR(irq)) {
		ret = PTR_ERR(irq);
		goto out_collection;
	}
	ret = event_add(its, device, id, irq, coll);
	if (ret)
		goto out_irq;
	return 0;

out_irq:
	avcpu_irq_put(irq);
out_collection:
	collection_put(its, coll);
	return ret;
}

/**
 * avcpu_its_unmap_event() - DISCARD
 * @its: the ITS
 * @device: one of its devices, or one that was
 * @id: any number
 *
 * What is pending of it is pending no more (IHI 0069, 5.3, DISCARD).
 */
void avcpu_its_unmap_event(struct avcpu_its *its, struct its_device *device, u32 id)
{
	struct its_event __rcu **recent = avcpu_its_recent(its, device->id, id);
	struct its_event *event = xa_erase(&device->events, id);

	if (!event)
		return;
	if (rcu_access_pointer(*recent) == event)
		RCU_INIT_POINTER(*recent, NULL);
	its->nr_events--;
	avcpu_lpi_set_pending(its->vm, event->irq, false);
	avcpu_irq_put(event->irq);
	collection_put(its, event->collection);
	kfree_rcu(event, rcu);
}

/**
 * avcpu_its_move_event() - MOVI
 * @its: the ITS
 * @event: one of its events
 * @to: one of its collections
 */
void avcpu_its_move_event(struct avcpu_its *its, struct its_event *event,
			  struct its_collection *to)
{
	struct its_collection *from = event->collection;

	to->users++;
	WRITE_ONCE(event->collection, to);
	collection_put(its, from);
	avcpu_lpi_set_target(its->vm, event->irq, to->vcpu);
}
