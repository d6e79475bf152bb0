// SPDX-License-Identifier: GPL-2.0
/*
 * Load and put: the guest's EL1 world comes to a CPU, and leaves it.
 *
 * At a put the guest's registers go to memory, but most of them stay in the CPU as
 * well, and so do traps that the host does not feel: mostly the same vCPU comes back,
 * after a moment in user space. Whether the CPU still has what it had is told by a stamp
 * that a put leaves in TPIDR_EL1, a register that whoever loads a guest writes with all
 * the others, the host's own KVM included, and that the host has no use for. No two puts
 * have the same, and nobody can guess it: a guest of KVM that could would be taken for
 * ours.
 */
#include <linux/cpu_pm.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <asm/sysreg.h>

#include "../compat/compat.h"
#include "cpu.h"

static u64 stamp_secret;
static DEFINE_PER_CPU(u64, puts);

#define STAMP_CPU_SHIFT	48

/*
 * struct trap_bits - the bits of a register of EL2 that are the guest's traps
 * @host: as the host had them
 * @guest: as they are in the register, if @ours
 */
struct trap_bits {
	u64 host;
	u64 guest;
	bool ours;
};

static DEFINE_PER_CPU(struct trap_bits, mdcr_bits);
static DEFINE_PER_CPU(struct trap_bits, cnthctl_bits);

static u64 read_live(enum avcpu_reg reg)
{
	switch (reg) {
#define X(name, enc)	case name: return read_sysreg_s(enc);
	AVCPU_LIVE_REGS(X)
	AVCPU_LIVE_REGS_AA32(X)
#undef X
	default:
		return 0;
	}
}

static void write_live(enum avcpu_reg reg, u64 val)
{
	switch (reg) {
#define X(name, enc)	case name: write_sysreg_s(val, enc); break;
	AVCPU_LIVE_REGS(X)
	AVCPU_LIVE_REGS_AA32(X)
#undef X
	default:
		break;
	}
}

static bool is_live(const struct avcpu_vcpu *vcpu, enum avcpu_reg reg)
{
	enum avcpu_reg last = avcpu_hw.aa32_el1 ? SPSR_FIQ : TPIDRRO_EL0;

	return vcpu->arch.loaded && reg <= last;
}

u64 avcpu_read_reg(struct avcpu_vcpu *vcpu, enum avcpu_reg reg)
{
	u64 val;

	/* Preempted between the test and the access, the register would go. */
	preempt_disable();
	if (is_live(vcpu, reg))
		val = read_live(reg);
	else
		val = vcpu->arch.ctxt.sys[reg];
	preempt_enable();
	return val;
}

void avcpu_write_reg(struct avcpu_vcpu *vcpu, enum avcpu_reg reg, u64 val)
{
	preempt_disable();
	if (is_live(vcpu, reg)) {
		write_live(reg, val);
	} else {
		vcpu->arch.ctxt.sys[reg] = val;
		avcpu_load_forget(vcpu);
	}
	preempt_enable();
}

/* The CPU still has what the last put of @vcpu has left in it. */
static bool stayed(const struct avcpu_vcpu *vcpu)
{
	return vcpu->arch.stamp && read_sysreg_s(SYS_TPIDR_EL1) == vcpu->arch.stamp;
}

/* What the CPU holds is not the vCPU's any more: its registers change in memory. */
void avcpu_load_forget(struct avcpu_vcpu *vcpu)
{
	vcpu->arch.stamp = 0;
}

static void leave_stamp(struct avcpu_vcpu *vcpu)
{
	u64 nr = this_cpu_inc_return(puts);

	nr |= (u64)smp_processor_id() << STAMP_CPU_SHIFT;
	vcpu->arch.stamp = nr ^ stamp_secret;
	write_sysreg_s(vcpu->arch.stamp, SYS_TPIDR_EL1);
}

/* What an emulated CPU flushes its TLB for, written or changed. */
static bool is_costly(enum avcpu_reg reg)
{
	return reg == TCR_EL1;
}

static void load_guest_regs(struct avcpu_context *ctxt, bool stay)
{
#define X(name, enc)							\
	if (!is_costly(name) || read_sysreg_s(enc) != ctxt->sys[name])	\
		write_sysreg_s(ctxt->sys[name], enc);
	AVCPU_SHARED_REGS(X)
	if (stay)
		return;
	AVCPU_STAYING_REGS(X)
	if (avcpu_hw.aa32_el1) {
		AVCPU_LIVE_REGS_AA32(X)
	}
#undef X
}

/* Where CSSELR_EL1's writes trap, memory has it. */
static void save_guest_regs(struct avcpu_context *ctxt)
{
#define X(name, enc)							\
	if (name != CSSELR_EL1 || !avcpu_hw.fgt)			\
		ctxt->sys[name] = read_sysreg_s(enc);
	AVCPU_LIVE_REGS(X)
	if (avcpu_hw.aa32_el1) {
		AVCPU_LIVE_REGS_AA32(X)
	}
#undef X
}

/* A trapping write costs a nested host dearly: only where it changes a thing. */
#define write_if_changed(val, old, enc)			\
	do {						\
		if ((val) != (old))			\
			write_sysreg_s((val), (enc));	\
	} while (0)

/*
 * MDCR_EL2: the guest's debug registers are emulated until it uses them, debug
 * exceptions come to EL2 (debug.c), the PMU, statistical profiling and trace are not
 * offered. HPMN and the buffer owners stay the host's.
 */
#define MDCR_TRAPS	(AVCPU_MDCR_TDRA | AVCPU_MDCR_TDOSA | AVCPU_MDCR_TDA |	\
			 AVCPU_MDCR_TDE | AVCPU_MDCR_TPM | AVCPU_MDCR_TPMCR |	\
			 AVCPU_MDCR_TPMS | AVCPU_MDCR_TTRF)

static u64 guest_mdcr __ro_after_init;

static void choose_mdcr(void)
{
	guest_mdcr = AVCPU_MDCR_TDRA | AVCPU_MDCR_TDOSA | AVCPU_MDCR_TDA | AVCPU_MDCR_TDE;
	if (avcpu_hw.pmu)
		guest_mdcr |= AVCPU_MDCR_TPM | AVCPU_MDCR_TPMCR;
	if (avcpu_hw.spe)
		guest_mdcr |= AVCPU_MDCR_TPMS;
	if (avcpu_hw.trf)
		guest_mdcr |= AVCPU_MDCR_TTRF;
}

/*
 * With TGE set the host is at EL2, out of reach of these, or at EL0, where only the
 * PMU's would be felt.
 */
static bool mdcr_stays(void)
{
	return !avcpu_hw.pmu;
}

/* The EL1 physical timer is emulated; the counter is read by the guest itself. */
#define CNTHCTL_TRAPS	(AVCPU_CNTHCTL_EL1PCTEN | AVCPU_CNTHCTL_EL1PTEN)

static u64 guest_cnthctl(const struct avcpu_vcpu *vcpu)
{
	return vcpu->vm->arch.timer_offset[AVCPU_TIMER_PHYS] ? 0 : AVCPU_CNTHCTL_EL1PCTEN;
}

/* With TGE set they are not looked at, but an older KVM sets them once and for all. */
static bool cnthctl_stays(void)
{
	return AVCPU_KVM_LOADS_CNTHCTL;
}

/*
 * To read a register of EL2, or to write it, costs a nested host dearly: neither is done
 * for bits that are known to be right. Who loads a guest, and might have changed
 * them, has taken our stamp away; the host's own code changes other bits only.
 */
#define LOAD_BITS(bits, stay, want, mask, enc)					\
	do {									\
		const u64 traps = (want);					\
										\
		if (!((stay) && (bits)->ours && (bits)->guest == traps)) {	\
			const u64 now = read_sysreg_s(enc);			\
										\
			if (!(bits)->ours || (bits)->guest != (now & (mask)))	\
				(bits)->host = now & (mask);			\
			(bits)->guest = traps;					\
			(bits)->ours = true;					\
			write_if_changed((now & ~(mask)) | traps, now, enc);	\
		}								\
	} while (0)

/* The host's again, unless somebody has set them already. */
#define PUT_BITS(bits, mask, enc)						\
	do {									\
		const u64 now = read_sysreg_s(enc);				\
										\
		if ((bits)->ours && (bits)->guest == (now & (mask)))		\
			write_if_changed((now & ~(mask)) | (bits)->host, now, enc); \
		(bits)->ours = false;						\
	} while (0)

/*
 * Fine-grained traps take effect at EL1 and EL0 only while TGE is 0, so the
 * host never feels them; its KVM reads its values back, hence the restore.
 * All zero traps what has inverse polarity: SME's and newer registers, none
 * of which the guest is offered (DDI 0487, D19.2, HFGRTR_EL2). Writes of CSSELR_EL1,
 * which are rare, trap so that it need not be read at each put.
 */
#define FINE_TRAPS(X)						\
	X(0, AVCPU_SYS_HFGRTR_EL2, 0ULL)			\
	X(1, AVCPU_SYS_HFGWTR_EL2, AVCPU_HFGWTR_CSSELR)		\
	X(2, AVCPU_SYS_HFGITR_EL2, 0ULL)			\
	X(3, AVCPU_SYS_HDFGRTR_EL2, 0ULL)			\
	X(4, AVCPU_SYS_HDFGWTR_EL2, 0ULL)

static void load_fine_traps(struct avcpu_host_state *host)
{
#define X(i, enc, guest)						\
		host->fgt[i] = read_sysreg_s(enc);			\
		write_if_changed(guest, host->fgt[i], enc);
	if (avcpu_hw.fgt) {
		FINE_TRAPS(X)
	}
#undef X
	if (avcpu_hw.hcx) {
		host->hcrx_el2 = read_sysreg_s(AVCPU_SYS_HCRX_EL2);
		write_if_changed(0ULL, host->hcrx_el2, AVCPU_SYS_HCRX_EL2);
	}
}

static void put_fine_traps(const struct avcpu_host_state *host)
{
#define X(i, enc, guest)	write_if_changed(host->fgt[i], guest, enc);
	if (avcpu_hw.fgt) {
		FINE_TRAPS(X)
	}
#undef X
	if (avcpu_hw.hcx)
		write_if_changed(host->hcrx_el2, 0ULL, AVCPU_SYS_HCRX_EL2);
}

/*
 * PMUSERENR_EL0.EN makes EL0's PMU accesses pass EL1's own trap and reach
 * MDCR_EL2.TPM, so that without a PMU they are UNDEFINED at once (D19.5).
 */
#define PMUSERENR_EN	1ULL

static void load_traps(struct avcpu_vcpu *vcpu, bool stay)
{
	struct avcpu_host_state *host = &vcpu->arch.host;
	struct trap_bits *mdcr = this_cpu_ptr(&mdcr_bits);
	struct trap_bits *cnthctl = this_cpu_ptr(&cnthctl_bits);

	LOAD_BITS(mdcr, stay, guest_mdcr, MDCR_TRAPS, AVCPU_SYS_MDCR_EL2);
	LOAD_BITS(cnthctl, stay, guest_cnthctl(vcpu), CNTHCTL_TRAPS, AVCPU_SYS_CNTHCTL_EL2);
	if (avcpu_hw.pmu) {
		host->pmuserenr_el0 = read_sysreg(pmuserenr_el0);
		write_if_changed(host->pmuserenr_el0 | PMUSERENR_EN,
				 host->pmuserenr_el0, sys_reg(3, 3, 9, 14, 0));
	}
	load_fine_traps(host);
}

static void put_traps(struct avcpu_vcpu *vcpu)
{
	const struct avcpu_host_state *host = &vcpu->arch.host;

	if (!mdcr_stays())
		PUT_BITS(this_cpu_ptr(&mdcr_bits), MDCR_TRAPS, AVCPU_SYS_MDCR_EL2);
	if (!cnthctl_stays())
		PUT_BITS(this_cpu_ptr(&cnthctl_bits), CNTHCTL_TRAPS, AVCPU_SYS_CNTHCTL_EL2);
	if (avcpu_hw.pmu)
		write_if_changed(host->pmuserenr_el0,
				 host->pmuserenr_el0 | PMUSERENR_EN,
				 sys_reg(3, 3, 9, 14, 0));
	put_fine_traps(host);
}

/* User space may have set MPIDR_EL1 and the cache registers since the last load. */
static void load_identity(struct avcpu_vcpu *vcpu)
{
	write_sysreg_s(avcpu_arch_mpidr(vcpu), AVCPU_SYS_VMPIDR_EL2);
	write_sysreg_s(read_cpuid_id(), AVCPU_SYS_VPIDR_EL2);
	vcpu->arch.hcr &= ~(AVCPU_HCR_TID2 | AVCPU_HCR_TID4);
	vcpu->arch.hcr |= avcpu_sysreg_cache_traps(vcpu);
}

/**
 * avcpu_load_look() - an interrupt has been taken since the load: is all as it was?
 * @vcpu: loaded, of the current thread; IRQs are off
 *
 * It may have been KVM's, which calls on all CPUs for its first VM; the KVM that sets
 * CNTHCTL_EL2 once and for all does it then, under a guest that must not reach the
 * physical timer.
 */
void avcpu_load_look(struct avcpu_vcpu *vcpu)
{
	if (!cnthctl_stays())
		LOAD_BITS(this_cpu_ptr(&cnthctl_bits), false, guest_cnthctl(vcpu),
			  CNTHCTL_TRAPS, AVCPU_SYS_CNTHCTL_EL2);
}

/**
 * avcpu_mdcr_route() - where debug exceptions go, other than by the last load
 * @to_el2: to EL2, as loaded; else to the guest's EL1
 *
 * Context: IRQs off, a vCPU loaded on this CPU.
 */
void avcpu_mdcr_route(bool to_el2)
{
	u64 mdcr = read_sysreg_s(AVCPU_SYS_MDCR_EL2) & ~AVCPU_MDCR_TDE;

	write_sysreg_s(to_el2 ? mdcr | AVCPU_MDCR_TDE : mdcr, AVCPU_SYS_MDCR_EL2);
}

/**
 * avcpu_arch_vcpu_load() - bring a vCPU's EL1 world into this CPU
 * @vcpu: the current thread's vCPU
 * @cpu: this CPU
 *
 * Preemption is off. Unless the stamp says so, nothing is taken to have survived since
 * the last put: the host's own KVM may have run guests in between.
 */
void avcpu_arch_vcpu_load(struct avcpu_vcpu *vcpu, int cpu)
{
	struct avcpu_vcpu_arch *arch = &vcpu->arch;
	struct avcpu_host_state *host = &arch->host;
	bool stay = stayed(vcpu);

	avcpu_switch_vcpu_load(vcpu);
	host->tpidr_el0 = read_sysreg(tpidr_el0);
	host->tpidrro_el0 = read_sysreg(tpidrro_el0);

	if (!stay)
		load_identity(vcpu);
	/* Whoever flushes a TLB writes to these, loading no guest. */
	write_sysreg_s(vcpu->vm->arch.s2.vtcr, AVCPU_SYS_VTCR_EL2);
	write_sysreg_s(vcpu->vm->arch.s2.vttbr, AVCPU_SYS_VTTBR_EL2);
	load_traps(vcpu, stay);
	load_guest_regs(&arch->ctxt, stay);
	if (avcpu_hw.ras)
		write_sysreg_s(arch->ctxt.sys[DISR_EL1], AVCPU_SYS_VDISR_EL2);
	arch->loaded = true;
	avcpu_fp_vcpu_load(vcpu);

	avcpu_gic_load(vcpu);
	avcpu_timer_load(vcpu, stay);
	avcpu_tlb_vcpu_load(vcpu);
}

/**
 * avcpu_arch_vcpu_put() - take the vCPU's EL1 world out of this CPU
 * @vcpu: the vCPU that avcpu_arch_vcpu_load() loaded here; preemption is off
 */
void avcpu_arch_vcpu_put(struct avcpu_vcpu *vcpu)
{
	struct avcpu_vcpu_arch *arch = &vcpu->arch;

	avcpu_timer_put(vcpu);
	avcpu_gic_put(vcpu);
	save_guest_regs(&arch->ctxt);
	if (avcpu_hw.ras)
		arch->ctxt.sys[DISR_EL1] = read_sysreg_s(AVCPU_SYS_VDISR_EL2);
	arch->loaded = false;
	put_traps(vcpu);
	leave_stamp(vcpu);
	write_sysreg(arch->host.tpidr_el0, tpidr_el0);
	write_sysreg(arch->host.tpidrro_el0, tpidrro_el0);
}

/* On a CPU where no vCPU is loaded: what it holds is about to be lost, or has been. */
void avcpu_load_cpu_reset(void)
{
	write_sysreg_s(0, SYS_TPIDR_EL1);
}

/* On a CPU that goes offline, or is left by the module. */
void avcpu_load_cpu_down(void)
{
	avcpu_load_cpu_reset();
	PUT_BITS(this_cpu_ptr(&mdcr_bits), MDCR_TRAPS, AVCPU_SYS_MDCR_EL2);
	PUT_BITS(this_cpu_ptr(&cnthctl_bits), CNTHCTL_TRAPS, AVCPU_SYS_CNTHCTL_EL2);
}

/*
 * A CPU that idles deeply loses its registers. Firmware may give it back those of EL1,
 * the stamp with them, but not those of EL2.
 */
static int cpu_idles(struct notifier_block *nb, unsigned long event, void *unused)
{
	if (event == CPU_PM_ENTER)
		avcpu_load_cpu_reset();
	return NOTIFY_OK;
}

static struct notifier_block cpu_pm_nb = { .notifier_call = cpu_idles };

int avcpu_load_init(void)
{
	choose_mdcr();
	stamp_secret = get_random_u64();
	return cpu_pm_register_notifier(&cpu_pm_nb);
}

void avcpu_load_exit(void)
{
	cpu_pm_unregister_notifier(&cpu_pm_nb);
}
