// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_RUN: in and out of the guest, and how one vCPU's thread is waited for,
 * woken and called back by others.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kvm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/vtime.h>

#include "arch/arch.h"
#include "pvtime.h"
#include "wait.h"

/*
 * The vCPU's registers are in the CPU from load to put, and follow the thread
 * when it is scheduled. A kernel without preempt notifiers cannot tell us when
 * that happens: there they are in the CPU only while preemption is off, which
 * is from section_begin() to section_end().
 */
#ifdef CONFIG_PREEMPT_NOTIFIERS

static struct avcpu_vcpu *vcpu_of(struct preempt_notifier *notifier)
{
	return container_of(notifier, struct avcpu_vcpu, preempt_notifier);
}

static void vcpu_sched_in(struct preempt_notifier *notifier, int cpu)
{
	struct avcpu_vcpu *vcpu = vcpu_of(notifier);

	vcpu->cpu = cpu;
	avcpu_arch_vcpu_load(vcpu, cpu);
}

static void vcpu_sched_out(struct preempt_notifier *notifier,
			   struct task_struct *next)
{
	struct avcpu_vcpu *vcpu = vcpu_of(notifier);

	avcpu_arch_vcpu_put(vcpu);
	vcpu->cpu = -1;
}

static struct preempt_ops vcpu_preempt_ops = {
	.sched_in	= vcpu_sched_in,
	.sched_out	= vcpu_sched_out,
};

/**
 * avcpu_vcpu_load() - the current thread takes the vCPU to the CPU
 * @vcpu: a vCPU that is not loaded
 *
 * Context: vcpu->mutex held, preemptible. Until avcpu_vcpu_put().
 */
void avcpu_vcpu_load(struct avcpu_vcpu *vcpu)
{
	int cpu = get_cpu();

	preempt_notifier_init(&vcpu->preempt_notifier, &vcpu_preempt_ops);
	preempt_notifier_register(&vcpu->preempt_notifier);
	vcpu_sched_in(&vcpu->preempt_notifier, cpu);
	put_cpu();
}

/**
 * avcpu_vcpu_put() - the opposite of avcpu_vcpu_load(), by the same thread
 * @vcpu: a vCPU that is loaded
 */
void avcpu_vcpu_put(struct avcpu_vcpu *vcpu)
{
	preempt_disable();
	vcpu_sched_out(&vcpu->preempt_notifier, NULL);
	preempt_notifier_unregister(&vcpu->preempt_notifier);
	preempt_enable();
}

static void section_begin(struct avcpu_vcpu *vcpu)
{
	preempt_disable();
}

static void section_end(struct avcpu_vcpu *vcpu)
{
	preempt_enable();
}

#else

void avcpu_vcpu_load(struct avcpu_vcpu *vcpu)
{
}

void avcpu_vcpu_put(struct avcpu_vcpu *vcpu)
{
}

static void section_begin(struct avcpu_vcpu *vcpu)
{
	vcpu->cpu = get_cpu();
	avcpu_arch_vcpu_load(vcpu, vcpu->cpu);
}

static void section_end(struct avcpu_vcpu *vcpu)
{
	avcpu_arch_vcpu_put(vcpu);
	vcpu->cpu = -1;
	put_cpu();
}

#endif

static void vcpu_srcu_lock(struct avcpu_vcpu *vcpu)
	__acquires(&vcpu->vm->srcu)
{
	vcpu->srcu_idx = srcu_read_lock(&vcpu->vm->srcu);
}

static void vcpu_srcu_unlock(struct avcpu_vcpu *vcpu)
	__releases(&vcpu->vm->srcu)
{
	srcu_read_unlock(&vcpu->vm->srcu, vcpu->srcu_idx);
}

/**
 * avcpu_vcpu_wake() - end the vCPU's sleep, if it sleeps
 * @vcpu: any vCPU
 *
 * What it shall see is written before. Context: any.
 */
void avcpu_vcpu_wake(struct avcpu_vcpu *vcpu)
{
	rcuwait_wake_up(&vcpu->wait);
}

static void take_out_of_guest(struct avcpu_vcpu *vcpu)
{
	struct task_struct *thread;

	if (avcpu_arch_kick(READ_ONCE(vcpu->cpu)))
		return;
	rcu_read_lock();
	thread = rcu_dereference(vcpu->thread);
	/* A rescheduling interrupt, to the CPU where the thread runs. */
	if (thread)
		kick_process(thread);
	rcu_read_unlock();
}

/**
 * avcpu_vcpu_kick() - have the vCPU look at its requests soon
 * @vcpu: any vCPU
 *
 * Wakes it if it sleeps, takes it out of the guest if it is there. A vCPU on
 * its way into the guest sees the request before it enters, or is seen here.
 *
 * Context: any; needs no reference but the VM's.
 */
void avcpu_vcpu_kick(struct avcpu_vcpu *vcpu)
{
	/* Pairs with the smp_mb() in may_enter(), and with the one before a sleep. */
	smp_mb();
	/* vcpu->cpu, read next, is that of this entry or of a later one. */
	if (smp_load_acquire(&vcpu->mode) == AVCPU_IN_GUEST)
		take_out_of_guest(vcpu);
	else
		avcpu_vcpu_wake(vcpu);
}

/**
 * avcpu_vcpu_block() - WFI: wait for an interrupt, a request or a signal
 * @vcpu: the current thread's vCPU
 *
 * May end early, as the instruction may.
 *
 * Context: from avcpu_arch_handle_exit(): preemptible, vCPU loaded. Drops
 * vm->srcu meanwhile: what was read under it must be read again.
 */
void avcpu_vcpu_block(struct avcpu_vcpu *vcpu)
{
	vcpu_srcu_unlock(vcpu);
	avcpu_vcpu_wait(vcpu);
	vcpu_srcu_lock(vcpu);
}

/*
 * KVM_MP_STATE_SUSPENDED: until user space says otherwise, which it does when
 * it hears that an interrupt is there.
 */
static int suspended(struct avcpu_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	avcpu_vcpu_wait(vcpu);
	avcpu_request(AVCPU_REQ_SLEEP, vcpu);
	if (!avcpu_vcpu_runnable(vcpu))
		return 1;
	memset(&run->system_event, 0, sizeof(run->system_event));
	run->system_event.type = KVM_SYSTEM_EVENT_WAKEUP;
	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	return 0;
}

static bool stopped(const struct avcpu_vcpu *vcpu)
{
	return READ_ONCE(vcpu->mp_state) == KVM_MP_STATE_STOPPED &&
	       !READ_ONCE(vcpu->vm->dead);
}

static int power_down(struct avcpu_vcpu *vcpu)
{
	switch (READ_ONCE(vcpu->mp_state)) {
	case KVM_MP_STATE_SUSPENDED:
		return suspended(vcpu);
	case KVM_MP_STATE_STOPPED:
		rcuwait_wait_event(&vcpu->wait, !stopped(vcpu), TASK_INTERRUPTIBLE);
		/* A signal: sleep on when it has been dealt with. */
		if (stopped(vcpu))
			avcpu_request(AVCPU_REQ_SLEEP, vcpu);
		break;
	}
	return 1;
}

/* As avcpu_arch_handle_exit() returns. */
static int handle_requests(struct avcpu_vcpu *vcpu)
{
	int ret = 1;

	if (!READ_ONCE(vcpu->requests))
		return 1;
	/* No more to them than having left the guest. */
	avcpu_take_request(AVCPU_REQ_KICK, vcpu);
	avcpu_take_request(AVCPU_REQ_IRQ, vcpu);

	if (avcpu_take_request(AVCPU_REQ_VM_DEAD, vcpu))
		return -EIO;
	if (avcpu_take_request(AVCPU_REQ_SLEEP, vcpu))
		ret = power_down(vcpu);
	/* After sleep: CPU_ON ends it and leaves where to begin. */
	if (avcpu_take_request(AVCPU_REQ_RESET, vcpu)) {
		avcpu_vcpu_put(vcpu);
		avcpu_psci_take_reset(vcpu);
		avcpu_vcpu_load(vcpu);
	}
	return ret;
}

/* IRQs are off: nothing that could still take us out of the guest is missed. */
static bool may_enter(struct avcpu_vcpu *vcpu)
{
	/* After vcpu->cpu, which says where to kick. */
	smp_store_release(&vcpu->mode, AVCPU_IN_GUEST);
	/* Pairs with the smp_mb() in avcpu_vcpu_kick(). */
	smp_mb();
	return !READ_ONCE(vcpu->requests) && !avcpu_guest_work_pending() &&
	       !avcpu_pvtime_due(vcpu);
}

/*
 * The guest runs as if it were user space of this thread. RCU is told that no
 * reader is here, but goes on watching the CPU: exits handled in place are
 * ordinary kernel code, which a CPU with nohz_full could not run otherwise. Once
 * a tick is enough.
 */
static void run_guest(struct avcpu_vcpu *vcpu)
{
	vtime_account_guest_enter();
	if (vcpu->noted != jiffies) {
		vcpu->noted = jiffies;
		rcu_note_context_switch(false);
	}

	avcpu_arch_enter(vcpu);
	vcpu->stats.exits++;

	/* Whoever reads this sees the registers that the guest left. */
	smp_store_release(&vcpu->mode, AVCPU_OUTSIDE_GUEST);
	/* A tick that took us out of the guest is the guest's: let it in now. */
	if (vcpu->arch.exit_code == AVCPU_EXIT_IRQ) {
		vcpu->stats.irq++;
		avcpu_wait_note_irq(vcpu);
		local_irq_enable();
		isb();
		local_irq_disable();
	}
	vtime_account_guest_exit();
}

/* Return: the guest has run, and there is an exit to handle. */
static bool enter(struct avcpu_vcpu *vcpu)
{
	bool ran;

	section_begin(vcpu);
	avcpu_arch_prepare_enter(vcpu);
	local_irq_disable();
	ran = may_enter(vcpu);
	avcpu_wait_choose(vcpu);
	if (ran)
		run_guest(vcpu);
	else
		WRITE_ONCE(vcpu->mode, AVCPU_OUTSIDE_GUEST);
	local_irq_enable();
	section_end(vcpu);
	return ran;
}

/* The host kept the guest out: signals, the scheduler. As handle_requests(). */
static int do_host_work(struct avcpu_vcpu *vcpu)
{
	int ret = avcpu_guest_work();

	if (!ret)
		return 1;
	vcpu->stats.signal++;
	vcpu->run->exit_reason = KVM_EXIT_INTR;
	return ret;
}

/* The host has had it already, and nobody waits for the end of one of ours. */
static bool only_an_interrupt(const struct avcpu_vcpu *vcpu)
{
	return vcpu->arch.exit_code == AVCPU_EXIT_IRQ && !vcpu->arch.exit.serror &&
	       likely(!vcpu->vgic.acks);
}

/* Once to the guest and back. As avcpu_arch_handle_exit() returns. */
static int run_once(struct avcpu_vcpu *vcpu)
{
	int ret;

	ret = handle_requests(vcpu);
	if (ret <= 0)
		return ret;
	if (avcpu_pvtime_due(vcpu))
		avcpu_pvtime_update(vcpu);
	if (!enter(vcpu))
		return do_host_work(vcpu);
	if (only_an_interrupt(vcpu))
		return 1;
	vcpu_srcu_lock(vcpu);
	avcpu_vgic_drain_acks(&vcpu->vgic);
	ret = avcpu_arch_handle_exit(vcpu);
	vcpu_srcu_unlock(vcpu);
	return ret;
}

/* What the first run of a vCPU, and of the VM, fixes for good. */
static int first_run(struct avcpu_vcpu *vcpu)
{
	struct avcpu_vm *vm = vcpu->vm;
	int ret;

	if (!vcpu->initialized)
		return -ENOEXEC;
	if (vcpu->ran_once)
		return 0;
	ret = avcpu_vgic_map_resources(vm);
	if (!ret)
		ret = avcpu_timer_first_run(vcpu);
	if (ret)
		return ret;
	mutex_lock(&vm->config_lock);
	avcpu_idreg_fix(vm);
	vm->ran_once = true;
	mutex_unlock(&vm->config_lock);
	vcpu->ran_once = true;
	return 0;
}

static void sigmask_enter(const struct avcpu_vcpu *vcpu)
{
	sigset_t set = vcpu->sigset;

	if (vcpu->sigset_active)
		sigprocmask(SIG_SETMASK, &set, &current->real_blocked);
}

static void sigmask_leave(const struct avcpu_vcpu *vcpu)
{
	if (!vcpu->sigset_active)
		return;
	sigprocmask(SIG_SETMASK, &current->real_blocked, NULL);
	sigemptyset(&current->real_blocked);
}

static int run_loop(struct avcpu_vcpu *vcpu)
{
	int ret;

	rcu_assign_pointer(vcpu->thread, current);
	sigmask_enter(vcpu);
	avcpu_vcpu_load(vcpu);
	do {
		ret = run_once(vcpu);
	} while (ret > 0);
	avcpu_vcpu_put(vcpu);
	sigmask_leave(vcpu);
	rcu_assign_pointer(vcpu->thread, NULL);
	return ret;
}

/**
 * avcpu_vcpu_run() - KVM_RUN
 * @vcpu: the vCPU
 *
 * struct kvm_run is shared with user space, which may write to it at any time:
 * of what we left there for ourselves only mmio.data is read again, once.
 *
 * Context: vcpu->mutex held.
 * Return: 0 with run->exit_reason set; -EINTR for a signal or immediate_exit;
 * -ENOEXEC before KVM_ARM_VCPU_INIT; -EIO if the VM is dead; other errors that
 * an exit could not be handled for.
 */
int avcpu_vcpu_run(struct avcpu_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	bool immediate_exit;
	int ret;

	ret = first_run(vcpu);
	if (ret)
		return ret;
	immediate_exit = avcpu_immediate_exit(run);
	/* First of all: without it the registers are those of half an access. */
	if (vcpu->mmio_needed) {
		vcpu->mmio_needed = false;
		avcpu_arch_complete_mmio(vcpu);
	}
	if (immediate_exit) {
		vcpu->stats.signal++;
		return -EINTR;
	}
	run->exit_reason = KVM_EXIT_UNKNOWN;
	run->flags = 0;
	return run_loop(vcpu);
}
