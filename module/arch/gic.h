/* SPDX-License-Identifier: GPL-2.0 */
/* The GIC's virtual CPU interface (IHI 0069, 12.4) as module/vgic/ sees it. */
#ifndef AVCPU_ARCH_GIC_H
#define AVCPU_ARCH_GIC_H

#include <linux/bits.h>
#include <linux/types.h>

struct avcpu_cpuif;

/* ICH_LR<n>_EL2 (12.4.8) */
#define AVCPU_LR_VINTID		GENMASK_ULL(31, 0)
#define AVCPU_LR_PINTID		GENMASK_ULL(44, 32)	/* with HW */
#define AVCPU_LR_EOI		BIT_ULL(41)		/* without HW */
#define AVCPU_LR_PRIORITY	GENMASK_ULL(55, 48)
#define AVCPU_LR_GROUP1		BIT_ULL(60)
#define AVCPU_LR_HW		BIT_ULL(61)
#define AVCPU_LR_PENDING	BIT_ULL(62)
#define AVCPU_LR_ACTIVE		BIT_ULL(63)
#define AVCPU_LR_STATE		GENMASK_ULL(63, 62)

/* ICH_HCR_EL2 (12.4.6); AVCPU_ICH_HCR_EN and the traps stand in encodings.h */
#define AVCPU_ICH_HCR_LRENPIE	BIT_ULL(2)
#define AVCPU_ICH_HCR_NPIE	BIT_ULL(3)
#define AVCPU_ICH_HCR_G0EIE	BIT_ULL(4)
#define AVCPU_ICH_HCR_G1EIE	BIT_ULL(6)
#define AVCPU_ICH_HCR_EOICOUNT	GENMASK_ULL(31, 27)

/* ICH_VMCR_EL2 (12.4.11) */
#define AVCPU_VMCR_ENG0		BIT_ULL(0)
#define AVCPU_VMCR_ENG1		BIT_ULL(1)
#define AVCPU_VMCR_FIQEN	BIT_ULL(3)
#define AVCPU_VMCR_CBPR		BIT_ULL(4)
#define AVCPU_VMCR_EOIM		BIT_ULL(9)
#define AVCPU_VMCR_BPR1		GENMASK_ULL(20, 18)
#define AVCPU_VMCR_BPR0		GENMASK_ULL(23, 21)
#define AVCPU_VMCR_PMR		GENMASK_ULL(31, 24)

/**
 * struct avcpu_gic - what the CPUs' interfaces offer, all of them the same
 * @nr_lr: list registers, 1 .. AVCPU_MAX_LRS
 * @nr_apr: active priority registers of each group, 1 .. AVCPU_MAX_APRS
 * @pri_bits: ICC_CTLR_EL1.PRIbits + 1
 * @id_bits: ICC_CTLR_EL1.IDbits
 * @seis: ICC_CTLR_EL1.SEIS
 * @a3v: ICC_CTLR_EL1.A3V
 * @own_maint: the maintenance interrupt is ours, not KVM's
 */
struct avcpu_gic {
	u8 nr_lr;
	u8 nr_apr;
	u8 pri_bits;
	u8 id_bits;
	bool seis;
	bool a3v;
	bool own_maint;
};

extern struct avcpu_gic avcpu_gic;

/* All of them: on the CPU where @cif is loaded, IRQs off. */
u64 avcpu_gic_read_lr(unsigned int nr);
void avcpu_gic_read_lrs(u64 *lr, unsigned int count);
void avcpu_gic_write_lr(unsigned int nr, u64 val);
void avcpu_gic_write_lrs(struct avcpu_cpuif *cif);
void avcpu_gic_write_hcr(struct avcpu_cpuif *cif, u64 hcr);
u64 avcpu_gic_vmcr(const struct avcpu_cpuif *cif);
unsigned int avcpu_gic_eoi_count(struct avcpu_cpuif *cif);
void avcpu_gic_need_maint(void);
/* This CPU's PPI @host_irq, Linux's number, at the physical GIC; IRQs off. */
void avcpu_gic_set_phys_active(u32 host_irq, bool active);

#endif
