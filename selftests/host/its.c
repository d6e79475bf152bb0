// SPDX-License-Identifier: GPL-2.0
/* KVM_DEV_TYPE_ARM_VGIC_ITS: the device, its registers, its commands. */
#include "its.h"

/* The device */

TEST(capability)
{
	struct vm *vm = vm_create_guest(1);

	ASSERT_EQ(device_cap(KVM_CAP_SIGNAL_MSI), 1);
	ASSERT_EQ(ASSERT_OK(ioctl(vm->fd, KVM_CHECK_EXTENSION, KVM_CAP_MSI_DEVID)), 0);
	vm_create_device(vm, KVM_DEV_TYPE_ARM_VGIC_ITS);
	ASSERT_EQ(ASSERT_OK(ioctl(vm->fd, KVM_CHECK_EXTENSION, KVM_CAP_MSI_DEVID)), 1);
}

TEST(test_flag_creates_nothing)
{
	struct kvm_create_device device = {
		.type = KVM_DEV_TYPE_ARM_VGIC_ITS, .flags = KVM_CREATE_DEVICE_TEST,
	};
	struct vm *vm = vm_create_guest(1);

	ASSERT_OK(ioctl(vm->fd, KVM_CREATE_DEVICE, &device));
	ASSERT_EQ(ASSERT_OK(ioctl(vm->fd, KVM_CHECK_EXTENSION, KVM_CAP_MSI_DEVID)), 0);
}

struct attr {
	const char *name;
	u32 group;
	u64 attr;
	int err;
};

static const struct attr attrs[] = {
	{ "address", KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, 0 },
	{ "address of a distributor", KVM_DEV_ARM_VGIC_GRP_ADDR,
	  KVM_VGIC_V3_ADDR_TYPE_DIST, ENXIO },
	{ "init", KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0 },
	{ "save", KVM_DEV_ARM_VGIC_GRP_CTRL, SAVE, 0 },
	{ "restore", KVM_DEV_ARM_VGIC_GRP_CTRL, RESTORE, 0 },
	{ "reset", KVM_DEV_ARM_VGIC_GRP_CTRL, CTRL_RESET, 0 },
	{ "pending tables", KVM_DEV_ARM_VGIC_GRP_CTRL,
	  KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, ENXIO },
	{ "control 100", KVM_DEV_ARM_VGIC_GRP_CTRL, 100, ENXIO },
	{ "GITS_CTLR", KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_CTLR, 0 },
	{ "GITS_IIDR", KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_IIDR, 0 },
	{ "GITS_TYPER", KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_TYPER, 0 },
	{ "GITS_CREADR", KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_CREADR, 0 },
	{ "GITS_BASER7", KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_BASER0 + 56, 0 },
	{ "GITS_PIDR2", KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_PIDR2, 0 },
	{ "behind GITS_BASER7", KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_BASER0 + 64, ENXIO },
	{ "no register", KVM_DEV_ARM_VGIC_GRP_ITS_REGS, 0x200, ENXIO },
	{ "GITS_TRANSLATER", KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_TRANSLATER, ENXIO },
	{ "half of GITS_TYPER", KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_TYPER + 4, EINVAL },
	{ "unaligned", KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_CTLR + 2, EINVAL },
	{ "distributor's", KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0, ENXIO },
	{ "interrupts", KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, ENXIO },
	{ "group 100", 100, 0, ENXIO },
	{ "group all ones", ~0U, 0, ENXIO },
};

TEST_EACH(attributes, struct attr, attrs)
{
	static struct its *its;

	if (!its)
		its = its_new(1);
	if (row->err)
		ASSERT_ERRNO(attr_has(its->fd, row->group, row->attr), row->err);
	else
		ASSERT_OK(attr_has(its->fd, row->group, row->attr));
}

TEST(address)
{
	struct vm *vm = vm_create_type(options.device, 40);
	struct its its = { .vm = vm };
	u64 base, val = 0;

	its.fd = vm_create_device(vm, KVM_DEV_TYPE_ARM_VGIC_ITS);
	ASSERT_OK(attr_get(its.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &base));
	ASSERT_EQ(base, ~0ULL);
	/* No register before that. */
	ASSERT_ERRNO(reg_get_raw(&its, GITS_CTLR, &val), ENXIO);
	ASSERT_ERRNO(reg_set_raw(&its, GITS_CTLR, 0), ENXIO);

	ASSERT_ERRNO(place(&its, GIC_ITS_BASE + SZ_4K), EINVAL);
	ASSERT_ERRNO(place(&its, 1ULL << 40), E2BIG);
	ASSERT_ERRNO(place(&its, (1ULL << 40) - SZ_64K), E2BIG);
	ASSERT_ERRNO(place(&its, -SZ_64K), EINVAL);
	ASSERT_ERRNO(attr_set(its.fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
			      KVM_VGIC_V3_ADDR_TYPE_DIST, &val), ENODEV);
	ASSERT_ERRNO(attr_set(its.fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
			      KVM_VGIC_ITS_ADDR_TYPE, NULL), EFAULT);
	ASSERT_ERRNO(attr_get(its.fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
			      KVM_VGIC_ITS_ADDR_TYPE, NULL), EFAULT);
	ASSERT_OK(place(&its, GIC_ITS_BASE));
	ASSERT_ERRNO(place(&its, GIC_ITS_BASE), EEXIST);
	ASSERT_ERRNO(place(&its, GIC_ITS_BASE + SZ_4K), EEXIST);
	ASSERT_OK(attr_get(its.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &base));
	ASSERT_EQ(base, GIC_ITS_BASE);
}

/* Before, between and after what makes the vGIC. */
TEST(order_of_creation)
{
	struct vm *vm = vm_create_guest(1);
	int early = vm_create_device(vm, KVM_DEV_TYPE_ARM_VGIC_ITS);
	int gic = gic_place(vm, ITS_NR_IRQS);
	int between = vm_create_device(vm, KVM_DEV_TYPE_ARM_VGIC_ITS);
	int late;

	gic_init(gic);
	late = vm_create_device(vm, KVM_DEV_TYPE_ARM_VGIC_ITS);
	ASSERT_OK(attr_set(early, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL));
	ASSERT_OK(attr_set(between, KVM_DEV_ARM_VGIC_GRP_CTRL, SAVE, NULL));
	ASSERT_OK(attr_set(late, KVM_DEV_ARM_VGIC_GRP_CTRL, RESTORE, NULL));
	close(early);
	close(gic);
}

/* Registers */

struct reg {
	const char *name;
	u64 offset;
	u64 write;
	u64 read;
};

/* Inner cacheability: read-allocate, write-back. */
#define RAWB	(3ULL << 59)

static const struct reg regs[] = {
	{ "GITS_CTLR without tables", GITS_CTLR, 1, 0x80000000 },
	{ "GITS_IIDR is fixed", GITS_IIDR, 0, 0x4b00043b },
	{ "GITS_TYPER is fixed", GITS_TYPER, ~0ULL, 0x1ef71 },
	{ "GITS_CWRITER", GITS_CWRITER, 0xfff, 0xfe0 },
	{ "GITS_CWRITER beyond the queue", GITS_CWRITER, 0x1000, 0xfe0 },
	{ "GITS_CREADR", GITS_CREADR, 0xfff, 0xfe0 },
	{ "GITS_CBASER moves both", GITS_CBASER, VALID | 0x50000000,
	  VALID | RAWB | 0x50000000 },
	{ "GITS_CREADR after that", GITS_CREADR, 0, 0 },
	{ "GITS_BASER2", GITS_BASER0 + 16, ~0ULL, 0 },
	{ "GITS_BASER7", GITS_BASER0 + 56, ~0ULL, 0 },
	{ "GITS_PIDR2", GITS_PIDR2, 0, 0x3b },
	{ "GITS_PIDR0", 0xffe0, 0xff, 0x92 },
	{ "GITS_CIDR1", 0xfff4, 0xff, 0xf0 },
};

TEST_EACH(registers, struct reg, regs)
{
	static struct its *its;

	if (!its)
		its = its_new(1);
	reg_set(its, row->offset, row->write);
	ASSERT_EQ(reg_get(its, row->offset), row->read);
}

/* Type, entry size and page size cannot be written. */
TEST(baser)
{
	struct its *its = its_new(1);

	ASSERT_EQ(reg_get(its, GITS_BASER0) & VALID, 0);
	reg_set(its, GITS_BASER0, VALID | INDIRECT | DEV_TABLE | 3);
	ASSERT_EQ(reg_get(its, GITS_BASER0) & ~(7ULL << 59),
		  VALID | INDIRECT | 1ULL << 56 | 7ULL << 48 | DEV_TABLE | 2 << 8 | 3);
	reg_set(its, GITS_BASER1, VALID | INDIRECT | COLL_TABLE | 7ULL << 56 | 31ULL << 48);
	ASSERT_EQ(reg_get(its, GITS_BASER1) & ~(7ULL << 59),
		  VALID | 4ULL << 56 | 7ULL << 48 | COLL_TABLE | 2 << 8);
}

TEST(locked_while_enabled)
{
	struct its *its = its_ready(1);
	const u64 baser0 = reg_get(its, GITS_BASER0), cbaser = reg_get(its, GITS_CBASER);

	reg_set(its, GITS_BASER0, 0);
	reg_set(its, GITS_CBASER, 0);
	ASSERT_EQ(reg_get(its, GITS_BASER0), baser0);
	ASSERT_EQ(reg_get(its, GITS_CBASER), cbaser);
	ASSERT_ERRNO(reg_set_raw(its, GITS_CREADR, 0), EBUSY);
	reg_set(its, GITS_CTLR, 0);
	ASSERT_ERRNO(reg_set_raw(its, GITS_CREADR, SZ_64K), EINVAL);
	ASSERT_ERRNO(reg_set_raw(its, GITS_IIDR, 1 << 12), EINVAL);
	ASSERT_OK(reg_set_raw(its, GITS_IIDR, 0x4b00043b));
}

TEST(bad_pointers)
{
	struct its *its = its_ready(1);

	ASSERT_ERRNO(attr_set(its->fd, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_CTLR, NULL), EFAULT);
	ASSERT_ERRNO(attr_get(its->fd, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_CTLR, NULL), EFAULT);
	ASSERT_ERRNO(attr_get(its->fd, KVM_DEV_ARM_VGIC_GRP_CTRL, 0, NULL), ENXIO);
}

/* A queue that was written before the ITS was enabled. */
TEST(queue_waits)
{
	struct its *its = its_ready(1);

	reg_set(its, GITS_CTLR, 0);
	put_command(its, 0x08 | (u64)DEV << 32, 4, VALID | ITT(0), 0);
	put_command(its, 0x0a | (u64)DEV << 32, (u64)LPI << 32 | EVENT, 0, 0);
	reg_set(its, GITS_CWRITER, its->cwriter);
	ASSERT_EQ(reg_get(its, GITS_CTLR), 0);
	ASSERT_NE(reg_get(its, GITS_CREADR), its->cwriter);
	reg_set(its, GITS_CTLR, 1);
	ASSERT_EQ(reg_get(its, GITS_CTLR), 0x80000001);
	ASSERT_EQ(reg_get(its, GITS_CREADR), its->cwriter);
	ASSERT(is_mapped(its, DEV, EVENT));
}

TEST(queue_wraps)
{
	struct its *its = its_mapped(1);
	unsigned int i;

	for (i = 0; i < 2 * SZ_64K / 32; i++) {
		put_command(its, 0x05, 0, 0, 0);
		if (i % 500 == 499)
			reg_set(its, GITS_CWRITER, its->cwriter);
	}
	mapti(its, DEV, EVENT + 1, LPI + 1, 0);
	ASSERT(is_mapped(its, DEV, EVENT + 1));
}

/* Commands that are nonsense, and a queue that is not there, do no harm. */
TEST(queue_of_nonsense)
{
	struct its *its = its_mapped(1);
	u64 seed = 1, w[4];
	unsigned int i, j;

	for (i = 0; i < 20000; i++) {
		for (j = 0; j < 4; j++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			w[j] = seed ^ seed >> 29;
		}
		/* Opcodes that there are, more often than not. */
		if (i % 4)
			w[0] &= ~0xf0ULL;
		/* DeviceIDs and ICIDs that fit the tables, now and then. */
		if (i % 2)
			w[0] &= 0xfffffffffULL;
		put_command(its, w[0], i % 3 ? w[1] & 0xff0000000fULL : w[1], w[2], w[3]);
		if (i % 1000 == 999)
			reg_set(its, GITS_CWRITER, its->cwriter);
	}
	reg_set(its, GITS_CTLR, 0);
	reg_set(its, GITS_CBASER, VALID | NO_MEMORY | 15);
	reg_set(its, GITS_CTLR, 1);
	reg_set(its, GITS_CWRITER, SZ_4K);
	ASSERT_EQ(reg_get(its, GITS_CREADR), SZ_4K);
	ASSERT_OK(ctrl(its, CTRL_RESET));
	ASSERT_EQ(reg_get(its, GITS_CTLR), 0x80000000);
}

/* Mappings */

TEST(msi)
{
	struct its *its = its_mapped(1);
	struct kvm_msi msi = {
		.address_lo = GIC_ITS_BASE + GITS_TRANSLATER, .data = EVENT, .devid = DEV,
	};

	ASSERT(!is_pending(its, 0, LPI));
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT(is_pending(its, 0, LPI));
	ASSERT(!is_pending(its, 0, LPI + 1));
	ASSERT(!is_mapped(its, DEV, EVENT + 1));
	ASSERT(!is_mapped(its, DEV + 1, EVENT));
	ASSERT(!is_mapped(its, ~0U, ~0U));
	ASSERT(!is_mapped(its, DEV + 0x10000, EVENT));
	ASSERT(!is_mapped(its, DEV, EVENT + 0x10000));

	msi.flags = KVM_MSI_VALID_DEVID;
	msi.address_lo = GIC_ITS_BASE - SZ_64K;
	ASSERT_ERRNO(ioctl(its->vm->fd, KVM_SIGNAL_MSI, &msi), EINVAL);
	msi.address_lo = GIC_ITS_BASE + GIC_ITS_SIZE;
	ASSERT_ERRNO(ioctl(its->vm->fd, KVM_SIGNAL_MSI, &msi), EINVAL);
	msi.address_lo = GIC_ITS_BASE + GITS_TRANSLATER;
	msi.address_hi = 1;
	ASSERT_ERRNO(ioctl(its->vm->fd, KVM_SIGNAL_MSI, &msi), EINVAL);
}

TEST(msi_needs_devid)
{
	struct its *its = its_ready(1);
	struct kvm_msi msi = { .address_lo = GIC_ITS_BASE + GITS_TRANSLATER };

	ASSERT_ERRNO(ioctl(its->vm->fd, KVM_SIGNAL_MSI, &msi), EINVAL);
}

TEST(msi_while_disabled)
{
	struct its *its = its_mapped(1);

	reg_set(its, GITS_CTLR, 0);
	ASSERT_ERRNO(signal_msi(its, DEV, EVENT), EBUSY);
	ASSERT(!is_pending(its, 0, LPI));
	reg_set(its, GITS_CTLR, 1);
	ASSERT(is_mapped(its, DEV, EVENT));
}

TEST(msi_while_lpis_are_disabled)
{
	struct its *its = its_mapped(1);

	ASSERT(is_mapped(its, DEV, EVENT));
	gicr_set(its->gic, 0, GICR_CTLR, 0);
	ASSERT_ERRNO(signal_msi(its, DEV, EVENT), EBUSY);
	gicr_set(its->gic, 0, GICR_CTLR, GICR_CTLR_ENABLE_LPIS);
	ASSERT(is_mapped(its, DEV, EVENT));
}

struct mapping {
	const char *name;
	u32 dev, bits, event, lpi, icid;
	u64 itt;
	bool mapped;
};

/* Two entries per byte of each bound. The device and collection tables hold 8192. */
static const struct mapping mappings[] = {
	{ "first of all", 0, 1, 0, 8192, 0, ITT(0), true },
	{ "last event of 1 bit", 0, 1, 1, 8192, 0, ITT(0), true },
	{ "event beyond 1 bit", 0, 1, 2, 8192, 0, ITT(0), false },
	{ "last event of 16 bits", 0, 16, 65535, 8192, 0, ITT(0), true },
	{ "event beyond 16 bits", 0, 16, 65536, 8192, 0, ITT(0), false },
	{ "17 bits of events", 0, 17, 0, 8192, 0, ITT(0), false },
	{ "32 bits of events", 0, 32, 0, 8192, 0, ITT(0), false },
	{ "last device of the table", 8191, 1, 0, 8192, 0, ITT(0), true },
	{ "device beyond the table", 8192, 1, 0, 8192, 0, ITT(0), false },
	{ "device beyond DevBits", 65536, 1, 0, 8192, 0, ITT(0), false },
	{ "last LPI", 0, 1, 0, 65535, 0, ITT(0), true },
	{ "INTID below LPIs", 0, 1, 0, 8191, 0, ITT(0), false },
	{ "INTID 0", 0, 1, 0, 0, 0, ITT(0), false },
	{ "INTID of an SPI", 0, 1, 0, 40, 0, ITT(0), false },
	{ "INTID beyond 16 bits", 0, 1, 0, 65536, 0, ITT(0), false },
	{ "INTID all ones", 0, 1, 0, ~0U, 0, ITT(0), false },
	{ "collection that is not mapped", 0, 1, 0, 8192, 8191, ITT(0), false },
	{ "collection beyond the table", 0, 1, 0, 8192, 8192, ITT(0), false },
	{ "translation table not in memory", 0, 1, 0, 8192, 0, NO_MEMORY, false },
	{ "translation table at the end of memory", 0, 16, 0, 8192, 0,
	  TABLES_BASE + TABLES_SIZE - 256, true },
	{ "and beyond", 0, 16, 512, 8192, 0, TABLES_BASE + TABLES_SIZE - 256, false },
};

TEST_EACH(map, struct mapping, mappings)
{
	struct its *its = its_ready(1);

	mapd(its, row->dev, row->itt, row->bits);
	mapti(its, row->dev, row->event, row->lpi, row->icid);
	ASSERT_EQ(is_mapped(its, row->dev, row->event), row->mapped);
	/* What is not mapped can be saved too. */
	ASSERT_OK(ctrl(its, SAVE));
}

TEST(mapi)
{
	struct its *its = its_ready(1);

	mapd(its, DEV, ITT(0), 14);
	mapi(its, DEV, 8191, 0);
	ASSERT(!is_mapped(its, DEV, 8191));
	mapi(its, DEV, 8192, 0);
	ASSERT(is_mapped(its, DEV, 8192));
	ASSERT(is_pending(its, 0, 8192));
}

TEST(map_needs_a_device)
{
	struct its *its = its_ready(1);

	mapti(its, DEV, EVENT, LPI, 0);
	ASSERT(!is_mapped(its, DEV, EVENT));
}

/* A collection may come after its events. */
TEST(map_collection_late)
{
	struct its *its = its_ready(2);

	mapd(its, DEV, ITT(0), 5);
	mapti(its, DEV, EVENT, LPI, 7);
	ASSERT(!is_mapped(its, DEV, EVENT));
	mapc(its, 7, 1);
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT(is_pending(its, 1, LPI));
	ASSERT(!is_pending(its, 0, LPI));
}

TEST(map_collection_of_no_vcpu)
{
	struct its *its = its_mapped(1);

	mapc(its, 0, 1);
	mapc(its, 0, 511);
	mapc(its, 0, 0xffffffff);
	/* Nothing changed. */
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT(is_pending(its, 0, LPI));
}

TEST(unmap_collection)
{
	struct its *its = its_mapped(1);

	unmapc(its, 5);
	ASSERT(is_mapped(its, DEV, EVENT));
	unmapc(its, 0);
	ASSERT(!is_mapped(its, DEV, EVENT));
	ASSERT_OK(ctrl(its, SAVE));
}

TEST(discard)
{
	struct its *its = its_mapped(1);

	discard(its, DEV, EVENT + 1);
	discard(its, DEV + 1, EVENT);
	ASSERT(is_mapped(its, DEV, EVENT));
	*entry_at(its, ITT(0), EVENT) = ~0ULL;
	discard(its, DEV, EVENT);
	ASSERT(!is_mapped(its, DEV, EVENT));
	mapti(its, DEV, EVENT, LPI + 1, 0);
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT(is_pending(its, 0, LPI + 1));
}

#define NR_DEVS		3
#define NR_EVENTS	128

/* Each as if there were no other, also those that were mapped long ago. */
TEST(many_events)
{
	struct its *its = its_ready(1);
	u32 dev, event;

	for (dev = 0; dev < NR_DEVS; dev++) {
		mapd(its, dev, ITT(dev), 7);
		for (event = 0; event < NR_EVENTS; event++)
			mapti(its, dev, event, LPI + dev * NR_EVENTS + event, 0);
	}
	for (dev = 0; dev < NR_DEVS; dev++)
		for (event = dev; event < NR_EVENTS; event += 5)
			discard(its, dev, event);
	for (dev = 0; dev < NR_DEVS; dev++)
		for (event = 0; event < NR_EVENTS; event++)
			ASSERT_EQ(is_mapped(its, dev, event), event % 5 != dev);
	unmapd(its, 1);
	for (event = 0; event < NR_EVENTS; event++) {
		ASSERT_EQ(is_mapped(its, 0, event), event % 5 != 0);
		ASSERT(!is_mapped(its, 1, event));
	}
}

TEST(unmap_device)
{
	struct its *its = its_mapped(1);

	unmapd(its, DEV + 1);
	ASSERT(is_mapped(its, DEV, EVENT));
	unmapd(its, DEV);
	ASSERT(!is_mapped(its, DEV, EVENT));
	mapti(its, DEV, EVENT, LPI, 0);
	ASSERT(!is_mapped(its, DEV, EVENT));
	/* Mapped anew it has no events. */
	mapd(its, DEV, ITT(0), 5);
	mapti(its, DEV, EVENT, LPI, 0);
	mapd(its, DEV, ITT(0), 5);
	ASSERT(!is_mapped(its, DEV, EVENT));
}

TEST(movi)
{
	struct its *its = its_mapped(2);

	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT(is_pending(its, 0, LPI));
	/* Pending, it moves. To where there is nothing it does not. */
	movi(its, DEV, EVENT, 5);
	movi(its, DEV, EVENT + 1, 1);
	ASSERT(is_pending(its, 0, LPI));
	memset(gpa_to_hva(its->vm, PEND_TABLE(0)), 0, SZ_64K);
	movi(its, DEV, EVENT, 1);
	ASSERT(is_pending(its, 1, LPI));
	ASSERT(!is_pending(its, 0, LPI));
}

TEST(remap_collection)
{
	struct its *its = its_mapped(2);

	ASSERT(is_mapped(its, DEV, EVENT));
	mapc(its, 0, 1);
	ASSERT(is_pending(its, 1, LPI));
	ASSERT(!is_pending(its, 0, LPI));
}

TEST(movall)
{
	struct its *its = its_mapped(2);

	ASSERT(is_mapped(its, DEV, EVENT));
	movall(its, 0, 5);
	movall(its, 5, 0);
	movall(its, 1, 0);
	ASSERT(is_pending(its, 0, LPI));
	memset(gpa_to_hva(its->vm, PEND_TABLE(0)), 0, SZ_64K);
	movall(its, 0, 1);
	ASSERT(is_pending(its, 1, LPI));
	ASSERT(!is_pending(its, 0, LPI));
}

TEST(int_and_clear)
{
	struct its *its = its_mapped(1);

	int_(its, DEV, EVENT + 1);
	ASSERT(!is_pending(its, 0, LPI));
	int_(its, DEV, EVENT);
	ASSERT(is_pending(its, 0, LPI));
	clear(its, DEV, EVENT + 1);
	ASSERT(is_pending(its, 0, LPI));
	clear(its, DEV, EVENT);
	ASSERT(!is_pending(its, 0, LPI));
}

/* Another table is another world. */
TEST(new_device_table)
{
	struct its *its = its_mapped(1);

	if (kvm_before(6, 12))
		SKIP("KVM kept a translation");
	reg_set(its, GITS_CTLR, 0);
	reg_set(its, GITS_BASER0, VALID | DEV_TABLE);
	reg_set(its, GITS_CTLR, 1);
	ASSERT(is_mapped(its, DEV, EVENT));
	reg_set(its, GITS_CTLR, 0);
	reg_set(its, GITS_BASER0, VALID | DEV_TABLE2);
	reg_set(its, GITS_CTLR, 1);
	ASSERT(!is_mapped(its, DEV, EVENT));
}

TEST(new_collection_table)
{
	struct its *its = its_mapped(1);

	if (kvm_before(6, 12))
		SKIP("KVM kept a translation");
	reg_set(its, GITS_CTLR, 0);
	reg_set(its, GITS_BASER1, VALID | COLL_TABLE2);
	reg_set(its, GITS_CTLR, 1);
	ASSERT(!is_mapped(its, DEV, EVENT));
	ASSERT_OK(ctrl(its, SAVE));
}

TEST(indirect_table)
{
	struct its *its = its_ready(1);

	reg_set(its, GITS_CTLR, 0);
	reg_set(its, GITS_BASER0, VALID | INDIRECT | DEV_TABLE);
	reg_set(its, GITS_CTLR, 1);

	/* No page for it yet, then a page, then one that is no memory. */
	mapd(its, DEV, ITT(0), 5);
	mapti(its, DEV, EVENT, LPI, 0);
	ASSERT(!is_mapped(its, DEV, EVENT));
	*entry_at(its, DEV_TABLE, 0) = VALID | DEV_L2(0);
	mapd(its, DEV, ITT(0), 5);
	mapti(its, DEV, EVENT, LPI, 0);
	ASSERT(is_mapped(its, DEV, EVENT));

	*entry_at(its, DEV_TABLE, 7) = VALID | NO_MEMORY;
	mapd(its, 65535, ITT(1), 5);
	mapti(its, 65535, EVENT, LPI + 1, 0);
	ASSERT(!is_mapped(its, 65535, EVENT));
	*entry_at(its, DEV_TABLE, 7) = VALID | DEV_L2(1);
	mapd(its, 65535, ITT(1), 5);
	mapti(its, 65535, EVENT, LPI + 1, 0);
	ASSERT(is_mapped(its, 65535, EVENT));

	ASSERT_OK(ctrl(its, SAVE));
	ASSERT_EQ(*entry_at(its, DEV_L2(0), DEV),
		  VALID | 16383ULL << 49 | ITT(0) >> 8 << 5 | 4);
	ASSERT_EQ(*entry_at(its, DEV_L2(1), 8191), VALID | ITT(1) >> 8 << 5 | 4);
}

/* A vCPU runs: nothing of that kind is possible. */

static void *spin(void *arg)
{
	struct vcpu *vcpu = arg;

	while (vcpu_run(vcpu) == -EINTR && !vcpu->run->immediate_exit)
		;
	return NULL;
}

TEST(busy)
{
	struct its *its = its_ready(1);
	struct vcpu *vcpu = &its->vm->vcpus[0];
	pthread_t thread;
	u64 val;

	kick_setup();
	vcpu_call(vcpu, guest_spin);
	thread = thread_start(spin, vcpu);
	while (!READ_ONCE(*guest_var(its->vm, u64, spin_count)))
		sleep_ms(1);

	ASSERT_ERRNO(ctrl(its, SAVE), EBUSY);
	ASSERT_ERRNO(ctrl(its, RESTORE), EBUSY);
	ASSERT_ERRNO(ctrl(its, CTRL_RESET), EBUSY);
	ASSERT_OK(ctrl(its, KVM_DEV_ARM_VGIC_CTRL_INIT));
	ASSERT_ERRNO(reg_get_raw(its, GITS_CTLR, &val), EBUSY);
	ASSERT_ERRNO(reg_set_raw(its, GITS_CTLR, 1), EBUSY);
	ASSERT_ERRNO(attr_set(its->gic, KVM_DEV_ARM_VGIC_GRP_CTRL,
			      KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL), EBUSY);

	vcpu->run->immediate_exit = 1;
	kick_thread(thread);
	thread_join(thread);
	ASSERT_OK(ctrl(its, SAVE));
}
