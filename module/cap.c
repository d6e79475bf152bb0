// SPDX-License-Identifier: GPL-2.0
/*
 * Capabilities: what KVM_CHECK_EXTENSION says, and what KVM_ENABLE_CAP takes.
 * A row stands here for what works, and for nothing else: 0 is the answer to
 * all that has none.
 */
#include <linux/avcpu.h>
#include <linux/cpumask.h>
#include <linux/kvm.h>
#include <linux/minmax.h>

#include "arch/arch.h"
#include "eventfds.h"
#include "pvtime.h"

/**
 * struct capability - a row
 * @cap: KVM_CAP_* or AVCPU_CAP_*
 * @value: the answer, unless
 * @ask: gives it; @vm is NULL on the system's file
 */
struct capability {
	u32 cap;
	int value;
	int (*ask)(const struct avcpu_vm *vm);
};

static int nr_vcpus(const struct avcpu_vm *vm)
{
	return min_t(unsigned int, num_online_cpus(), AVCPU_MAX_VCPUS);
}

static int ipa_size(const struct avcpu_vm *vm)
{
	return avcpu_hw.pa_bits;
}

static int irqchip(const struct avcpu_vm *vm)
{
	return avcpu_hw.vgic_v3;
}

static int serror_esr(const struct avcpu_vm *vm)
{
	return avcpu_hw.ras;
}

static int steal_time(const struct avcpu_vm *vm)
{
	return avcpu_pvtime_supported();
}

/* A question to a VM: devices have ids as soon as there is an ITS. */
static int msi_devid(const struct avcpu_vm *vm)
{
	return vm ? avcpu_vgic_has_its(&vm->vgic) : -EINVAL;
}

static const struct capability capabilities[] = {
	/* the interface */
	{ KVM_CAP_CHECK_EXTENSION_VM,		1 },
	{ KVM_CAP_ENABLE_CAP_VM,		1 },
	{ KVM_CAP_DEVICE_CTRL,			1 },
	{ KVM_CAP_INTERNAL_ERROR_DATA,		1 },
	{ KVM_CAP_SYSTEM_EVENT_DATA,		1 },
	{ KVM_CAP_BINARY_STATS_FD,		1 },
	{ AVCPU_CAP_STATS,			1 },

	/* vCPUs */
	{ KVM_CAP_NR_VCPUS,			.ask = nr_vcpus },
	{ KVM_CAP_MAX_VCPUS,			AVCPU_MAX_VCPUS },
	{ KVM_CAP_MAX_VCPU_ID,			AVCPU_MAX_VCPUS },
	{ KVM_CAP_MP_STATE,			1 },
	{ KVM_CAP_ONE_REG,			1 },
	{ KVM_CAP_VCPU_EVENTS,			1 },
	{ KVM_CAP_VCPU_ATTRIBUTES,		1 },
	{ KVM_CAP_IMMEDIATE_EXIT,		1 },
	{ KVM_CAP_HALT_POLL,			1 },
	{ KVM_CAP_COUNTER_OFFSET,		1 },
	{ KVM_CAP_STEAL_TIME,			.ask = steal_time },
	{ KVM_CAP_PTP_KVM,			1 },
	{ KVM_CAP_ARM_PSCI,			1 },
	{ KVM_CAP_ARM_PSCI_0_2,			1 },
	{ KVM_CAP_ARM_SYSTEM_SUSPEND,		1 },
	{ KVM_CAP_ARM_NISV_TO_USER,		1 },
	{ KVM_CAP_ARM_INJECT_EXT_DABT,		1 },
	{ KVM_CAP_ARM_INJECT_SERROR_ESR,	.ask = serror_esr },
	{ KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES, BIT(KVM_ARM_FEATURE_ID_RANGE) },

	/* memory */
	{ KVM_CAP_USER_MEMORY,			1 },
	{ KVM_CAP_USER_MEMORY2,			1 },
	{ KVM_CAP_NR_MEMSLOTS,			AVCPU_USER_MEM_SLOTS },
	{ KVM_CAP_READONLY_MEM,			1 },
	{ KVM_CAP_SYNC_MMU,			IS_ENABLED(CONFIG_MMU_NOTIFIER) },
	{ KVM_CAP_DESTROY_MEMORY_REGION_WORKS,	1 },
	{ KVM_CAP_JOIN_MEMORY_REGIONS_WORKS,	1 },
	{ KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,	KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE |
						KVM_DIRTY_LOG_INITIALLY_SET },
	{ KVM_CAP_ARM_VM_IPA_SIZE,		.ask = ipa_size },

	/* interrupts and eventfds */
	{ KVM_CAP_IRQCHIP,			.ask = irqchip },
	{ KVM_CAP_IRQFD,			1 },
	{ KVM_CAP_IRQFD_RESAMPLE,		1 },
	{ KVM_CAP_IRQ_ROUTING,			AVCPU_MAX_GSIS },
	{ KVM_CAP_SIGNAL_MSI,			1 },
	{ KVM_CAP_MSI_DEVID,			.ask = msi_devid },
	{ KVM_CAP_IOEVENTFD,			1 },
	{ KVM_CAP_IOEVENTFD_ANY_LENGTH,		1 },
	{ KVM_CAP_COALESCED_MMIO,		KVM_COALESCED_MMIO_PAGE_OFFSET },
	{ KVM_CAP_COALESCED_PIO,		1 },
};

/**
 * avcpu_check_extension() - KVM_CHECK_EXTENSION
 * @vm: or NULL for the system's file
 * @cap: any number at all
 */
long avcpu_check_extension(struct avcpu_vm *vm, unsigned long cap)
{
	const struct capability *row;

	for (row = capabilities; row < capabilities + ARRAY_SIZE(capabilities); row++)
		if (row->cap == cap)
			return row->ask ? row->ask(vm) : row->value;
	return 0;
}

static int enable_nisv_to_user(struct avcpu_vm *vm, const struct kvm_enable_cap *cap)
{
	WRITE_ONCE(vm->nisv_to_user, true);
	return 0;
}

static int enable_system_suspend(struct avcpu_vm *vm, const struct kvm_enable_cap *cap)
{
	WRITE_ONCE(vm->system_suspend, true);
	return 0;
}

static int enable_manual_dirty_log(struct avcpu_vm *vm, const struct kvm_enable_cap *cap)
{
	u64 allowed = KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE;

	/* INITIALLY_SET says how the other goes: not without it. */
	if (cap->args[0] & KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE)
		allowed |= KVM_DIRTY_LOG_INITIALLY_SET;
	if (cap->args[0] & ~allowed)
		return -EINVAL;
	WRITE_ONCE(vm->manual_dirty_log, cap->args[0]);
	return 0;
}

static int enable_halt_poll(struct avcpu_vm *vm, const struct kvm_enable_cap *cap)
{
	if (cap->args[0] > U32_MAX)
		return -EINVAL;
	WRITE_ONCE(vm->max_poll_ns, cap->args[0]);
	return 0;
}

static const struct {
	u32 cap;
	int (*enable)(struct avcpu_vm *vm, const struct kvm_enable_cap *cap);
} enablers[] = {
	{ KVM_CAP_ARM_NISV_TO_USER,		enable_nisv_to_user },
	{ KVM_CAP_ARM_SYSTEM_SUSPEND,		enable_system_suspend },
	{ KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,	enable_manual_dirty_log },
	{ KVM_CAP_HALT_POLL,			enable_halt_poll },
};

/**
 * avcpu_enable_cap() - KVM_ENABLE_CAP on a VM
 * @vm: the VM
 * @cap: the kernel's copy of the argument
 *
 * Return: 0, or -EINVAL for a capability that cannot be enabled, flags, or
 * arguments that are not known.
 */
int avcpu_enable_cap(struct avcpu_vm *vm, const struct kvm_enable_cap *cap)
{
	size_t i;

	if (cap->flags)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(enablers); i++)
		if (enablers[i].cap == cap->cap)
			return enablers[i].enable(vm, cap);
	return -EINVAL;
}
