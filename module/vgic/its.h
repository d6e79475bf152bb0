/* SPDX-License-Identifier: GPL-2.0 */
/* The interrupt translation service: its surface toward the rest of the module. */
#ifndef AVCPU_ITS_H
#define AVCPU_ITS_H

#include <linux/types.h>

struct avcpu_vm;
struct avcpu_device_ops;

/* its.c: KVM_DEV_TYPE_ARM_VGIC_ITS */
extern const struct avcpu_device_ops avcpu_vgic_its_ops;

/* its_translate.c: any context, IRQs off too */
int avcpu_its_inject_msi(struct avcpu_vm *vm, u64 doorbell, u32 devid, u32 eventid);

#endif
