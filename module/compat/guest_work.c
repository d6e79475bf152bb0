// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel would do before it returns to user space, done before the
 * guest is entered: signals, the scheduler, task work.
 *
 * Three kernels: one whose entry code has a function for that, one whose
 * function is KVM's, and one that is built without either.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/task_work.h>

#include "compat.h"

#if defined(AVCPU_HAVE_ENTRY_VIRT) && defined(CONFIG_VIRT_XFER_TO_GUEST_WORK)

#include <linux/entry-virt.h>

static int do_guest_work(void)
{
	return xfer_to_guest_mode_handle_work();
}

static bool guest_work_waits(void)
{
	return xfer_to_guest_mode_work_pending();
}

#elif defined(AVCPU_HAVE_ENTRY_KVM) && defined(CONFIG_KVM_XFER_TO_GUEST_WORK)

#include <linux/entry-kvm.h>
#include <linux/kvm_host.h>

/*
 * The function notes a signal in KVM's vCPU before it returns -EINTR. All our
 * vCPUs give it this one, which nobody reads, so that it does not matter that
 * several threads may write to it at once.
 */
static struct kvm_run unread_run;
static struct kvm_vcpu unread_vcpu = { .run = &unread_run };

static int do_guest_work(void)
{
	return xfer_to_guest_mode_handle_work(&unread_vcpu);
}

static bool guest_work_waits(void)
{
	return xfer_to_guest_mode_work_pending();
}

#else

static bool must_resched(void)
{
#ifdef TIF_NEED_RESCHED_LAZY
	if (test_thread_flag(TIF_NEED_RESCHED_LAZY))
		return true;
#endif
	return need_resched();
}

/*
 * Work that is run on the way to user space only: go there. A bare
 * TIF_NOTIFY_RESUME is not taken for such: restartable sequences set it at
 * each preemption, and they have until user space runs again.
 */
static bool must_return(void)
{
#ifdef CONFIG_MEMCG
	if (READ_ONCE(current->memcg_nr_pages_over_high))
		return true;
#endif
	return signal_pending(current) || task_work_pending(current);
}

static int do_guest_work(void)
{
	while (!must_return()) {
		if (!must_resched())
			return 0;
		schedule();
	}
	return -EINTR;
}

static bool guest_work_waits(void)
{
	return must_return() || must_resched();
}

#endif

/**
 * avcpu_guest_work() - do what waits for this thread to leave the kernel
 *
 * May sleep. Return: 0, or -EINTR if user space has to see to it (a signal).
 */
int avcpu_guest_work(void)
{
	return do_guest_work();
}

/**
 * avcpu_guest_work_pending() - has avcpu_guest_work() anything to do?
 *
 * With IRQs off the answer holds until they are on again.
 */
bool avcpu_guest_work_pending(void)
{
	return guest_work_waits();
}
