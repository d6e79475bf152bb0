// SPDX-License-Identifier: GPL-2.0
/* The GICv3's frames as the guest sees them: what is there, in which width. */
#include "gic.h"

#define NR_IRQS		96
#define LAST_SPI	(NR_IRQS - 1)

static struct gic_vm the_gic(void)
{
	static struct gic_vm gic;

	if (!gic.vm)
		gic = gic_vm_create_reset(2, NR_IRQS);
	return gic;
}

static struct vcpu *cpu0(void)
{
	return &the_gic().vm->vcpus[0];
}

static const struct fixed_reg {
	const char *name;
	u64 addr;
	u32 want;
	u32 mask;
} fixed_regs[] = {
	{ "GICD_CTLR: affinity routing, one security state", GICD_BASE + GICD_CTLR, 0x50, ~0U },
	{ "GICD_TYPER: lines", GICD_BASE + GICD_TYPER, NR_IRQS / 32 - 1, 0x1f },
	{ "GICD_TYPER: no security, no LPIs", GICD_BASE + GICD_TYPER, 0, 0x20400 },
	{ "GICD_TYPER: 10 bits of INTID", GICD_BASE + GICD_TYPER, 9 << 19, 0xf80000 },
	{ "GICD_IIDR", GICD_BASE + GICD_IIDR, 0x4b00043b, 0xffff0fff },
	{ "GICD_TYPER2", GICD_BASE + GICD_TYPER2, 0, ~0U },
	{ "GICD_PIDR2: GICv3", GICD_BASE + GICD_PIDR2, 0x3b, ~0U },
	{ "GICR_IIDR", GICR_BASE + GICR_IIDR, 0x4b00043b, ~0U },
	{ "GICR_TYPER, first", GICR_BASE + GICR_TYPER, 0, ~0U },
	{ "GICR_TYPER, last", GICR_BASE + GICR_STRIDE + GICR_TYPER, 1 << 8 | GICR_TYPER_LAST, ~0U },
	{ "GICR_TYPER, affinity", GICR_BASE + GICR_STRIDE + GICR_TYPER + 4, 1, ~0U },
	{ "GICR_WAKER", GICR_BASE + GICR_WAKER, 0, ~0U },
	{ "GICR_STATUSR", GICR_BASE + GICR_STATUSR, 0, ~0U },
	{ "GICR_PIDR2: GICv3", GICR_BASE + GICR_PIDR2, 0x3b, ~0U },
	{ "GICR_CTLR: no LPIs", GICR_BASE + GICR_CTLR, 0, 1 },
	{ "a hole in the distributor", GICD_BASE + 0x1000, 0, ~0U },
	{ "a hole in the redistributor", GICR_BASE + 0x1000, 0, ~0U },
	{ "a hole in the SGI frame", GICR_BASE + GICR_SGI, 0, ~0U },
	{ "SGIs are enabled, PPIs are not", GICR_BASE + GICR_SGI + GICD_ISENABLER, 0xffff, ~0U },
	{ "SGIs and PPIs are in group 1", GICR_BASE + GICR_SGI + GICD_IGROUPR, ~0U, ~0U },
	{ "SGIs are edge-triggered", GICR_BASE + GICR_SGI + GICD_ICFGR, 0xaaaaaaaa, ~0U },
	{ "PPIs are level-triggered", GICR_BASE + GICR_SGI + GICD_ICFGR + 4, 0, ~0U },
	{ "SPIs are in group 1", GICD_BASE + GICD_IGROUPR + 4, ~0U, ~0U },
	{ "SPIs are disabled", GICD_BASE + GICD_ISENABLER + 4, 0, ~0U },
};

TEST_EACH(reset_value, struct fixed_reg, fixed_regs)
{
	u32 got = vcpu_eval(cpu0(), gic_mmio_read, row->addr, 4);

	ASSERT_EQ(got & row->mask, row->want);
}

/* What a write of all ones leaves behind. */
static const struct write_reg {
	const char *name;
	u64 addr;
	u64 write;
	u32 want;
} write_regs[] = {
	{ "GICD_TYPER is read-only", GICD_BASE + GICD_TYPER, ~0U, 9 << 19 | 2 },
	{ "GICD_PIDR2 is read-only", GICD_BASE + GICD_PIDR2, ~0U, 0x3b },
	{ "GICR_TYPER is read-only", GICR_BASE + GICR_TYPER, ~0U, 0 },
	{ "GICR_CTLR without an ITS", GICR_BASE + GICR_CTLR, ~0U, 6 },
	{ "GICD_IGROUPR", GICD_BASE + GICD_IGROUPR + 4, 0x12345678, 0x12345678 },
	{ "GICD_IGROUPR0 is RAZ/WI", GICD_BASE + GICD_IGROUPR, ~0U, 0 },
	{ "GICD_IGROUPR beyond the last", GICD_BASE + GICD_IGROUPR + NR_IRQS / 8, ~0U, 0 },
	{ "GICD_ISENABLER0 is RAZ/WI", GICD_BASE + GICD_ISENABLER, ~0U, 0 },
	{ "GICD_ISENABLER beyond the last", GICD_BASE + GICD_ISENABLER + NR_IRQS / 8, ~0U, 0 },
	{ "GICD_IPRIORITYR has 5 bits", GICD_BASE + GICD_IPRIORITYR + 32, 0xff7f0f08, 0xf8780808 },
	{ "GICD_IPRIORITYR0 is RAZ/WI", GICD_BASE + GICD_IPRIORITYR, ~0U, 0 },
	{ "GICD_IPRIORITYR beyond the last", GICD_BASE + GICD_IPRIORITYR + NR_IRQS, ~0U, 0 },
	{ "GICD_ITARGETSR is RAZ/WI", GICD_BASE + GICD_ITARGETSR + 32, ~0U, 0 },
	{ "GICD_ICFGR has one bit of two", GICD_BASE + GICD_ICFGR + 8, ~0U, 0xaaaaaaaa },
	{ "GICD_ICFGR back to level", GICD_BASE + GICD_ICFGR + 8, 0x55555555, 0 },
	{ "GICD_IGRPMODR is RAZ/WI", GICD_BASE + GICD_IGRPMODR + 4, ~0U, 0 },
	{ "GICD_NSACR is RAZ/WI", GICD_BASE + GICD_NSACR + 8, ~0U, 0 },
	{ "GICD_IROUTER: Aff2 to Aff0", GICD_BASE + GICD_IROUTER + 8 * 32, ~0U, 0xffffff },
	{ "GICD_IROUTER: no Aff3", GICD_BASE + GICD_IROUTER + 8 * 32 + 4, ~0U, 0 },
	{ "GICD_IROUTER0 is RAZ/WI", GICD_BASE + GICD_IROUTER, ~0U, 0 },
	{ "GICD_IROUTER of the last", GICD_BASE + GICD_IROUTER + 8 * LAST_SPI, 1, 1 },
	{ "GICD_IROUTER beyond the last", GICD_BASE + GICD_IROUTER + 8 * NR_IRQS, 1, 0 },
	{ "GICR_IPRIORITYR", GICR_BASE + GICR_SGI + GICD_IPRIORITYR, ~0U, 0xf8f8f8f8 },
	{ "GICR_ICFGR0 is read-only", GICR_BASE + GICR_SGI + GICD_ICFGR, 0, 0xaaaaaaaa },
	{ "GICR_ICFGR1 is read-only", GICR_BASE + GICR_SGI + GICD_ICFGR + 4, ~0U, 0 },
	{ "GICR_WAKER is RAZ/WI", GICR_BASE + GICR_WAKER, ~0U, 0 },
	{ "GICR_PROPBASER", GICR_BASE + GICR_PROPBASER, 0xfffffc8f, 0xfffffd8f },
	{ "GICR_PENDBASER", GICR_BASE + GICR_PENDBASER, 0xffff0480, 0xffff0580 },
};

TEST_EACH(write_and_read_back, struct write_reg, write_regs)
{
	vcpu_eval(cpu0(), gic_mmio_write, row->addr, 4, row->write);
	ASSERT_EQ(vcpu_eval(cpu0(), gic_mmio_read, row->addr, 4), row->want);
}

/* Set by the one, cleared by the other, zeros do nothing. */
static const struct pair_reg {
	const char *name;
	u64 set;
	u64 clear;
} pair_regs[] = {
	{ "SPIs enabled", GICD_BASE + GICD_ISENABLER + 8, GICD_BASE + GICD_ICENABLER + 8 },
	{ "SPIs pending", GICD_BASE + GICD_ISPENDR + 8, GICD_BASE + GICD_ICPENDR + 8 },
	{ "SPIs active", GICD_BASE + GICD_ISACTIVER + 8, GICD_BASE + GICD_ICACTIVER + 8 },
	{ "PPIs enabled", GICR_BASE + GICR_SGI + GICD_ISENABLER, GICR_BASE + GICR_SGI + GICD_ICENABLER },
	{ "PPIs pending", GICR_BASE + GICR_SGI + GICD_ISPENDR, GICR_BASE + GICR_SGI + GICD_ICPENDR },
	{ "PPIs active", GICR_BASE + GICR_SGI + GICD_ISACTIVER, GICR_BASE + GICR_SGI + GICD_ICACTIVER },
	{ "another CPU's PPIs enabled", GICR_BASE + GICR_STRIDE + GICR_SGI + GICD_ISENABLER,
	  GICR_BASE + GICR_STRIDE + GICR_SGI + GICD_ICENABLER },
	{ "another CPU's PPIs pending", GICR_BASE + GICR_STRIDE + GICR_SGI + GICD_ISPENDR,
	  GICR_BASE + GICR_STRIDE + GICR_SGI + GICD_ICPENDR },
	{ "another CPU's PPIs active", GICR_BASE + GICR_STRIDE + GICR_SGI + GICD_ISACTIVER,
	  GICR_BASE + GICR_STRIDE + GICR_SGI + GICD_ICACTIVER },
};

static u32 read32(u64 addr)
{
	return vcpu_eval(cpu0(), gic_mmio_read, addr, 4);
}

static void write32(u64 addr, u32 val)
{
	vcpu_eval(cpu0(), gic_mmio_write, addr, 4, val);
}

TEST_EACH(set_and_clear, struct pair_reg, pair_regs)
{
	write32(row->clear, ~0U);
	ASSERT_EQ(read32(row->set), 0);
	write32(row->set, 0x80f10003);
	ASSERT_EQ(read32(row->set), 0x80f10003);
	ASSERT_EQ(read32(row->clear), 0x80f10003);
	write32(row->set, 0);
	write32(row->clear, 0);
	ASSERT_EQ(read32(row->set), 0x80f10003);
	write32(row->clear, 0x80000002);
	ASSERT_EQ(read32(row->set), 0xf10001);
	write32(row->clear, ~0U);
	ASSERT_EQ(read32(row->set), 0);
}

/* Of 1, 2, 4 and 8 bytes, and not aligned: RAZ/WI where it is not supported. */
static const struct width {
	const char *name;
	u64 addr;
	u64 size;
	u64 want;
} widths[] = {
	{ "GICD_IPRIORITYR by byte", GICD_BASE + GICD_IPRIORITYR + 41, 1, 0x68 },
	{ "GICD_IPRIORITYR by half", GICD_BASE + GICD_IPRIORITYR + 40, 2, 0 },
	{ "GICD_IPRIORITYR by word", GICD_BASE + GICD_IPRIORITYR + 40, 4, 0x58606870 },
	{ "GICD_IPRIORITYR by double", GICD_BASE + GICD_IPRIORITYR + 40, 8, 0 },
	{ "GICD_TYPER by byte", GICD_BASE + GICD_TYPER, 1, 0 },
	{ "GICD_TYPER by half", GICD_BASE + GICD_TYPER, 2, 0 },
	{ "GICD_TYPER by double", GICD_BASE + GICD_CTLR, 8, 0 },
	{ "GICR_TYPER by double", GICR_BASE + GICR_STRIDE + GICR_TYPER, 8, 0x100000110 },
	{ "GICR_TYPER by byte", GICR_BASE + GICR_STRIDE + GICR_TYPER, 1, 0 },
	{ "GICD_IROUTER by double", GICD_BASE + GICD_IROUTER + 8 * 50, 8, 0x010203 },
	{ "GICD_IROUTER by half", GICD_BASE + GICD_IROUTER + 8 * 50, 2, 0 },
	{ "GICR_PIDR2 by byte", GICR_BASE + GICR_PIDR2, 1, 0 },
};

TEST_EACH(width, struct width, widths)
{
	write32(GICD_BASE + GICD_IPRIORITYR + 40, 0x58606870);
	vcpu_eval(cpu0(), gic_mmio_write, GICD_BASE + GICD_IROUTER + 8 * 50, 8,
		  0xff00000080010203);
	ASSERT_EQ(vcpu_eval(cpu0(), gic_mmio_read, row->addr, row->size), row->want);
}

TEST(width_of_writes)
{
	u64 prio = GICD_BASE + GICD_IPRIORITYR + 60;

	write32(prio, 0x10101010);
	vcpu_eval(cpu0(), gic_mmio_write, prio + 2, 1, 0x88);
	ASSERT_EQ(read32(prio), 0x10881010);
	vcpu_eval(cpu0(), gic_mmio_write, prio, 2, 0xf0f0);
	vcpu_eval(cpu0(), gic_mmio_write, prio - 4, 8, ~0ULL);
	ASSERT_EQ(read32(prio), 0x10881010);
	vcpu_eval(cpu0(), gic_mmio_write, GICD_BASE + GICD_IGROUPR + 4, 1, 0);
	ASSERT(read32(GICD_BASE + GICD_IGROUPR + 4) & 0xff);
}

/* Not a register of it: user space has the access. */
TEST(beyond_the_frames)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);
	static const u64 addrs[] = {
		GICD_BASE - 4, GICD_BASE + SZ_64K, GICR_BASE - 4, GICR_BASE + GICR_STRIDE,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(addrs); i++) {
		vcpu_call(&gic.vm->vcpus[0], gic_mmio_read, addrs[i], 4);
		vcpu_run_to_mmio(&gic.vm->vcpus[0]);
		ASSERT_EQ(gic.vm->vcpus[0].run->mmio.phys_addr, addrs[i]);
		vcpu_run_to_end(&gic.vm->vcpus[0]);
	}
}
