// SPDX-License-Identifier: GPL-2.0
/*
 * The world switch. Documentation/world-switch.rst has the table of what moves
 * when; this file follows it:
 *
 *   load/put	the guest's EL1 registers, traps, stage 2, timer, GIC
 *   enter/exit	HCR_EL2, VBAR, CPTR; FP and debug if in use; general registers
 *   in place	general registers alone
 */
#include <linux/context_tracking.h>
#include <linux/kernel_stat.h>
#include <linux/percpu.h>
#include <asm/cpufeature.h>
#include <asm/daifflags.h>
#include <asm/sysreg.h>

#include "cpu.h"
#include "switch.h"

/* Not static: entry.S reaches it by the per-CPU offset. */
DEFINE_PER_CPU(struct avcpu_host_base, avcpu_host_base);

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
	if (is_live(vcpu, reg))
		write_live(reg, val);
	else
		vcpu->arch.ctxt.sys[reg] = val;
	preempt_enable();
}

/* What an emulated CPU flushes its TLB for, written or changed. */
static bool is_costly(enum avcpu_reg reg)
{
	return reg == TCR_EL1;
}

static void load_guest_regs(struct avcpu_context *ctxt)
{
#define X(name, enc)							\
	if (!is_costly(name) || read_sysreg_s(enc) != ctxt->sys[name])	\
		write_sysreg_s(ctxt->sys[name], enc);
	AVCPU_LIVE_REGS(X)
	if (avcpu_hw.aa32_el1) {
		AVCPU_LIVE_REGS_AA32(X)
	}
#undef X
}

static void save_guest_regs(struct avcpu_context *ctxt)
{
#define X(name, enc)	ctxt->sys[name] = read_sysreg_s(enc);
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
 * MDCR_EL2: the guest's debug registers are emulated until it uses them, the
 * PMU, statistical profiling and trace are not offered. HPMN and the buffer
 * owners stay the host's.
 */
static u64 guest_mdcr(const struct avcpu_vcpu *vcpu, u64 host)
{
	u64 mdcr = host | AVCPU_MDCR_TDRA | AVCPU_MDCR_TDOSA | AVCPU_MDCR_TDA;

	if (avcpu_hw.pmu)
		mdcr |= AVCPU_MDCR_TPM | AVCPU_MDCR_TPMCR;
	if (avcpu_hw.spe)
		mdcr |= AVCPU_MDCR_TPMS;
	if (avcpu_hw.trf)
		mdcr |= AVCPU_MDCR_TTRF;
	return mdcr;
}

/* The EL1 physical timer is emulated; the counter is read by the guest itself. */
static u64 guest_cnthctl(const struct avcpu_vcpu *vcpu, u64 host)
{
	u64 val = host & ~(AVCPU_CNTHCTL_EL1PCTEN | AVCPU_CNTHCTL_EL1PTEN);

	if (!vcpu->vm->arch.timer_offset[AVCPU_TIMER_PHYS])
		val |= AVCPU_CNTHCTL_EL1PCTEN;
	return val;
}

/*
 * Fine-grained traps take effect at EL1 and EL0 only while TGE is 0, so the
 * host never feels them; its KVM reads its values back, hence the restore.
 * All zero traps what has inverse polarity: SME's and newer registers, none
 * of which the guest is offered (DDI 0487, D19.2, HFGRTR_EL2).
 */
static void load_fine_traps(struct avcpu_host_state *host)
{
#define SWAP(i, enc)							\
	do {								\
		host->fgt[i] = read_sysreg_s(enc);			\
		write_if_changed(0ULL, host->fgt[i], enc);		\
	} while (0)
	if (avcpu_hw.fgt) {
		SWAP(0, AVCPU_SYS_HFGRTR_EL2);
		SWAP(1, AVCPU_SYS_HFGWTR_EL2);
		SWAP(2, AVCPU_SYS_HFGITR_EL2);
		SWAP(3, AVCPU_SYS_HDFGRTR_EL2);
		SWAP(4, AVCPU_SYS_HDFGWTR_EL2);
	}
#undef SWAP
	if (avcpu_hw.hcx) {
		host->hcrx_el2 = read_sysreg_s(AVCPU_SYS_HCRX_EL2);
		write_if_changed(0ULL, host->hcrx_el2, AVCPU_SYS_HCRX_EL2);
	}
}

static void put_fine_traps(const struct avcpu_host_state *host)
{
	if (avcpu_hw.fgt) {
		write_if_changed(host->fgt[0], 0ULL, AVCPU_SYS_HFGRTR_EL2);
		write_if_changed(host->fgt[1], 0ULL, AVCPU_SYS_HFGWTR_EL2);
		write_if_changed(host->fgt[2], 0ULL, AVCPU_SYS_HFGITR_EL2);
		write_if_changed(host->fgt[3], 0ULL, AVCPU_SYS_HDFGRTR_EL2);
		write_if_changed(host->fgt[4], 0ULL, AVCPU_SYS_HDFGWTR_EL2);
	}
	if (avcpu_hw.hcx)
		write_if_changed(host->hcrx_el2, 0ULL, AVCPU_SYS_HCRX_EL2);
}

/*
 * PMUSERENR_EL0.EN makes EL0's PMU accesses pass EL1's own trap and reach
 * MDCR_EL2.TPM, so that without a PMU they are UNDEFINED at once (D19.5).
 */
#define PMUSERENR_EN	1ULL

#define DFR0_TRACEVER	GENMASK_ULL(7, 4)	/* ID_AA64DFR0_EL1: 0 if no trace unit */

static void load_traps(struct avcpu_vcpu *vcpu)
{
	struct avcpu_host_state *host = &vcpu->arch.host;

	host->mdcr_el2 = read_sysreg(mdcr_el2);
	write_if_changed(guest_mdcr(vcpu, host->mdcr_el2), host->mdcr_el2,
			 sys_reg(3, 4, 1, 1, 1));
	host->cnthctl_el2 = read_sysreg_s(AVCPU_SYS_CNTHCTL_EL2);
	write_if_changed(guest_cnthctl(vcpu, host->cnthctl_el2),
			 host->cnthctl_el2, AVCPU_SYS_CNTHCTL_EL2);
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

	write_if_changed(host->mdcr_el2, guest_mdcr(vcpu, host->mdcr_el2),
			 sys_reg(3, 4, 1, 1, 1));
	write_if_changed(host->cnthctl_el2,
			 guest_cnthctl(vcpu, host->cnthctl_el2),
			 AVCPU_SYS_CNTHCTL_EL2);
	if (avcpu_hw.pmu)
		write_if_changed(host->pmuserenr_el0,
				 host->pmuserenr_el0 | PMUSERENR_EN,
				 sys_reg(3, 3, 9, 14, 0));
	put_fine_traps(host);
}

/*
 * The kernel changes its CPTR_EL2 for user space's use of SVE and SME alone, and
 * on the way there, not while a thread is in KVM_RUN.
 */
static void note_host_cptr(struct avcpu_host_base *base)
{
	if (!base->cptr)
		base->trace = read_cpuid(ID_AA64DFR0_EL1) & DFR0_TRACEVER ?
			      AVCPU_CPTR_TTA : 0;
	if (!base->cptr || avcpu_hw.sve || avcpu_hw.sme)
		base->cptr = read_sysreg(cpacr_el1);
}

/* By this CPU, in its life: the host's own count. */
static unsigned long irqs_taken(void)
{
	return this_cpu_read(kstat.irqs_sum);
}

/*
 * What only an interrupt of the host changes, and what traps on a nested host: its
 * MDSCR_EL1 (a debugger on another CPU asks for breakpoints by an interrupt) and the
 * line of the guest's virtual timer.
 */
static void look_after_irqs(struct avcpu_vcpu *vcpu)
{
	struct avcpu_host_state *host = &vcpu->arch.host;
	unsigned long irqs = irqs_taken();

	if (irqs == host->irqs)
		return;
	host->irqs = irqs;
	host->mdscr_el1 = read_sysreg(mdscr_el1);
	avcpu_timer_look(vcpu);
}

/**
 * avcpu_arch_vcpu_load() - bring a vCPU's EL1 world into this CPU
 * @vcpu: the current thread's vCPU
 * @cpu: this CPU
 *
 * Preemption is off. Nothing is taken to have survived since the last put: the
 * host's own KVM may have run guests in between.
 */
void avcpu_arch_vcpu_load(struct avcpu_vcpu *vcpu, int cpu)
{
	struct avcpu_vcpu_arch *arch = &vcpu->arch;
	struct avcpu_host_state *host = &arch->host;

	note_host_cptr(this_cpu_ptr(&avcpu_host_base));
	/* First: one that comes meanwhile has the rest looked at again. */
	host->irqs = irqs_taken();
	host->mdscr_el1 = read_sysreg(mdscr_el1);
	host->tpidr_el0 = read_sysreg(tpidr_el0);
	host->tpidrro_el0 = read_sysreg(tpidrro_el0);

	write_sysreg_s(avcpu_arch_mpidr(vcpu), AVCPU_SYS_VMPIDR_EL2);
	write_sysreg_s(read_cpuid_id(), AVCPU_SYS_VPIDR_EL2);
	write_sysreg_s(vcpu->vm->arch.s2.vtcr, AVCPU_SYS_VTCR_EL2);
	write_sysreg_s(vcpu->vm->arch.s2.vttbr, AVCPU_SYS_VTTBR_EL2);
	/* User space may have set cache registers since the last load. */
	arch->hcr &= ~(AVCPU_HCR_TID2 | AVCPU_HCR_TID4);
	arch->hcr |= avcpu_sysreg_cache_traps(vcpu);
	load_traps(vcpu);
	load_guest_regs(&arch->ctxt);
	if (avcpu_hw.ras)
		write_sysreg_s(arch->ctxt.sys[DISR_EL1], AVCPU_SYS_VDISR_EL2);
	arch->loaded = true;
	avcpu_fp_vcpu_load(vcpu);

	avcpu_gic_load(vcpu);
	avcpu_timer_load(vcpu);
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
	write_sysreg(arch->host.tpidr_el0, tpidr_el0);
	write_sysreg(arch->host.tpidrro_el0, tpidrro_el0);
}

/* What needs IRQs on, just before they go off for the entry. */
void avcpu_arch_prepare_enter(struct avcpu_vcpu *vcpu)
{
	if (vcpu->arch.fp_wanted)
		avcpu_fp_prepare(vcpu);
}

/*
 * While HCR_EL2.{E2H,TGE} is {1,1} these have no effect (DDI 0487, D19.2.48). They
 * stay set in the host's HCR_EL2 once a guest of ours has run on the CPU, until it
 * goes or the module does: emulated CPUs flush their TLB where they change, and
 * others need not wonder.
 */
#define HCR_STAGE2	(AVCPU_HCR_VM | AVCPU_HCR_PTW)

/* This CPU goes offline, or the module does. */
void avcpu_switch_cpu_down(void)
{
	u64 hcr = read_sysreg(hcr_el2);

	if (hcr & HCR_STAGE2)
		write_sysreg(hcr & ~HCR_STAGE2, hcr_el2);
}

/*
 * CPTR_EL2 as CPACR_EL1, in its E2H form: SVE and SME always trap, FP until
 * the guest's registers are loaded; trace and activity monitors where present.
 */
static u64 guest_cptr(const struct avcpu_vcpu *vcpu, u64 trace)
{
	u64 cptr = trace;

	if (avcpu_hw.amu)
		cptr |= AVCPU_CPTR_TAM;
	if (vcpu->arch.fp_live)
		cptr |= AVCPU_CPTR_FPEN;
	return cptr;
}

/* The pins of a vCPU whose interrupt controller user space emulates. */
static u64 user_irq_lines(const struct avcpu_vcpu *vcpu)
{
	unsigned long lines = READ_ONCE(vcpu->vgic.lines);

	return (lines & BIT(AVCPU_LINE_IRQ) ? AVCPU_HCR_VI : 0) |
	       (lines & BIT(AVCPU_LINE_FIQ) ? AVCPU_HCR_VF : 0);
}

static void capture_exit(struct avcpu_vcpu *vcpu, int code)
{
	struct avcpu_vcpu_arch *arch = &vcpu->arch;

	/*
	 * An exception to EL2 with TGE clear leaves PSTATE.PAN the guest's
	 * (DDI 0487, D1.3.6.1): the kernel must not run on with user memory open.
	 */
	if (avcpu_hw.pan)
		asm volatile(SET_PSTATE_PAN(1));

	arch->exit_code = code;
	/* Only a synchronous exit has a syndrome; never see an older one's. */
	if (code == AVCPU_EXIT_SYNC || code == AVCPU_EXIT_SERROR)
		arch->exit.esr = read_sysreg(esr_el1);
	else
		arch->exit.esr = 0;
}

/**
 * avcpu_arch_enter() - run the guest until something needs the host
 * @vcpu: a loaded vCPU of the current thread
 *
 * IRQs are off, and still are on return; the caller opens them for the host to
 * take what is pending. Exits served in place do not return.
 */
void avcpu_arch_enter(struct avcpu_vcpu *vcpu)
{
	struct avcpu_host_base *base = this_cpu_ptr(&avcpu_host_base);
	struct avcpu_vcpu_arch *arch = &vcpu->arch;
	bool in_place = false;
	u64 cptr;
	int code;

	local_daif_mask();
	/* See HCR_STAGE2. */
	base->hcr = read_sysreg(hcr_el2) | HCR_STAGE2;
	base->vbar = read_sysreg(vbar_el1);

	look_after_irqs(vcpu);
	avcpu_timer_enter(vcpu);
	if (arch->fp_wanted)
		avcpu_fp_load(vcpu);
	cptr = guest_cptr(vcpu, base->trace);
	if (cptr != base->cptr)
		write_sysreg(cptr, cpacr_el1);
	avcpu_debug_load(vcpu);
	write_sysreg(avcpu_vectors, vbar_el1);
	if (arch->hcr & AVCPU_HCR_VSE && avcpu_hw.ras)
		write_sysreg_s(arch->vsesr, AVCPU_SYS_VSESR_EL2);
	write_sysreg(arch->hcr | user_irq_lines(vcpu), hcr_el2);
	/* TGE and the traps must be seen by what EL2 does before the ERET, too. */
	isb();

	do {
		if (!avcpu_vgic_flush(&vcpu->vgic)) {
			code = AVCPU_EXIT_IRQ;
			capture_exit(vcpu, code);
			in_place = false;
			break;
		}
		code = __avcpu_enter(&arch->ctxt);
		capture_exit(vcpu, code);
		in_place = avcpu_exit_in_place(vcpu);
		vcpu->stats.in_place += in_place;
	} while (in_place && !need_resched());

	/* It woke a thread that wants this CPU, and of which no interrupt tells. */
	if (in_place)
		arch->exit_code = AVCPU_EXIT_IRQ;

	/* ISR_EL1.A: a physical SError waits, with which the guest was hit. */
	arch->exit.serror = code == AVCPU_VECTOR_SERROR ? arch->exit.esr : 0;
	if (read_sysreg(isr_el1) & AVCPU_ISR_A)
		arch->exit.serror = __avcpu_take_serror();

	/* The CPU clears VSE when the guest takes the SError (D19.2.48). */
	if (arch->hcr & AVCPU_HCR_VSE)
		arch->hcr = read_sysreg(hcr_el2) & ~(AVCPU_HCR_VI | AVCPU_HCR_VF);
	avcpu_vgic_sync(&vcpu->vgic);
	avcpu_timer_sync(vcpu);

	write_sysreg(base->hcr, hcr_el2);
	write_sysreg(base->vbar, vbar_el1);
	avcpu_debug_put(vcpu);
	if (arch->fp_live)
		avcpu_fp_save(vcpu);
	if (cptr != base->cptr)
		write_sysreg(base->cptr, cpacr_el1);
	isb();
	local_daif_restore(DAIF_PROCCTX_NOIRQ);
}
