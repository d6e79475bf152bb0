// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's generic timers (DDI 0487, D12).
 *
 * The virtual timer is the hardware's: under VHE the host uses none of CNTV_*,
 * whose guest side answers to the _EL02 names. It is loaded and put with the
 * vCPU. The physical timer is emulated by traps; its count differs from the
 * machine's by an offset of the VM, as the virtual one's does.
 */
#include <linux/irq.h>
#include <linux/math64.h>
#include <asm/arch_timer.h>

#include "cpu.h"

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

void avcpu_timer_write_ctl(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which,
			   u64 val)
{
	val &= CTL_ENABLE | CTL_IMASK;
	preempt_disable();
	if (in_hardware(vcpu, which))
		write_sysreg_s(val, AVCPU_SYS_CNTV_CTL_EL02);
	else
		vcpu->arch.ctxt.sys[regs[which].ctl] = val;
	preempt_enable();
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

void avcpu_timer_write_cval(struct avcpu_vcpu *vcpu, enum avcpu_timer_id which,
			    u64 val)
{
	preempt_disable();
	if (in_hardware(vcpu, which))
		write_sysreg_s(val, AVCPU_SYS_CNTV_CVAL_EL02);
	else
		vcpu->arch.ctxt.sys[regs[which].cval] = val;
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

/* The guest's virtual counter starts at about 0; the physical is the host's. */
void avcpu_timer_vm_init(struct avcpu_vm *vm)
{
	vm->arch.timer_offset[AVCPU_TIMER_VIRT] = physical_count();
}

void avcpu_timer_load(struct avcpu_vcpu *vcpu)
{
	const u64 *sys = vcpu->arch.ctxt.sys;

	write_sysreg_s(READ_ONCE(vcpu->vm->arch.timer_offset[AVCPU_TIMER_VIRT]),
		       AVCPU_SYS_CNTVOFF_EL2);
	write_sysreg_s(sys[CNTV_CVAL_EL0], AVCPU_SYS_CNTV_CVAL_EL02);
	isb();
	write_sysreg_s(sys[CNTV_CTL_EL0], AVCPU_SYS_CNTV_CTL_EL02);
}

void avcpu_timer_put(struct avcpu_vcpu *vcpu)
{
	u64 *sys = vcpu->arch.ctxt.sys;
	u64 ctl = read_sysreg_s(AVCPU_SYS_CNTV_CTL_EL02);

	sys[CNTV_CTL_EL0] = ctl & (CTL_ENABLE | CTL_IMASK);
	sys[CNTV_CVAL_EL0] = read_sysreg_s(AVCPU_SYS_CNTV_CVAL_EL02);
	/* The host must not see the guest's timer fire while it does not run. */
	if (ctl & CTL_ENABLE) {
		write_sysreg_s(0, AVCPU_SYS_CNTV_CTL_EL02);
		isb();
	}
}

void avcpu_timer_vcpu_init(struct avcpu_vcpu *vcpu)
{
}

void avcpu_timer_vcpu_destroy(struct avcpu_vcpu *vcpu)
{
}

void avcpu_timer_block(struct avcpu_vcpu *vcpu)
{
}

void avcpu_timer_unblock(struct avcpu_vcpu *vcpu)
{
}
