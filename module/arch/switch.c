// SPDX-License-Identifier: GPL-2.0
/*
 * The world switch. Documentation/world-switch.rst has the table of what moves
 * when:
 *
 *   load/put	the guest's EL1 registers, traps, stage 2, timer, GIC: load.c
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

#define DFR0_TRACEVER	GENMASK_ULL(7, 4)	/* ID_AA64DFR0_EL1: 0 if no trace unit */

/*
 * CPTR_EL2 as CPACR_EL1, in its E2H form: SVE and SME always trap, FP until the guest's
 * registers are loaded; trace and activity monitors where present. Bits of what the
 * CPUs have not are as the host has them, so that nothing need be written for them.
 */
static u64 guest_cptr(u64 host)
{
	u64 cptr = 0;

	if (!avcpu_hw.sve)
		cptr |= host & AVCPU_CPTR_ZEN;
	if (!avcpu_hw.sme)
		cptr |= host & AVCPU_CPTR_SMEN;
	if (read_cpuid(ID_AA64DFR0_EL1) & DFR0_TRACEVER)
		cptr |= AVCPU_CPTR_TTA;
	if (avcpu_hw.amu)
		cptr |= AVCPU_CPTR_TAM;
	return cptr;
}

/*
 * The kernel changes its CPTR_EL2 for user space's use of SVE and SME alone, and
 * on the way there, not while a thread is in KVM_RUN.
 */
static void note_host_cptr(struct avcpu_host_base *base)
{
	if (base->cptr && !avcpu_hw.sve && !avcpu_hw.sme)
		return;
	base->cptr = read_sysreg(cpacr_el1);
	base->guest_cptr = guest_cptr(base->cptr);
}

/* By this CPU, in its life: the host's own count. */
static unsigned long irqs_taken(void)
{
	return this_cpu_read(kstat.irqs_sum);
}

/* The vCPU comes to this CPU; preemption is off, the timer has not been looked at. */
void avcpu_switch_vcpu_load(struct avcpu_vcpu *vcpu)
{
	note_host_cptr(this_cpu_ptr(&avcpu_host_base));
	/* An interrupt that comes from now on has the timer looked at again. */
	vcpu->arch.host.irqs = irqs_taken();
}

/*
 * The line of the guest's virtual timer goes high with an interrupt of the host, and
 * none but an interrupt changes what was loaded.
 */
static void look_after_irqs(struct avcpu_vcpu *vcpu)
{
	unsigned long irqs = irqs_taken();

	if (irqs == vcpu->arch.host.irqs)
		return;
	vcpu->arch.host.irqs = irqs;
	avcpu_load_look(vcpu);
	avcpu_timer_look(vcpu);
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

/* The pins of a vCPU whose interrupt controller user space emulates. */
static u64 user_irq_lines(const struct avcpu_vcpu *vcpu)
{
	unsigned long lines = READ_ONCE(vcpu->vgic.lines);

	return (lines & BIT(AVCPU_LINE_IRQ) ? AVCPU_HCR_VI : 0) |
	       (lines & BIT(AVCPU_LINE_FIQ) ? AVCPU_HCR_VF : 0);
}

/* After avcpu_fp_prepare(); see fp.c for how long the registers are the guest's. */
static void load_fp(struct avcpu_vcpu *vcpu)
{
	__avcpu_fp_load(&vcpu->arch.ctxt.fp);
	vcpu->arch.fp_live = true;
}

static void save_fp(struct avcpu_vcpu *vcpu)
{
	__avcpu_fp_save(&vcpu->arch.ctxt.fp);
	vcpu->arch.fp_live = false;
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
	arch->kicks = 0;

	look_after_irqs(vcpu);
	avcpu_timer_enter(vcpu);
	if (arch->fp_wanted)
		load_fp(vcpu);
	cptr = base->guest_cptr | (arch->fp_live ? AVCPU_CPTR_FPEN : 0);
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
		save_fp(vcpu);
	if (cptr != base->cptr)
		write_sysreg(base->cptr, cpacr_el1);
	isb();
	local_daif_restore(DAIF_PROCCTX_NOIRQ);
}
