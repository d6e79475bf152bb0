/* SPDX-License-Identifier: GPL-2.0 */
/* Calls of the guest to its firmware (SMCCC, DEN0028): what a function is. */
#ifndef AVCPU_SMCCC_H
#define AVCPU_SMCCC_H

#include <linux/arm-smccc.h>
#include <linux/bits.h>
#include <linux/kvm.h>
#include <linux/types.h>

struct avcpu_vcpu;

/**
 * struct avcpu_smccc - one call
 * @fn: function identifier, W0
 * @keep: leave all registers as they are: user space is to look at them
 * @arg: X1 to X3; their lower halves in a call of the 32-bit convention
 * @ret: for X0 to X3; X4 and up keep their values (DEN0028 2.6)
 */
struct avcpu_smccc {
	u32 fn;
	bool keep;
	u64 arg[3];
	u64 ret[4];
};

enum avcpu_smccc_flags {
	/* Needs no more than registers: may be answered with IRQs off. */
	AVCPU_SMCCC_IN_PLACE	= BIT(0),
};

/**
 * struct avcpu_smccc_fn - a function of the firmware
 * @id: function identifier
 * @flags: enum avcpu_smccc_flags
 * @since: PSCI: version of the interface it came with; otherwise a service:
 *	an index into arch.fw_bmap and 1 + the bit that allows the call, or 0
 * @call: sets call->ret, all zero before. Returns 1 to go on in the guest, 0
 *	to go to user space with run->exit_reason set, < 0 for an errno.
 */
struct avcpu_smccc_fn {
	u32 id;
	u32 flags;
	u32 since;
	int (*call)(struct avcpu_vcpu *vcpu, struct avcpu_smccc *call);
};

/* PSCI 0.1 has numbers of KVM's own, older than the convention. */
static inline bool avcpu_psci_is_0_1(u32 fn)
{
	return fn >= KVM_PSCI_FN_CPU_SUSPEND && fn <= KVM_PSCI_FN_MIGRATE;
}

/* psci.c: the function's row if the vCPU's version of PSCI has it, or NULL */
const struct avcpu_smccc_fn *avcpu_psci_find(struct avcpu_vcpu *vcpu, u32 fn);
/* firmware.c */
u32 avcpu_psci_version(const struct avcpu_vcpu *vcpu);
void avcpu_fw_init(void);

/* Indices into arch.fw_bmap, and of arch.fw_wa by workaround. */
enum avcpu_fw_bmap {
	AVCPU_FW_STD, AVCPU_FW_STD_HYP, AVCPU_FW_VENDOR_HYP, AVCPU_FW_VENDOR_HYP_2,
	AVCPU_NR_FW_BMAPS
};
enum avcpu_fw_wa { AVCPU_FW_WA1, AVCPU_FW_WA2, AVCPU_FW_WA3, AVCPU_NR_FW_WA };

#endif
