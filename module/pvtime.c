// SPDX-License-Identifier: GPL-2.0
/*
 * Stolen time (DEN0057): how long a vCPU's thread waited for a CPU while it had
 * work to do, in a structure in the guest's memory, whose place user space gives.
 */
#include <linux/kvm.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>
#include <linux/uaccess.h>
#include <asm/pvclock-abi.h>

#include "device.h"
#include "pvtime.h"
#include "smccc.h"

#define STOLEN_ALIGN	64

/* The kernel keeps the scheduler's statistics that this takes. */
bool avcpu_pvtime_supported(void)
{
	return sched_info_on();
}

/**
 * avcpu_pvtime_update() - the guest shall see what has been stolen since
 * @vcpu: the current thread's vCPU
 *
 * Added to what is in memory, which is how user space carries the sum from one
 * VM to another. Where it cannot be written it is lost.
 *
 * Context: preemptible; takes vm->srcu; may sleep.
 */
void avcpu_pvtime_update(struct avcpu_vcpu *vcpu)
{
	u64 now = avcpu_run_delay();
	/* Another thread may run the vCPU now, and may have waited for less. */
	s64 stolen = max_t(s64, now - vcpu->steal.seen, 0);
	u64 gpa = vcpu->steal.base +
		  offsetof(struct pvclock_vcpu_stolen_time, stolen_time);
	struct avcpu_vm *vm = vcpu->vm;
	__le64 sum;
	int idx;

	vcpu->steal.seen = now;
	idx = srcu_read_lock(&vm->srcu);
	if (!avcpu_read_guest(vm, gpa, &sum, sizeof(sum))) {
		sum = cpu_to_le64(le64_to_cpu(sum) + stolen);
		avcpu_write_guest(vm, gpa, &sum, sizeof(sum));
	}
	srcu_read_unlock(&vm->srcu, idx);
}

/* PV_TIME_FEATURES (DEN0057 3.2.1): of this vCPU, so only where it has a place. */
int avcpu_pvtime_features(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	u32 fn = call->arg[0];

	if (vcpu->steal.base == AVCPU_NO_STEAL ||
	    (fn != ARM_SMCCC_HV_PV_TIME_FEATURES && fn != ARM_SMCCC_HV_PV_TIME_ST))
		call->ret[0] = SMCCC_RET_NOT_SUPPORTED;
	return 1;
}

/* PV_TIME_ST: where the structure is. Time counts from this call on. */
int avcpu_pvtime_st(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	const struct pvclock_vcpu_stolen_time zero = { };
	u64 base = vcpu->steal.base;

	call->ret[0] = SMCCC_RET_NOT_SUPPORTED;
	if (base == AVCPU_NO_STEAL ||
	    avcpu_write_guest(vcpu->vm, base, &zero, sizeof(zero)))
		return 1;
	vcpu->steal.seen = avcpu_run_delay();
	call->ret[0] = base;
	return 1;
}

static int check_attr(const struct kvm_device_attr *attr)
{
	if (!avcpu_pvtime_supported() || attr->attr != KVM_ARM_VCPU_PVTIME_IPA)
		return -ENXIO;
	return 0;
}

int avcpu_pvtime_has_attr(void *self, const struct kvm_device_attr *attr)
{
	return check_attr(attr);
}

int avcpu_pvtime_get_attr(void *self, const struct kvm_device_attr *attr)
{
	const struct avcpu_vcpu *vcpu = self;

	return check_attr(attr) ?:
	       put_user(vcpu->steal.base, (u64 __user *)u64_to_user_ptr(attr->addr));
}

/* Once. There must be memory, though it may go later. */
int avcpu_pvtime_set_attr(void *self, const struct kvm_device_attr *attr)
{
	struct avcpu_vcpu *vcpu = self;
	struct avcpu_vm *vm = vcpu->vm;
	int idx, ret;
	u64 base;

	ret = check_attr(attr);
	if (ret)
		return ret;
	if (get_user(base, (u64 __user *)u64_to_user_ptr(attr->addr)))
		return -EFAULT;
	if (!IS_ALIGNED(base, STOLEN_ALIGN))
		return -EINVAL;
	if (vcpu->steal.base != AVCPU_NO_STEAL)
		return -EEXIST;

	idx = srcu_read_lock(&vm->srcu);
	if (!avcpu_gpa_is_memory(vm, base))
		ret = -EINVAL;
	srcu_read_unlock(&vm->srcu, idx);
	if (!ret) {
		vcpu->steal.seen = avcpu_run_delay();
		vcpu->steal.base = base;
	}
	return ret;
}
