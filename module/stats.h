/* SPDX-License-Identifier: GPL-2.0 */
/* KVM's binary statistics: a file whose contents say what they are. */
#ifndef AVCPU_STATS_H
#define AVCPU_STATS_H

struct avcpu_vcpu;
struct avcpu_vm;

int avcpu_vm_stats_fd(struct avcpu_vm *vm);
int avcpu_vcpu_stats_fd(struct avcpu_vcpu *vcpu);

#endif
