/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What joins a VM to eventfds and spares its VMM an exit: ioeventfds, coalesced
 * MMIO.
 */
#ifndef AVCPU_EVENTFDS_H
#define AVCPU_EVENTFDS_H

#include <linux/kvm.h>
#include <linux/types.h>

struct avcpu_vm;

/* ioeventfd.c */
void avcpu_ioeventfds_destroy(struct avcpu_vm *vm);
int avcpu_ioeventfd(struct avcpu_vm *vm, const struct kvm_ioeventfd *args);

/* coalesced.c */
int avcpu_coalesced_init(struct avcpu_vm *vm);
void avcpu_coalesced_destroy(struct avcpu_vm *vm);
int avcpu_coalesced_register(struct avcpu_vm *vm,
			     const struct kvm_coalesced_mmio_zone *zone);
int avcpu_coalesced_unregister(struct avcpu_vm *vm,
			       const struct kvm_coalesced_mmio_zone *zone);

#endif
