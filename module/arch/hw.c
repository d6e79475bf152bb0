// SPDX-License-Identifier: GPL-2.0
/* Whether this machine and its kernel can be a host, and what its CPUs have. */
#define pr_fmt(fmt)	"avcpu: " fmt

#include <linux/cpu.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

#include "cpu.h"
#include "hwirq.h"

struct avcpu_hw avcpu_hw;

/* PARange, ID_AA64MMFR0_EL1[3:0], in bits (DDI 0487, D19.2.64). */
static const u8 pa_range[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

#define ICC_SRE_EL2_SRE		BIT_ULL(0)
#define ICH_VTR_LISTREGS	GENMASK_ULL(4, 0)
#define MAX_LRS			16

/* What the stage-2 tables of the module reach, with 4K pages and no LPA2. */
#define PA_BITS_MAX	48

/*
 * struct feature - a field of an identification register
 * @flag: set if the field, unsigned, is @min at least on every CPU
 */
struct feature {
	bool *flag;
	u32 reg;
	u8 shift;
	u8 width;
	u8 min;
};

static const struct feature features[] = {
	{ &avcpu_hw.dic,	SYS_CTR_EL0,		29, 1, 1 },
	{ &avcpu_hw.idc,	SYS_CTR_EL0,		28, 1, 1 },
	{ &avcpu_hw.aa32_el0,	SYS_ID_AA64PFR0_EL1,	0,  4, 2 },
	{ &avcpu_hw.aa32_el1,	SYS_ID_AA64PFR0_EL1,	4,  4, 2 },
	{ &avcpu_hw.vgic_v3,	SYS_ID_AA64PFR0_EL1,	24, 4, 1 },
	{ &avcpu_hw.ras,	SYS_ID_AA64PFR0_EL1,	28, 4, 1 },
	{ &avcpu_hw.sve,	SYS_ID_AA64PFR0_EL1,	32, 4, 1 },
	{ &avcpu_hw.amu,	SYS_ID_AA64PFR0_EL1,	44, 4, 1 },
	{ &avcpu_hw.mte,	SYS_ID_AA64PFR1_EL1,	8,  4, 2 },
	{ &avcpu_hw.sme,	SYS_ID_AA64PFR1_EL1,	24, 4, 1 },
	{ &avcpu_hw.spe,	SYS_ID_AA64DFR0_EL1,	32, 4, 1 },
	{ &avcpu_hw.trf,	SYS_ID_AA64DFR0_EL1,	40, 4, 1 },
	{ &avcpu_hw.trbe,	SYS_ID_AA64DFR0_EL1,	44, 4, 1 },
	{ &avcpu_hw.tlbirange,	SYS_ID_AA64ISAR0_EL1,	56, 4, 2 },
	{ &avcpu_hw.fgt,	SYS_ID_AA64MMFR0_EL1,	56, 4, 1 },
	{ &avcpu_hw.ecv,	SYS_ID_AA64MMFR0_EL1,	60, 4, 1 },
	{ &avcpu_hw.hafdbs,	SYS_ID_AA64MMFR1_EL1,	0,  4, 1 },
	{ &avcpu_hw.pan,	SYS_ID_AA64MMFR1_EL1,	20, 4, 1 },
	{ &avcpu_hw.xnx,	SYS_ID_AA64MMFR1_EL1,	28, 4, 1 },
	{ &avcpu_hw.hcx,	SYS_ID_AA64MMFR1_EL1,	40, 4, 1 },
	{ &avcpu_hw.fwb,	SYS_ID_AA64MMFR2_EL1,	40, 4, 1 },
	{ &avcpu_hw.evt,	SYS_ID_AA64MMFR2_EL1,	56, 4, 1 },
};

static unsigned int id_field(u32 reg, u8 shift, u8 width)
{
	return (read_sanitised_ftr_reg(reg) >> shift) & GENMASK(width - 1, 0);
}

static unsigned int id_nibble(u32 reg, u8 shift)
{
	return id_field(reg, shift, 4);
}

/*
 * struct granule - how ID_AA64MMFR0_EL1 says that stage 2 has a page size
 * @page_shift: the page size
 * @stage2: shift of TGran*_2: 0 is "as stage 1", 1 "no", above "yes"
 * @stage1: shift of TGran*; @min: least value that says yes, 0xf being "no"
 */
static const struct granule {
	u8 page_shift;
	u8 stage2;
	u8 stage1;
	u8 min;
} granules[] = {
	{ 12, 40, 28, 0 },
	{ 14, 32, 20, 1 },
	{ 16, 36, 24, 0 },
};

static bool stage2_has_page_size(void)
{
	const struct granule *gran = granules;
	unsigned int val;

	while (gran->page_shift != PAGE_SHIFT)
		gran++;
	val = id_nibble(SYS_ID_AA64MMFR0_EL1, gran->stage2);
	if (val)
		return val > 1;
	val = id_nibble(SYS_ID_AA64MMFR0_EL1, gran->stage1);
	return val >= gran->min && val != 0xf;
}

/* PMUVer 0xf is a PMU of another kind, whose registers are not the PMU's. */
static bool has_pmu(void)
{
	unsigned int ver = id_nibble(SYS_ID_AA64DFR0_EL1, 8);

	return ver && ver != 0xf;
}

/* APA, API, GPA or GPI of ISAR1; APA3 or GPA3 of ISAR2. */
static bool has_pauth(void)
{
	return id_field(SYS_ID_AA64ISAR1_EL1, 4, 8) ||
	       id_field(SYS_ID_AA64ISAR1_EL1, 24, 8) ||
	       id_field(SYS_ID_AA64ISAR2_EL1, 8, 8);
}

static void read_features(void)
{
	unsigned int range = id_nibble(SYS_ID_AA64MMFR0_EL1, 0);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		const struct feature *f = &features[i];

		*f->flag = id_field(f->reg, f->shift, f->width) >= f->min;
	}
	range = min_t(unsigned int, range, ARRAY_SIZE(pa_range) - 1);
	avcpu_hw.pa_bits = min_t(u8, pa_range[range], PA_BITS_MAX);
	avcpu_hw.pmu = has_pmu();
	avcpu_hw.pauth = has_pauth();
	avcpu_hw.nr_bp = id_nibble(SYS_ID_AA64DFR0_EL1, 12) + 1;
	avcpu_hw.nr_wp = id_nibble(SYS_ID_AA64DFR0_EL1, 20) + 1;
	avcpu_hw.cntfrq = read_sysreg(cntfrq_el0);
}

/* What every CPU must have by itself, found by asking each. */
struct cpu_check {
	atomic_t not_vhe;
	atomic_t no_sre;
	atomic_t sre_enable_rw;
	atomic_t cptr_traps;
	atomic_t nr_lr;
};

/* An access of a millisecond's 4,000th part is not a CPU's own doing. */
#define TRAP_HZ		4000000
#define TRAP_READS	32
#define TRAP_ROUNDS	4

/* The quickest of some rounds: one may be interrupted by whatever is below us. */
static bool cptr_traps(void)
{
	u64 least = U64_MAX, start;
	int round, i;

	for (round = 0; round < TRAP_ROUNDS; round++) {
		isb();
		start = read_sysreg(cntvct_el0);
		for (i = 0; i < TRAP_READS; i++)
			read_sysreg(cpacr_el1);
		isb();
		least = min(least, read_sysreg(cntvct_el0) - start);
	}
	return least > (u64)TRAP_READS * read_sysreg(cntfrq_el0) / TRAP_HZ;
}

/* Where the GIC has no memory-mapped CPU interface it may be RAO/WI (IHI 0069, 12.2.22). */
static bool sre_enable_is_rw(void)
{
	u64 sre = read_sysreg_s(AVCPU_SYS_ICC_SRE_EL2);
	u64 now;

	write_sysreg_s(sre & ~AVCPU_ICC_SRE_ENABLE, AVCPU_SYS_ICC_SRE_EL2);
	isb();
	now = read_sysreg_s(AVCPU_SYS_ICC_SRE_EL2);
	write_sysreg_s(sre, AVCPU_SYS_ICC_SRE_EL2);
	isb();
	return (now ^ sre) & AVCPU_ICC_SRE_ENABLE;
}

static void check_cpu(void *info)
{
	struct cpu_check *check = info;
	int lr;

	/* HCR_EL2 and the GIC's registers are UNDEFINED below EL2. */
	if (read_sysreg(CurrentEL) != CurrentEL_EL2 ||
	    !(read_sysreg(hcr_el2) & AVCPU_HCR_E2H)) {
		atomic_inc(&check->not_vhe);
		return;
	}
	if (!(read_sysreg_s(AVCPU_SYS_ICC_SRE_EL2) & ICC_SRE_EL2_SRE)) {
		atomic_inc(&check->no_sre);
		return;
	}
	if (sre_enable_is_rw())
		atomic_inc(&check->sre_enable_rw);
	if (cptr_traps())
		atomic_inc(&check->cptr_traps);
	lr = (read_sysreg_s(AVCPU_SYS_ICH_VTR_EL2) & ICH_VTR_LISTREGS) + 1;
	if (lr < atomic_read(&check->nr_lr))
		atomic_set(&check->nr_lr, lr);
}

/* Return: why not, or NULL. */
static const char *check_host(void)
{
	struct cpu_check check = { .nr_lr = ATOMIC_INIT(MAX_LRS) };
	int cpu;

	if (!is_kernel_in_hyp_mode())
		return "the kernel runs at EL1. It must run at EL2: firmware must start it there, "
		       "on CPUs with FEAT_VHE (Armv8.1), without kvm-arm.mode=nvhe or protected";
	if (!id_nibble(SYS_ID_AA64PFR0_EL1, 24))
		return "the CPUs have no GICv3 system registers. A machine with a GICv3 or later is needed";

	/* One at a time: nr_lr is the least of them. */
	cpus_read_lock();
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, check_cpu, &check, true);
	cpus_read_unlock();

	if (atomic_read(&check.not_vhe))
		return "not every CPU runs the kernel at EL2 with FEAT_VHE. A machine where all do is needed";
	if (atomic_read(&check.no_sre))
		return "the GIC's system registers are off. The kernel must drive the GIC as a GICv3";
	if (!stage2_has_page_size())
		return "stage 2 of the CPUs has not the kernel's page size. A kernel with 4K pages will do";
	avcpu_hw.nr_lr = atomic_read(&check.nr_lr);
	avcpu_hw.sre_enable_rw = atomic_read(&check.sre_enable_rw);
	avcpu_hw.cptr_traps = atomic_read(&check.cptr_traps);
	return NULL;
}

/**
 * avcpu_hw_init() - look at the machine and fill in avcpu_hw
 *
 * Return: 0, or -ENODEV, and then the log has one line that says why.
 */
int avcpu_hw_init(void)
{
	const char *why = check_host();

	if (why) {
		pr_err("not here: %s\n", why);
		return -ENODEV;
	}
	read_features();
	avcpu_hw.vtimer_irq = avcpu_hwirq_vtimer();
	avcpu_hw.maint_irq = avcpu_hwirq_gic_maintenance();
	pr_info("%u-bit addresses, %u list registers, virtual timer IRQ %u, GIC maintenance IRQ %u\n",
		avcpu_hw.pa_bits, avcpu_hw.nr_lr, avcpu_hw.vtimer_irq, avcpu_hw.maint_irq);
	return 0;
}

void avcpu_hw_exit(void)
{
}
