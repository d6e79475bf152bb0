/* SPDX-License-Identifier: GPL-2.0 */
/* KVM_CREATE_DEVICE: a device of the VM with attributes, behind a file. */
#ifndef AVCPU_DEVICE_H
#define AVCPU_DEVICE_H

#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/types.h>

struct avcpu_vm;
struct avcpu_device;

/**
 * struct avcpu_device_ops - one row of device.c's table of types
 * @name: of the file
 * @type: enum kvm_device_type
 * @available: this machine can have it; NULL: all can
 * @create: vm->lock held; on error nothing is left behind and @destroy is not
 *	called. May leave what it has made in dev->private. Errors go to the
 *	caller of KVM_CREATE_DEVICE as they are.
 * @destroy: the VM goes: no vCPU, no file, no reader of the bus is left. Frees
 *	dev->private, not @dev itself. May be NULL.
 * @set_attr, @get_attr, @has_attr: no lock held, any thread; attr is the
 *	kernel's copy. -ENXIO for what the device does not know.
 */
struct avcpu_device_ops {
	const char *name;
	u32 type;
	bool (*available)(void);
	int (*create)(struct avcpu_device *dev);
	void (*destroy)(struct avcpu_device *dev);
	int (*set_attr)(struct avcpu_device *dev,
			const struct kvm_device_attr *attr);
	int (*get_attr)(struct avcpu_device *dev,
			const struct kvm_device_attr *attr);
	int (*has_attr)(struct avcpu_device *dev,
			const struct kvm_device_attr *attr);
};

/**
 * struct avcpu_device - a device that was created; lives as long as its VM
 * @link: in vm->devices, under vm->lock
 */
struct avcpu_device {
	const struct avcpu_device_ops *ops;
	struct avcpu_vm *vm;
	struct list_head link;
	void *private;
};

/**
 * struct avcpu_attr_group - attributes of a vCPU that one part of us answers for
 * @group: kvm_device_attr.group
 * @has, @get, @set: as those of a device; @self is the vCPU, its mutex is held.
 *	@get and @set may be NULL.
 */
struct avcpu_attr_group {
	u32 group;
	int (*has)(void *self, const struct kvm_device_attr *attr);
	int (*get)(void *self, const struct kvm_device_attr *attr);
	int (*set)(void *self, const struct kvm_device_attr *attr);
};

/* device.c */
int avcpu_device_create(struct avcpu_vm *vm, struct kvm_create_device *cd);
void avcpu_devices_destroy(struct avcpu_vm *vm);

/* vgic/attr.c */
extern const struct avcpu_device_ops avcpu_vgic_v3_ops;

#endif
