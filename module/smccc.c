// SPDX-License-Identifier: GPL-2.0
/*
 * HVC and SMC of the guest: a firmware of our own answers, by the SMC calling
 * convention (DEN0028). Nothing of it reaches the machine's firmware, and what
 * is not known is NOT_SUPPORTED.
 */
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/string.h>

#include "arch/arch.h"
#include "pvtime.h"
#include "smccc.h"

#define SERVICE(bmap, bit)	((bmap) << 8 | ((bit) + 1))
#define SERVICE_BMAP(service)	((service) >> 8)
#define SERVICE_BIT(service)	(((service) & 0xff) - 1)

#define TRNG_SERVICE	SERVICE(AVCPU_FW_STD, KVM_REG_ARM_STD_BIT_TRNG_V1_0)
#define TIME_SERVICE	SERVICE(AVCPU_FW_STD_HYP, KVM_REG_ARM_STD_HYP_BIT_PV_TIME)
#define HYP_SERVICE	SERVICE(AVCPU_FW_VENDOR_HYP, KVM_REG_ARM_VENDOR_HYP_BIT_FUNC_FEAT)
#define PTP_SERVICE	SERVICE(AVCPU_FW_VENDOR_HYP, KVM_REG_ARM_VENDOR_HYP_BIT_PTP)

static int smccc_version(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	call->ret[0] = ARM_SMCCC_VERSION_1_1;
	return 1;
}

/* Workarounds 1 and 3: does the guest need to call, and is there what to call? */
static u64 branch_workaround(u32 level)
{
	/* Both registers number their levels alike. */
	switch (level) {
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1_NOT_REQUIRED:
		return SMCCC_ARCH_WORKAROUND_RET_UNAFFECTED;
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1_AVAIL:
		return SMCCC_RET_SUCCESS;
	default:
		return SMCCC_RET_NOT_SUPPORTED;
	}
}

static int smccc_features(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	const u32 *wa = vcpu->vm->arch.fw_wa;
	u64 ret = SMCCC_RET_NOT_SUPPORTED;

	switch ((u32)call->arg[0]) {
	case ARM_SMCCC_ARCH_WORKAROUND_1:
		ret = branch_workaround(wa[AVCPU_FW_WA1]);
		break;
	case ARM_SMCCC_ARCH_WORKAROUND_2:
		if (wa[AVCPU_FW_WA2] == KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_NOT_REQUIRED)
			ret = SMCCC_RET_NOT_REQUIRED;
		break;
	case ARM_SMCCC_ARCH_WORKAROUND_3:
		ret = branch_workaround(wa[AVCPU_FW_WA3]);
		break;
	case ARM_SMCCC_HV_PV_TIME_FEATURES:
		if (READ_ONCE(vcpu->vm->arch.fw_bmap[AVCPU_FW_STD_HYP]) &
		    BIT(KVM_REG_ARM_STD_HYP_BIT_PV_TIME))
			ret = SMCCC_RET_SUCCESS;
		break;
	}
	call->ret[0] = ret;
	return 1;
}

/* Random numbers for the guest: DEN0098, whose error codes are its own. */
#define TRNG_VERSION_1_0	0x10000
#define TRNG_INVALID_PARAMETERS	-2
/* X1 to X3, or their lower halves. */
#define TRNG_RET_REGS		3

static int trng_version(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	call->ret[0] = TRNG_VERSION_1_0;
	return 1;
}

static int trng_features(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	switch ((u32)call->arg[0]) {
	case ARM_SMCCC_TRNG_VERSION:
	case ARM_SMCCC_TRNG_FEATURES:
	case ARM_SMCCC_TRNG_GET_UUID:
	case ARM_SMCCC_TRNG_RND32:
	case ARM_SMCCC_TRNG_RND64:
		return 1;
	}
	call->ret[0] = SMCCC_RET_NOT_SUPPORTED;
	return 1;
}

/* 0d21e000-4384-11eb-8070-5244554e5a4c: the source that a KVM guest sees */
static int trng_uuid(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	static const u32 uuid[] = { 0x00e0210d, 0xeb118443, 0x44527080, 0x4c5a4e55 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(uuid); i++)
		call->ret[i] = uuid[i];
	return 1;
}

/* As many random bits as were asked for, the lowest in the last register. */
static int trng_rnd(struct avcpu_smccc *call, unsigned int reg_bits)
{
	u32 bits = call->arg[0];
	int i;

	if (bits > TRNG_RET_REGS * reg_bits) {
		call->ret[0] = TRNG_INVALID_PARAMETERS;
		return 1;
	}
	for (i = TRNG_RET_REGS; bits; i--) {
		u32 n = min(bits, reg_bits);

		call->ret[i] = get_random_u64() & GENMASK_ULL(n - 1, 0);
		bits -= n;
	}
	return 1;
}

static int trng_rnd32(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	return trng_rnd(call, 32);
}

static int trng_rnd64(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	return trng_rnd(call, 64);
}

/*
 * The vendor's services: we offer KVM's, by KVM's identity, so that guests find
 * them. Which of them there are is what HYP_FEATURES says.
 */
static int hyp_uid(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	static const u32 kvm[] = { 0xb66fb428, 0xe911c52e, 0x564bcaa9, 0x743a004d };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kvm); i++)
		call->ret[i] = kvm[i];
	return 1;
}

static int hyp_features(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	const u64 *bmap = vcpu->vm->arch.fw_bmap;

	/* Functions from 64 on stand in the third register. */
	call->ret[0] = READ_ONCE(bmap[AVCPU_FW_VENDOR_HYP]);
	call->ret[2] = READ_ONCE(bmap[AVCPU_FW_VENDOR_HYP_2]);
	return 1;
}

/* The offset by which the guest's counter @which lags behind the host's */
static const u64 *ptp_offset(const struct avcpu_vm *vm, u32 which)
{
	switch (which) {
	case KVM_PTP_VIRT_COUNTER:
		return &vm->arch.timer_offset[AVCPU_TIMER_VIRT];
	case KVM_PTP_PHYS_COUNTER:
		return &vm->arch.timer_offset[AVCPU_TIMER_PHYS];
	default:
		return NULL;
	}
}

/* The host's time of day with the count of a counter that the guest has too. */
static int hyp_ptp(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	const u64 *offset = ptp_offset(vcpu->vm, call->arg[0]);
	enum clocksource_ids cs;
	ktime_t now;
	u64 count;

	now = avcpu_real_time(&count, &cs);
	if (!offset || cs != CSID_ARM_ARCH_COUNTER) {
		call->ret[0] = SMCCC_RET_NOT_SUPPORTED;
		return 1;
	}
	count -= READ_ONCE(*offset);
	call->ret[0] = upper_32_bits(now);
	call->ret[1] = lower_32_bits(now);
	call->ret[2] = upper_32_bits(count);
	call->ret[3] = lower_32_bits(count);
	return 1;
}

#define IN_PLACE	AVCPU_SMCCC_IN_PLACE

static const struct avcpu_smccc_fn functions[] = {
	{ ARM_SMCCC_VERSION_FUNC_ID,		IN_PLACE, 0, smccc_version },
	{ ARM_SMCCC_ARCH_FEATURES_FUNC_ID,	IN_PLACE, 0, smccc_features },
	{ ARM_SMCCC_TRNG_VERSION,		IN_PLACE, TRNG_SERVICE, trng_version },
	{ ARM_SMCCC_TRNG_FEATURES,		IN_PLACE, TRNG_SERVICE, trng_features },
	{ ARM_SMCCC_TRNG_GET_UUID,		IN_PLACE, TRNG_SERVICE, trng_uuid },
	{ ARM_SMCCC_TRNG_RND32,			0,	  TRNG_SERVICE, trng_rnd32 },
	{ ARM_SMCCC_TRNG_RND64,			0,	  TRNG_SERVICE, trng_rnd64 },
	{ ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID, IN_PLACE, HYP_SERVICE, hyp_uid },
	{ ARM_SMCCC_VENDOR_HYP_KVM_FEATURES_FUNC_ID, IN_PLACE, HYP_SERVICE, hyp_features },
	{ ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID,	0,	  PTP_SERVICE, hyp_ptp },
	{ ARM_SMCCC_HV_PV_TIME_FEATURES,	IN_PLACE, TIME_SERVICE, avcpu_pvtime_features },
	{ ARM_SMCCC_HV_PV_TIME_ST,		0,	  TIME_SERVICE, avcpu_pvtime_st },
};

/* User space may have taken services away (KVM_REG_ARM_FW_FEAT_BMAP). */
static bool allowed(const struct avcpu_vcpu *vcpu, const struct avcpu_smccc_fn *fn)
{
	u64 bmap;

	if (!fn->since)
		return true;
	bmap = READ_ONCE(vcpu->vm->arch.fw_bmap[SERVICE_BMAP(fn->since)]);
	return bmap & BIT_ULL(SERVICE_BIT(fn->since));
}

static int not_supported(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call)
{
	call->ret[0] = SMCCC_RET_NOT_SUPPORTED;
	return 1;
}

static const struct avcpu_smccc_fn unknown = { 0, IN_PLACE, 0, not_supported };

static const struct avcpu_smccc_fn *find(struct avcpu_vcpu *vcpu, u32 id)
{
	const struct avcpu_smccc_fn *fn = avcpu_psci_find(vcpu, id);
	size_t i;

	if (fn)
		return fn;
	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (functions[i].id == id)
			return allowed(vcpu, &functions[i]) ? &functions[i] : &unknown;
	return &unknown;
}

/* The 32-bit convention passes 32-bit arguments (DEN0028 2.5). Not so PSCI 0.1's. */
static bool is_32bit(u32 fn)
{
	return !ARM_SMCCC_IS_64(fn) && !avcpu_psci_is_0_1(fn);
}

static int call_fn(struct avcpu_vcpu *vcpu, const struct avcpu_smccc_fn *fn, u32 id)
{
	u64 mask = is_32bit(id) ? U32_MAX : U64_MAX;
	struct avcpu_smccc *call = &vcpu->smccc;
	u64 *x = vcpu->arch.ctxt.regs;
	int ret, i;

	call->fn = id;
	call->keep = false;
	for (i = 0; i < ARRAY_SIZE(call->arg); i++)
		call->arg[i] = x[i + 1] & mask;
	memset(call->ret, 0, sizeof(call->ret));
	ret = fn->call(vcpu, call);
	if (!call->keep)
		memcpy(x, call->ret, sizeof(call->ret));
	return ret;
}

/**
 * avcpu_smccc_call() - answer the guest's HVC or SMC; PC is past it
 * @vcpu: the current thread's vCPU
 *
 * Context: preemptible, IRQs on, vm->srcu held.
 * Return: as avcpu_arch_handle_exit().
 */
int avcpu_smccc_call(struct avcpu_vcpu *vcpu)
{
	u32 id = avcpu_get_x(vcpu, 0);

	return call_fn(vcpu, find(vcpu, id), id);
}

/**
 * avcpu_smccc_call_in_place() - answer if no more than registers is needed
 * @vcpu: the current thread's vCPU
 *
 * Context: IRQs off, the guest's registers in the CPU.
 * Return: false to have avcpu_smccc_call() called.
 */
bool avcpu_smccc_call_in_place(struct avcpu_vcpu *vcpu)
{
	u32 id = avcpu_get_x(vcpu, 0);
	const struct avcpu_smccc_fn *fn = find(vcpu, id);

	if (!(fn->flags & AVCPU_SMCCC_IN_PLACE))
		return false;
	call_fn(vcpu, fn, id);
	return true;
}
