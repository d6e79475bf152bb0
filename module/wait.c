// SPDX-License-Identifier: GPL-2.0
/*
 * WFI. Three ways to wait, from the dearest to the cheapest for the machine, and
 * from the quickest to the slowest for the guest:
 *
 *   in the guest	the CPU executes the instruction: any interrupt of the host
 *			ends it. Only a vCPU that is alone on its CPU may do that,
 *			and only while its waits are short (halt_native_ns): to the
 *			scheduler the CPU is busy.
 *   polling		in the kernel, for waits that are shorter still
 *   asleep		the thread blocks, the CPU is free for others
 */
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>

#include "arch/arch.h"
#include "wait.h"

/* First step and factor of growth of the time a WFI polls before it sleeps. */
#define POLL_START_NS	10000
#define POLL_GROW	2

static uint halt_poll_ns = 200000;
module_param(halt_poll_ns, uint, 0644);
MODULE_PARM_DESC(halt_poll_ns,
		 "longest time in ns that a waiting vCPU polls before it sleeps (default of new VMs)");

static uint halt_native_ns = 20000000;
module_param(halt_native_ns, uint, 0644);
MODULE_PARM_DESC(halt_native_ns,
		 "longest wait in ns for which a vCPU that is alone on its CPU keeps it; 0: none");

/**
 * avcpu_halt_poll_ns() - what a new VM's max_poll_ns is
 */
u32 avcpu_halt_poll_ns(void)
{
	return READ_ONCE(halt_poll_ns);
}

/**
 * avcpu_vcpu_runnable() - would the vCPU, if in WFI, go on?
 * @vcpu: the current thread's vCPU
 *
 * Context: the vCPU's thread. Does not sleep.
 */
bool avcpu_vcpu_runnable(struct avcpu_vcpu *vcpu)
{
	return READ_ONCE(vcpu->mp_state) != KVM_MP_STATE_STOPPED &&
	       avcpu_arch_irq_pending(vcpu);
}

static bool should_wake(struct avcpu_vcpu *vcpu)
{
	return READ_ONCE(vcpu->requests) || avcpu_vcpu_runnable(vcpu);
}

/* Wait a little for what may come at once: sleeping and waking cost more. */
static bool poll_wake(struct avcpu_vcpu *vcpu)
{
	ktime_t stop = ktime_add_ns(ktime_get(), vcpu->poll_ns);

	do {
		if (should_wake(vcpu))
			return true;
		if (need_resched() || signal_pending(current))
			return false;
		cpu_relax();
	} while (ktime_before(ktime_get(), stop));
	return false;
}

/* Short waits let the next one poll for longer, long ones end it. */
static void adapt(struct avcpu_vcpu *vcpu, s64 waited_ns)
{
	u32 max = READ_ONCE(vcpu->vm->max_poll_ns);

	if (waited_ns > max)
		vcpu->poll_ns = 0;
	else if (waited_ns > vcpu->poll_ns)
		vcpu->poll_ns = max_t(u32, POLL_START_NS, vcpu->poll_ns * POLL_GROW);
	vcpu->poll_ns = min(vcpu->poll_ns, max);
	vcpu->wait_native = waited_ns < READ_ONCE(halt_native_ns);
}

/**
 * avcpu_vcpu_wait() - wait in the kernel for an interrupt, a request or a signal
 * @vcpu: the current thread's vCPU
 *
 * Context: preemptible, vCPU loaded, vm->srcu not held.
 */
void avcpu_vcpu_wait(struct avcpu_vcpu *vcpu)
{
	ktime_t start = ktime_get();

	vcpu->stats.wfi++;
	avcpu_timer_block(vcpu);
	if (poll_wake(vcpu))
		vcpu->stats.halt_poll++;
	else
		rcuwait_wait_event(&vcpu->wait, should_wake(vcpu), TASK_INTERRUPTIBLE);
	avcpu_timer_unblock(vcpu);
	adapt(vcpu, ktime_to_ns(ktime_sub(ktime_get(), start)));
}

/**
 * avcpu_wait_choose() - how the guest's next WFI waits
 * @vcpu: about to be entered; IRQs are off
 *
 * Another task for this CPU comes with an interrupt or, at the latest, with a tick;
 * then this is asked again.
 */
void avcpu_wait_choose(struct avcpu_vcpu *vcpu)
{
	avcpu_arch_trap_waits(vcpu, !vcpu->wait_native || !single_task_running());
}

/**
 * avcpu_wait_note_irq() - an interrupt of the host took the guest out
 * @vcpu: the current thread's; IRQs are off
 *
 * A guest that stands where it stood at the interrupt before, with none of its own
 * pending, waits. When it has done so for too long, its WFI is trapped, and it sleeps.
 */
void avcpu_wait_note_irq(struct avcpu_vcpu *vcpu)
{
	u64 pc = vcpu->arch.ctxt.pc;
	ktime_t now;

	if (!vcpu->wait_native)
		return;
	if (pc != vcpu->wait_pc || READ_ONCE(vcpu->vgic.queue.nr_pend)) {
		vcpu->wait_pc = pc;
		vcpu->wait_since = 0;
		return;
	}
	now = ktime_get();
	if (!vcpu->wait_since)
		vcpu->wait_since = now;
	else if (ktime_to_ns(ktime_sub(now, vcpu->wait_since)) > READ_ONCE(halt_native_ns))
		vcpu->wait_native = false;
}
