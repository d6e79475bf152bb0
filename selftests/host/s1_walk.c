// SPDX-License-Identifier: GPL-2.0
/*
 * Walks of the guest's tables that come to an address without memory: the guest
 * sees a synchronous external abort on the walk, of the level of the table that is
 * not there (DDI 0487 D8.2.5, ESR_ELx.xFSC), whatever the access was.
 */
#include "sysregs.h"

#define NOWHERE		0x60000000ULL
#define TABLES		(GUEST_RAM_BASE + 0x00400000)	/* a table each 64 KiB, of RAM */
#define DESC_TABLE	3

#define FSC_EXTABT		0x10
#define FSC_EXTABT_WALK(level)	(0x14 + (level))

/* TCR_EL1: walks by write-back, inner shareable memory; sizes of pages. */
#define TCR_WALKS	(1UL << 24 | 1UL << 26 | 3UL << 28)
#define TCR_T1SZ(bits)	((64UL - (bits)) << 16)
#define TCR_TG1(tg)	((u64)(tg) << 30)

struct granule {
	unsigned int tg1;
	unsigned int bits;	/* of a page's size */
	unsigned int id_shift;	/* in ID_AA64MMFR0_EL1 */
	unsigned int id_least;	/* ... and the value it has from where it is there */
};

static const struct granule pages_4k = { 2, 12, 28, 0 };
static const struct granule pages_16k = { 1, 14, 20, 1 };
static const struct granule pages_64k = { 3, 16, 24, 0 };

struct walk {
	const char *name;
	const struct granule *granule;
	unsigned int va_bits, missing;	/* the level of the table that is not there */
};

static const struct walk walks[] = {
	{ "4 KiB, 48 bits, level 0", &pages_4k, 48, 0 },
	{ "4 KiB, 48 bits, level 1", &pages_4k, 48, 1 },
	{ "4 KiB, 48 bits, level 2", &pages_4k, 48, 2 },
	{ "4 KiB, 48 bits, level 3", &pages_4k, 48, 3 },
	{ "4 KiB, 39 bits, level 1", &pages_4k, 39, 1 },
	{ "4 KiB, 39 bits, level 3", &pages_4k, 39, 3 },
	{ "4 KiB, 33 bits, level 1", &pages_4k, 33, 1 },
	{ "4 KiB, 30 bits, level 2", &pages_4k, 30, 2 },
	{ "4 KiB, 25 bits, level 2", &pages_4k, 25, 2 },
	{ "16 KiB, 48 bits, level 0", &pages_16k, 48, 0 },
	{ "16 KiB, 47 bits, level 1", &pages_16k, 47, 1 },
	{ "16 KiB, 47 bits, level 3", &pages_16k, 47, 3 },
	{ "16 KiB, 36 bits, level 2", &pages_16k, 36, 2 },
	{ "64 KiB, 48 bits, level 1", &pages_64k, 48, 1 },
	{ "64 KiB, 48 bits, level 2", &pages_64k, 48, 2 },
	{ "64 KiB, 48 bits, level 3", &pages_64k, 48, 3 },
	{ "64 KiB, 42 bits, level 2", &pages_64k, 42, 2 },
};

static bool has_granule(const struct vcpu *vcpu, const struct granule *granule)
{
	const u64 mmfr0 = vcpu_get(vcpu, REG_ID_AA64MMFR0_EL1);
	const u64 field = ID_FIELD(mmfr0, granule->id_shift);

	/* 4 KiB and 64 KiB: 0xf, not there. */
	return field != 0xf && field >= granule->id_least;
}

/* The first level that a walk of @bits of addresses looks up. */
static unsigned int first_level(const struct walk *walk)
{
	const unsigned int stride = walk->granule->bits - 3;
	const unsigned int left = walk->va_bits - walk->granule->bits;

	return 4 - (left + stride - 1) / stride;
}

static u64 table_at(unsigned int level)
{
	return TABLES + level * SZ_64K;
}

/*
 * Index 0 at each level, as the address is the lowest of the upper half. Gives the
 * first table.
 */
static u64 make_tables(struct vm *vm, const struct walk *walk)
{
	const unsigned int first = first_level(walk);
	unsigned int level;

	for (level = first; level < walk->missing; level++) {
		const u64 next = level + 1 == walk->missing ? NOWHERE : table_at(level + 1);

		*(u64 *)gpa_to_hva(vm, table_at(level)) = next | DESC_TABLE;
	}
	return first == walk->missing ? NOWHERE : table_at(first);
}

static void try(const struct walk *walk, u64 how, u32 ec)
{
	struct vm *vm = vm_create_guest(1);
	struct vcpu *vcpu = &vm->vcpus[0];
	const u64 va = (~0ULL << walk->va_bits) + 0x40;
	struct report report;
	u64 fsc;

	if (!has_granule(vcpu, walk->granule))
		SKIP("the CPU has no such pages");
	vcpu_call(vcpu, guest_walk, make_tables(vm, walk),
		  TCR_WALKS | TCR_T1SZ(walk->va_bits) | TCR_TG1(walk->granule->tg1), va, how);
	report = vcpu_run_to_sync(vcpu);
	ASSERT_EQ(report.val[0], VECTOR_SYNC);
	ASSERT_EQ(ESR_EC(report.val[1]), ec);
	ASSERT_EQ(report.val[2], va);
	fsc = report.val[1] & 0x3f;
	/* KVM may say no more than that it was an external abort. */
	if (strcmp(options.device, "/dev/kvm") || fsc != FSC_EXTABT)
		ASSERT_EQ(fsc, FSC_EXTABT_WALK(walk->missing));
}

enum access { LOAD, STORE, FETCH };

TEST_EACH(load, struct walk, walks)
{
	try(row, LOAD, EC_DABT);
}

TEST_EACH(store, struct walk, walks)
{
	try(row, STORE, EC_DABT);
}

TEST_EACH(fetch, struct walk, walks)
{
	try(row, FETCH, EC_IABT);
}
