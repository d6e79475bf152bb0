// SPDX-License-Identifier: GPL-2.0
/*
 * The GIC's state as user space saves and restores it: every register of the
 * distributor, the redistributors and the CPU interface, and the lines' levels.
 */
#include "gic.h"

#define GRP_DIST	KVM_DEV_ARM_VGIC_GRP_DIST_REGS
#define GRP_REDIST	KVM_DEV_ARM_VGIC_GRP_REDIST_REGS
#define GRP_CPU		KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS
#define GRP_LEVEL	KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO

#define SGI(reg)	(GICR_SGI + (reg))
#define LEVEL(info, intid)	((info) << 10 | (intid))

/* Two vCPUs and 96 SPIs; shared by the rows of a table. */
#define NR_IRQS		128

static struct gic_vm *shared(void)
{
	static struct gic_vm gic;

	if (!gic.vm)
		gic = gic_vm_create_reset(2, NR_IRQS);
	return &gic;
}

static int get(int fd, u32 group, u64 attr, u64 *value)
{
	u32 small = 0;
	int ret;

	if (group == GRP_CPU)
		return gic_attr_get_raw(fd, group, attr, value);
	ret = gic_attr_get_raw(fd, group, attr, &small);
	*value = small;
	return ret;
}

static int set(int fd, u32 group, u64 attr, u64 value)
{
	const u32 small = value;

	return group == GRP_CPU ? gic_attr_set_raw(fd, group, attr, &value) :
				  gic_attr_set_raw(fd, group, attr, &small);
}

/* What is written, and what is read after: bits that are not there are 0. */

struct reg {
	const char *name;
	u32 group;
	u64 attr;
	u64 write, read;
	int has;	/* -ENXIO: not there, though it can be read and written */
};

#define DIST(reg, write, read)	{ #reg, GRP_DIST, reg, write, read }
#define NO_DIST(reg)		{ #reg, GRP_DIST, reg, 0xffffffff, 0, -ENXIO }
#define RDIST(reg, write, read)	{ #reg, GRP_REDIST, GIC_ATTR_CPU(1) | (reg), write, read }
#define CPUIF(reg, write, read)	{ #reg, GRP_CPU, GIC_ATTR_CPU(1) | (reg), write, read }

static const struct reg regs[] = {
	DIST(GICD_CTLR, 0xffffffff, 0x52),
	DIST(GICD_CTLR, 0, 0x50),
	DIST(GICD_TYPER, 0, 9 << 19 | (NR_IRQS / 32 - 1)),
	DIST(GICD_TYPER2, 0, 0),
	DIST(GICD_STATUSR, 0, 0xffffffff),
	DIST(GICD_IGROUPR + 4, 0xa5a5a5a5, 0xa5a5a5a5),
	DIST(GICD_IGROUPR + 4, 0, 0),
	DIST(GICD_ISENABLER + 4, 0xa5a5a5a5, 0xa5a5a5a5),
	DIST(GICD_ISENABLER + 4, 0, 0xa5a5a5a5),
	DIST(GICD_ICENABLER + 4, 0x000000ff, 0xa5a5a500),
	DIST(GICD_ICENABLER + 4, 0xffffffff, 0),
	DIST(GICD_ISPENDR + 4, 0xa5a5a5a5, 0xa5a5a5a5),
	DIST(GICD_ISPENDR + 4, 0x5a5a5a5a, 0x5a5a5a5a),
	DIST(GICD_ICPENDR + 4, 0xffffffff, 0),
	DIST(GICD_ISPENDR + 4, 0, 0),
	DIST(GICD_ISACTIVER + 4, 0x000000a5, 0x000000a5),
	DIST(GICD_ISACTIVER + 4, 0xa5000000, 0xa50000a5),
	DIST(GICD_ICACTIVER + 4, 0x000000ff, 0xa5000000),
	DIST(GICD_ICACTIVER + 4, 0xffffffff, 0),
	DIST(GICD_IPRIORITYR + 32, 0xffffffff, 0xf8f8f8f8),
	DIST(GICD_IPRIORITYR + 36, 0x08101820, 0x08101820),
	DIST(GICD_IPRIORITYR + 124, 0x80a00007, 0x80a00000),
	DIST(GICD_ITARGETSR + 32, 0xffffffff, 0),
	DIST(GICD_ICFGR + 8, 0xffffffff, 0xaaaaaaaa),
	DIST(GICD_ICFGR + 8, 0x22222222, 0x22222222),
	DIST(GICD_ICFGR + 8, 0x55555555, 0),
	DIST(GICD_IGRPMODR + 4, 0xffffffff, 0),
	DIST(GICD_IROUTER + 8 * 32, 0x00000001, 1),
	DIST(GICD_IROUTER + 8 * 32, 0xffffffff, 0x00ffffff),
	DIST(GICD_IROUTER + 8 * 32 + 4, 0xffffffff, 0),
	DIST(GICD_IROUTER + 8 * 127, 0x00010203, 0x00010203),
	DIST(GICD_PIDR2, 0, 0x3b),
	DIST(GICD_PIDR2 - 4, 0, 0),
	/* SGIs and PPIs are the redistributors'. */
	DIST(GICD_IGROUPR, 0xffffffff, 0),
	DIST(GICD_ISENABLER, 0xffffffff, 0),
	DIST(GICD_ISPENDR, 0xffffffff, 0),
	DIST(GICD_ISACTIVER, 0xffffffff, 0),
	DIST(GICD_IPRIORITYR, 0xffffffff, 0),
	DIST(GICD_ICFGR, 0xffffffff, 0),
	/* The last SPI, and the first there is not. */
	DIST(GICD_ISENABLER + 12, 0x80000000, 0x80000000),
	NO_DIST(GICD_ISENABLER + 16),
	NO_DIST(GICD_ISPENDR + 16),
	NO_DIST(GICD_ISACTIVER + 16),
	NO_DIST(GICD_IPRIORITYR + 128),
	NO_DIST(GICD_ICFGR + 32),
	NO_DIST(GICD_IROUTER + 8 * 128),
	NO_DIST(GICD_IROUTER + 8 * 1019),

	RDIST(GICR_CTLR, 0xffffffff, 0x6),
	RDIST(GICR_IIDR, 0, 0x4b00043b),
	RDIST(GICR_TYPER, 0, 1 << 8 | GICR_TYPER_LAST),
	RDIST(GICR_TYPER + 4, 0, 1),
	RDIST(GICR_WAKER, 0xffffffff, 0),
	RDIST(GICR_PROPBASER, 0x4567808f, 0x4567818f),
	RDIST(GICR_PROPBASER + 4, 0x00000012, 0x00000012),
	RDIST(GICR_PENDBASER, 0x45670780, 0x45670780),
	RDIST(GICR_PENDBASER + 4, 0x00000012, 0x00000012),
	RDIST(GICR_PIDR2, 0, 0x3b),
	RDIST(SGI(GICD_IGROUPR), 0xa5a55a5a, 0xa5a55a5a),
	RDIST(SGI(GICD_ISENABLER), 0xa5a50000, 0xa5a5ffff),
	RDIST(SGI(GICD_ICENABLER), 0xa50000ff, 0x00a5ff00),
	RDIST(SGI(GICD_ISPENDR), 0xa5a55a5a, 0xa5a55a5a),
	RDIST(SGI(GICD_ISPENDR), 0x00000001, 0x00000001),
	RDIST(SGI(GICD_ICPENDR), 0xffffffff, 0),
	RDIST(SGI(GICD_ISACTIVER), 0xa5a55a5a, 0xa5a55a5a),
	RDIST(SGI(GICD_ICACTIVER), 0xffff0000, 0x00005a5a),
	RDIST(SGI(GICD_ICACTIVER), 0xffffffff, 0),
	RDIST(SGI(GICD_IPRIORITYR), 0xffffffff, 0xf8f8f8f8),
	RDIST(SGI(GICD_IPRIORITYR + 28), 0x10203040, 0x10203040),
	RDIST(SGI(GICD_ICFGR), 0, 0xaaaaaaaa),
	RDIST(SGI(GICD_ICFGR + 4), 0xffffffff, 0),
	RDIST(SGI(GICD_IGRPMODR), 0xffffffff, 0),
	RDIST(SGI(GICD_NSACR), 0xffffffff, 0),

	CPUIF(ICC_PMR_REG, 0xf0, 0xf0),
	CPUIF(ICC_PMR_REG, 0, 0),
	CPUIF(ICC_BPR0_REG, 5, 5),
	CPUIF(ICC_BPR1_REG, 6, 6),
	CPUIF(ICC_AP0R_REG(0), 0x80000001, 0x80000001),
	CPUIF(ICC_AP0R_REG(0), 0, 0),
	CPUIF(ICC_AP1R_REG(0), 0x00010002, 0x00010002),
	CPUIF(ICC_AP1R_REG(0), 0, 0),
	CPUIF(ICC_SRE_REG, 7, 7),
	CPUIF(ICC_SRE_REG, 1, 7),
	CPUIF(ICC_IGRPEN0_REG, 1, 1),
	CPUIF(ICC_IGRPEN0_REG, 0, 0),
	CPUIF(ICC_IGRPEN1_REG, 1, 1),
	CPUIF(ICC_IGRPEN1_REG, 0, 0),

	/* Only what is level-triggered has a level. */
	DIST(GICD_ICFGR + 8, 0, 0),
	DIST(GICD_ICFGR + 12, 0x000000aa, 0x000000aa),
	DIST(GICD_ICFGR + 28, 0, 0),
	{ "levels of SPIs", GRP_LEVEL, LEVEL(0, 32), 0xa5af5a5a, 0xa5a05a5a },
	{ "levels of SPIs, all low", GRP_LEVEL, LEVEL(0, 32), 0, 0 },
	{ "levels of the last SPIs", GRP_LEVEL, LEVEL(0, 96), 0x80010000, 0x80010000 },
	{ "levels of PPIs", GRP_LEVEL, GIC_ATTR_CPU(1) | LEVEL(0, 0), 0xa5a5ffff, 0xa5a50000 },
	{ "levels of PPIs, all low", GRP_LEVEL, GIC_ATTR_CPU(1) | LEVEL(0, 0), 0, 0 },
	{ "levels beyond the last SPI", GRP_LEVEL, LEVEL(0, 128), 0xffffffff, 0 },
	{ "levels of INTIDs that are none", GRP_LEVEL, LEVEL(0, 992), 0xffffffff, 0 },
};

TEST_EACH(round_trip, struct reg, regs)
{
	const int fd = shared()->fd;
	u64 value = ~0ULL;

	ASSERT_EQ(gic_attr_has_raw(fd, row->group, row->attr), row->has);
	ASSERT_EQ(set(fd, row->group, row->attr, row->write), 0);
	ASSERT_EQ(get(fd, row->group, row->attr, &value), 0);
	ASSERT_EQ(value, row->read);
}

/* One vCPU's state is not another's. */
TEST(state_of_its_own)
{
	const int fd = shared()->fd;

	gicr_set(fd, 0, SGI(GICD_IPRIORITYR + 16), 0x80808080);
	gicr_set(fd, 1, SGI(GICD_IPRIORITYR + 16), 0x10101010);
	ASSERT_EQ(gicr_get(fd, 0, SGI(GICD_IPRIORITYR + 16)), 0x80808080);
	gicr_set(fd, 0, SGI(GICD_ISPENDR), BIT(3));
	ASSERT_EQ(gicr_get(fd, 1, SGI(GICD_ISPENDR)), 0);
	icc_set(fd, 0, ICC_PMR_REG, 0x40);
	icc_set(fd, 1, ICC_PMR_REG, 0x80);
	ASSERT_EQ(icc_get(fd, 0, ICC_PMR_REG), 0x40);
	gic_level_set(fd, 0, 0, BIT(20));
	ASSERT_EQ(gic_level_get(fd, 1, 0), 0);
	ASSERT_EQ(gic_level_get(fd, 0, 0), BIT(20));
	ASSERT_EQ(gicr_get(fd, 0, GICR_TYPER), 0);
	/* The distributor is the same to all, and whose it is does not matter. */
	gicd_set(fd, GIC_ATTR_CPU(1) | (GICD_IPRIORITYR + 64), 0x20202020);
	ASSERT_EQ(gicd_get(fd, GIC_ATTR_CPU(0) | (GICD_IPRIORITYR + 64)), 0x20202020);
	ASSERT_EQ(gicd_get(fd, GIC_ATTR_CPU(0xffffffff) | (GICD_IPRIORITYR + 64)), 0x20202020);
	gicd_set(fd, GICD_ICFGR + 16, 0);
	gic_level_set(fd, 1, 64, 2);
	ASSERT_EQ(gic_level_get(fd, 0, 64), 2);
}

/* After initialisation. */
TEST(initial_state)
{
	struct gic_vm gic = gic_vm_create_reset(1, NR_IRQS);

	ASSERT_EQ(gicd_get(gic.fd, GICD_CTLR), 0x50);
	ASSERT_EQ(gicd_get(gic.fd, GICD_IGROUPR + 4), 0xffffffff);
	ASSERT_EQ(gicd_get(gic.fd, GICD_ISENABLER + 4), 0);
	ASSERT_EQ(gicd_get(gic.fd, GICD_ISPENDR + 4), 0);
	ASSERT_EQ(gicd_get(gic.fd, GICD_IPRIORITYR + 32), 0);
	ASSERT_EQ(gicd_get(gic.fd, GICD_ICFGR + 8), 0xaaaaaaaa);
	ASSERT_EQ(gicd_get(gic.fd, GICD_IROUTER + 8 * 32), 0);
	ASSERT_EQ(gicr_get(gic.fd, 0, SGI(GICD_IGROUPR)), 0xffffffff);
	ASSERT_EQ(gicr_get(gic.fd, 0, SGI(GICD_ISENABLER)), 0x0000ffff);
	ASSERT_EQ(gicr_get(gic.fd, 0, SGI(GICD_ICFGR)), 0xaaaaaaaa);
	ASSERT_EQ(gicr_get(gic.fd, 0, SGI(GICD_ICFGR + 4)), 0);
	ASSERT_EQ(icc_get(gic.fd, 0, ICC_PMR_REG), 0);
	ASSERT_EQ(icc_get(gic.fd, 0, ICC_IGRPEN0_REG), 0);
	ASSERT_EQ(icc_get(gic.fd, 0, ICC_IGRPEN1_REG), 0);
	ASSERT_EQ(icc_get(gic.fd, 0, ICC_AP1R_REG(0)), 0);
}

/* Which revision of KVM's GIC: what is not known is refused. */
TEST(revision)
{
	struct gic_vm gic = gic_vm_create_reset(1, 64);
	const u32 iidr = gicd_get(gic.fd, GICD_IIDR);
	u32 value, revision;

	ASSERT_EQ(iidr & ~0xf000U, 0x4b00043b);
	ASSERT_EQ(iidr >> 12 & 0xf, 3);
	gicd_set(gic.fd, GICD_IIDR, iidr);
	for (revision = 0; revision < 16; revision++) {
		const bool known = revision == 2 || revision == 3;

		/* Revision 1 came back in Linux 6.16. */
		if (revision == 1)
			continue;
		value = (iidr & ~0xf000U) | revision << 12;
		ASSERT_EQ(gic_attr_set_raw(gic.fd, GRP_DIST, GICD_IIDR, &value),
			  known ? 0 : -EINVAL);
		if (known)
			ASSERT_EQ(gicd_get(gic.fd, GICD_IIDR), value);
	}
	value = iidr ^ 1;
	ASSERT_EQ(gic_attr_set_raw(gic.fd, GRP_DIST, GICD_IIDR, &value), -EINVAL);
	value = iidr ^ BIT(31);
	ASSERT_EQ(gic_attr_set_raw(gic.fd, GRP_DIST, GICD_IIDR, &value), -EINVAL);
	/* EINVAL until Linux 6.16, then EBUSY once the vGIC is initialized */
	value = 0xffffffff;
	ASSERT_NE(gic_attr_set_raw(gic.fd, GRP_DIST, GICD_TYPER2, &value), 0);
	ASSERT_EQ(gicd_get(gic.fd, GICD_TYPER2), 0);
	ASSERT_EQ(gicd_get(gic.fd, GICD_IIDR), iidr);
}

/* Revision 2 has no INVLPIR, and says so. */
TEST(revision_2_in_the_redistributor)
{
	struct gic_vm gic = gic_vm_create_reset(1, 64);

	gicd_set(gic.fd, GICD_IIDR, 0x4b00243b);
	ASSERT_EQ(gicr_get(gic.fd, 0, GICR_CTLR), 0);
	gicd_set(gic.fd, GICD_IIDR, 0x4b00343b);
	ASSERT_EQ(gicr_get(gic.fd, 0, GICR_CTLR), 6);
}

/* ICC_CTLR_EL1: what was saved where there is more cannot be restored here. */
TEST(cpu_interface_control)
{
	struct gic_vm gic = gic_vm_create_reset(1, 64);
	const u64 ctlr = icc_get(gic.fd, 0, ICC_CTLR_REG);
	const u64 pri_bits = ctlr >> 8 & 7, id_bits = ctlr >> 11 & 7;
	u64 value;

	ASSERT_GE(pri_bits, 4);
	ASSERT_LE(id_bits, 1);
	icc_set(gic.fd, 0, ICC_CTLR_REG, ctlr | 3);
	ASSERT_EQ(icc_get(gic.fd, 0, ICC_CTLR_REG), ctlr | 3);
	icc_set(gic.fd, 0, ICC_CTLR_REG, ctlr);
	ASSERT_EQ(icc_get(gic.fd, 0, ICC_CTLR_REG), ctlr);

	value = ctlr ^ BIT(14);
	ASSERT_EQ(set(gic.fd, GRP_CPU, ICC_CTLR_REG, value), -EINVAL);
	value = ctlr ^ BIT(15);
	ASSERT_EQ(set(gic.fd, GRP_CPU, ICC_CTLR_REG, value), -EINVAL);
	value = ctlr + ((7 - pri_bits) << 8);
	if (pri_bits < 7)
		ASSERT_EQ(set(gic.fd, GRP_CPU, ICC_CTLR_REG, value), -EINVAL);
	value = ctlr | 7 << 11;
	ASSERT_EQ(set(gic.fd, GRP_CPU, ICC_CTLR_REG, value), -EINVAL);
	ASSERT_EQ(icc_get(gic.fd, 0, ICC_CTLR_REG), ctlr);
}

/* CBPR: ICC_BPR1_EL1 is then ICC_BPR0_EL1 plus one, and not written. */
TEST(common_binary_point)
{
	struct gic_vm gic = gic_vm_create_reset(1, 64);
	const u64 ctlr = icc_get(gic.fd, 0, ICC_CTLR_REG);

	icc_set(gic.fd, 0, ICC_BPR0_REG, 4);
	icc_set(gic.fd, 0, ICC_BPR1_REG, 7);
	icc_set(gic.fd, 0, ICC_CTLR_REG, ctlr | 1);
	ASSERT_EQ(icc_get(gic.fd, 0, ICC_BPR1_REG), 5);
	icc_set(gic.fd, 0, ICC_BPR1_REG, 3);
	icc_set(gic.fd, 0, ICC_BPR0_REG, 7);
	ASSERT_EQ(icc_get(gic.fd, 0, ICC_BPR1_REG), 7);
	icc_set(gic.fd, 0, ICC_CTLR_REG, ctlr);
	ASSERT_EQ(icc_get(gic.fd, 0, ICC_BPR1_REG), 7);
}

/* There are as many active-priority registers as priority bits ask for. */
TEST(active_priorities)
{
	struct gic_vm gic = gic_vm_create_reset(1, 64);
	const u64 pri_bits = (icc_get(gic.fd, 0, ICC_CTLR_REG) >> 8 & 7) + 1;
	const unsigned int nr = pri_bits > 5 ? 1 << (pri_bits - 5) : 1;
	unsigned int i;
	u64 value;

	for (i = 0; i < 4; i++) {
		const int ret = i < nr ? 0 : -EINVAL;

		ASSERT_EQ(get(gic.fd, GRP_CPU, ICC_AP0R_REG(i), &value), ret);
		ASSERT_EQ(get(gic.fd, GRP_CPU, ICC_AP1R_REG(i), &value), ret);
		ASSERT_EQ(set(gic.fd, GRP_CPU, ICC_AP0R_REG(i), 0), ret);
		ASSERT_EQ(set(gic.fd, GRP_CPU, ICC_AP1R_REG(i), 0), ret);
	}
}

/* What there is not: where no register is, user space reads 0, as the guest does. */

struct bad {
	const char *name;
	u32 group;
	u64 attr;
	int has, ret;
};

#define ICC_IAR1_REG	ICC_REG(12, 12, 0)
#define NOBODY		GIC_ATTR_CPU(7)
#define ANOTHER_CLUSTER	GIC_ATTR_CPU(0x100)
#define ALL_ONES	GIC_ATTR_CPU(0xffffffff)

static const struct bad bads[] = {
	{ "distributor, reserved", GRP_DIST, 0x20, -ENXIO, 0 },
	{ "distributor, SETSPI", GRP_DIST, 0x40, -ENXIO, 0 },
	{ "distributor, SGIR", GRP_DIST, 0xf00, -ENXIO, 0 },
	{ "distributor, not aligned", GRP_DIST, GICD_IGROUPR + 2, -ENXIO, 0 },
	{ "distributor, a byte", GRP_DIST, GICD_IPRIORITYR + 33, -ENXIO, 0 },
	{ "distributor, beyond it", GRP_DIST, 0x10000, -ENXIO, 0 },
	{ "distributor, far beyond it", GRP_DIST, 0xfffffffc, -ENXIO, 0 },
	{ "redistributor, reserved", GRP_REDIST, 0x20, -ENXIO, 0 },
	{ "redistributor, not aligned", GRP_REDIST, GICR_CTLR + 2, -ENXIO, 0 },
	{ "redistributor, beyond it", GRP_REDIST, 0x20000, -ENXIO, 0 },
	{ "redistributor of nobody", GRP_REDIST, NOBODY | GICR_TYPER, -EINVAL, -EINVAL },
	{ "redistributor of nobody, in another cluster", GRP_REDIST,
	  ANOTHER_CLUSTER | GICR_TYPER, -EINVAL, -EINVAL },
	{ "redistributor of all ones", GRP_REDIST, ALL_ONES | GICR_TYPER, -EINVAL, -EINVAL },
	{ "redistributor of nobody, reserved", GRP_REDIST, NOBODY | 0x20, -EINVAL, -EINVAL },
	{ "CPU interface, IAR1", GRP_CPU, ICC_IAR1_REG, -ENXIO, -ENOENT },
	{ "CPU interface, no ICC register", GRP_CPU, ICC_REG(1, 0, 0), -ENXIO, -ENOENT },
	{ "CPU interface, 0", GRP_CPU, 0, -ENXIO, -ENOENT },
	{ "CPU interface, 0xffff", GRP_CPU, 0xffff, -ENXIO, -ENOENT },
	{ "CPU interface of nobody", GRP_CPU, NOBODY | ICC_PMR_REG, -EINVAL, -EINVAL },
	{ "CPU interface of all ones", GRP_CPU, ALL_ONES | ICC_PMR_REG, -EINVAL, -EINVAL },
	{ "levels, not aligned", GRP_LEVEL, LEVEL(0, 33), 0, -EINVAL },
	{ "levels, the last INTID", GRP_LEVEL, LEVEL(0, 1023), 0, -EINVAL },
	{ "levels, other information", GRP_LEVEL, LEVEL(1, 32), -ENXIO, -EINVAL },
	{ "levels of nobody", GRP_LEVEL, NOBODY | LEVEL(0, 0), 0, -EINVAL },
	{ "levels of all ones", GRP_LEVEL, ALL_ONES | LEVEL(0, 32), 0, -EINVAL },
};

TEST_EACH(not_there, struct bad, bads)
{
	const int fd = shared()->fd;
	u64 value = 0;

	ASSERT_EQ(gic_attr_has_raw(fd, row->group, row->attr), row->has);
	ASSERT_EQ(get(fd, row->group, row->attr, &value), row->ret);
	ASSERT_EQ(set(fd, row->group, row->attr, 0), row->ret);
}

TEST(sre_cannot_be_off)
{
	struct gic_vm gic = gic_vm_create_reset(1, 64);

	ASSERT_EQ(set(gic.fd, GRP_CPU, ICC_SRE_REG, 0), -EINVAL);
	ASSERT_EQ(set(gic.fd, GRP_CPU, ICC_SRE_REG, 6), -EINVAL);
	ASSERT_EQ(icc_get(gic.fd, 0, ICC_SRE_REG), 7);
}

struct group {
	const char *name;
	u32 group;
	u64 attr;
};

static const struct group groups[] = {
	{ "distributor", GRP_DIST, GICD_ISENABLER + 4 },
	{ "redistributor", GRP_REDIST, SGI(GICD_ISENABLER) },
	{ "CPU interface", GRP_CPU, ICC_PMR_REG },
	{ "levels", GRP_LEVEL, LEVEL(0, 32) },
};

TEST_EACH(bad_pointer, struct group, groups)
{
	const int fd = shared()->fd;

	ASSERT_EQ(gic_attr_get_raw(fd, row->group, row->attr, (void *)8), -EFAULT);
	ASSERT_EQ(gic_attr_set_raw(fd, row->group, row->attr, (void *)8), -EFAULT);
}

TEST_EACH(before_initialisation, struct group, groups)
{
	struct vm *vm = vm_create_guest(1);
	const int fd = gic_create(vm);
	u64 value = 0;

	ASSERT_EQ(get(fd, row->group, row->attr, &value), -EBUSY);
	ASSERT_EQ(set(fd, row->group, row->attr, 0), -EBUSY);
}

TEST_EACH(without_vcpus, struct group, groups)
{
	const int fd = gic_create(vm_create());
	u64 value = 0;

	ASSERT_EQ(get(fd, row->group, row->attr, &value), -EINVAL);
	ASSERT_EQ(set(fd, row->group, row->attr, 0), -EINVAL);
}

TEST_EACH(while_a_vcpu_runs, struct group, groups)
{
	struct gic_vm gic = gic_vm_create_reset(2, 64);
	struct vcpu *vcpu = &gic.vm->vcpus[1];
	pthread_t thread;
	u64 value = 0;

	kick_setup();
	vcpu_call(vcpu, guest_spin);
	thread = vcpu_run_async(vcpu);
	while (!*guest_var(gic.vm, volatile u64, spin_count))
		sleep_ms(1);
	ASSERT_EQ(get(gic.fd, row->group, row->attr, &value), -EBUSY);
	ASSERT_EQ(set(gic.fd, row->group, row->attr, 0), -EBUSY);
	ASSERT_EQ(gic_attr_set_raw(gic.fd, KVM_DEV_ARM_VGIC_GRP_CTRL,
				   KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL), -EBUSY);
	/* That it is there does not depend on it. */
	ASSERT_EQ(gic_attr_has_raw(gic.fd, row->group, row->attr), 0);
	ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
	ASSERT_EQ(get(gic.fd, row->group, row->attr, &value), 0);
}

/* Latch and line are two things to user space, and one to the guest. */

TEST(latch_and_line_of_a_level_interrupt)
{
	struct gic_vm gic = gic_vm_create(1, 64);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, 40, false, 0x80);
	spi_line(gic.vm, 40, 1);
	ASSERT_EQ(gic_level_get(gic.fd, 0, 32), IRQ_BIT(40));
	ASSERT_EQ(gicd_get(gic.fd, GICD_ISPENDR + 4), 0);
	ASSERT(gicd_bit(vcpu, GICD_ISPENDR, 40));

	/* Latched as well by the guest. */
	gicd_write(vcpu, GICD_ISPENDR + 4, IRQ_BIT(40));
	ASSERT_EQ(gicd_get(gic.fd, GICD_ISPENDR + 4), IRQ_BIT(40));
	spi_line(gic.vm, 40, 0);
	ASSERT_EQ(gic_level_get(gic.fd, 0, 32), 0);
	ASSERT(gicd_bit(vcpu, GICD_ISPENDR, 40));

	/* Taken and ended, the latch is gone (KVM: with the end, avcpu: as taken). */
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), 40);
	ASSERT_EQ(gicd_get(gic.fd, GICD_ISACTIVER + 4), IRQ_BIT(40));
	vcpu_eval(vcpu, gic_eoi, 40);
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), SPURIOUS_INTID);
	ASSERT_EQ(gicd_get(gic.fd, GICD_ISPENDR + 4), 0);
}

TEST(latch_of_an_edge_interrupt)
{
	struct gic_vm gic = gic_vm_create(1, 64);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, 40, true, 0x80);
	spi_line(gic.vm, 40, 1);
	ASSERT_EQ(gicd_get(gic.fd, GICD_ISPENDR + 4), IRQ_BIT(40));
	spi_line(gic.vm, 40, 0);
	ASSERT_EQ(gicd_get(gic.fd, GICD_ISPENDR + 4), IRQ_BIT(40));
	gicd_set(gic.fd, GICD_ISPENDR + 4, 0);
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), SPURIOUS_INTID);
	gicd_set(gic.fd, GICD_ISPENDR + 4, IRQ_BIT(40));
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), 40);
}

/* The line that user space restores is one that the guest takes and takes again. */
TEST(line_set_by_attribute)
{
	struct gic_vm gic = gic_vm_create(2, 64);
	struct vcpu *vcpu = &gic.vm->vcpus[1];

	spi_setup(vcpu, 40, false, 0x80);
	gicd_write(vcpu, GICD_IROUTER + 8 * 40, 1);
	gic_level_set(gic.fd, 0, 32, IRQ_BIT(40));
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), 40);
	vcpu_eval(vcpu, gic_eoi, 40);
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), 40);
	vcpu_eval(vcpu, gic_eoi, 40);
	gic_level_set(gic.fd, 0, 32, 0);
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), SPURIOUS_INTID);

	gicr_write(vcpu, 1, SGI(GICD_ISENABLER), BIT(20));
	gic_level_set(gic.fd, 1, 0, BIT(20));
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), 20);
	gic_level_set(gic.fd, 1, 0, 0);
	vcpu_eval(vcpu, gic_eoi, 20);
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), SPURIOUS_INTID);
}

/* Enabled, prioritised and routed from outside: as by the guest. */
TEST(state_set_by_attributes_works)
{
	struct gic_vm gic = gic_vm_create_reset(2, 64);
	struct vcpu *vcpu = &gic.vm->vcpus[1];

	gicd_set(gic.fd, GICD_CTLR, GICD_CTLR_GRP1);
	gicd_set(gic.fd, GICD_ICFGR + 8, 0xaaaaaaaa);
	gicd_set(gic.fd, GICD_IPRIORITYR + 40, 0x40608000);
	gicd_set(gic.fd, GICD_IROUTER + 8 * 42, 1);
	gicd_set(gic.fd, GICD_IROUTER + 8 * 43, 1);
	gicd_set(gic.fd, GICD_ISENABLER + 4, IRQ_BIT(42) | IRQ_BIT(43));
	gicd_set(gic.fd, GICD_ISPENDR + 4, IRQ_BIT(42) | IRQ_BIT(43));
	icc_set(gic.fd, 1, ICC_PMR_REG, 0x60);
	icc_set(gic.fd, 1, ICC_IGRPEN1_REG, 1);
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), 43);
	ASSERT_EQ(vcpu_eval(vcpu, gic_running_priority), 0x40);
	vcpu_eval(vcpu, gic_eoi, 43);
	/* 0x60 is masked by 0x60. */
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), SPURIOUS_INTID);
	icc_set(gic.fd, 1, ICC_PMR_REG, 0xf0);
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack), 42);
	ASSERT_EQ(icc_get(gic.fd, 1, ICC_AP1R_REG(0)), BIT(0x60 >> 3));
}
