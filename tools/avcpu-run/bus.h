/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_BUS_H
#define AVCPU_RUN_BUS_H

#include "util.h"

#define BUS_MAX_DEVICES	64

/**
 * struct bus_ops - a device's registers
 * @read: value at byte offset @off; @len is 1, 2, 4 or 8
 * @write: store @val, already cut to @len bytes
 *
 * Both are called from vCPU threads, several at once: the device locks itself.
 */
struct bus_ops {
	u64 (*read)(void *dev, u64 off, unsigned int len);
	void (*write)(void *dev, u64 off, u64 val, unsigned int len);
};

/**
 * struct bus_device - a row of the bus table
 * @reads: accesses served, for the statistics (relaxed atomics)
 * @writes: likewise
 */
struct bus_device {
	const char *name;
	u64 base;
	u64 size;
	const struct bus_ops *ops;
	void *dev;
	u64 reads;
	u64 writes;
};

/**
 * struct bus - all devices, sorted by address
 * @nowhere: accesses that no device answered
 */
struct bus {
	struct bus_device device[BUS_MAX_DEVICES];
	unsigned int nr;
	u64 nowhere;
};

int bus_add(struct bus *bus, const char *name, u64 base, u64 size,
	    const struct bus_ops *ops, void *dev);
void bus_access(struct bus *bus, u64 addr, void *data, unsigned int len,
		bool write);

#endif
