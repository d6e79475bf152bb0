/* SPDX-License-Identifier: GPL-2.0 */
/* The MMIO bus: accesses of the guest that a device of the module serves. */
#ifndef AVCPU_IOBUS_H
#define AVCPU_IOBUS_H

#include <linux/types.h>

struct avcpu_vm;
struct avcpu_vcpu;
struct avcpu_io_device;

/**
 * struct avcpu_io_ops - a device on the bus
 * @read, @write: 0 when served, -EOPNOTSUPP to let the next device that covers
 *	the address, and in the end user space, have it. @addr is a guest
 *	physical address, @len is 1, 2, 4 or 8; data in the guest's byte order
 *	as a little-endian value. Called with vm->srcu held, preemptible.
 * @in_place: @read and @write may also be called with IRQs off, and the guest in the CPU
 * @destroy: the last reader has left; free it. May be NULL.
 */
struct avcpu_io_ops {
	int (*read)(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev,
		    u64 addr, int len, u64 *val);
	int (*write)(struct avcpu_vcpu *vcpu, struct avcpu_io_device *dev,
		     u64 addr, int len, u64 val);
	void (*destroy)(struct avcpu_io_device *dev);
	bool in_place;
};

/**
 * struct avcpu_io_device - embedded in the device's own structure
 * @base, @len: what it covers; len 0 matches any access length at @base
 */
struct avcpu_io_device {
	const struct avcpu_io_ops *ops;
	u64 base;
	u64 len;
};

/* Devices sorted by base; replaced as a whole, read under vm->srcu. */
struct avcpu_io_bus {
	u32 count;
	u64 max_len;	/* of the longest: how far below an address to look */
	struct avcpu_io_device *dev[];
};

int avcpu_io_bus_init(struct avcpu_vm *vm);
void avcpu_io_bus_destroy(struct avcpu_vm *vm);
/* The next four: vm->slots_lock held. */
void avcpu_io_bus_cover(struct avcpu_vm *vm, u64 base, u64 size);
void avcpu_io_bus_uncover(struct avcpu_vm *vm);
int avcpu_io_bus_register(struct avcpu_vm *vm, struct avcpu_io_device *dev);
void avcpu_io_bus_unregister(struct avcpu_vm *vm, struct avcpu_io_device *dev);
/* What is known of an access that was tried with the guest in the CPU. */
enum avcpu_io_in_place {
	AVCPU_IO_UNKNOWN,	/* it may be memory's, or a device's */
	AVCPU_IO_DONE,
	AVCPU_IO_LATER,		/* a device's: avcpu_io_bus_read() or _write() serves it */
	AVCPU_IO_NOBODY,	/* no device has it */
};

enum avcpu_io_in_place avcpu_io_bus_in_place(struct avcpu_vcpu *vcpu, u64 addr, int len,
					     u64 *val, bool write);
int avcpu_io_bus_read(struct avcpu_vcpu *vcpu, u64 addr, int len, u64 *val);
int avcpu_io_bus_write(struct avcpu_vcpu *vcpu, u64 addr, int len, u64 val);

#endif
