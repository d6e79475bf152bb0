// SPDX-License-Identifier: GPL-2.0
/*
 * The GIC's virtual CPU interface (IHI 0069, 12.4): what of it moves when.
 *
 * At load: ICH_VMCR_EL2, the active priorities, ICH_HCR_EL2, ICC_SRE_EL2. Before
 * an entry, if anything changed: list registers, ICH_HCR_EL2. After an exit, if
 * list registers were in use: these, and ICH_HCR_EL2 goes to 0. At put: back to
 * memory; ICH_HCR_EL2 and list registers are left 0, as KVM leaves them and, of
 * the latter, expects them. Nothing is expected to have survived at load.
 */
#include <linux/bitfield.h>
#include <linux/interrupt.h>
#include <linux/irq.h>

#include "cpu.h"
#include "gic.h"
#include "hwirq.h"

/* ICH_VTR_EL2 (12.4.12) */
#define VTR_LISTREGS	GENMASK_ULL(3, 0)	/* bit 4 is never used: 16 at most */
#define VTR_A3V		BIT_ULL(21)
#define VTR_SEIS	BIT_ULL(22)
#define VTR_IDBITS	GENMASK_ULL(25, 23)
#define VTR_PREBITS	GENMASK_ULL(28, 26)
#define VTR_PRIBITS	GENMASK_ULL(31, 29)

#define HCR_NO_VGIC	(AVCPU_ICH_HCR_TC | AVCPU_ICH_HCR_TALL0 | \
			 AVCPU_ICH_HCR_TALL1 | AVCPU_ICH_HCR_TDIR)

struct avcpu_gic avcpu_gic __read_mostly;

/**
 * avcpu_gic_init() - at module init, after avcpu_hw_init()
 *
 * Where KVM has the maintenance interrupt, that is fine: its handler lets it pass,
 * so the interrupt is asked for, which the kernel's log would remark, only if
 * nobody has it.
 */
int avcpu_gic_init(void)
{
	u64 vtr;

	if (!avcpu_hw.vgic_v3)
		return 0;
	vtr = read_sysreg_s(AVCPU_SYS_ICH_VTR_EL2);
	avcpu_gic.nr_lr = FIELD_GET(VTR_LISTREGS, vtr) + 1;
	avcpu_gic.nr_apr = BIT(clamp_t(int, FIELD_GET(VTR_PREBITS, vtr), 4, 6) - 4);
	avcpu_gic.pri_bits = FIELD_GET(VTR_PRIBITS, vtr) + 1;
	avcpu_gic.id_bits = FIELD_GET(VTR_IDBITS, vtr);
	avcpu_gic.seis = vtr & VTR_SEIS;
	avcpu_gic.a3v = vtr & VTR_A3V;

	if (avcpu_hw.maint_irq && !irq_has_action(avcpu_hw.maint_irq))
		avcpu_gic.own_maint = !avcpu_hwirq_request(avcpu_hw.maint_irq, "avcpu-vgic");
	return 0;
}

/* No vCPU is left; avcpu_gic_cpu_down() has run everywhere. */
void avcpu_gic_exit(void)
{
	if (avcpu_gic.own_maint)
		avcpu_hwirq_free(avcpu_hw.maint_irq);
	avcpu_gic.own_maint = false;
}

/* On the CPU, as it goes offline or the module goes. */
void avcpu_gic_cpu_down(void)
{
	if (avcpu_gic.own_maint)
		disable_percpu_irq(avcpu_hw.maint_irq);
}

/*
 * KVM disables the interrupt on all CPUs when its last VM goes, which it may do
 * at any time between two entries of ours. Left enabled it harms nobody: without
 * list registers in use it does not come.
 */
void avcpu_gic_need_maint(void)
{
	if (avcpu_hw.maint_irq && !irq_percpu_is_enabled(avcpu_hw.maint_irq))
		enable_percpu_irq(avcpu_hw.maint_irq, IRQ_TYPE_NONE);
}

void avcpu_gic_set_phys_active(u32 host_irq, bool active)
{
	irq_set_irqchip_state(host_irq, IRQCHIP_STATE_ACTIVE, active);
}

#define LR_CASES(X) \
	X(15) X(14) X(13) X(12) X(11) X(10) X(9) X(8) \
	X(7) X(6) X(5) X(4) X(3) X(2) X(1) X(0)

u64 avcpu_gic_read_lr(unsigned int nr)
{
	switch (nr) {
#define X(n) case (n): return read_sysreg_s(AVCPU_SYS_ICH_LR(n));
	LR_CASES(X)
#undef X
	default:
		return 0;
	}
}

/* List registers 0 .. @count - 1 */
void avcpu_gic_read_lrs(u64 *lr, unsigned int count)
{
	switch (count) {
#define X(n) case (n) + 1:						\
		lr[n] = read_sysreg_s(AVCPU_SYS_ICH_LR(n));		\
		fallthrough;
	LR_CASES(X)
#undef X
	default:
		break;
	}
}

void avcpu_gic_write_lr(unsigned int nr, u64 val)
{
	switch (nr) {
#define X(n) case (n):							\
		write_sysreg_s(val, AVCPU_SYS_ICH_LR(n));		\
		break;
	LR_CASES(X)
#undef X
	default:
		break;
	}
}

static void clear_lrs(unsigned int from, unsigned int to)
{
	for (; from < to; from++)
		avcpu_gic_write_lr(from, 0);
}

void avcpu_gic_write_hcr(struct avcpu_cpuif *cif, u64 hcr)
{
	if (cif->hcr_live == hcr)
		return;
	write_sysreg_s(hcr, AVCPU_SYS_ICH_HCR_EL2);
	cif->hcr_live = hcr;
}

/* ICH_HCR_EL2.EOIcount, which the next avcpu_gic_write_hcr() then clears */
unsigned int avcpu_gic_eoi_count(struct avcpu_cpuif *cif)
{
	cif->hcr_live = read_sysreg_s(AVCPU_SYS_ICH_HCR_EL2);
	return FIELD_GET(AVCPU_ICH_HCR_EOICOUNT, cif->hcr_live);
}

/**
 * avcpu_gic_write_lrs() - the list registers in use, ICH_HCR_EL2
 * @cif: the CPU interface
 *
 * What is left of the last use, or of somebody else's, goes to 0.
 */
void avcpu_gic_write_lrs(struct avcpu_cpuif *cif)
{
	bool maint = cif->hcr & ~(AVCPU_ICH_HCR_EN | AVCPU_ICH_HCR_TDIR);
	unsigned int i;

	cif->busy = cif->used || maint;
	for (i = 0; i < cif->used; i++) {
		avcpu_gic_write_lr(i, cif->lr[i]);
		maint |= (cif->lr[i] & (AVCPU_LR_HW | AVCPU_LR_EOI)) == AVCPU_LR_EOI;
	}
	clear_lrs(cif->used, cif->stale);
	cif->stale = cif->used;
	avcpu_gic_write_hcr(cif, cif->hcr);
	if (maint)
		avcpu_gic_need_maint();
}

/* ICH_VMCR_EL2 of the guest: by its own thread, IRQs off, or while it is not loaded */
u64 avcpu_gic_vmcr(const struct avcpu_cpuif *cif)
{
	return cif->live ? read_sysreg_s(AVCPU_SYS_ICH_VMCR_EL2) : cif->vmcr;
}

#define APR_CASES(X) X(3) X(2) X(1) X(0)

static void write_aprs(const struct avcpu_cpuif *cif)
{
	switch (avcpu_gic.nr_apr) {
#define X(n) case (n) + 1:						\
		write_sysreg_s(cif->ap0r[n], AVCPU_SYS_ICH_AP0R(n));	\
		write_sysreg_s(cif->ap1r[n], AVCPU_SYS_ICH_AP1R(n));	\
		fallthrough;
	APR_CASES(X)
#undef X
	default:
		break;
	}
}

static void read_aprs(struct avcpu_cpuif *cif)
{
	switch (avcpu_gic.nr_apr) {
#define X(n) case (n) + 1:						\
		cif->ap0r[n] = read_sysreg_s(AVCPU_SYS_ICH_AP0R(n));	\
		cif->ap1r[n] = read_sysreg_s(AVCPU_SYS_ICH_AP1R(n));	\
		fallthrough;
	APR_CASES(X)
#undef X
	default:
		break;
	}
}

/**
 * avcpu_gic_load() - the vCPU takes this CPU; preemption is off
 * @vcpu: the current thread's
 *
 * A guest without a vGIC of ours must not reach the hardware's CPU interface: all
 * its accesses are trapped, and then UNDEFINED. In either case it must not switch
 * the interface to memory-mapped operation by ICC_SRE_EL1, so that traps as well,
 * where ICC_SRE_EL2.Enable can be 0 (12.2.22).
 */
void avcpu_gic_load(struct avcpu_vcpu *vcpu)
{
	struct avcpu_host_state *host = &vcpu->arch.host;
	struct avcpu_cpuif *cif = &vcpu->vgic.cpuif;

	if (!avcpu_hw.vgic_v3)
		return;
	if (avcpu_hw.sre_enable_rw) {
		host->icc_sre_el2 = read_sysreg_s(AVCPU_SYS_ICC_SRE_EL2);
		write_sysreg_s(host->icc_sre_el2 & ~AVCPU_ICC_SRE_ENABLE,
			       AVCPU_SYS_ICC_SRE_EL2);
	}

	cif->live = avcpu_vgic_initialized(&vcpu->vm->vgic);
	if (cif->live) {
		write_sysreg_s(cif->vmcr, AVCPU_SYS_ICH_VMCR_EL2);
		write_aprs(cif);
		cif->stale = avcpu_gic.nr_lr;
		WRITE_ONCE(vcpu->vgic.queue.dirty, AVCPU_LRS_DIRTY);
	}
	cif->hcr_live = cif->live ? AVCPU_ICH_HCR_EN : HCR_NO_VGIC;
	write_sysreg_s(cif->hcr_live, AVCPU_SYS_ICH_HCR_EL2);
}

/**
 * avcpu_gic_put() - the vCPU leaves this CPU; preemption is off
 * @vcpu: the current thread's
 *
 * After avcpu_vgic_sync().
 */
void avcpu_gic_put(struct avcpu_vcpu *vcpu)
{
	struct avcpu_cpuif *cif = &vcpu->vgic.cpuif;

	if (!avcpu_hw.vgic_v3)
		return;
	if (cif->live) {
		cif->vmcr = read_sysreg_s(AVCPU_SYS_ICH_VMCR_EL2);
		read_aprs(cif);
		clear_lrs(0, cif->stale);
		cif->live = false;
	}
	avcpu_gic_write_hcr(cif, 0);
	if (avcpu_hw.sre_enable_rw)
		write_sysreg_s(vcpu->arch.host.icc_sre_el2, AVCPU_SYS_ICC_SRE_EL2);
}
