/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What joins a VM to eventfds and spares its VMM an exit: irqfds and the GSI
 * routes behind them, ioeventfds, coalesced MMIO.
 */
#ifndef AVCPU_EVENTFDS_H
#define AVCPU_EVENTFDS_H

#include <linux/kvm.h>
#include <linux/types.h>

struct avcpu_vm;

/* KVM_CAP_IRQ_ROUTING: GSIs are 0 .. AVCPU_MAX_GSIS - 1 */
#define AVCPU_MAX_GSIS	4096

/**
 * struct avcpu_route - where a GSI leads to
 * @type: KVM_IRQ_ROUTING_IRQCHIP, KVM_IRQ_ROUTING_MSI; 0: nowhere
 * @has_devid: KVM_MSI_VALID_DEVID was given; without it no ITS takes the MSI
 * @pin: SPI, as INTID - 32
 * @address: guest physical, of the doorbell that a device would write to
 * @data: EventID of that write
 * @devid: DeviceID of it
 */
struct avcpu_route {
	u8 type;
	bool has_devid;
	union {
		u32 pin;
		u32 data;
	};
	u32 devid;
	u64 address;
};

/* irqroute.c */
int avcpu_irq_routing_init(struct avcpu_vm *vm);
void avcpu_irq_routing_destroy(struct avcpu_vm *vm);
int avcpu_irq_routing_default(struct avcpu_vm *vm, u32 nr_spis);
int avcpu_set_gsi_routing(struct avcpu_vm *vm,
			  struct kvm_irq_routing __user *urouting);
const struct avcpu_route *avcpu_gsi_route(struct avcpu_vm *vm, u32 gsi);
int avcpu_signal_msi(struct avcpu_vm *vm, const struct kvm_msi *msi);

/* irqfd.c */
int avcpu_irqfds_init(struct avcpu_vm *vm);
void avcpu_irqfds_release(struct avcpu_vm *vm);
void avcpu_irqfds_destroy(struct avcpu_vm *vm);
int avcpu_irqfd(struct avcpu_vm *vm, const struct kvm_irqfd *args);

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
