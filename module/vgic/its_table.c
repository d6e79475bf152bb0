// SPDX-License-Identifier: GPL-2.0
/*
 * The tables in guest memory, by which user space saves an ITS and restores it, in
 * KVM's layout of revision 0: the guest sees entries of the size that it was told
 * (GITS_BASER<n>.Entry_Size, GITS_TYPER.ITT_entry_size), and not what is in them.
 *
 * Device table and translation tables are sparse: an entry says how far away the
 * next one is, 0 if there is none. Between them may stand anything.
 *
 * What is read comes from the guest, or from whoever gave the saved state.
 */
#include <linux/bitfield.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "its_internal.h"

/* Entries read by one access; never straddle a page. */
#define BLOCK	32

/**
 * struct scan - the way through a table
 * @its: the ITS
 * @device: whose translation table it is, if it is one
 * @entry: looks at entry @id. Return: how far away the next one is, 0: that was the
 *	last, or an errno.
 * @block_gpa: where @block was read from, ~0: nothing was yet
 * @block: entries there
 */
struct scan {
	struct avcpu_its *its;
	struct its_device *device;
	int (*entry)(struct scan *scan, u32 id, u64 val);
	u64 block_gpa;
	__le64 block[BLOCK];
};

static int next_entry(struct scan *scan, u64 gpa, u64 *val)
{
	u64 start = round_down(gpa, sizeof(scan->block));
	int ret;

	if (scan->block_gpa != start) {
		/* Tables may be large, and all of them empty. */
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
		scan->block_gpa = ~0ULL;
		ret = avcpu_read_guest(scan->its->vm, start, scan->block,
				       sizeof(scan->block));
		if (ret)
			return ret;
		scan->block_gpa = start;
	}
	*val = le64_to_cpu(scan->block[(gpa - start) / sizeof(*val)]);
	return 0;
}

/* Return: 0 if the last entry was seen, 1 if the table ended before, or an errno. */
static int scan_table(struct scan *scan, u64 gpa, u64 size, u32 id)
{
	u64 offset = 0;
	u64 val;
	int ret;

	while (offset < size) {
		ret = next_entry(scan, gpa + offset, &val);
		if (ret)
			return ret;
		ret = scan->entry(scan, id, val);
		if (ret <= 0)
			return ret;
		offset += (u64)ret * AVCPU_ITS_ENTRY;
		id += ret;
	}
	return 1;
}

/* Collections */

static int save_collection(struct avcpu_its *its, u64 gpa,
			   const struct its_collection *coll)
{
	u32 rdbase = coll->vcpu ? coll->vcpu->id : ITS_CTE_UNMAPPED;

	return avcpu_its_write_entry(its, gpa, ITS_CTE_VALID |
				     FIELD_PREP(ITS_CTE_RDBASE, rdbase) |
				     FIELD_PREP(ITS_CTE_ICID, coll->icid));
}

/* A guest that has given a smaller table since has lost the rest. */
static bool collection_fits(struct avcpu_its *its, const struct its_collection *coll)
{
	u64 gpa;

	return avcpu_its_entry_gpa(its, AVCPU_ITS_COLLECTIONS, coll->icid, &gpa);
}

/* One after the other, in no order; the first invalid one ends the table. */
static int save_collections(struct avcpu_its *its)
{
	u64 gpa = avcpu_its_table_base(its, AVCPU_ITS_COLLECTIONS);
	u64 end = gpa + avcpu_its_table_size(its, AVCPU_ITS_COLLECTIONS);
	struct its_collection *coll;
	unsigned long icid;
	int ret;

	xa_for_each(&its->collections, icid, coll) {
		if (!collection_fits(its, coll))
			continue;
		ret = save_collection(its, gpa, coll);
		if (ret)
			return ret;
		gpa += AVCPU_ITS_ENTRY;
	}
	return gpa < end ? avcpu_its_write_entry(its, gpa, 0) : 0;
}

static int restore_cte(struct scan *scan, u32 id, u64 val)
{
	struct avcpu_its *its = scan->its;
	u32 icid = FIELD_GET(ITS_CTE_ICID, val);
	u32 rdbase = FIELD_GET(ITS_CTE_RDBASE, val);
	struct avcpu_vcpu *vcpu = NULL;
	int ret;

	if (!(val & ITS_CTE_VALID))
		return 0;
	if (rdbase != ITS_CTE_UNMAPPED) {
		vcpu = avcpu_vcpu_by_id(its->vm, rdbase);
		if (!vcpu)
			return -EINVAL;
	}
	if (xa_load(&its->collections, icid))
		return -EEXIST;
	ret = avcpu_its_map_collection(its, icid, vcpu);
	return ret ?: 1;
}

/* Translation tables */

static u64 event_gpa(const struct its_device *device, u32 id)
{
	return device->itt + id * AVCPU_ITS_ENTRY;
}

static int save_event(struct avcpu_its *its, u64 gpa, const struct its_event *event,
		      u32 next)
{
	return avcpu_its_write_entry(its, gpa,
				     FIELD_PREP(ITS_ITE_NEXT, next) |
				     FIELD_PREP(ITS_ITE_INTID, event->irq->intid) |
				     FIELD_PREP(ITS_ITE_ICID, event->collection->icid));
}

/* An entry is written when its successor is known. */
static int save_events(struct avcpu_its *its, struct its_device *device)
{
	struct its_event *event, *last = NULL;
	unsigned long id, last_id = 0;
	bool fits;
	int ret;

	xa_for_each(&device->events, id, event) {
		fits = collection_fits(its, event->collection);
		ret = 0;
		if (!fits)	/* it could not be restored */
			ret = avcpu_its_write_entry(its, event_gpa(device, id), 0);
		else if (last)
			ret = save_event(its, event_gpa(device, last_id), last,
					 id - last_id);
		if (ret)
			return ret;
		if (fits) {
			last = event;
			last_id = id;
		}
	}
	return last ? save_event(its, event_gpa(device, last_id), last, 0) : 0;
}

static int restore_ite(struct scan *scan, u32 id, u64 val)
{
	struct its_device *device = scan->device;
	u32 intid = FIELD_GET(ITS_ITE_INTID, val);
	u32 icid = FIELD_GET(ITS_ITE_ICID, val);
	u32 next = FIELD_GET(ITS_ITE_NEXT, val);
	int ret;

	if (!intid)
		return 1;
	if (id + next >= BIT(device->event_bits))
		return -EINVAL;
	if (!xa_load(&scan->its->collections, icid))
		return -EINVAL;
	ret = avcpu_its_map_event(scan->its, device, id, intid, icid);
	return ret ?: next;
}

static int restore_events(struct avcpu_its *its, struct its_device *device)
{
	struct scan scan = {
		.its = its, .device = device, .entry = restore_ite, .block_gpa = ~0ULL,
	};

	return scan_table(&scan, device->itt,
			  BIT_ULL(device->event_bits) * AVCPU_ITS_ENTRY, 0);
}

/* Devices */

static int save_device(struct avcpu_its *its, u64 gpa, const struct its_device *device,
		       u32 next)
{
	next = min_t(u32, next, FIELD_MAX(ITS_DTE_NEXT));
	return avcpu_its_write_entry(its, gpa, ITS_DTE_VALID |
				     FIELD_PREP(ITS_DTE_NEXT, next) |
				     FIELD_PREP(ITS_DTE_ITT, device->itt >> 8) |
				     FIELD_PREP(ITS_DTE_BITS, device->event_bits - 1));
}

/*
 * A device whose place in the table the guest has taken away since it was mapped
 * is left out: the guest must not be able to make saving impossible.
 */
static int save_devices(struct avcpu_its *its)
{
	struct its_device *device, *last = NULL;
	u64 gpa, last_gpa = 0;
	unsigned long id, last_id = 0;
	int ret;

	xa_for_each(&its->devices, id, device) {
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
		if (!avcpu_its_entry_gpa(its, AVCPU_ITS_DEVICES, id, &gpa))
			continue;
		ret = save_events(its, device);
		if (!ret && last)
			ret = save_device(its, last_gpa, last, id - last_id);
		if (ret)
			return ret;
		last = device;
		last_gpa = gpa;
		last_id = id;
	}
	return last ? save_device(its, last_gpa, last, 0) : 0;
}

static int restore_dte(struct scan *scan, u32 id, u64 val)
{
	u32 bits = FIELD_GET(ITS_DTE_BITS, val) + 1;
	u64 itt = FIELD_GET(ITS_DTE_ITT, val) << 8;
	struct avcpu_its *its = scan->its;
	u64 gpa;
	int ret;

	if (!(val & ITS_DTE_VALID))
		return 1;
	if (!avcpu_its_entry_gpa(its, AVCPU_ITS_DEVICES, id, &gpa))
		return -EINVAL;
	ret = avcpu_its_map_device(its, id, itt, bits);
	if (!ret)
		ret = restore_events(its, xa_load(&its->devices, id));
	return ret < 0 ? ret : FIELD_GET(ITS_DTE_NEXT, val);
}

/* An entry of the first level: a page of entries. */
static int restore_page(struct scan *scan, u32 index, u64 val)
{
	struct scan page = {
		.its = scan->its, .entry = restore_dte, .block_gpa = ~0ULL,
	};

	if (!(val & ITS_L1_VALID))
		return 1;
	return scan_table(&page, val & ITS_L1_ADDR, AVCPU_ITS_TABLE_PAGE,
			  index * (AVCPU_ITS_TABLE_PAGE / AVCPU_ITS_ENTRY));
}

static int restore_table(struct avcpu_its *its, enum avcpu_its_table table,
			 int (*entry)(struct scan *scan, u32 id, u64 val))
{
	struct scan scan = { .its = its, .entry = entry, .block_gpa = ~0ULL };
	int ret;

	ret = scan_table(&scan, avcpu_its_table_base(its, table),
			 avcpu_its_table_size(its, table), 0);
	return min(ret, 0);
}

static bool table_valid(const struct avcpu_its *its, enum avcpu_its_table table)
{
	return its->baser[table] & GITS_BASER_VALID;
}

/**
 * avcpu_its_save_tables() - KVM_DEV_ARM_ITS_SAVE_TABLES
 * @its: the ITS
 *
 * Context: its->lock and vm->srcu held, no vCPU runs.
 * Return: 0; -EFAULT if a table is not in memory; -EINTR.
 */
int avcpu_its_save_tables(struct avcpu_its *its)
{
	int ret = 0;

	if (table_valid(its, AVCPU_ITS_DEVICES))
		ret = save_devices(its);
	if (!ret && table_valid(its, AVCPU_ITS_COLLECTIONS))
		ret = save_collections(its);
	return ret;
}

/**
 * avcpu_its_restore_tables() - KVM_DEV_ARM_ITS_RESTORE_TABLES
 * @its: the ITS, just reset, its registers restored
 *
 * On error nothing is mapped any more.
 *
 * Context: its->lock and vm->srcu held, no vCPU runs.
 * Return: 0; -EINVAL for entries that no command could have made; -EEXIST for what
 * is mapped already; -EFAULT if a table is not in memory; -ENOMEM; -EINTR.
 */
int avcpu_its_restore_tables(struct avcpu_its *its)
{
	int ret = 0;

	if (table_valid(its, AVCPU_ITS_COLLECTIONS))
		ret = restore_table(its, AVCPU_ITS_COLLECTIONS, restore_cte);
	if (!ret && table_valid(its, AVCPU_ITS_DEVICES))
		ret = restore_table(its, AVCPU_ITS_DEVICES,
				    its->baser[AVCPU_ITS_DEVICES] & GITS_BASER_INDIRECT ?
				    restore_page : restore_dte);
	if (ret) {
		avcpu_its_unmap_devices(its);
		avcpu_its_unmap_collections(its);
	}
	return ret;
}
