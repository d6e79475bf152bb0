// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's generic timers (DDI 0487, D12).
 *
 * The virtual timer is the hardware's: under VHE the host uses none of CNTV_*,
 * whose guest side answers to the _EL02 names. It is loaded and put with the
 * vCPU. The physical timer is emulated by traps; its count differs from the
 * machine's by an offset of the VM, as the virtual one's does.
 *
 * The level of a timer's interrupt is looked at in one place, by the vCPU's own
 * thread as it leaves the guest or is loaded (avcpu_timer_look()). What happens
 * meanwhile only has to get it there: the virtual timer's own interrupt, which
 * the machine takes as any other and which stays active so that it can not
 * storm (timer_irq.c); a hrtimer for the physical timer; and hrtimers for both
 * while the thread sleeps in WFI.
 */
#include <linux/irq.h>
#include <linux/math64.h>
#include <linux/overflow.h>
#include <asm/arch_timer.h>

#include "cpu.h"

/* PPIs that boards and KVM use unless user space says otherwise (KVM's ABI). */
#define DEFAULT_VTIMER_INTID	27
#define DEFAULT_PTIMER_INTID	30

#define CTL_ENABLE	BIT_ULL(0)
#define CTL_IMASK	BIT_ULL(1)
#define CTL_ISTATUS	BIT_ULL(2)

static const struct {
	enum avcpu_reg ctl, cval;
} regs[AVCPU_NR_TIMERS] = {
	[AVCPU_TIMER_VIRT] = { CNTV_CTL_EL0, CNTV_CVAL_EL0 },
	[AVCPU_TIMER_PHYS] = { CNTP_CTL_EL0, CNTP_CVAL_EL0 },
};

/* CNTPCT_EL0, not before what precedes it in the program (D12.1.2). */
static u64 physical_count(void)
{
	isb();
	return read_sysreg(cntpct_el0);
}

u64 avcpu_timer_count(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which)
{
	return physical_count() - READ_ONCE(vcpu->vm->arch.timer_offset[which]);
}

/* The virtual timer's registers stand in the CPU while the vCPU is loaded. */
static bool in_hardware(const struct avcpu_vcpu *vcpu, enum avcpu_timer_id which)
{
	return vcpu->arch.loaded && which == AVCPU_TIMER_VIRT;
}

static bool condition_met(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which)
{
	return avcpu_timer_count(vcpu, which) >=
	       vcpu->arch.ctxt.sys[regs[which].cval];
}

u64 avcpu_timer_read_ctl(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which)
{
	u64 ctl;

	preempt_disable();
	if (in_hardware(vcpu, which)) {
		ctl = read_sysreg_s(AVCPU_SYS_CNTV_CTL_EL02);
	} else {
		ctl = vcpu->arch.ctxt.sys[regs[which].ctl];
		ctl &= CTL_ENABLE | CTL_IMASK;
		/* ISTATUS is UNKNOWN while disabled; the hardware's reads 0. */
		if (ctl & CTL_ENABLE && condition_met(vcpu, which))
			ctl |= CTL_ISTATUS;
	}
	preempt_enable();
	return ctl;
}

u64 avcpu_timer_read_cval(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which)
{
	u64 val;

	preempt_disable();
	if (in_hardware(vcpu, which))
		val = read_sysreg_s(AVCPU_SYS_CNTV_CVAL_EL02);
	else
		val = vcpu->arch.ctxt.sys[regs[which].cval];
	preempt_enable();
	return val;
}

static bool asks(u64 ctl)
{
	return (ctl & (CTL_ENABLE | CTL_IMASK | CTL_ISTATUS)) ==
	       (CTL_ENABLE | CTL_ISTATUS);
}

/* The timer asks for an interrupt now; the vCPU is loaded, preemption is off. */
static bool line_is_high(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which)
{
	if (which == AVCPU_TIMER_VIRT)
		return asks(read_sysreg_s(AVCPU_SYS_CNTV_CTL_EL02));
	/* Mostly the guest does not use it. */
	if (!(vcpu->arch.ctxt.sys[CNTP_CTL_EL0] & CTL_ENABLE))
		return false;
	return asks(avcpu_timer_read_ctl(vcpu, which));
}

/*
 * Armed and not masked: @left is how many ticks of the guest's counter remain until
 * the line goes high, 0 if it is time. For who waits, the counter decides, not
 * ISTATUS: an emulated CPU sets that by a timer of its machine, which may be late,
 * and meanwhile nobody would be woken.
 */
static bool time_left(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which, u64 *left)
{
	u64 ctl = avcpu_timer_read_ctl(vcpu, which);
	u64 cval = avcpu_timer_read_cval(vcpu, which);
	u64 now = avcpu_timer_count(vcpu, which);

	if ((ctl & (CTL_ENABLE | CTL_IMASK)) != CTL_ENABLE)
		return false;
	*left = cval > now ? cval - now : 0;
	return true;
}

/*
 * When the line will go high, by the machine's counter. Return: false if it does not,
 * or has.
 */
static bool next_deadline(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which,
			  u64 *deadline)
{
	u64 left;

	return time_left(vcpu, which, &left) && left &&
	       !check_add_overflow(physical_count(), left, deadline);
}

/* 0 if it has passed, KTIME_MAX if it is later than a hrtimer can be. */
static u64 ns_until(u64 deadline)
{
	u64 now = physical_count();

	if (deadline <= now)
		return 0;
	if ((deadline - now) / avcpu_hw.cntfrq >= KTIME_SEC_MAX)
		return KTIME_MAX;
	/* Rounded up, or the hrtimer would fire before the deadline for nothing. */
	return mul_u64_u64_div_u64(deadline - now, NSEC_PER_SEC, avcpu_hw.cntfrq) + 1;
}

static void start_hrtimer(struct avcpu_timer *timer, u64 ns)
{
	if (ns != KTIME_MAX)
		hrtimer_start(&timer->hrtimer, ns_to_ktime(ns), HRTIMER_MODE_REL_HARD);
}

static void arm(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which)
{
	struct avcpu_timer *timer = &vcpu->arch.timer[which];
	u64 deadline;

	if (!next_deadline(vcpu, which, &deadline))
		return;
	WRITE_ONCE(timer->deadline, deadline);
	start_hrtimer(timer, ns_until(deadline));
}

/*
 * The emulated timer was programmed, or its vCPU comes to a CPU. To be followed
 * by update_line(), which then sees a deadline that has passed meanwhile.
 */
static void rearm_phys(struct avcpu_vcpu *vcpu)
{
	hrtimer_try_to_cancel(&vcpu->arch.timer[AVCPU_TIMER_PHYS].hrtimer);
	arm(vcpu, AVCPU_TIMER_PHYS);
}

static void tell_line(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which, bool level)
{
	struct avcpu_timer *timer = &vcpu->arch.timer[which];
	u32 intid = vcpu->vm->arch.timer_intid[which];

	/*
	 * A line that stays high is told again: the vGIC may have seen it low in
	 * between, when the guest was done with the interrupt before.
	 */
	if (level && timer->level && avcpu_vgic_ppi_line(vcpu, intid))
		return;
	timer->level = level;
	avcpu_vgic_inject(vcpu->vm, vcpu, intid, level, timer);
}

static inline void update_line(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which)
{
	bool level = line_is_high(vcpu, which);

	if (level || vcpu->arch.timer[which].level)
		tell_line(vcpu, which, level);
}

static void phys_written(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which)
{
	if (which != AVCPU_TIMER_PHYS || !vcpu->arch.loaded ||
	    !vcpu->arch.timer_irqs)
		return;
	rearm_phys(vcpu);
	update_line(vcpu, which);
}

void avcpu_timer_write_ctl(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which,
			   u64 val)
{
	val &= CTL_ENABLE | CTL_IMASK;
	preempt_disable();
	if (in_hardware(vcpu, which))
		write_sysreg_s(val, AVCPU_SYS_CNTV_CTL_EL02);
	else
		vcpu->arch.ctxt.sys[regs[which].ctl] = val;
	phys_written(vcpu, which);
	preempt_enable();
}

void avcpu_timer_write_cval(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which,
			    u64 val)
{
	preempt_disable();
	if (in_hardware(vcpu, which))
		write_sysreg_s(val, AVCPU_SYS_CNTV_CVAL_EL02);
	else
		vcpu->arch.ctxt.sys[regs[which].cval] = val;
	phys_written(vcpu, which);
	preempt_enable();
}

/**
 * avcpu_timer_set_count() - user space sets what the guest's counter reads now
 * @vcpu: any vCPU of the VM, not loaded; its mutex is held
 * @which: the counter
 * @val: ticks of the counter
 *
 * Moves the offset of the whole VM, so that its vCPUs agree on the time; no
 * effect once KVM_ARM_SET_COUNTER_OFFSET has fixed it.
 */
void avcpu_timer_set_count(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which,
			   u64 val)
{
	struct avcpu_vm_arch *arch = &vcpu->vm->arch;

	mutex_lock(&vcpu->vm->config_lock);
	if (!arch->timer_offset_fixed)
		WRITE_ONCE(arch->timer_offset[which], physical_count() - val);
	mutex_unlock(&vcpu->vm->config_lock);
}

/**
 * avcpu_timer_set_offset() - KVM_ARM_SET_COUNTER_OFFSET
 * @vm: the VM; all vCPUs' mutexes are held
 * @offset: what both counters of the guest are behind the machine's, in ticks
 *
 * From now on writes of the counters, by KVM_SET_ONE_REG, change nothing.
 */
void avcpu_timer_set_offset(struct avcpu_vm *vm, u64 offset)
{
	mutex_lock(&vm->config_lock);
	WRITE_ONCE(vm->arch.timer_offset[AVCPU_TIMER_VIRT], offset);
	WRITE_ONCE(vm->arch.timer_offset[AVCPU_TIMER_PHYS], offset);
	vm->arch.timer_offset_fixed = true;
	mutex_unlock(&vm->config_lock);
}

/* The guest's virtual counter starts at about 0; the physical is the host's. */
void avcpu_timer_vm_init(struct avcpu_vm *vm)
{
	vm->arch.timer_offset[AVCPU_TIMER_VIRT] = physical_count();
	vm->arch.timer_intid[AVCPU_TIMER_VIRT] = DEFAULT_VTIMER_INTID;
	vm->arch.timer_intid[AVCPU_TIMER_PHYS] = DEFAULT_PTIMER_INTID;
}

static enum hrtimer_restart deadline(struct hrtimer *hrtimer)
{
	struct avcpu_timer *timer = container_of(hrtimer, struct avcpu_timer,
						 hrtimer);
	u64 ns = ns_until(READ_ONCE(timer->deadline));

	/* The clock of hrtimers is disciplined, and may be ahead of the counter. */
	if (ns) {
		start_hrtimer(timer, ns);
	} else {
		WRITE_ONCE(timer->fired, true);
		avcpu_vcpu_kick(timer->vcpu);
	}
	return HRTIMER_NORESTART;
}

/**
 * avcpu_timer_look() - tell the vGIC where the virtual timer's line stands
 * @vcpu: loaded, of the current thread; IRQs are off
 */
void avcpu_timer_look(struct avcpu_vcpu *vcpu)
{
	if (vcpu->arch.timer_irqs)
		update_line(vcpu, AVCPU_TIMER_VIRT);
}

/**
 * avcpu_timer_sync_slow() - avcpu_timer_sync() where the timers raise interrupts
 * @vcpu: loaded, of the current thread; IRQs are off
 *
 * The virtual timer's line goes high with an interrupt of the machine, which took the
 * guest out, or which the host will have taken before the next entry, and then the
 * line is looked at (avcpu_arch_enter). To ask the timer traps on a nested host.
 */
void avcpu_timer_sync_slow(struct avcpu_vcpu *vcpu)
{
	if (vcpu->arch.timer[AVCPU_TIMER_VIRT].level)
		update_line(vcpu, AVCPU_TIMER_VIRT);
	update_line(vcpu, AVCPU_TIMER_PHYS);
}

/**
 * avcpu_timer_fired() - was it the guest's virtual timer that took it out?
 * @vcpu: loaded, of the current thread; IRQs are off, the guest's state in the CPU
 * @intid: what ICC_HPPIR1_EL1 says
 *
 * Return: true if so, and the vGIC has been told.
 */
bool avcpu_timer_fired(struct avcpu_vcpu *vcpu, u32 intid)
{
	if (!vcpu->arch.timer_irqs || !avcpu_hw.vtimer_irq ||
	    !line_is_high(vcpu, AVCPU_TIMER_VIRT) || !avcpu_timer_irq_take(intid))
		return false;
	update_line(vcpu, AVCPU_TIMER_VIRT);
	/* A list register may still hold the one before, which the guest has ended. */
	WRITE_ONCE(vcpu->vgic.queue.dirty, AVCPU_LRS_DIRTY);
	return true;
}

/**
 * avcpu_timer_enter_slow() - avcpu_timer_enter() where the emulated timer has fired
 * @vcpu: loaded, of the current thread; IRQs are off, vcpu->mode says that the
 *	guest is entered: who fires from now on takes it out again
 */
void avcpu_timer_enter_slow(struct avcpu_vcpu *vcpu)
{
	WRITE_ONCE(vcpu->arch.timer[AVCPU_TIMER_PHYS].fired, false);
	if (vcpu->arch.timer_irqs)
		update_line(vcpu, AVCPU_TIMER_PHYS);
}

/* A timer has fired and the vGIC has not heard of it: WFI is over. */
bool avcpu_timer_pending(struct avcpu_vcpu *vcpu)
{
	u64 left;
	int i;

	if (!vcpu->arch.timer_irqs)
		return false;
	for (i = 0; i < AVCPU_NR_TIMERS; i++)
		if (!vcpu->arch.timer[i].level && time_left(vcpu, i, &left) && !left)
			return true;
	return false;
}

/* What the vGIC asks when the guest is done with a mapped interrupt. */
static bool vtimer_line(struct avcpu_vcpu *vcpu, u32 intid)
{
	struct avcpu_timer *timer = &vcpu->arch.timer[AVCPU_TIMER_VIRT];

	timer->level = line_is_high(vcpu, AVCPU_TIMER_VIRT);
	return timer->level;
}

static const struct avcpu_irq_ops vtimer_ops = { .level = vtimer_line };

/**
 * avcpu_timer_first_run() - connect the timers to the VM's vGIC
 * @vcpu: about to run for the first time, not loaded; its mutex is held
 *
 * Return: 0, also where the VM has no vGIC: its timers then raise nothing.
 */
int avcpu_timer_first_run(struct avcpu_vcpu *vcpu)
{
	const u32 *intid = vcpu->vm->arch.timer_intid;
	int i, ret;

	if (!avcpu_vgic_initialized(&vcpu->vm->vgic))
		return 0;
	if (intid[AVCPU_TIMER_VIRT] == intid[AVCPU_TIMER_PHYS])
		return -EINVAL;

	for (i = 0; i < AVCPU_NR_TIMERS; i++) {
		ret = avcpu_vgic_set_owner(vcpu, intid[i], &vcpu->arch.timer[i]);
		if (ret)
			return ret;
	}
	if (avcpu_hw.vtimer_irq) {
		ret = avcpu_vgic_map_phys(vcpu, avcpu_hw.vtimer_irq,
					  avcpu_timer_host_intid(),
					  intid[AVCPU_TIMER_VIRT], &vtimer_ops);
		if (ret)
			return ret;
	}
	vcpu->arch.timer_irqs = true;
	return 0;
}

/**
 * avcpu_timer_load() - the virtual timer goes on in the CPU
 * @vcpu: being loaded; preemption is off
 * @stay: the CPU has what avcpu_timer_put() left there
 */
void avcpu_timer_load(struct avcpu_vcpu *vcpu, bool stay)
{
	const u64 *sys = vcpu->arch.ctxt.sys;
	u32 intid = vcpu->vm->arch.timer_intid[AVCPU_TIMER_VIRT];
	bool active;

	write_sysreg_s(READ_ONCE(vcpu->vm->arch.timer_offset[AVCPU_TIMER_VIRT]),
		       AVCPU_SYS_CNTVOFF_EL2);
	if (!stay)
		write_sysreg_s(sys[CNTV_CVAL_EL0], AVCPU_SYS_CNTV_CVAL_EL02);
	if (!stay || sys[CNTV_CTL_EL0] & CTL_ENABLE) {
		isb();
		write_sysreg_s(sys[CNTV_CTL_EL0], AVCPU_SYS_CNTV_CTL_EL02);
	}
	if (!vcpu->arch.timer_irqs)
		return;

	rearm_phys(vcpu);
	/* A timer that is off asks for nothing: no need to ask it. */
	if (vcpu->arch.timer[AVCPU_TIMER_VIRT].level || sys[CNTV_CTL_EL0] & CTL_ENABLE)
		update_line(vcpu, AVCPU_TIMER_VIRT);
	update_line(vcpu, AVCPU_TIMER_PHYS);
	/*
	 * A line that is high and waits for the guest, or is active in it, must
	 * be active at the machine's GIC, too: the guest's deactivation ends it.
	 */
	active = avcpu_vgic_phys_wanted_active(vcpu, intid);
	avcpu_timer_irq_load(active, stay && vcpu->arch.vtimer_quiet && !active);
}

void avcpu_timer_put(struct avcpu_vcpu *vcpu)
{
	u64 *sys = vcpu->arch.ctxt.sys;
	u64 ctl = read_sysreg_s(AVCPU_SYS_CNTV_CTL_EL02);

	vcpu->arch.vtimer_quiet = !asks(ctl) && vcpu->arch.timer_irqs &&
		!avcpu_vgic_ppi_phys_active(vcpu, vcpu->vm->arch.timer_intid[AVCPU_TIMER_VIRT]);
	sys[CNTV_CTL_EL0] = ctl & (CTL_ENABLE | CTL_IMASK);
	sys[CNTV_CVAL_EL0] = read_sysreg_s(AVCPU_SYS_CNTV_CVAL_EL02);
	/* The host must not see the guest's timer fire while it does not run. */
	if (ctl & CTL_ENABLE) {
		write_sysreg_s(0, AVCPU_SYS_CNTV_CTL_EL02);
		isb();
	}
	/* The hrtimers stay: the thread may sleep in WFI, and wants to be woken. */
}

void avcpu_timer_vcpu_init(struct avcpu_vcpu *vcpu)
{
	int i;

	for (i = 0; i < AVCPU_NR_TIMERS; i++) {
		struct avcpu_timer *timer = &vcpu->arch.timer[i];

		timer->vcpu = vcpu;
		hrtimer_setup(&timer->hrtimer, deadline, CLOCK_MONOTONIC,
			      HRTIMER_MODE_ABS_HARD);
	}
}

void avcpu_timer_vcpu_destroy(struct avcpu_vcpu *vcpu)
{
	int i;

	for (i = 0; i < AVCPU_NR_TIMERS; i++)
		hrtimer_cancel(&vcpu->arch.timer[i].hrtimer);
}

/* Reset clears the timers; a line that was high goes low with them. */
void avcpu_timer_vcpu_reset(struct avcpu_vcpu *vcpu)
{
	int i;

	for (i = 0; i < AVCPU_NR_TIMERS; i++)
		vcpu->arch.timer[i].level = false;
	if (vcpu->arch.timer_irqs)
		avcpu_vgic_reset_mapped(vcpu,
			vcpu->vm->arch.timer_intid[AVCPU_TIMER_VIRT]);
}

/**
 * avcpu_timer_block() - have the thread woken when a timer of the guest fires
 * @vcpu: about to sleep in WFI; loaded, preemptible
 *
 * The timers' deadlines do not move while the vCPU sleeps.
 */
void avcpu_timer_block(struct avcpu_vcpu *vcpu)
{
	int i;

	if (!vcpu->arch.timer_irqs)
		return;
	for (i = 0; i < AVCPU_NR_TIMERS; i++)
		arm(vcpu, i);
}

void avcpu_timer_unblock(struct avcpu_vcpu *vcpu)
{
	hrtimer_cancel(&vcpu->arch.timer[AVCPU_TIMER_VIRT].hrtimer);
}
