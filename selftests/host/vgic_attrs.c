// SPDX-License-Identifier: GPL-2.0
/* KVM_DEV_TYPE_ARM_VGIC_V3: creation, attributes, their order, their errors. */
#include "gic.h"

#define ADDR	KVM_DEV_ARM_VGIC_GRP_ADDR
#define DIST	KVM_VGIC_V3_ADDR_TYPE_DIST
#define REDIST	KVM_VGIC_V3_ADDR_TYPE_REDIST
#define REGION	KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION

static u64 region(u64 count, u64 base, u64 flags, u64 index)
{
	return count << 52 | base | flags << 12 | index;
}

static int set_addr(int fd, u64 attr, u64 val)
{
	return gic_attr_set_raw(fd, ADDR, attr, &val);
}

static int set_nr_irqs(int fd, u32 nr)
{
	return gic_attr_set_raw(fd, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &nr);
}

static int init(int fd)
{
	return gic_attr_set_raw(fd, KVM_DEV_ARM_VGIC_GRP_CTRL,
				KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

/* Creation */

TEST(create_twice)
{
	struct kvm_create_device cd = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	struct vm *vm = vm_create();

	gic_create(vm);
	ASSERT_EQ(ioctl(vm->fd, KVM_CREATE_DEVICE, &cd), -1);
	ASSERT_EQ(errno, EEXIST);
}

TEST(create_test_only)
{
	struct kvm_create_device cd = {
		.type = KVM_DEV_TYPE_ARM_VGIC_V3, .flags = KVM_CREATE_DEVICE_TEST,
	};
	struct vm *vm = vm_create();

	ASSERT_EQ(ioctl(vm->fd, KVM_CREATE_DEVICE, &cd), 0);
	gic_create(vm);
}

TEST(create_after_a_vcpu_ran)
{
	struct kvm_create_device cd = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	struct vm *vm = vm_create_guest(1);

	vcpu_eval(&vm->vcpus[0], guest_add, 1, 2);
	ASSERT_EQ(ioctl(vm->fd, KVM_CREATE_DEVICE, &cd), -1);
	ASSERT_EQ(errno, EBUSY);
}

TEST(vcpus_before_and_after)
{
	struct vm *vm = vm_create();
	int fd;

	vm_add_vcpu(vm, 0);
	fd = gic_create(vm);
	vm_add_vcpu(vm, 1);
	ASSERT_EQ(init(fd), 0);
	ASSERT_EQ(init(fd), 0);
	/* From here on no vCPU can be added. */
	ASSERT_EQ(ioctl(vm->fd, KVM_CREATE_VCPU, 2), -1);
	ASSERT_EQ(errno, EBUSY);
}

TEST(closed_vm_with_open_device)
{
	struct vm *vm = vm_create();
	int fd;

	vm_add_vcpu(vm, 0);
	fd = gic_create(vm);
	close(vm->vcpus[0].fd);
	close(vm->fd);
	ASSERT_EQ(set_addr(fd, DIST, GICD_BASE), 0);
	ASSERT_EQ(set_addr(fd, REDIST, GICR_BASE), 0);
	ASSERT_EQ(init(fd), 0);
	close(fd);
}

/* Which attributes there are */

static const struct has {
	const char *name;
	u32 group;
	u64 attr;
	int want;
} has_rows[] = {
	{ "ADDR: distributor", ADDR, DIST, 0 },
	{ "ADDR: redistributors", ADDR, REDIST, 0 },
	{ "ADDR: redistributor region", ADDR, REGION, 0 },
	{ "ADDR: GICv2's", ADDR, KVM_VGIC_V2_ADDR_TYPE_CPU, -ENXIO },
	{ "ADDR: the ITS's", ADDR, KVM_VGIC_ITS_ADDR_TYPE, -ENXIO },
	{ "ADDR: all bits", ADDR, ~0ULL, -ENXIO },
	{ "NR_IRQS", KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, 0 },
	{ "CTRL: INIT", KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0 },
	{ "CTRL: SAVE_PENDING_TABLES", KVM_DEV_ARM_VGIC_GRP_CTRL,
	  KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, 0 },
	{ "CTRL: the ITS's", KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_SAVE_TABLES, -ENXIO },
	{ "CTRL: unknown", KVM_DEV_ARM_VGIC_GRP_CTRL, 77, -ENXIO },
	{ "DIST_REGS: GICD_CTLR", KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_CTLR, 0 },
	{ "DIST_REGS: GICD_IROUTER32", KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_IROUTER + 256, 0 },
	{ "DIST_REGS: beyond the last", KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_ISENABLER + 0x7c, -ENXIO },
	{ "DIST_REGS: a hole", KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x14, -ENXIO },
	{ "DIST_REGS: not aligned", KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_CTLR + 1, -ENXIO },
	{ "DIST_REGS: no offset at all", KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0xffffffff, -ENXIO },
	{ "DIST_REGS: any CPU", KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GIC_ATTR_CPU(99) | GICD_CTLR, 0 },
	{ "REDIST_REGS: GICR_TYPER", KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, GICR_TYPER, 0 },
	{ "REDIST_REGS: GICR_ISENABLER0", KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
	  GICR_SGI + GICD_ISENABLER, 0 },
	{ "REDIST_REGS: a hole", KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 0x1000, -ENXIO },
	{ "REDIST_REGS: beyond the frames", KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, GICR_STRIDE, -ENXIO },
	{ "REDIST_REGS: no such CPU", KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
	  GIC_ATTR_CPU(99) | GICR_TYPER, -EINVAL },
	{ "REDIST_REGS: affinity of all bits", KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
	  GIC_ATTR_CPU(0xffffffff) | GICR_TYPER, -EINVAL },
	{ "CPU_SYSREGS: ICC_PMR_EL1", KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_PMR_REG, 0 },
	{ "CPU_SYSREGS: ICC_AP0R3_EL1", KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_AP0R_REG(3), 0 },
	{ "CPU_SYSREGS: ICC_IAR1_EL1", KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS,
	  ICC_REG(12, 12, 0), -ENXIO },
	{ "CPU_SYSREGS: SCTLR_EL1", KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_REG(1, 0, 0), -ENXIO },
	{ "CPU_SYSREGS: no such CPU", KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS,
	  GIC_ATTR_CPU(99) | ICC_PMR_REG, -EINVAL },
	{ "LEVEL_INFO: line level", KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 32, 0 },
	{ "LEVEL_INFO: unknown", KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 1 << 10 | 32, -ENXIO },
	{ "GICv2's CPU registers", KVM_DEV_ARM_VGIC_GRP_CPU_REGS, 0, -ENXIO },
	{ "the ITS's registers", KVM_DEV_ARM_VGIC_GRP_ITS_REGS, 0, -ENXIO },
	{ "unknown group", 1000, 0, -ENXIO },
	{ "group of all bits", ~0U, 0, -ENXIO },
};

TEST_EACH(has_attr, struct has, has_rows)
{
	static int fd = -1;

	if (fd < 0) {
		struct vm *vm = vm_create();

		vm_add_ready_vcpu(vm, 0, 0);
		fd = gic_create(vm);
		ASSERT_EQ(init(fd), 0);
	}
	ASSERT_EQ(gic_attr_has_raw(fd, row->group, row->attr), row->want);
}

/* Addresses */

static const struct addr {
	const char *name;
	u64 attr;
	u64 val;
	int want;
} addr_rows[] = {
	{ "distributor, not aligned", DIST, 0x8001000, -EINVAL },
	{ "distributor beyond 40 bits", DIST, 1ULL << 40, -E2BIG },
	{ "distributor, all bits", DIST, ~0ULL, -EINVAL },
	{ "redistributors, half beyond", REDIST, (1ULL << 40) - SZ_64K, -E2BIG },
	{ "distributor, the last 64 KiB", DIST, (1ULL << 40) - SZ_64K, 0 },
	{ "distributor again", DIST, GICD_BASE, -EEXIST },
	{ "redistributors, not aligned", REDIST, 0x8001000, -EINVAL },
	{ "redistributors beyond 40 bits", REDIST, 1ULL << 40, -E2BIG },
	{ "region of none", REGION, 0x080a0000, -EINVAL },
	{ "region with a flag", REGION, 1ULL << 52 | 0x080a0000 | 1 << 12, -EINVAL },
	{ "first region is not number 0", REGION, 1ULL << 52 | 0x080a0000 | 1, -EINVAL },
	{ "region beyond 40 bits", REGION, 1ULL << 52 | 1ULL << 40, -E2BIG },
	{ "region, its second half beyond", REGION, 2ULL << 52 | ((1ULL << 40) - 0x20000), -E2BIG },
	{ "region of two", REGION, 2ULL << 52 | 0x080a0000, 0 },
	{ "the same region", REGION, 2ULL << 52 | 0x080a0000, -EINVAL },
	{ "region that skips a number", REGION, 1ULL << 52 | 0x09000000 | 2, -EINVAL },
	{ "region over another", REGION, 1ULL << 52 | 0x080c0000 | 1, -EINVAL },
	{ "next region", REGION, 1ULL << 52 | 0x080e0000 | 1, 0 },
	{ "redistributors beside regions", REDIST, 0x0a000000, -EINVAL },
	{ "GICv2's CPU interface", KVM_VGIC_V2_ADDR_TYPE_CPU, 0x0a000000, -ENXIO },
	{ "unknown", 100, 0x0a000000, -ENXIO },
};

/* The rows build on each other: they share a process, and a VM. */
TEST_EACH(set_addr, struct addr, addr_rows)
{
	static int fd = -1;

	if (fd < 0) {
		struct vm *vm = vm_create_type(options.device, 40);

		vm_add_vcpu(vm, 0);
		fd = gic_create(vm);
	}
	ASSERT_EQ(set_addr(fd, row->attr, row->val), row->want);
}

TEST(addr_bad_pointer)
{
	struct vm *vm = vm_create();
	int fd = gic_create(vm);

	ASSERT_EQ(gic_attr_set_raw(fd, ADDR, DIST, (void *)8), -EFAULT);
	ASSERT_EQ(gic_attr_get_raw(fd, ADDR, DIST, (void *)8), -EFAULT);
	ASSERT_EQ(gic_attr_get_raw(fd, ADDR, REGION, (void *)8), -EFAULT);
}

TEST(addr_read_back)
{
	struct vm *vm = vm_create();
	int fd = gic_create(vm);
	u64 val;

	ASSERT_EQ(gic_attr_get_raw(fd, ADDR, DIST, &val), 0);
	ASSERT_EQ(val, ~0ULL);
	ASSERT_EQ(gic_attr_get_raw(fd, ADDR, REDIST, &val), 0);
	ASSERT_EQ(val, ~0ULL);
	val = 0;
	ASSERT_EQ(gic_attr_get_raw(fd, ADDR, REGION, &val), -ENOENT);

	ASSERT_EQ(set_addr(fd, DIST, GICD_BASE), 0);
	ASSERT_EQ(set_addr(fd, REGION, region(3, GICR_BASE, 0, 0)), 0);
	ASSERT_EQ(gic_attr_get_raw(fd, ADDR, DIST, &val), 0);
	ASSERT_EQ(val, GICD_BASE);
	val = 0;
	ASSERT_EQ(gic_attr_get_raw(fd, ADDR, REGION, &val), 0);
	ASSERT_EQ(val, region(3, GICR_BASE, 0, 0));
	val = 1;
	ASSERT_EQ(gic_attr_get_raw(fd, ADDR, REGION, &val), -ENOENT);
}

TEST(redistributors_twice)
{
	struct vm *vm = vm_create();
	int fd = gic_create(vm);

	vm_add_vcpu(vm, 0);
	ASSERT_EQ(set_addr(fd, REDIST, GICR_BASE), 0);
	ASSERT_EQ(set_addr(fd, REDIST, 0x0a000000), -EEXIST);
}

/* A region that fails half way leaves no redistributor behind (CVE-2024-40989). */
TEST(region_over_the_distributor)
{
	struct vm *vm = vm_create();
	int fd = gic_create(vm);
	unsigned int i;

	for (i = 0; i < 4; i++)
		vm_add_vcpu(vm, i);
	ASSERT_EQ(set_addr(fd, DIST, 0x08040000), 0);
	for (i = 0; i < 10; i++)
		ASSERT_EQ(set_addr(fd, REGION, region(4, 0x08000000, 0, 0)), -EINVAL);
	ASSERT_EQ(set_addr(fd, REGION, region(4, 0x09000000, 0, 0)), 0);
	ASSERT_EQ(init(fd), 0);
}

/*
 * The older attribute's region grows with the vCPUs, here into the distributor:
 * the one that makes it do so cannot be, and nothing of it stays on the bus
 * (CVE-2025-37849). It grows once the vCPU is there, hence the one after.
 */
TEST(vcpu_that_does_not_fit)
{
	struct vm *vm = vm_create();
	int fd = gic_create(vm);
	unsigned int i;

	vm_add_vcpu(vm, 0);
	ASSERT_EQ(set_addr(fd, REDIST, 0x08000000), 0);
	ASSERT_EQ(set_addr(fd, DIST, 0x08020000), 0);
	vm_add_vcpu(vm, 1);
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(ioctl(vm->fd, KVM_CREATE_VCPU, 2), -1);
		ASSERT_EQ(errno, EINVAL);
	}
}

/* NR_IRQS */

static const struct nr {
	const char *name;
	u32 nr;
	int want;
} nr_rows[] = {
	{ "0", 0, -EINVAL }, { "32", 32, -EINVAL }, { "63", 63, -EINVAL },
	{ "64", 64, 0 }, { "96", 96, 0 }, { "100", 100, -EINVAL },
	{ "992", 992, 0 }, { "1024", 1024, -EINVAL }, { "1056", 1056, -EINVAL },
	{ "all bits", ~0U, -EINVAL },
};

TEST_EACH(nr_irqs, struct nr, nr_rows)
{
	struct vm *vm = vm_create();
	int fd = gic_create(vm);
	u32 val;

	ASSERT_EQ(set_nr_irqs(fd, row->nr), row->want);
	if (row->want)
		return;
	ASSERT_EQ(gic_attr_get_raw(fd, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &val), 0);
	ASSERT_EQ(val, row->nr);
	ASSERT_EQ(set_nr_irqs(fd, 64), -EBUSY);
}

TEST(nr_irqs_after_init)
{
	struct vm *vm = vm_create();
	int fd = gic_create(vm);
	u32 val;

	vm_add_vcpu(vm, 0);
	ASSERT_EQ(init(fd), 0);
	ASSERT_EQ(set_nr_irqs(fd, 64), -EBUSY);
	ASSERT_EQ(gic_attr_get_raw(fd, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &val), 0);
	ASSERT_EQ(val, 256);
}

/* Order: what KVM_RUN says of a GIC that is not complete */

static const struct run_row {
	const char *name;
	bool dist, redist, init, overlap;
	int want;
} run_rows[] = {
	{ "nothing set", false, false, false, false, -ENXIO },
	{ "no distributor", false, true, true, false, -ENXIO },
	{ "no redistributors", true, false, true, false, -ENXIO },
	{ "not initialized", true, true, false, false, -EBUSY },
	{ "overlap", true, true, true, true, -EINVAL },
	{ "complete", true, true, true, false, 0 },
};

TEST_EACH(run_with, struct run_row, run_rows)
{
	struct vm *vm = vm_create_guest(1);
	int fd = gic_create(vm);

	/* Initialized first, as QEMU does. */
	if (row->init)
		ASSERT_EQ(init(fd), 0);
	if (row->redist)
		ASSERT_EQ(set_addr(fd, REDIST, GICR_BASE), 0);
	if (row->dist)
		ASSERT_EQ(set_addr(fd, DIST, row->overlap ? GICR_BASE + SZ_64K : GICD_BASE), 0);
	vcpu_call(&vm->vcpus[0], guest_add, 1, 2);
	ASSERT_EQ(vcpu_run(&vm->vcpus[0]), row->want);
}

TEST(too_few_places)
{
	struct vm *vm = vm_create_guest(3);
	int fd = gic_create(vm);

	ASSERT_EQ(set_addr(fd, DIST, GICD_BASE), 0);
	ASSERT_EQ(set_addr(fd, REGION, region(2, GICR_BASE, 0, 0)), 0);
	ASSERT_EQ(init(fd), 0);
	vcpu_call(&vm->vcpus[2], guest_add, 1, 2);
	ASSERT_EQ(vcpu_run(&vm->vcpus[2]), -ENXIO);
}

/* Last is set where no redistributor follows, and regions may adjoin. */
TEST(typer_last_over_several_regions)
{
	struct vm *vm = vm_create();
	int fd = gic_create(vm);
	unsigned int i;

	for (i = 0; i < 5; i++)
		vm_add_ready_vcpu(vm, i, 0);
	ASSERT_EQ(set_addr(fd, REGION, region(2, 0x100000, 0, 0)), 0);
	ASSERT_EQ(set_addr(fd, REGION, region(2, 0x140000, 0, 1)), 0);
	ASSERT_EQ(set_addr(fd, REGION, region(3, 0x200000, 0, 2)), 0);
	ASSERT_EQ(init(fd), 0);
	for (i = 0; i < 5; i++)
		ASSERT_EQ(gicr_get(fd, i, GICR_TYPER),
			  i << 8 | (i == 3 || i == 4 ? GICR_TYPER_LAST : 0));
}

/* State before and after initialization */

static const struct early {
	const char *name;
	u32 group;
	u64 attr;
} early_rows[] = {
	{ "GICD_CTLR", KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_CTLR },
	{ "GICR_TYPER", KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, GICR_TYPER },
	{ "ICC_PMR_EL1", KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_PMR_REG },
	{ "line levels", KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 32 },
};

TEST_EACH(state_before_init, struct early, early_rows)
{
	struct vm *vm = vm_create();
	int fd = gic_create(vm);
	u64 val = 0;

	/* Whose? There is no vCPU. */
	ASSERT_EQ(gic_attr_get_raw(fd, row->group, row->attr, &val), -EINVAL);
	vm_add_ready_vcpu(vm, 0, 0);
	ASSERT_EQ(gic_attr_get_raw(fd, row->group, row->attr, &val), -EBUSY);
	ASSERT_EQ(gic_attr_set_raw(fd, row->group, row->attr, &val), -EBUSY);
	ASSERT_EQ(init(fd), 0);
	ASSERT_EQ(gic_attr_get_raw(fd, row->group, row->attr, &val), 0);
	ASSERT_EQ(gic_attr_get_raw(fd, row->group, row->attr, (void *)8), -EFAULT);
	ASSERT_EQ(gic_attr_set_raw(fd, row->group, row->attr, (void *)8), -EFAULT);
}

TEST(revision)
{
	struct vm *vm = vm_create();
	int fd = gic_create(vm);
	u32 iidr, val;

	vm_add_vcpu(vm, 0);
	ASSERT_EQ(init(fd), 0);
	iidr = gicd_get(fd, GICD_IIDR);
	gicd_set(fd, GICD_IIDR, iidr);
	val = (iidr & ~0xf000) | 2 << 12;
	gicd_set(fd, GICD_IIDR, val);
	ASSERT_EQ(gicd_get(fd, GICD_IIDR), val);
	/* GICR_CTLR.{CES,IR} came with revision 3. */
	ASSERT_EQ(gicr_get(fd, 0, GICR_CTLR), 0);
	gicd_set(fd, GICD_IIDR, iidr);
	ASSERT_EQ(gicr_get(fd, 0, GICR_CTLR), 6);

	val = (iidr & ~0xf000) | 1 << 12;
	ASSERT_EQ(gic_attr_set_raw(fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_IIDR, &val), -EINVAL);
	val = iidr | 0xf000;
	ASSERT_EQ(gic_attr_set_raw(fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_IIDR, &val), -EINVAL);
	val = iidr ^ 1;
	ASSERT_EQ(gic_attr_set_raw(fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_IIDR, &val), -EINVAL);
}

static const struct level_row {
	const char *name;
	u64 attr;
	int want;
} level_rows[] = {
	{ "PPIs", 0, 0 }, { "SPIs", 32, 0 }, { "beyond the last", 960, 0 },
	{ "not a multiple of 32", 33, -EINVAL }, { "a PPI", 16, -EINVAL },
	{ "unknown info", 1 << 10 | 32, -EINVAL },
	{ "no such CPU", GIC_ATTR_CPU(5) | 0, -EINVAL },
};

TEST_EACH(level_info, struct level_row, level_rows)
{
	struct vm *vm = vm_create();
	int fd = gic_create(vm);
	u32 val = 0;

	vm_add_ready_vcpu(vm, 0, 0);
	ASSERT_EQ(init(fd), 0);
	ASSERT_EQ(gic_attr_get_raw(fd, KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, row->attr, &val),
		  row->want);
	ASSERT_EQ(gic_attr_set_raw(fd, KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, row->attr, &val),
		  row->want);
}

static const struct icc_row {
	const char *name;
	u64 reg;
	u64 write;
	u64 want;	/* ~0: refused */
} icc_rows[] = {
	{ "ICC_PMR_EL1", ICC_PMR_REG, 0xa8, 0xa8 },
	{ "ICC_BPR0_EL1", ICC_BPR0_REG, 3, 3 },
	{ "ICC_BPR1_EL1", ICC_BPR1_REG, 5, 5 },
	{ "ICC_AP0R0_EL1", ICC_AP0R_REG(0), 0x12345678, 0x12345678 },
	{ "ICC_AP1R0_EL1", ICC_AP1R_REG(0), 0x87654321, 0x87654321 },
	{ "ICC_AP1R3_EL1", ICC_AP1R_REG(3), 0, ~0ULL },
	{ "ICC_IGRPEN0_EL1", ICC_IGRPEN0_REG, 1, 1 },
	{ "ICC_IGRPEN1_EL1", ICC_IGRPEN1_REG, 1, 1 },
	{ "ICC_SRE_EL1", ICC_SRE_REG, 7, 7 },
	{ "ICC_SRE_EL1 without SRE", ICC_SRE_REG, 6, ~0ULL },
	{ "ICC_IAR1_EL1", ICC_REG(12, 12, 0), 0, ~0ULL },
};

TEST_EACH(cpu_sysreg, struct icc_row, icc_rows)
{
	struct vm *vm = vm_create();
	u64 val = row->write;
	int fd, ret;

	vm_add_ready_vcpu(vm, 0, 0);
	fd = gic_create(vm);
	ASSERT_EQ(init(fd), 0);
	ret = gic_attr_set_raw(fd, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, row->reg, &val);
	if (row->want == ~0ULL) {
		ASSERT(ret == -EINVAL || ret == -ENXIO || ret == -ENOENT);
		return;
	}
	ASSERT_EQ(ret, 0);
	ASSERT_EQ(icc_get(fd, 0, row->reg), row->want);
}

/* What the CPU has can be set, more cannot. */
TEST(cpu_sysreg_ctlr)
{
	struct vm *vm = vm_create();
	u64 ctlr, val;
	int fd;

	vm_add_ready_vcpu(vm, 0, 0);
	fd = gic_create(vm);
	ASSERT_EQ(init(fd), 0);
	ctlr = icc_get(fd, 0, ICC_CTLR_REG);
	icc_set(fd, 0, ICC_CTLR_REG, ctlr | 3);
	ASSERT_EQ(icc_get(fd, 0, ICC_CTLR_REG), ctlr | 3);
	/* CBPR: that of group 1 is that of group 0, plus one. */
	icc_set(fd, 0, ICC_BPR0_REG, 4);
	ASSERT_EQ(icc_get(fd, 0, ICC_BPR1_REG), 5);
	val = ctlr | 7 << 8;
	ASSERT_EQ(gic_attr_set_raw(fd, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_CTLR_REG, &val), -EINVAL);
	val = ctlr | 7 << 11;
	ASSERT_EQ(gic_attr_set_raw(fd, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_CTLR_REG, &val), -EINVAL);
	val = ctlr ^ 1 << 14;
	ASSERT_EQ(gic_attr_set_raw(fd, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_CTLR_REG, &val), -EINVAL);
	val = ctlr ^ 1 << 15;
	ASSERT_EQ(gic_attr_set_raw(fd, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC_CTLR_REG, &val), -EINVAL);
}

static void *spinner(void *arg)
{
	struct vcpu *vcpu = arg;

	vcpu_call(vcpu, guest_spin);
	while (!vcpu->run->immediate_exit)
		vcpu_run(vcpu);
	return NULL;
}

TEST(busy_while_a_vcpu_runs)
{
	struct gic_vm gic = gic_vm_create(2, 64);
	struct vcpu *vcpu = &gic.vm->vcpus[1];
	volatile u64 *spins = guest_var(gic.vm, u64, spin_count);
	pthread_t thread;
	u32 val = 0;

	kick_setup();
	*spins = 0;
	thread = thread_start(spinner, vcpu);
	while (!*spins)
		sleep_ms(1);
	ASSERT_EQ(gic_attr_get_raw(gic.fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_CTLR, &val), -EBUSY);
	ASSERT_EQ(gic_attr_set_raw(gic.fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_CTLR, &val), -EBUSY);
	ASSERT_EQ(gic_attr_set_raw(gic.fd, KVM_DEV_ARM_VGIC_GRP_CTRL,
				   KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL), -EBUSY);
	vcpu->run->immediate_exit = 1;
	kick_thread(thread);
	thread_join(thread);
	ASSERT_EQ(gic_attr_get_raw(gic.fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_CTLR, &val), 0);
}

/* KVM_IRQ_LINE */

static const struct line_row {
	const char *name;
	u32 type, vcpu, num;
	int want;
} line_rows[] = {
	{ "SPI", KVM_ARM_IRQ_TYPE_SPI, 0, 40, 0 },
	{ "last SPI", KVM_ARM_IRQ_TYPE_SPI, 0, 63, 0 },
	{ "SPI beyond the last", KVM_ARM_IRQ_TYPE_SPI, 0, 64, -EINVAL },
	{ "SPI that is a PPI", KVM_ARM_IRQ_TYPE_SPI, 0, 31, -EINVAL },
	{ "SPI of all bits", KVM_ARM_IRQ_TYPE_SPI, 0, 0xffff, -EINVAL },
	{ "SPI 1023", KVM_ARM_IRQ_TYPE_SPI, 0, 1023, -EINVAL },
	{ "PPI", KVM_ARM_IRQ_TYPE_PPI, 1, 20, 0 },
	{ "PPI of no vCPU", KVM_ARM_IRQ_TYPE_PPI, 7, 20, -EINVAL },
	{ "PPI of a far vCPU", KVM_ARM_IRQ_TYPE_PPI, 0xfff, 20, -EINVAL },
	{ "PPI that is an SGI", KVM_ARM_IRQ_TYPE_PPI, 0, 15, -EINVAL },
	{ "PPI that is an SPI", KVM_ARM_IRQ_TYPE_PPI, 0, 32, -EINVAL },
	{ "pin of the CPU", KVM_ARM_IRQ_TYPE_CPU, 0, 0, -ENXIO },
	{ "unknown type", 3, 0, 40, -EINVAL },
	{ "type of all bits", 15, 0, 40, -EINVAL },
};

TEST_EACH(irq_line, struct line_row, line_rows)
{
	static struct vm *vm;

	if (!vm) {
		int fd;

		vm = vm_create();
		vm_add_vcpu(vm, 0);
		vm_add_vcpu(vm, 1);
		fd = gic_create(vm);
		/* What it says depends on nothing but the type so far. */
		ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_SPI, 0, 40, 1), -EBUSY);
		ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_PPI, 0, 20, 1), -EBUSY);
		ASSERT_EQ(set_nr_irqs(fd, 64), 0);
		ASSERT_EQ(init(fd), 0);
	}
	ASSERT_EQ(irq_line_raw(vm, row->type, row->vcpu, row->num, 1), row->want);
	ASSERT_EQ(irq_line_raw(vm, row->type, row->vcpu, row->num, 0), row->want);
}

TEST(irq_line_without_a_gic)
{
	struct vm *vm = vm_create();

	vm_add_vcpu(vm, 0);
	ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_SPI, 0, 40, 1), -ENXIO);
	ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_PPI, 0, 20, 1), -ENXIO);
	ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_CPU, 0, KVM_ARM_IRQ_CPU_IRQ, 1), 0);
	ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_CPU, 0, KVM_ARM_IRQ_CPU_FIQ, 1), 0);
	ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_CPU, 0, 2, 1), -EINVAL);
	ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_CPU, 1, 0, 1), -EINVAL);
}

/* The pins themselves: an IRQ and an FIQ for a guest without a GIC. */
TEST(cpu_pins)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];

	ASSERT_EQ(vcpu_eval(vcpu, gic_take_exception), VECTOR_NONE);
	ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_CPU, 0, KVM_ARM_IRQ_CPU_IRQ, 1), 0);
	ASSERT_EQ(vcpu_eval(vcpu, gic_take_exception), VECTOR_IRQ);
	ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_CPU, 0, KVM_ARM_IRQ_CPU_IRQ, 0), 0);
	ASSERT_EQ(vcpu_eval(vcpu, gic_take_exception), VECTOR_NONE);
	ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_CPU, 0, KVM_ARM_IRQ_CPU_FIQ, 1), 0);
	ASSERT_EQ(vcpu_eval(vcpu, gic_take_exception), VECTOR_FIQ);
	/* A pending interrupt, masked or not, ends WFI. */
	vcpu_eval(vcpu, guest_wfi);
}

/* Everything at once: creation, vCPUs, lines, attributes (syzkaller's pattern). */
struct race {
	struct vm *vm;
	volatile int fd;
	volatile bool stop;
};

static void *racing_lines(void *arg)
{
	struct race *race = arg;
	unsigned int i;

	for (i = 0; !race->stop; i++) {
		irq_line_raw(race->vm, KVM_ARM_IRQ_TYPE_SPI, 0, 32 + i % 100, i & 1);
		irq_line_raw(race->vm, KVM_ARM_IRQ_TYPE_PPI, i % 5, 16 + i % 16, i & 1);
		irq_line_raw(race->vm, KVM_ARM_IRQ_TYPE_CPU, i % 5, i & 1, i & 1);
	}
	return NULL;
}

static void *racing_attrs(void *arg)
{
	struct race *race = arg;
	u64 val = 0;
	u32 i;

	for (i = 0; !race->stop; i++) {
		if (race->fd < 0)
			continue;
		gic_attr_get_raw(race->fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, i * 4 % 0x10000, &val);
		gic_attr_get_raw(race->fd, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
				 GIC_ATTR_CPU(i % 5) | (i * 4 % 0x20000), &val);
		gic_attr_get_raw(race->fd, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS,
				 GIC_ATTR_CPU(i % 5) | ICC_CTLR_REG, &val);
	}
	return NULL;
}

TEST(creation_against_use)
{
	unsigned int round, i;

	for (round = 0; round < 20; round++) {
		struct race race = { .vm = vm_create(), .fd = -1 };
		pthread_t lines = thread_start(racing_lines, &race);
		pthread_t attrs = thread_start(racing_attrs, &race);

		for (i = 0; i < 4; i++) {
			vm_add_vcpu(race.vm, i);
			if (i == round % 4)
				race.fd = gic_create(race.vm);
			sleep_ms(1);
		}
		set_addr(race.fd, DIST, GICD_BASE);
		set_addr(race.fd, REDIST, GICR_BASE);
		init(race.fd);
		sleep_ms(5);
		race.stop = true;
		thread_join(lines);
		thread_join(attrs);
		for (i = 0; i < 4; i++)
			close(race.vm->vcpus[i].fd);
		close(race.vm->fd);
		close(race.fd);
	}
}
