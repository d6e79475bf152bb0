/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only place that knows how kernels differ. probe.sh looks into the
 * kernel's headers at build time and passes AVCPU_HAVE_* here; the rest of the
 * module is written for the newest kernel.
 */
#ifndef AVCPU_COMPAT_H
#define AVCPU_COMPAT_H

#include <linux/clocksource_ids.h>
#include <linux/eventfd.h>
#include <linux/hrtimer.h>
#include <linux/kvm.h>
#include <linux/timekeeping.h>
#include <linux/types.h>
#include <asm/neon.h>

#include "uapi.h"

#ifdef AVCPU_NO_HEADERS
#error "The kernel's headers were not found: give make their directory (KDIR)"
#endif
/* The newest of the ABI's numbers that the module cannot do without. */
#ifndef KVM_CAP_DIRTY_LOG_RING_ACQ_REL
#error "avcpu needs the headers of Linux 6.1 or newer"
#endif
#if !defined(CONFIG_ARM64) || defined(CONFIG_CPU_BIG_ENDIAN)
#error "avcpu is for little-endian arm64 kernels"
#endif

#ifndef AVCPU_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/*
 * The time of day, and what the clocksource @cs counted to at that moment. Newer
 * kernels can give the time of another clock.
 */
static inline ktime_t avcpu_real_time(u64 *count, enum clocksource_ids *cs)
{
	struct system_time_snapshot now;

#ifdef AVCPU_HAVE_SNAPSHOT_ID
	ktime_get_snapshot_id(CLOCK_REALTIME, &now);
#else
	ktime_get_snapshot(&now);
#endif
	*count = now.cycles;
	*cs = now.cs_id;
#ifdef AVCPU_HAVE_SNAPSHOT_ID
	return now.systime;
#else
	return now.real;
#endif
}

#ifdef AVCPU_HAVE_EVENTFD_COUNT
#define eventfd_signal(ctx)	((void)eventfd_signal((ctx), 1))
#endif

/* @state: where a kernel that lets itself be preempted meanwhile saves V0-V31. */
#ifndef AVCPU_HAVE_NEON_STATE
#define kernel_neon_begin(state)	((void)(state), kernel_neon_begin())
#define kernel_neon_end(state)		((void)(state), kernel_neon_end())
#endif

/*
 * KVM sets the bits of CNTHCTL_EL2 that trap a guest's timer each time it loads a vCPU,
 * which it does since its VMs have timer offsets, and not once for all of them.
 */
#if !defined(CONFIG_KVM) || defined(AVCPU_HAVE_TIMER_OFFSETS)
#define AVCPU_KVM_LOADS_CNTHCTL	1
#else
#define AVCPU_KVM_LOADS_CNTHCTL	0
#endif

/* What the ageing callbacks of struct mmu_notifier_ops return. */
#ifdef AVCPU_HAVE_BOOL_YOUNG
typedef bool avcpu_young_t;
#else
typedef int avcpu_young_t;
#endif

#ifndef AVCPU_HAVE_SYSTEM_CPUCAPS
#define system_cpucaps	cpu_hwcaps
#endif

/* Newer headers warn kernel code by the name that user space may change it. */
#ifdef AVCPU_HAVE_RUN_UNSAFE
#define avcpu_immediate_exit(run)	READ_ONCE((run)->immediate_exit__unsafe)
#else
#define avcpu_immediate_exit(run)	READ_ONCE((run)->immediate_exit)
#endif

/* guest_work.c */
int avcpu_guest_work(void);
bool avcpu_guest_work_pending(void);

#endif
