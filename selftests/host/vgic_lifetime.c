// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a GICv3: made before, between and after vCPUs, placed, run for the
 * first time, and taken down at every stage. (Its attributes: vgic_attrs.c.)
 */
#include "gic.h"

#define GRP_ADDR	KVM_DEV_ARM_VGIC_GRP_ADDR
#define GRP_CTRL	KVM_DEV_ARM_VGIC_GRP_CTRL
#define ADDR_DIST	KVM_VGIC_V3_ADDR_TYPE_DIST
#define ADDR_REDIST	KVM_VGIC_V3_ADDR_TYPE_REDIST
#define ADDR_REGION	KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION
#define NO_ADDR		(~0ULL)

/* vm_create() has KVM's default of 40 bits. */
#define IPA_LIMIT	BIT(40)

#define REGION(count, base, flags, index) \
	((u64)(count) << 52 | (base) | (flags) << 12 | (index))

static int create_raw(struct vm *vm, u32 type, u32 flags)
{
	struct kvm_create_device device = { .type = type, .flags = flags, .fd = -1 };

	return ioctl(vm->fd, KVM_CREATE_DEVICE, &device) ? -errno : (int)device.fd;
}

static int set_addr(int fd, u64 attr, u64 value)
{
	return gic_attr_set_raw(fd, GRP_ADDR, attr, &value);
}

static u64 get_addr(int fd, u64 attr)
{
	u64 value = 0;

	ASSERT_EQ(gic_attr_get_raw(fd, GRP_ADDR, attr, &value), 0);
	return value;
}

static int get_region(int fd, u64 *value)
{
	return gic_attr_get_raw(fd, GRP_ADDR, ADDR_REGION, value);
}

static int ctrl_init(int fd)
{
	return gic_attr_set_raw(fd, GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

/* Placed, not initialised. */
static int create_placed(struct vm *vm)
{
	const int fd = gic_create(vm);

	ASSERT_EQ(set_addr(fd, ADDR_DIST, GICD_BASE), 0);
	ASSERT_EQ(set_addr(fd, ADDR_REDIST, GICR_BASE), 0);
	return fd;
}

static void check_guest(struct vcpu *vcpu)
{
	vcpu_eval(vcpu, gic_cpu_setup, 0, 0xff);
	gicd_write(vcpu, GICD_CTLR, GICD_CTLR_GRP1);
	ASSERT_EQ(gicd_read(vcpu, GICD_CTLR) & GICD_CTLR_GRP1, GICD_CTLR_GRP1);
}

/* Creation */

TEST(a_second_one)
{
	struct vm *vm = vm_create();
	const int fd = gic_create(vm);

	ASSERT_EQ(create_raw(vm, KVM_DEV_TYPE_ARM_VGIC_V3, 0), -EEXIST);
	/* The file is closed, the GIC is there. */
	close(fd);
	ASSERT_EQ(create_raw(vm, KVM_DEV_TYPE_ARM_VGIC_V3, 0), -EEXIST);
}

TEST(a_second_one_after_initialisation)
{
	struct gic_vm gic = gic_vm_create_reset(1, 64);

	ASSERT_EQ(create_raw(gic.vm, KVM_DEV_TYPE_ARM_VGIC_V3, 0), -EEXIST);
	check_guest(&gic.vm->vcpus[0]);
}

TEST(before_the_vcpus)
{
	struct vm *vm = vm_create();
	const int fd = create_placed(vm);
	struct vcpu *vcpu;

	vm_load_guest(vm);
	vcpu = vm_add_ready_vcpu(vm, 0, VCPU_PSCI);
	ASSERT_EQ(ctrl_init(fd), 0);
	check_guest(vcpu);
}

TEST(between_the_vcpus)
{
	struct vm *vm = vm_create_guest(1);
	const int fd = create_placed(vm);
	struct vcpu *vcpu = vm_add_ready_vcpu(vm, 1, VCPU_PSCI);

	ASSERT_EQ(ctrl_init(fd), 0);
	check_guest(vcpu);
	ASSERT_EQ(gicr_read(vcpu, 1, GICR_TYPER), 1 << 8 | GICR_TYPER_LAST);
}

TEST(after_a_vcpu_has_run)
{
	struct vm *vm = vm_create_guest(2);

	gic_create(vm_create());
	vcpu_eval(&vm->vcpus[1], guest_add, 1, 2);
	ASSERT_EQ(create_raw(vm, KVM_DEV_TYPE_ARM_VGIC_V3, 0), -EBUSY);
	/* ... and nothing has changed. */
	ASSERT_EQ(vcpu_eval(&vm->vcpus[0], guest_add, 1, 2), 3);
	ASSERT_EQ(irq_line_raw(vm, KVM_ARM_IRQ_TYPE_SPI, 0, 40, 1), -ENXIO);
}

TEST(while_a_vcpu_runs)
{
	struct vm *vm = vm_create_guest(2);
	pthread_t thread;

	gic_create(vm_create());
	kick_setup();
	vcpu_call(&vm->vcpus[1], guest_spin);
	thread = vcpu_run_async(&vm->vcpus[1]);
	while (!*guest_var(vm, volatile u64, spin_count))
		sleep_ms(1);
	ASSERT_EQ(create_raw(vm, KVM_DEV_TYPE_ARM_VGIC_V3, 0), -EBUSY);
	ASSERT_EQ(vcpu_interrupt(thread), -EINTR);
}

TEST(vcpu_after_initialisation)
{
	struct gic_vm gic = gic_vm_create_reset(1, 64);

	ASSERT_ERRNO(ioctl(gic.vm->fd, KVM_CREATE_VCPU, 1), EBUSY);
	check_guest(&gic.vm->vcpus[0]);
}

TEST(device_file_closed)
{
	struct gic_vm gic = gic_vm_create_reset(1, 64);

	close(gic.fd);
	check_guest(&gic.vm->vcpus[0]);
}

/* The device's file keeps the VM, whatever else is closed. */
TEST(device_file_last)
{
	struct vm *vm = vm_create();
	const int fd = gic_create(vm);

	close(vm->fd);
	ASSERT_EQ(set_addr(fd, ADDR_DIST, GICD_BASE), 0);
	ASSERT_EQ(get_addr(fd, ADDR_DIST), GICD_BASE);
	close(fd);
}

TEST(no_other_ioctl)
{
	const int fd = gic_create(vm_create());
	char buf[64] = { 0 };

	ASSERT_ERRNO(ioctl(fd, KVM_RUN, 0), ENOTTY);
	ASSERT_ERRNO(ioctl(fd, KVM_CREATE_VCPU, 0), ENOTTY);
	ASSERT_ERRNO(read(fd, buf, sizeof(buf)), EINVAL);
	ASSERT_ERRNO(write(fd, buf, sizeof(buf)), EINVAL);
}

/* Addresses */

struct addr {
	const char *name;
	u64 attr, value;
	int ret;
};

static const struct addr addrs[] = {
	{ "distributor at its place", ADDR_DIST, GICD_BASE, 0 },
	{ "distributor at 0", ADDR_DIST, 0, 0 },
	{ "distributor last", ADDR_DIST, IPA_LIMIT - SZ_64K, 0 },
	{ "distributor, 4 KiB aligned", ADDR_DIST, GICD_BASE + SZ_4K, -EINVAL },
	{ "distributor, not aligned", ADDR_DIST, GICD_BASE + 1, -EINVAL },
	{ "distributor beyond the IPAs", ADDR_DIST, IPA_LIMIT, -E2BIG },
	{ "distributor far beyond", ADDR_DIST, BIT(51), -E2BIG },
	{ "distributor wraps", ADDR_DIST, -SZ_64K, -EINVAL },
	{ "redistributors at their place", ADDR_REDIST, GICR_BASE, 0 },
	{ "redistributors last", ADDR_REDIST, IPA_LIMIT - 2 * GICR_STRIDE, 0 },
	{ "redistributors, not aligned", ADDR_REDIST, GICR_BASE + SZ_4K, -EINVAL },
	{ "redistributors beyond the IPAs", ADDR_REDIST, IPA_LIMIT, -E2BIG },
	{ "redistributors wrap", ADDR_REDIST, -(u64)GICR_STRIDE, -EINVAL },
	{ "redistributors over the end", ADDR_REDIST, IPA_LIMIT - GICR_STRIDE, -E2BIG },
	{ "region", ADDR_REGION, REGION(2, GICR_BASE, 0, 0), 0 },
	{ "region of more than there are", ADDR_REGION, REGION(4095, GICR_BASE, 0, 0), 0 },
	{ "region of one", ADDR_REGION, REGION(1, GICR_BASE, 0, 0), 0 },
	{ "region of none", ADDR_REGION, REGION(0, GICR_BASE, 0, 0), -EINVAL },
	{ "region with flags", ADDR_REGION, REGION(2, GICR_BASE, 1, 0), -EINVAL },
	{ "region with all flags", ADDR_REGION, REGION(2, GICR_BASE, 15, 0), -EINVAL },
	{ "region 1 first", ADDR_REGION, REGION(2, GICR_BASE, 0, 1), -EINVAL },
	{ "region beyond the IPAs", ADDR_REGION, REGION(2, IPA_LIMIT, 0, 0), -E2BIG },
	{ "region over the end", ADDR_REGION,
	  REGION(3, IPA_LIMIT - 2 * GICR_STRIDE, 0, 0), -E2BIG },
	{ "region last", ADDR_REGION, REGION(2, IPA_LIMIT - 2 * GICR_STRIDE, 0, 0), 0 },
};

/* What is refused can be corrected, and what is taken is read back. */
TEST_EACH(address, struct addr, addrs)
{
	struct vm *vm = vm_create_guest(2);
	const int fd = gic_create(vm);
	u64 value = 0;

	ASSERT_EQ(get_addr(fd, ADDR_DIST), NO_ADDR);
	ASSERT_EQ(get_addr(fd, ADDR_REDIST), NO_ADDR);
	ASSERT_EQ(get_region(fd, &value), -ENOENT);
	ASSERT_EQ(set_addr(fd, row->attr, row->value), row->ret);
	if (!row->ret && row->attr == ADDR_REGION) {
		ASSERT_EQ(get_region(fd, &value), 0);
		ASSERT_EQ(value, row->value);
	} else if (!row->ret) {
		ASSERT_EQ(get_addr(fd, row->attr), row->value);
	} else {
		ASSERT_EQ(get_addr(fd, ADDR_DIST), NO_ADDR);
		ASSERT_EQ(get_addr(fd, ADDR_REDIST), NO_ADDR);
		ASSERT_EQ(set_addr(fd, ADDR_DIST, GICD_BASE), 0);
		ASSERT_EQ(set_addr(fd, ADDR_REDIST, GICR_BASE), 0);
		ASSERT_EQ(ctrl_init(fd), 0);
		check_guest(&vm->vcpus[0]);
	}
}

TEST(regions_in_order)
{
	const int fd = gic_create(vm_create());
	u64 value;

	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(2, SZ_1G, 0, 0)), 0);
	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(2, 2 * SZ_1G, 0, 0)), -EINVAL);
	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(2, 2 * SZ_1G, 0, 2)), -EINVAL);
	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(2, 2 * SZ_1G, 0, 1)), 0);
	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(2, 3 * SZ_1G, 0, 1)), -EINVAL);
	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(2, 3 * SZ_1G, 0, 2)), 0);

	value = 1;
	ASSERT_EQ(get_region(fd, &value), 0);
	ASSERT_EQ(value, REGION(2, 2 * SZ_1G, 0, 1));
	value = 3;
	ASSERT_EQ(get_region(fd, &value), -ENOENT);
	/* The older attribute tells the first one. */
	ASSERT_EQ(get_addr(fd, ADDR_REDIST), SZ_1G);
}

TEST(regions_and_the_older_attribute)
{
	int fd = gic_create(vm_create());

	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(1, SZ_1G, 0, 0)), 0);
	ASSERT_EQ(set_addr(fd, ADDR_REDIST, GICR_BASE), -EINVAL);
	fd = gic_create(vm_create());
	ASSERT_EQ(set_addr(fd, ADDR_REDIST, GICR_BASE), 0);
	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(1, SZ_1G, 0, 0)), -EINVAL);
}

/* The frames of each other: refused at once, where it can be seen. */
TEST(redistributors_over_the_distributor)
{
	struct vm *vm = vm_create_guest(2);
	const int fd = gic_create(vm);

	ASSERT_EQ(set_addr(fd, ADDR_DIST, GICD_BASE), 0);
	ASSERT_EQ(set_addr(fd, ADDR_REDIST, GICD_BASE), -EINVAL);
	ASSERT_EQ(set_addr(fd, ADDR_REDIST, GICD_BASE - 3 * SZ_64K), -EINVAL);
	ASSERT_EQ(set_addr(fd, ADDR_REDIST, GICD_BASE - 4 * SZ_64K), 0);
}

/*
 * bugs.md 5: the second vCPU finds no place, the region goes, and neither vCPU
 * has kept anything of it.
 */
TEST(region_over_the_distributor)
{
	struct vm *vm = vm_create_guest(2);
	const int fd = gic_create(vm);
	unsigned int i;
	u64 value = 0;

	ASSERT_EQ(set_addr(fd, ADDR_DIST, GICD_BASE), 0);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(4, GICD_BASE - GICR_STRIDE, 0, 0)),
			  -EINVAL);
		ASSERT_EQ(get_region(fd, &value), -ENOENT);
	}
	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(2, GICR_BASE, 0, 0)), 0);
	ASSERT_EQ(ctrl_init(fd), 0);
	check_guest(&vm->vcpus[1]);
	ASSERT_EQ(gicr_read(&vm->vcpus[0], 1, GICR_TYPER), 1 << 8 | GICR_TYPER_LAST);
}

/*
 * bugs.md 4: a vCPU whose redistributor does not fit is not created, and those
 * that look at the redistributors after do not find it. That there is no room for
 * the second shows as the third is made, and again as one is about to run.
 */
TEST(vcpu_without_place)
{
	struct vm *vm = vm_create_guest(1);
	const int fd = gic_create(vm);
	unsigned int i;
	u32 value;

	ASSERT_EQ(set_addr(fd, ADDR_DIST, GICD_BASE), 0);
	ASSERT_EQ(set_addr(fd, ADDR_REDIST, IPA_LIMIT - GICR_STRIDE), 0);
	vm_add_ready_vcpu(vm, 1, VCPU_PSCI);
	for (i = 2; i < 20; i++)
		ASSERT_ERRNO(ioctl(vm->fd, KVM_CREATE_VCPU, i), EINVAL);
	ASSERT_EQ(ctrl_init(fd), 0);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(gic_attr_get_raw(fd, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
					   GIC_ATTR_CPU(i) | GICR_TYPER, &value),
			  i < 2 ? 0 : -EINVAL);
	ASSERT_EQ(gicr_get(fd, 1, GICR_TYPER), 1 << 8 | GICR_TYPER_LAST);
	ASSERT_EQ(vcpu_run(&vm->vcpus[0]), -EINVAL);
}

/* Regions are filled in their order; the last of a run of frames says so. */
TEST(redistributors_in_two_regions)
{
	struct vm *vm = vm_create_guest(3);
	const int fd = gic_create(vm);
	struct vcpu *vcpu = &vm->vcpus[0];

	ASSERT_EQ(set_addr(fd, ADDR_DIST, GICD_BASE), 0);
	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(1, GICR_BASE, 0, 0)), 0);
	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(3, GICR_BASE + 4 * GICR_STRIDE, 0, 1)), 0);
	ASSERT_EQ(ctrl_init(fd), 0);
	ASSERT_EQ(gicr_read(vcpu, 0, GICR_TYPER), 0 << 8 | GICR_TYPER_LAST);
	ASSERT_EQ(gicr_read(vcpu, 4, GICR_TYPER), 1 << 8);
	ASSERT_EQ(gicr_read(vcpu, 5, GICR_TYPER), 2 << 8 | GICR_TYPER_LAST);
	/* Room without a redistributor is nobody's. */
	vcpu_call(vcpu, gic_mmio_read, gicr_addr(6, GICR_TYPER), 4);
	vcpu_run_to_mmio(vcpu);
	ASSERT_EQ(vcpu->run->mmio.phys_addr, gicr_addr(6, GICR_TYPER));
}

/* vCPUs and regions interleaved: each vCPU takes the next place there is. */
TEST(regions_between_vcpus)
{
	struct vm *vm = vm_create();
	const int fd = gic_create(vm);

	vm_load_guest(vm);
	ASSERT_EQ(set_addr(fd, ADDR_DIST, GICD_BASE), 0);
	vm_add_ready_vcpu(vm, 3, VCPU_PSCI);
	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(2, GICR_BASE, 0, 0)), 0);
	vm_add_ready_vcpu(vm, 1, VCPU_PSCI);
	vm_add_ready_vcpu(vm, 2, VCPU_PSCI);
	ASSERT_EQ(set_addr(fd, ADDR_REGION, REGION(2, GICR_BASE + 4 * GICR_STRIDE, 0, 1)), 0);
	ASSERT_EQ(ctrl_init(fd), 0);
	ASSERT_EQ(gicr_read(&vm->vcpus[0], 0, GICR_TYPER), 3 << 8);
	ASSERT_EQ(gicr_read(&vm->vcpus[0], 1, GICR_TYPER), 1 << 8 | GICR_TYPER_LAST);
	ASSERT_EQ(gicr_read(&vm->vcpus[0], 4, GICR_TYPER), 2 << 8 | GICR_TYPER_LAST);
}

/* What is wrong with the whole is found as the first vCPU is about to run. */

struct start {
	const char *name;
	u64 dist, redist, region;
	bool init;
	int ret;
};

static const struct start starts[] = {
	{ "no addresses", NO_ADDR, NO_ADDR, NO_ADDR, true, -ENXIO },
	{ "no distributor", NO_ADDR, GICR_BASE, NO_ADDR, true, -ENXIO },
	{ "no redistributors", GICD_BASE, NO_ADDR, NO_ADDR, true, -ENXIO },
	{ "not initialised", GICD_BASE, GICR_BASE, NO_ADDR, false, -EBUSY },
	{ "nothing at all", NO_ADDR, NO_ADDR, NO_ADDR, false, -ENXIO },
	{ "distributor over redistributors", GICR_BASE + SZ_64K, GICR_BASE, NO_ADDR, true,
	  -EINVAL },
	{ "distributor over the last redistributor", GICR_BASE + 3 * SZ_64K, GICR_BASE,
	  NO_ADDR, true, -EINVAL },
	{ "room for fewer than there are", GICD_BASE, NO_ADDR, REGION(1, GICR_BASE, 0, 0),
	  true, -ENXIO },
	{ "distributor within a region", GICR_BASE + 6 * SZ_64K, NO_ADDR,
	  REGION(4, GICR_BASE, 0, 0), true, -EINVAL },
	{ "all as it should be", GICD_BASE, GICR_BASE, NO_ADDR, true, 0 },
};

TEST_EACH(first_run, struct start, starts)
{
	struct vm *vm = vm_create_guest(2);
	const int fd = gic_create(vm);

	if (row->redist != NO_ADDR)
		ASSERT_EQ(set_addr(fd, ADDR_REDIST, row->redist), 0);
	if (row->region != NO_ADDR)
		ASSERT_EQ(set_addr(fd, ADDR_REGION, row->region), 0);
	if (row->dist != NO_ADDR)
		ASSERT_EQ(set_addr(fd, ADDR_DIST, row->dist), 0);
	if (row->init)
		ASSERT_EQ(ctrl_init(fd), 0);
	vcpu_call(&vm->vcpus[0], guest_add, 1, 2);
	ASSERT_EQ(vcpu_run(&vm->vcpus[0]), row->ret);
	if (!row->ret)
		ASSERT_EQ(vcpu_check_end(&vm->vcpus[0]), 3);
}

/* Control */

TEST(init_again)
{
	struct gic_vm gic = gic_vm_create_reset(1, 64);

	gicd_set(gic.fd, GICD_IPRIORITYR + 32, 0x80808080);
	ASSERT_EQ(ctrl_init(gic.fd), 0);
	ASSERT_EQ(gicd_get(gic.fd, GICD_IPRIORITYR + 32), 0x80808080);
}

TEST(init_without_vcpus)
{
	struct vm *vm = vm_create();
	const int fd = create_placed(vm);
	u32 value;

	ASSERT_EQ(ctrl_init(fd), 0);
	ASSERT_ERRNO(ioctl(vm->fd, KVM_CREATE_VCPU, 0), EBUSY);
	ASSERT_EQ(gic_attr_get_raw(fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_CTLR, &value),
		  -EINVAL);
}

TEST(save_pending_tables_without_its)
{
	struct vm *vm = vm_create_guest(1);
	const int fd = create_placed(vm);

	ASSERT_EQ(gic_attr_set_raw(fd, GRP_CTRL, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL),
		  -ENXIO);
	ASSERT_EQ(ctrl_init(fd), 0);
	ASSERT_EQ(gic_attr_set_raw(fd, GRP_CTRL, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL),
		  0);
}

/* Teardown, at each stage and in both orders */

#define NR_STAGES	8

static void run_stages(unsigned int stages, bool device_first)
{
	struct vm *vm = vm_create();
	const int fd = gic_create(vm);
	unsigned int i;

	if (stages > 0)
		vm_load_guest(vm);
	if (stages > 1)
		vm_add_ready_vcpu(vm, 0, VCPU_PSCI);
	if (stages > 2)
		ASSERT_EQ(set_addr(fd, ADDR_DIST, GICD_BASE), 0);
	if (stages > 3)
		ASSERT_EQ(set_addr(fd, ADDR_REDIST, GICR_BASE), 0);
	if (stages > 4)
		vm_add_ready_vcpu(vm, 1, VCPU_PSCI);
	if (stages > 5)
		ASSERT_EQ(ctrl_init(fd), 0);
	if (stages > 6) {
		check_guest(&vm->vcpus[0]);
		spi_setup(&vm->vcpus[0], 40, false, 0x80);
		spi_line(vm, 40, 1);
	}
	if (stages > 7) {
		ASSERT_EQ(vcpu_eval(&vm->vcpus[0], gic_ack), 40);
		ppi_line(vm, 1, 20, 1);
	}

	if (device_first)
		close(fd);
	for (i = 0; i < vm->nr_vcpus; i++) {
		munmap(vm->vcpus[i].run, ioctl(device_open(), KVM_GET_VCPU_MMAP_SIZE, 0));
		close(vm->vcpus[i].fd);
	}
	close(vm->fd);
	if (!device_first)
		close(fd);
	for (i = 0; i < vm->nr_slots; i++)
		munmap(vm->slots[i].hva, vm->slots[i].size);
	free(vm);
}

TEST(teardown_at_every_stage)
{
	unsigned int round, stages;

	for (round = 0; round < 4; round++)
		for (stages = 0; stages <= NR_STAGES; stages++)
			run_stages(stages, round & 1);
}

#define NR_CREATED	8

/* Until it is refused. */
static void *create_many(void *arg)
{
	struct vm *vm = arg;
	struct kvm_vcpu_init init;
	unsigned int i;
	int fd;

	ASSERT_OK(ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, &init));
	for (i = 0; i < NR_CREATED; i++) {
		fd = ioctl(vm->fd, KVM_CREATE_VCPU, i);
		ASSERT(fd >= 0 || errno == EBUSY);
		if (fd < 0)
			break;
		ASSERT_OK(ioctl(fd, KVM_ARM_VCPU_INIT, &init));
		close(fd);
	}
	return NULL;
}

/* vCPUs are created while the GIC is initialised: there or refused, never half. */
TEST(init_against_creation)
{
	unsigned int i, refused = 0;

	for (i = 0; i < 30; i++) {
		struct vm *vm = vm_create();
		const int fd = create_placed(vm);
		const pthread_t thread = thread_start(create_many, vm);
		int ret;

		while ((ret = ctrl_init(fd)))
			ASSERT_EQ(ret, -EBUSY);
		thread_join(thread);
		refused += ioctl(vm->fd, KVM_CREATE_VCPU, 9) < 0;
		close(fd);
		close(vm->fd);
	}
	ASSERT_EQ(refused, 30);
}

static void *place_many(void *arg)
{
	const int fd = *(const int *)arg;
	u64 value = REGION(NR_CREATED, GICR_BASE, 0, 0);
	int ret;

	ret = gic_attr_set_raw(fd, GRP_ADDR, ADDR_REGION, &value);
	return (void *)(long)ret;
}

/* bugs.md 22: a region and its vCPUs appear at once. */
TEST(region_against_creation)
{
	unsigned int i, n;

	for (i = 0; i < 30; i++) {
		struct vm *vm = vm_create();
		int fd = gic_create(vm);
		const pthread_t creator = thread_start(create_many, vm);
		const pthread_t placer = thread_start(place_many, &fd);

		thread_join(creator);
		ASSERT_EQ((long)thread_join(placer), 0);
		ASSERT_EQ(ctrl_init(fd), 0);
		/* One of them has the last frame, and all have one. */
		for (n = 0; n < NR_CREATED; n++)
			ASSERT_EQ(gicr_get(fd, n, GICR_TYPER) >> 8, n);
		close(fd);
		close(vm->fd);
	}
}
