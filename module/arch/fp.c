// SPDX-License-Identifier: GPL-2.0
/*
 * FP and SIMD: the guest's registers are in the CPU only while IRQs are off.
 *
 * The kernel's bookkeeping of who owns the V registers is not exported, but
 * kernel_neon_begin() is: it saves the task's live state (SVE and SME too) and
 * notes that nobody's is in the registers. From then until IRQs come on again
 * the registers are free for the guest. A softirq may use them as soon as IRQs
 * are on, hence the save at each such exit (bugs: CVE-2025-22013).
 */
#include <linux/preempt.h>

#include "cpu.h"

/*
 * For so many loads after one in which the guest has used FP it is taken to use it
 * again: with the registers there, that does not trap.
 */
#define FP_LOADS	8

/* The guest has touched FP without having it. */
void avcpu_fp_trapped(struct avcpu_vcpu *vcpu)
{
	vcpu->arch.fp_wanted = true;
	vcpu->arch.fp_loads = FP_LOADS;
}

/* The vCPU comes to a CPU; preemption is off. */
void avcpu_fp_vcpu_load(struct avcpu_vcpu *vcpu)
{
	vcpu->arch.fp_ready = false;
	/* Without preempt notifiers each entry loads: it would never get its FP. */
	if (!IS_ENABLED(CONFIG_PREEMPT_NOTIFIERS))
		return;
	/* To trap the use of FP costs two writes of CPTR_EL2 at each exit. */
	vcpu->arch.fp_wanted = vcpu->arch.fp_loads || avcpu_hw.cptr_traps;
	if (vcpu->arch.fp_loads)
		vcpu->arch.fp_loads--;
}

/**
 * avcpu_fp_prepare() - make the host's FP state safe in memory
 * @vcpu: about to be entered; preemption off, IRQs on
 *
 * Preemption stays off until the guest's state is loaded: a task scheduled in
 * between could find its own old registers still in the CPU and trust them. Once in
 * a load will do: no thread's registers come to the CPU but with the thread, on its way
 * to user space.
 */
void avcpu_fp_prepare(struct avcpu_vcpu *vcpu)
{
	if (vcpu->arch.fp_ready)
		return;
	vcpu->arch.fp_ready = true;
	/* Nothing is saved to the scratch unless a softirq falls in between. */
	kernel_neon_begin(&vcpu->arch.host.fp_scratch);
	kernel_neon_end(&vcpu->arch.host.fp_scratch);
}
