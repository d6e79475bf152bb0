// SPDX-License-Identifier: GPL-2.0
/*
 * PSCI (DEN0022): vCPUs that the guest switches on and off, and the end or
 * restart of the machine, which is up to user space. Versions 0.1 (before the
 * calling convention, by KVM's numbers), 0.2 and 1.0 to 1.3.
 */
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/string.h>
#include <uapi/linux/psci.h>
#include <asm/cputype.h>

#include "arch/arch.h"
#include "smccc.h"

#define V0_1	PSCI_VERSION(0, 1)
#define V0_2	PSCI_VERSION(0, 2)
#define V1_0	PSCI_VERSION(1, 0)
#define V1_1	PSCI_VERSION(1, 1)
#define V1_3	PSCI_VERSION(1, 3)

/* PSCI 1.3, which kernel headers of our range do not all name. */
#define FN_SYSTEM_OFF2		PSCI_0_2_FN(21)
#define FN64_SYSTEM_OFF2	PSCI_0_2_FN64(21)
#define OFF_TYPE_HIBERNATE	BIT(0)
#define EVENT_SHUTDOWN_OFF2	BIT_ULL(0)

#define AFFINITY_LEVELS	4

static int psci_version(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	call->ret[0] = avcpu_psci_version(vcpu);
	return 1;
}

/*
 * All states are standby to us, from which any interrupt wakes and in which
 * nothing is lost. DEN0022 (5.4.2) lets a power-down be treated so.
 */
static int cpu_suspend(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	avcpu_vcpu_block(vcpu);
	return 1;
}

static void power_off(struct avcpu_vcpu *vcpu)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vcpu->state_lock, flags);
	WRITE_ONCE(vcpu->mp_state, KVM_MP_STATE_STOPPED);
	avcpu_request(AVCPU_REQ_SLEEP, vcpu);
	raw_spin_unlock_irqrestore(&vcpu->state_lock, flags);
}

static int cpu_off(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	power_off(vcpu);
	return 1;
}

/* False if the target is not off. */
static bool power_on(struct avcpu_vcpu *target, const struct avcpu_reset *reset)
{
	unsigned long flags;
	bool off;

	raw_spin_lock_irqsave(&target->state_lock, flags);
	off = target->mp_state == KVM_MP_STATE_STOPPED;
	if (off) {
		target->reset = *reset;
		avcpu_request(AVCPU_REQ_RESET, target);
		/* Whoever sees it runnable sees the request. */
		smp_wmb();
		WRITE_ONCE(target->mp_state, KVM_MP_STATE_RUNNABLE);
	}
	raw_spin_unlock_irqrestore(&target->state_lock, flags);
	if (off)
		avcpu_vcpu_wake(target);
	return off;
}

/* An affinity as it is passed: fields at their places, all other bits 0. */
static bool valid_affinity(u64 mpidr)
{
	return !(mpidr & ~MPIDR_HWID_BITMASK);
}

static int cpu_on(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	struct avcpu_reset reset = {
		.pc = call->arg[1],
		.r0 = call->arg[2],
		.be = avcpu_arch_is_be(vcpu),
	};
	struct avcpu_vcpu *target = NULL;

	if (valid_affinity(call->arg[0]))
		target = avcpu_vcpu_by_mpidr(vcpu->vm, call->arg[0]);
	if (!target)
		call->ret[0] = PSCI_RET_INVALID_PARAMS;
	else if (!power_on(target, &reset))
		call->ret[0] = avcpu_psci_version(vcpu) == V0_1 ?
			       PSCI_RET_INVALID_PARAMS : PSCI_RET_ALREADY_ON;
	return 1;
}

/* Level n leaves out the affinity fields below n. */
static u64 affinity_mask(u64 level)
{
	return MPIDR_HWID_BITMASK & ~(BIT_ULL(level * MPIDR_LEVEL_BITS) - 1);
}

static int affinity_info(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	u64 ret = PSCI_RET_INVALID_PARAMS;
	struct avcpu_vcpu *other;
	u64 mask;
	u32 i;

	if (!valid_affinity(call->arg[0]) || call->arg[1] >= AFFINITY_LEVELS)
		goto out;
	mask = affinity_mask(call->arg[1]);
	avcpu_for_each_vcpu(i, other, vcpu->vm) {
		if ((avcpu_arch_mpidr(other) ^ call->arg[0]) & mask)
			continue;
		ret = PSCI_0_2_AFFINITY_LEVEL_OFF;
		if (READ_ONCE(other->mp_state) != KVM_MP_STATE_STOPPED) {
			ret = PSCI_0_2_AFFINITY_LEVEL_ON;
			break;
		}
	}
out:
	call->ret[0] = ret;
	return 1;
}

static int migrate_info_type(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	call->ret[0] = PSCI_0_2_TOS_MP;
	return 1;
}

static void system_event(struct avcpu_vcpu *vcpu, u32 type)
{
	struct kvm_run *run = vcpu->run;

	memset(&run->system_event, 0, sizeof(run->system_event));
	run->system_event.type = type;
	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
}

/*
 * The guest takes it that nothing runs after the call. User space acts on the
 * exit when it likes to, so stop all vCPUs until they are initialised again or
 * set running; the caller, if resumed nevertheless, is told of a failure.
 */
static int end_of_system(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call,
			 u32 type, u64 flags)
{
	struct avcpu_vcpu *other;
	u32 i;

	avcpu_for_each_vcpu(i, other, vcpu->vm) {
		power_off(other);
		avcpu_vcpu_kick(other);
	}
	system_event(vcpu, type);
	vcpu->run->system_event.ndata = 1;
	vcpu->run->system_event.data[0] = flags;
	call->ret[0] = PSCI_RET_INTERNAL_FAILURE;
	return 0;
}

static int system_off(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	return end_of_system(vcpu, call, KVM_SYSTEM_EVENT_SHUTDOWN, 0);
}

static int system_reset(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	return end_of_system(vcpu, call, KVM_SYSTEM_EVENT_RESET, 0);
}

/* Warm reset, or what vendors define; numbers between them are reserved. */
static int system_reset2(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	u32 type = call->arg[0];

	if (type > PSCI_1_1_RESET_TYPE_SYSTEM_WARM_RESET &&
	    type < PSCI_1_1_RESET_TYPE_VENDOR_START) {
		call->ret[0] = PSCI_RET_INVALID_PARAMS;
		return 1;
	}
	return end_of_system(vcpu, call, KVM_SYSTEM_EVENT_RESET,
			     KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2);
}

/* Off to hibernate: type 0 leaves the kind to us, the cookie must be 0. */
static int system_off2(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	if ((call->arg[0] && call->arg[0] != OFF_TYPE_HIBERNATE) || call->arg[1]) {
		call->ret[0] = PSCI_RET_INVALID_PARAMS;
		return 1;
	}
	return end_of_system(vcpu, call, KVM_SYSTEM_EVENT_SHUTDOWN, EVENT_SHUTDOWN_OFF2);
}

/* User space reads entry point and context id from the caller's registers. */
static int system_suspend(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	system_event(vcpu, KVM_SYSTEM_EVENT_SUSPEND);
	call->keep = true;
	return 0;
}

static int psci_features(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	u32 id = call->arg[0];

	if (id == ARM_SMCCC_VERSION_FUNC_ID)
		return 1;
	if (!avcpu_psci_find(vcpu, id))
		call->ret[0] = PSCI_RET_NOT_SUPPORTED;
	else if (id == FN_SYSTEM_OFF2 || id == FN64_SYSTEM_OFF2)
		call->ret[0] = OFF_TYPE_HIBERNATE;
	return 1;
}

#define IN_PLACE	AVCPU_SMCCC_IN_PLACE

static const struct avcpu_smccc_fn functions_0_1[] = {
	{ KVM_PSCI_FN_CPU_OFF,			0,	  V0_1, cpu_off },
	{ KVM_PSCI_FN_CPU_ON,			0,	  V0_1, cpu_on },
};

/* PSCI's numbers are 0 .. 31 of either convention (DEN0022 5.1). */
#define PSCI_NUMBER	GENMASK(4, 0)
#define PSCI_SMC64	PSCI_0_2_64BIT
#define INDEX(id)	(((id) & PSCI_NUMBER) | ((id) & PSCI_SMC64 ? PSCI_NUMBER + 1 : 0))

#define FN(id, flags, since, call) [INDEX(id)] = { id, flags, since, call }

static const struct avcpu_smccc_fn functions[2 * (PSCI_NUMBER + 1)] = {
	FN(PSCI_0_2_FN_PSCI_VERSION,		IN_PLACE, V0_2, psci_version),
	FN(PSCI_0_2_FN_CPU_SUSPEND,		0,	  V0_2, cpu_suspend),
	FN(PSCI_0_2_FN64_CPU_SUSPEND,		0,	  V0_2, cpu_suspend),
	FN(PSCI_0_2_FN_CPU_OFF,			0,	  V0_2, cpu_off),
	FN(PSCI_0_2_FN_CPU_ON,			0,	  V0_2, cpu_on),
	FN(PSCI_0_2_FN64_CPU_ON,		0,	  V0_2, cpu_on),
	FN(PSCI_0_2_FN_AFFINITY_INFO,		0,	  V0_2, affinity_info),
	FN(PSCI_0_2_FN64_AFFINITY_INFO,		0,	  V0_2, affinity_info),
	FN(PSCI_0_2_FN_MIGRATE_INFO_TYPE,	IN_PLACE, V0_2, migrate_info_type),
	FN(PSCI_0_2_FN_SYSTEM_OFF,		0,	  V0_2, system_off),
	FN(PSCI_0_2_FN_SYSTEM_RESET,		0,	  V0_2, system_reset),
	FN(PSCI_1_0_FN_PSCI_FEATURES,		IN_PLACE, V1_0, psci_features),
	FN(PSCI_1_0_FN_SYSTEM_SUSPEND,		0,	  V1_0, system_suspend),
	FN(PSCI_1_0_FN64_SYSTEM_SUSPEND,	0,	  V1_0, system_suspend),
	FN(PSCI_1_1_FN_SYSTEM_RESET2,		0,	  V1_1, system_reset2),
	FN(PSCI_1_1_FN64_SYSTEM_RESET2,		0,	  V1_1, system_reset2),
	FN(FN_SYSTEM_OFF2,			0,	  V1_3, system_off2),
	FN(FN64_SYSTEM_OFF2,			0,	  V1_3, system_off2),
};

static const struct avcpu_smccc_fn *search(u32 id)
{
	const struct avcpu_smccc_fn *fn = &functions[INDEX(id)];

	return fn->call && fn->id == id ? fn : NULL;
}

static const struct avcpu_smccc_fn *search_0_1(u32 id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(functions_0_1); i++)
		if (functions_0_1[i].id == id)
			return &functions_0_1[i];
	return NULL;
}

/**
 * avcpu_psci_find() - the PSCI function with that number
 * @vcpu: the current thread's vCPU
 * @fn: function identifier
 *
 * Return: its row, or NULL if there is none in the version of PSCI that the
 * vCPU has, or none for its execution state, or user space does not want it.
 */
const struct avcpu_smccc_fn *avcpu_psci_find(struct avcpu_vcpu *vcpu, u32 fn)
{
	const struct avcpu_smccc_fn *row = avcpu_psci_is_0_1(fn) ? search_0_1(fn) : search(fn);
	u32 version;

	if (!row)
		return NULL;
	version = avcpu_psci_version(vcpu);
	if (row->since > version || (row->since == V0_1) != (version == V0_1))
		return NULL;
	if (ARM_SMCCC_IS_64(fn) && avcpu_arch_is_aarch32(vcpu))
		return NULL;
	if (row->call == system_suspend && !READ_ONCE(vcpu->vm->system_suspend))
		return NULL;
	return row;
}

/**
 * avcpu_psci_take_reset() - begin where a CPU_ON said
 * @vcpu: AVCPU_REQ_RESET was taken from it; not loaded, its mutex is held
 */
void avcpu_psci_take_reset(struct avcpu_vcpu *vcpu)
{
	struct avcpu_reset reset;
	unsigned long flags;

	raw_spin_lock_irqsave(&vcpu->state_lock, flags);
	reset = vcpu->reset;
	raw_spin_unlock_irqrestore(&vcpu->state_lock, flags);

	avcpu_arch_vcpu_reset(vcpu);
	avcpu_arch_set_entry(vcpu, reset.pc, reset.r0, reset.be);
}
