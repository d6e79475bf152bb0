// SPDX-License-Identifier: GPL-2.0
/* The ITS's tables in guest memory: saved, restored, and made up. */
#include "its.h"

TEST(save_layout)
{
	struct its *its = its_mapped(2);

	mapti(its, DEV, EVENT + 9, LPI + 9, 1);
	mapti(its, DEV, EVENT + 2, LPI + 2, 0);
	mapd(its, DEV + 40, ITT(1), 16);
	mapti(its, DEV + 40, 65535, 65535, 1);
	ASSERT_OK(ctrl(its, SAVE));

	ASSERT_EQ(*entry_at(its, DEV_TABLE, DEV), VALID | 40ULL << 49 | ITT(0) >> 8 << 5 | 4);
	ASSERT_EQ(*entry_at(its, DEV_TABLE, DEV + 40), VALID | ITT(1) >> 8 << 5 | 15);
	ASSERT_EQ(*entry_at(its, ITT(0), EVENT), 2ULL << 48 | (u64)LPI << 16);
	ASSERT_EQ(*entry_at(its, ITT(0), EVENT + 2), 7ULL << 48 | (u64)(LPI + 2) << 16);
	ASSERT_EQ(*entry_at(its, ITT(0), EVENT + 9), (u64)(LPI + 9) << 16 | 1);
	ASSERT_EQ(*entry_at(its, ITT(1), 65535), 65535ULL << 16 | 1);
	ASSERT_EQ(*entry_at(its, COLL_TABLE, 2), 0);
	ASSERT_EQ(*entry_at(its, COLL_TABLE, 0) & VALID, VALID);
	ASSERT_EQ((*entry_at(its, COLL_TABLE, 0) | *entry_at(its, COLL_TABLE, 1)) & 0xfffff,
		  1 << 16 | 1);
}

TEST(save_and_restore)
{
	struct its *its = its_mapped(2);
	u32 i;

	mapd(its, 8191, ITT(1), 16);
	for (i = 0; i < 20; i++)
		mapti(its, 8191, i * 3000, LPI + 200 + i, i & 1);
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT(is_mapped(its, 8191, 3000));
	save_pending(its);
	ASSERT_OK(ctrl(its, SAVE));
	ASSERT_OK(reset_and_restore(its));

	ASSERT(is_pending(its, 0, LPI));
	ASSERT(is_pending(its, 1, LPI + 201));
	ASSERT(!is_pending(its, 0, LPI + 200));
	for (i = 0; i < 20; i++)
		ASSERT(is_mapped(its, 8191, i * 3000));
	ASSERT(!is_mapped(its, 8191, 1));
	ASSERT(is_pending(its, 0, LPI + 200));
	ASSERT(is_pending(its, 1, LPI + 201));
}

/* An event whose collection is not mapped yet comes through, too. */
TEST(save_unmapped_collection)
{
	struct its *its = its_mapped(1);

	mapti(its, DEV, EVENT + 1, LPI + 1, 9);
	ASSERT_OK(ctrl(its, SAVE));
	ASSERT_OK(reset_and_restore(its));
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT(!is_mapped(its, DEV, EVENT + 1));
	mapc(its, 9, 0);
	ASSERT(is_mapped(its, DEV, EVENT + 1));
}

/* Tables that are not in memory any more, or were never given. */
TEST(save_without_memory)
{
	struct its *its = its_new(1);

	ASSERT_OK(ctrl(its, SAVE));
	ASSERT_OK(ctrl(its, RESTORE));
	its_set_tables(its, NO_MEMORY, NO_MEMORY, NO_MEMORY);
	ASSERT_ERRNO(ctrl(its, SAVE), EFAULT);
	ASSERT_ERRNO(ctrl(its, RESTORE), EFAULT);
	its_set_tables(its, NO_MEMORY, COLL_TABLE, QUEUE);
	ASSERT_OK(ctrl(its, SAVE));
	ASSERT_ERRNO(ctrl(its, RESTORE), EFAULT);
}

struct bad_entry {
	const char *name;
	u64 dte, ite, cte;
	int err;
};

#define DTE(itt, next, bits)	(VALID | (u64)(next) << 49 | (itt) >> 8 << 5 | ((bits) - 1))
#define ITE(next, lpi, icid)	((u64)(next) << 48 | (u64)(lpi) << 16 | (icid))
#define CTE(rdbase, icid)	(VALID | (u64)(rdbase) << 16 | (icid))

/* Device DEV, event EVENT of 5 bits, and the first collection. */
static const struct bad_entry bad_entries[] = {
	{ "good", DTE(ITT(0), 0, 5), ITE(0, LPI, 0), CTE(0, 0), 0 },
	{ "17 bits of events", DTE(ITT(0), 0, 17), ITE(0, LPI, 0), CTE(0, 0), EINVAL },
	{ "32 bits of events", DTE(ITT(0), 0, 32), ITE(0, LPI, 0), CTE(0, 0), EINVAL },
	{ "translation table not in memory", DTE(NO_MEMORY, 0, 5), 0, CTE(0, 0), EFAULT },
	{ "translation table far away", VALID | GENMASK(48, 5), 0, CTE(0, 0), EFAULT },
	{ "next device beyond the table", DTE(ITT(0), 16383, 5), ITE(0, LPI, 0), CTE(0, 0), 0 },
	{ "INTID below LPIs", DTE(ITT(0), 0, 5), ITE(0, 8191, 0), CTE(0, 0), EINVAL },
	{ "INTID 1", DTE(ITT(0), 0, 5), ITE(0, 1, 0), CTE(0, 0), EINVAL },
	{ "collection not there", DTE(ITT(0), 0, 5), ITE(0, LPI, 1), CTE(0, 0), EINVAL },
	{ "next event beyond", DTE(ITT(0), 0, 5), ITE(28, LPI, 0), CTE(0, 0), EINVAL },
	{ "next event far beyond", DTE(ITT(0), 0, 5), ITE(65535, LPI, 0), CTE(0, 0), EINVAL },
	{ "collection of no vCPU", DTE(ITT(0), 0, 5), ITE(0, LPI, 0), CTE(1, 0), EINVAL },
	{ "collection of vCPU 2^31", DTE(ITT(0), 0, 5), ITE(0, LPI, 0), CTE(1U << 31, 0), EINVAL },
	{ "collection beyond the table", 0, 0, CTE(0, 8192), EINVAL },
	{ "unmapped collection", DTE(ITT(0), 0, 5), ITE(0, LPI, 0), CTE(0xffffffff, 0), 0 },
};

TEST_EACH(restore, struct bad_entry, bad_entries)
{
	struct its *its = its_ready(1);

	reg_set(its, GITS_CTLR, 0);
	ASSERT_OK(ctrl(its, CTRL_RESET));
	its_set_tables(its, DEV_TABLE, COLL_TABLE, QUEUE);
	*entry_at(its, DEV_TABLE, DEV) = row->dte;
	*entry_at(its, ITT(0), EVENT) = row->ite;
	*entry_at(its, COLL_TABLE, 0) = row->cte;
	if (row->err)
		ASSERT_ERRNO(ctrl(its, RESTORE), row->err);
	else
		ASSERT_OK(ctrl(its, RESTORE));
	reg_set(its, GITS_CTLR, 1);
	if (row->err)
		ASSERT(!is_mapped(its, DEV, EVENT));
}

TEST(restore_twice)
{
	struct its *its = its_mapped(1);

	ASSERT_OK(ctrl(its, SAVE));
	ASSERT_ERRNO(ctrl(its, RESTORE), EEXIST);
}

TEST(restore_collection_twice)
{
	struct its *its = its_ready(1);

	ASSERT_OK(ctrl(its, CTRL_RESET));
	its_set_tables(its, DEV_TABLE, COLL_TABLE, QUEUE);
	*entry_at(its, COLL_TABLE, 0) = CTE(0, 4);
	*entry_at(its, COLL_TABLE, 1) = CTE(0, 4);
	ASSERT_ERRNO(ctrl(its, RESTORE), EEXIST);
}

/* What was never saved: every bit pattern must be survived. */
TEST(restore_noise)
{
	struct its *its = its_ready(1);
	unsigned int round, i;
	u64 seed = 7, *tables = entry_at(its, TABLES_BASE, 0);

	reg_set(its, GITS_CTLR, 0);
	for (round = 0; round < 20; round++) {
		ASSERT_OK(ctrl(its, CTRL_RESET));
		its_set_tables(its, DEV_TABLE, COLL_TABLE, QUEUE);
		if (round & 1)
			reg_set(its, GITS_BASER0, VALID | INDIRECT | DEV_TABLE);
		for (i = 0; i < TABLES_SIZE / 8; i++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			tables[i] = seed >> 20 & (round & 2 ? ~0ULL : 0x8001ffff0fffffffULL);
		}
		/* Collections that are fine, so that devices are looked at. */
		if (round & 4) {
			*entry_at(its, COLL_TABLE, 0) = CTE(0, 0);
			*entry_at(its, COLL_TABLE, 1) = 0;
		}
		(void)ctrl(its, RESTORE);
		(void)ctrl(its, SAVE);
	}
}

/* A device that the guest has taken the place from does not prevent saving. */
TEST(save_lost_device)
{
	struct its *its = its_ready(1);

	reg_set(its, GITS_CTLR, 0);
	reg_set(its, GITS_BASER0, VALID | INDIRECT | DEV_TABLE);
	reg_set(its, GITS_CTLR, 1);
	*entry_at(its, DEV_TABLE, 0) = VALID | DEV_L2(0);
	*entry_at(its, DEV_TABLE, 1) = VALID | DEV_L2(1);
	mapd(its, 0, ITT(0), 5);
	mapd(its, 8192, ITT(1), 5);
	*entry_at(its, DEV_TABLE, 1) = 0;
	*entry_at(its, DEV_L2(1), 0) = 0x1234;
	if (kvm_before(6, 12))
		SKIP("KVM's fix is newer");
	ASSERT_OK(ctrl(its, SAVE));
	ASSERT_EQ(*entry_at(its, DEV_L2(0), 0), DTE(ITT(0), 0, 5));
	ASSERT_EQ(*entry_at(its, DEV_L2(1), 0), 0x1234);
	ASSERT_OK(reset_and_restore(its));
}
