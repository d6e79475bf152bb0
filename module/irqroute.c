// SPDX-License-Identifier: GPL-2.0
/*
 * GSI routes: which interrupt of the guest a number of the VMM's stands for.
 *
 * The table is indexed by GSI and replaced as a whole. Its readers run in any
 * context, irqfds with IRQs off among them, and hold irqfds->srcu, not vm->srcu:
 * a vCPU may hold that one while it waits for a page that the thread which is
 * about to change the routes has to bring.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "avcpu.h"
#include "eventfds.h"
#include "irqfd.h"
#include "vgic/its.h"

/**
 * struct avcpu_irq_routing - the routes of a VM
 * @count: of entries in @route; GSIs from there on lead nowhere
 * @route: by GSI
 */
struct avcpu_irq_routing {
	u32 count;
	struct avcpu_route route[];
};

static struct avcpu_irq_routing *table_alloc(u32 count)
{
	struct avcpu_irq_routing *table;

	table = kvzalloc(struct_size(table, route, count), GFP_KERNEL_ACCOUNT);
	if (table)
		table->count = count;
	return table;
}

static void table_publish(struct avcpu_vm *vm, struct avcpu_irq_routing *table)
{
	struct avcpu_irqfds *irqfds = vm->irqfds;
	DECLARE_BITMAP(before, AVCPU_NR_PINS);
	struct avcpu_irq_routing *old;
	bool irqs_off;

	mutex_lock(&irqfds->lock);
	avcpu_irqfds_watched(vm, before);
	old = rcu_replace_pointer(vm->irq_routing, table, lockdep_is_held(&irqfds->lock));
	avcpu_irqfds_rewatch(vm, before);
	irqs_off = avcpu_irqfds_reroute(vm);
	mutex_unlock(&irqfds->lock);
	synchronize_srcu_expedited(&irqfds->srcu);
	if (irqs_off)
		synchronize_rcu_expedited();
	kvfree(old);
}

/**
 * avcpu_irq_routing_init() - a table of a new VM: no GSI leads anywhere
 * @vm: the VM
 *
 * Return: 0 or -ENOMEM.
 */
int avcpu_irq_routing_init(struct avcpu_vm *vm)
{
	struct avcpu_irq_routing *table = table_alloc(0);

	RCU_INIT_POINTER(vm->irq_routing, table);
	return table ? 0 : -ENOMEM;
}

/**
 * avcpu_irq_routing_destroy() - the VM goes, its irqfds have gone
 * @vm: the VM
 */
void avcpu_irq_routing_destroy(struct avcpu_vm *vm)
{
	kvfree(rcu_dereference_protected(vm->irq_routing, 1));
	RCU_INIT_POINTER(vm->irq_routing, NULL);
}

/**
 * avcpu_irq_routing_default() - GSI n is SPI n + 32: the vGIC has come to life
 * @vm: the VM
 * @nr_spis: how many there are
 *
 * Takes the place of what user space set before, as in KVM.
 *
 * Context: may sleep; vgic.lock may be held.
 * Return: 0 or -ENOMEM.
 */
int avcpu_irq_routing_default(struct avcpu_vm *vm, u32 nr_spis)
{
	struct avcpu_irq_routing *table = table_alloc(nr_spis);
	u32 i;

	if (!table)
		return -ENOMEM;
	for (i = 0; i < nr_spis; i++) {
		table->route[i].type = KVM_IRQ_ROUTING_IRQCHIP;
		table->route[i].pin = i;
	}
	table_publish(vm, table);
	return 0;
}

static u64 join(u32 hi, u32 lo)
{
	return (u64)hi << 32 | lo;
}

static int take_irqchip(struct avcpu_route *route,
			const struct kvm_irq_routing_entry *entry)
{
	/* The vGIC is irqchip 0, and there is no other. */
	if (entry->flags || entry->u.irqchip.irqchip ||
	    entry->u.irqchip.pin >= AVCPU_NR_PINS)
		return -EINVAL;
	route->pin = entry->u.irqchip.pin;
	return 0;
}

static int take_msi(struct avcpu_route *route,
		    const struct kvm_irq_routing_entry *entry)
{
	if (entry->flags & ~KVM_MSI_VALID_DEVID)
		return -EINVAL;
	route->has_devid = entry->flags & KVM_MSI_VALID_DEVID;
	route->address = join(entry->u.msi.address_hi, entry->u.msi.address_lo);
	route->data = entry->u.msi.data;
	route->devid = entry->u.msi.devid;
	return 0;
}

static int (*const take_entry[])(struct avcpu_route *route,
				 const struct kvm_irq_routing_entry *entry) = {
	[KVM_IRQ_ROUTING_IRQCHIP]	= take_irqchip,
	[KVM_IRQ_ROUTING_MSI]		= take_msi,
};

static int table_add(struct avcpu_irq_routing *table,
		     const struct kvm_irq_routing_entry *entry)
{
	struct avcpu_route *route = &table->route[entry->gsi];
	int ret;

	/* Several routes of one GSI are for several irqchips. */
	if (route->type)
		return -EINVAL;
	if (entry->type >= ARRAY_SIZE(take_entry) || !take_entry[entry->type])
		return -EINVAL;
	ret = take_entry[entry->type](route, entry);
	if (!ret)
		route->type = entry->type;
	return ret;
}

static struct avcpu_irq_routing *
table_from_entries(const struct kvm_irq_routing_entry *entry, u32 nr)
{
	struct avcpu_irq_routing *table;
	u32 i, count = 0;
	int ret;

	for (i = 0; i < nr; i++) {
		if (entry[i].gsi >= AVCPU_MAX_GSIS)
			return ERR_PTR(-EINVAL);
		count = max(count, entry[i].gsi + 1);
	}
	table = table_alloc(count);
	if (!table)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < nr; i++) {
		ret = table_add(table, &entry[i]);
		if (ret) {
			kvfree(table);
			return ERR_PTR(ret);
		}
	}
	return table;
}

static struct avcpu_irq_routing *
table_from_user(const struct kvm_irq_routing_entry __user *uentries, u32 nr)
{
	struct kvm_irq_routing_entry *entries = NULL;
	struct avcpu_irq_routing *table;

	if (nr) {
		entries = vmemdup_user(uentries, array_size(nr, sizeof(*entries)));
		if (IS_ERR(entries))
			return ERR_CAST(entries);
	}
	table = table_from_entries(entries, nr);
	kvfree(entries);
	return table;
}

/**
 * avcpu_set_gsi_routing() - KVM_SET_GSI_ROUTING: replace all routes
 * @vm: the VM
 * @urouting: the ioctl's argument
 *
 * Context: no lock held. On error the old routes remain.
 * Return: 0, -EFAULT, -ENOMEM; -EINVAL for more than AVCPU_MAX_GSIS entries, for
 * flags, types, pins and GSIs that there are not, for two routes of one GSI.
 */
int avcpu_set_gsi_routing(struct avcpu_vm *vm, struct kvm_irq_routing __user *urouting)
{
	struct avcpu_irq_routing *table;
	struct kvm_irq_routing routing;

	if (copy_from_user(&routing, urouting, sizeof(routing)))
		return -EFAULT;
	if (routing.flags || routing.nr > AVCPU_MAX_GSIS)
		return -EINVAL;
	table = table_from_user(urouting->entries, routing.nr);
	if (IS_ERR(table))
		return PTR_ERR(table);
	table_publish(vm, table);
	return 0;
}

/**
 * avcpu_gsi_route() - the route of @gsi, or NULL
 * @vm: the VM
 * @gsi: any number
 *
 * Context: any, irqfds->srcu or irqfds->lock held.
 */
const struct avcpu_route *avcpu_gsi_route(struct avcpu_vm *vm, u32 gsi)
{
	const struct avcpu_irq_routing *table;

	table = srcu_dereference_check(vm->irq_routing, &vm->irqfds->srcu,
				       lockdep_is_held(&vm->irqfds->lock));
	if (gsi >= table->count)
		return NULL;
	gsi = array_index_nospec(gsi, table->count);
	return table->route[gsi].type ? &table->route[gsi] : NULL;
}

static int send_msi(struct avcpu_vm *vm, u64 address, bool has_devid, u32 devid, u32 data)
{
	if (!avcpu_vgic_has_its(&vm->vgic))
		return -ENODEV;
	if (!has_devid)
		return -EINVAL;
	return avcpu_its_inject_msi(vm, address, devid, data);
}

static int set_msi(struct avcpu_vm *vm, const struct avcpu_route *route, bool level)
{
	if (!level)
		return -EINVAL;
	return send_msi(vm, route->address, route->has_devid, route->devid, route->data);
}

/**
 * avcpu_route_set() - the line behind a route changes
 * @vm: the VM
 * @route: where to
 * @level: of an SPI's line; of an MSI: true is a write to the doorbell
 *
 * Context: any, IRQs off too; the route's SRCU held.
 * Return: negative if nothing came of it.
 */
int avcpu_route_set(struct avcpu_vm *vm, const struct avcpu_route *route, bool level)
{
	if (route->type == KVM_IRQ_ROUTING_MSI)
		return set_msi(vm, route, level);
	if (!avcpu_vgic_valid_spi(&vm->vgic, route->pin + AVCPU_NR_PRIVATE_IRQS))
		return -EINVAL;
	return avcpu_vgic_inject(vm, NULL, route->pin + AVCPU_NR_PRIVATE_IRQS,
				 level, NULL);
}

/**
 * avcpu_signal_msi() - KVM_SIGNAL_MSI
 * @vm: the VM
 * @msi: of the ioctl
 *
 * Return: 1: delivered, 0: the guest has mapped no interrupt to it; -EINVAL
 * without a vGIC, for flags, or where no ITS is at the address; -ENODEV without
 * an ITS; -EBUSY if the ITS or LPIs are disabled.
 */
int avcpu_signal_msi(struct avcpu_vm *vm, const struct kvm_msi *msi)
{
	if (!avcpu_vgic_present(&vm->vgic) || (msi->flags & ~KVM_MSI_VALID_DEVID))
		return -EINVAL;
	return send_msi(vm, join(msi->address_hi, msi->address_lo),
			msi->flags & KVM_MSI_VALID_DEVID, msi->devid, msi->data);
}
