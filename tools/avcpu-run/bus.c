// SPDX-License-Identifier: GPL-2.0
/*
 * The MMIO bus: a table of address ranges. It is filled before the first vCPU
 * runs and constant from then on, so look-ups take no lock.
 */
#include "bus.h"

#include <string.h>

#define NOWHERE_REPORTS	8

/**
 * bus_add() - put a device on the bus
 * @bus: the bus
 * @name: for messages and statistics
 * @base: first address
 * @size: bytes
 * @ops: its registers
 * @dev: handed to @ops
 *
 * Return: 0, or -1 if the range overlaps another device (reported).
 */
int bus_add(struct bus *bus, const char *name, u64 base, u64 size,
	    const struct bus_ops *ops, void *dev)
{
	unsigned int at = 0;

	if (bus->nr == BUS_MAX_DEVICES)
		return fail("%s: too many devices", name);
	while (at < bus->nr && bus->device[at].base < base)
		at++;
	if ((at && bus->device[at - 1].base + bus->device[at - 1].size > base) ||
	    (at < bus->nr && base + size > bus->device[at].base))
		return fail("%s: 0x%llx is taken by another device", name,
			    (unsigned long long)base);

	memmove(&bus->device[at + 1], &bus->device[at],
		(bus->nr - at) * sizeof(bus->device[0]));
	bus->device[at] = (struct bus_device) {
		.name = name, .base = base, .size = size, .ops = ops, .dev = dev,
	};
	bus->nr++;
	return 0;
}

static struct bus_device *bus_find(struct bus *bus, u64 addr, unsigned int len)
{
	unsigned int lo = 0, hi = bus->nr;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;
		struct bus_device *d = &bus->device[mid];

		if (addr < d->base)
			hi = mid;
		else if (addr - d->base >= d->size)
			lo = mid + 1;
		else
			return d->size - (addr - d->base) >= len ? d : NULL;
	}
	return NULL;
}

static void bus_nowhere(struct bus *bus, u64 addr, unsigned int len, bool write)
{
	u64 n = __atomic_add_fetch(&bus->nowhere, 1, __ATOMIC_RELAXED);

	if (verbose && n <= NOWHERE_REPORTS)
		say("guest %s %u bytes at 0x%llx, where nothing is",
		    write ? "wrote" : "read", len, (unsigned long long)addr);
}

/**
 * bus_access() - carry out one MMIO access of the guest
 * @bus: the bus
 * @addr: guest physical address
 * @data: little-endian bytes, written for a read, read for a write
 * @len: 1, 2, 4 or 8
 * @write: direction
 *
 * Where there is no device, reads give zero and writes go nowhere.
 */
void bus_access(struct bus *bus, u64 addr, void *data, unsigned int len,
		bool write)
{
	struct bus_device *d = bus_find(bus, addr, len);
	u64 val = 0;

	if (!d) {
		bus_nowhere(bus, addr, len, write);
		if (!write)
			memset(data, 0, len);
	} else if (write) {
		__atomic_add_fetch(&d->writes, 1, __ATOMIC_RELAXED);
		memcpy(&val, data, len);
		d->ops->write(d->dev, addr - d->base, val, len);
	} else {
		__atomic_add_fetch(&d->reads, 1, __ATOMIC_RELAXED);
		val = d->ops->read(d->dev, addr - d->base, len);
		memcpy(data, &val, len);
	}
}
