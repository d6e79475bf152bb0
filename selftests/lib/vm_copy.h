/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that a VM is, taken by the ioctls a VMM has for it and put into another VM
 * that was made like it. No vCPU runs meanwhile.
 */
#ifndef SELFTESTS_VM_COPY_H
#define SELFTESTS_VM_COPY_H

#include "vm.h"

/*
 * An exit for MMIO is complete only with the next KVM_RUN, which this makes, and
 * which leaves before the guest's next instruction.
 */
void vcpu_complete_exit(struct vcpu *vcpu);

/* The contents of all slots; those of @to are at the same addresses. */
void vm_copy_memory(const struct vm *from, const struct vm *to);
/*
 * Registers, MP state and pending events. Gives the number of registers that @to
 * has not, or has with a value of its own: none, if both are of the same device.
 */
unsigned int vcpu_copy(const struct vcpu *from, const struct vcpu *to);
/* The distributor, and each vCPU's redistributor, CPU interface and lines. */
void gic_copy(int from, int to, unsigned int nr_vcpus);

#endif
