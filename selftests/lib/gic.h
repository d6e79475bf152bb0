/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A GICv3 for a test's VM, and the guest's accesses to it, each by a call of a
 * function of guest/gic.c. The helpers assert unless their name ends in _raw.
 */
#ifndef SELFTESTS_GIC_H
#define SELFTESTS_GIC_H

#include "device.h"
#include "gic_abi.h"

/* The device alone, no attribute set; skips the test where there is no GICv3. */
int gic_create(struct vm *vm);
/* One at the usual place, initialized; the same in two steps. */
int gic_new(struct vm *vm, u32 nr_irqs);
int gic_place(struct vm *vm, u32 nr_irqs);
void gic_init(int fd);
/*
 * A VM with @nr_vcpus, a GIC with @nr_irqs at the usual place, initialized, all CPU
 * interfaces on, and the distributor enabled.
 */
struct gic_vm {
	struct vm *vm;
	int fd;
};
struct gic_vm gic_vm_create(unsigned int nr_vcpus, u32 nr_irqs);
/* The same, but as if the guest had done nothing yet. */
struct gic_vm gic_vm_create_reset(unsigned int nr_vcpus, u32 nr_irqs);

/* Attributes: 0 or -errno. */
int gic_attr_has_raw(int fd, u32 group, u64 attr);
int gic_attr_get_raw(int fd, u32 group, u64 attr, void *val);
int gic_attr_set_raw(int fd, u32 group, u64 attr, const void *val);

/* State, 32 or (CPU interface) 64 bits; @cpu is Aff0. */
u32 gicd_get(int fd, u64 offset);
void gicd_set(int fd, u64 offset, u32 val);
u32 gicr_get(int fd, unsigned int cpu, u64 offset);
void gicr_set(int fd, unsigned int cpu, u64 offset, u32 val);
/* ... and a register of 64 bits, as two halves. */
void gicr_set64(int fd, unsigned int cpu, u64 offset, u64 val);
u32 gic_level_get(int fd, unsigned int cpu, u32 intid);
void gic_level_set(int fd, unsigned int cpu, u32 intid, u32 val);
u64 icc_get(int fd, unsigned int cpu, u64 reg);
void icc_set(int fd, unsigned int cpu, u64 reg, u64 val);

#define GIC_ATTR_CPU(cpu)	((u64)(cpu) << 32)

/* op0 3, op1 0 */
#define ICC_REG(crn, crm, op2)	(3 << 14 | (crn) << 7 | (crm) << 3 | (op2))
#define ICC_PMR_REG		ICC_REG(4, 6, 0)
#define ICC_BPR0_REG		ICC_REG(12, 8, 3)
#define ICC_AP0R_REG(n)		ICC_REG(12, 8, 4 | (n))
#define ICC_AP1R_REG(n)		ICC_REG(12, 9, (n))
#define ICC_BPR1_REG		ICC_REG(12, 12, 3)
#define ICC_CTLR_REG		ICC_REG(12, 12, 4)
#define ICC_SRE_REG		ICC_REG(12, 12, 5)
#define ICC_IGRPEN0_REG		ICC_REG(12, 12, 6)
#define ICC_IGRPEN1_REG		ICC_REG(12, 12, 7)

/* KVM_IRQ_LINE: 0 or -errno. */
int irq_line_raw(const struct vm *vm, u32 type, u32 vcpu, u32 num, u32 level);
void spi_line(const struct vm *vm, u32 intid, u32 level);
void spi_pulse(const struct vm *vm, u32 intid);
void ppi_line(const struct vm *vm, u32 vcpu, u32 intid, u32 level);

/* The guest's loads and stores. */
u32 gicd_read(struct vcpu *vcpu, u64 offset);
void gicd_write(struct vcpu *vcpu, u64 offset, u32 val);
u64 gicr_addr(unsigned int cpu, u64 offset);
u32 gicr_read(struct vcpu *vcpu, unsigned int cpu, u64 offset);
void gicr_write(struct vcpu *vcpu, unsigned int cpu, u64 offset, u32 val);

/* Set up an SPI by the guest: enabled, edge-triggered or not, priority. */
void spi_setup(struct vcpu *vcpu, u32 intid, bool edge, u8 priority);
/* The register and bit of @intid in an array of one bit each. */
#define IRQ_REG(reg, intid)	((reg) + (intid) / 32 * 4)
#define IRQ_BIT(intid)		(1U << ((intid) % 32))
/* One bit of the distributor, as the guest reads it. */
bool gicd_bit(struct vcpu *vcpu, u64 reg, u32 intid);

#endif
