// SPDX-License-Identifier: GPL-2.0
/*
 * Coalesced MMIO: writes to a zone go into a ring which user space empties at the
 * vCPU's next exit, or when it likes. The ring is a page of the VM which every
 * vCPU's mapping shows behind struct kvm_run.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "avcpu.h"
#include "eventfds.h"

/* As KVM's bus takes. */
#define MAX_ZONES	1000

/**
 * struct coalesced_zone - a registered range
 * @link: in vm->coalesced_zones, under vm->slots_lock
 * @dev: its address and length, on the bus unless @pio
 * @vm: whose ring takes the writes
 * @pio: port I/O: on no bus, as no access of the guest comes there
 */
struct coalesced_zone {
	struct list_head link;
	struct avcpu_io_device dev;
	struct avcpu_vm *vm;
	bool pio;
};

/* Unlike the bus, for which length 0 stands for an access of any length. */
static bool contains(const struct avcpu_io_device *dev, u64 addr, u32 len)
{
	u64 offset = addr - dev->base;

	return offset <= dev->len && len <= dev->len - offset;
}

/*
 * User space may write anything into the ring at any time: what is read of it is
 * read once, and checked. One entry stays empty, that full and empty differ.
 */
static bool ring_put(struct kvm_coalesced_mmio_ring *ring, u64 addr, int len, u64 val)
{
	u32 last = READ_ONCE(ring->last);
	struct kvm_coalesced_mmio *entry;
	u32 next;

	if (last >= KVM_COALESCED_MMIO_MAX)
		return false;
	next = (last + 1) % KVM_COALESCED_MMIO_MAX;
	if (next == READ_ONCE(ring->first))
		return false;
	entry = &ring->coalesced_mmio[last];
	entry->phys_addr = addr;
	entry->len = len;
	entry->pio = 0;
	memcpy(entry->data, &val, len);
	/* The entry is whole before user space sees that it is there. */
	smp_store_release(&ring->last, next);
	return true;
}

static int zone_read(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev,
		     u64 addr, int len, u64 *val)
{
	return -EOPNOTSUPP;
}

static int zone_write(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev,
		      u64 addr, int len, u64 val)
{
	struct avcpu_vm *vm = container_of(dev, struct coalesced_zone, dev)->vm;
	bool done;

	if (!contains(dev, addr, len))
		return -EOPNOTSUPP;
	spin_lock(&vm->ring_lock);
	done = ring_put(vm->coalesced_ring, addr, len, val);
	spin_unlock(&vm->ring_lock);
	/* No room: an ordinary exit, which lets user space empty the ring. */
	return done ? 0 : -EOPNOTSUPP;
}

static const struct avcpu_io_ops zone_ops = {
	.read	= zone_read,
	.write	= zone_write,
};

/**
 * avcpu_coalesced_init() - a new VM's ring, empty
 * @vm: the VM
 *
 * Return: 0 or -ENOMEM.
 */
int avcpu_coalesced_init(struct avcpu_vm *vm)
{
	spin_lock_init(&vm->ring_lock);
	INIT_LIST_HEAD(&vm->coalesced_zones);
	vm->coalesced_ring = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	return vm->coalesced_ring ? 0 : -ENOMEM;
}

/**
 * avcpu_coalesced_destroy() - the VM goes, its bus has gone
 * @vm: the VM
 */
void avcpu_coalesced_destroy(struct avcpu_vm *vm)
{
	struct coalesced_zone *zone, *next;

	list_for_each_entry_safe(zone, next, &vm->coalesced_zones, link)
		kfree(zone);
	free_page((unsigned long)vm->coalesced_ring);
}

/* vm->slots_lock held */
static int zone_add(struct avcpu_vm *vm, struct coalesced_zone *zone)
{
	struct coalesced_zone *other;
	u32 count = 0;
	int ret = 0;

	list_for_each_entry(other, &vm->coalesced_zones, link)
		count++;
	if (count >= MAX_ZONES)
		return -ENOSPC;
	if (!zone->pio)
		ret = avcpu_io_bus_register(vm, &zone->dev);
	if (!ret)
		list_add_tail(&zone->link, &vm->coalesced_zones);
	return ret;
}

/**
 * avcpu_coalesced_register() - KVM_REGISTER_COALESCED_MMIO
 * @vm: the VM
 * @args: the zone
 *
 * Context: no lock held.
 * Return: 0, -EINVAL for @args->pio other than 0 and 1, -ENOSPC, -ENOMEM.
 */
int avcpu_coalesced_register(struct avcpu_vm *vm,
			     const struct kvm_coalesced_mmio_zone *args)
{
	struct coalesced_zone *zone;
	int ret;

	if (args->pio > 1)
		return -EINVAL;
	zone = kzalloc(sizeof(*zone), GFP_KERNEL_ACCOUNT);
	if (!zone)
		return -ENOMEM;
	zone->dev.ops = &zone_ops;
	zone->dev.base = args->addr;
	zone->dev.len = args->size;
	zone->vm = vm;
	zone->pio = args->pio;

	mutex_lock(&vm->slots_lock);
	ret = zone_add(vm, zone);
	mutex_unlock(&vm->slots_lock);
	if (ret)
		kfree(zone);
	return ret;
}

/**
 * avcpu_coalesced_unregister() - KVM_UNREGISTER_COALESCED_MMIO
 * @vm: the VM
 * @args: the zone
 *
 * Every zone that has all of @args in it goes; that there is none is no error.
 *
 * Context: no lock held.
 * Return: 0, -EINVAL for @args->pio other than 0 and 1.
 */
int avcpu_coalesced_unregister(struct avcpu_vm *vm,
			       const struct kvm_coalesced_mmio_zone *args)
{
	struct coalesced_zone *zone, *next;

	if (args->pio > 1)
		return -EINVAL;
	mutex_lock(&vm->slots_lock);
	list_for_each_entry_safe(zone, next, &vm->coalesced_zones, link) {
		if (zone->pio != args->pio ||
		    !contains(&zone->dev, args->addr, args->size))
			continue;
		list_del(&zone->link);
		if (!zone->pio)
			avcpu_io_bus_unregister(vm, &zone->dev);
		kfree(zone);
	}
	mutex_unlock(&vm->slots_lock);
	return 0;
}
