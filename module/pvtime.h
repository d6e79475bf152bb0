/* SPDX-License-Identifier: GPL-2.0 */
/* Stolen time, for the guest (DEN0057): pvtime.c. */
#ifndef AVCPU_PVTIME_H
#define AVCPU_PVTIME_H

#include <linux/sched.h>

#include "avcpu.h"

struct avcpu_smccc;

/* How long the current thread has waited for a CPU in all its life, in ns. */
static inline u64 avcpu_run_delay(void)
{
#ifdef CONFIG_SCHED_INFO
	return READ_ONCE(current->sched_info.run_delay);
#else
	return 0;
#endif
}

/* Has the vCPU's thread waited since the guest was last told? Any context. */
static inline bool avcpu_pvtime_due(const struct avcpu_vcpu *vcpu)
{
	return vcpu->steal.base != AVCPU_NO_STEAL &&
	       vcpu->steal.seen != avcpu_run_delay();
}

bool avcpu_pvtime_supported(void);
void avcpu_pvtime_update(struct avcpu_vcpu *vcpu);

/* The guest's calls; as struct avcpu_smccc_fn has it. vm->srcu held, may sleep. */
int avcpu_pvtime_features(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call);
int avcpu_pvtime_st(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call);

/* KVM_ARM_VCPU_PVTIME_CTRL */
int avcpu_pvtime_has_attr(void *self, const struct kvm_device_attr *attr);
int avcpu_pvtime_get_attr(void *self, const struct kvm_device_attr *attr);
int avcpu_pvtime_set_attr(void *self, const struct kvm_device_attr *attr);

#endif
