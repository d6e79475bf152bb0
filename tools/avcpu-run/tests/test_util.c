// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "../bus.h"
#include "../memory.h"
#include "ktap.h"

static void sizes(void)
{
	u64 v;

	CHECK(!parse_size("512M", &v) && v == MiB(512));
	CHECK(!parse_size("2g", &v) && v == GiB(2));
	CHECK(!parse_size("256", &v) && v == MiB(256));
	CHECK(!parse_size("64K", &v) && v == KiB(64));
	CHECK(parse_size("", &v));
	CHECK(parse_size("-1", &v));
	CHECK(parse_size("1MB", &v));
	CHECK(parse_size("1@", &v));
	CHECK(parse_size("99999999999999999999", &v));
	CHECK(parse_size("18446744073709551615K", &v));
	CHECK(!parse_u64("0x40000000", &v) && v == 0x40000000);
	CHECK(parse_u64("0x4000000g", &v));
	CHECK(parse_u64(" 1", &v));
}

static void ranges(void)
{
	struct memory mem = { .nr = 0 };

	CHECK(!mem_add(&mem, "RAM", GiB(1), MiB(4), false));
	CHECK(!mem_add(&mem, "ROM", 0, MiB(4), true));
	CHECK(mem_ptr(&mem, GiB(1), MiB(4)));
	CHECK(!mem_ptr(&mem, GiB(1), MiB(4) + 1));
	CHECK(mem_ptr(&mem, GiB(1) + MiB(4) - 1, 1));
	CHECK(!mem_ptr(&mem, GiB(1) + MiB(4), 1));
	CHECK(!mem_ptr(&mem, GiB(1) - 1, 2));
	CHECK(!mem_ptr(&mem, UINT64_MAX, 2));
	CHECK(!mem_ptr(&mem, GiB(1) + 1, UINT64_MAX));
	CHECK(mem_ptr(&mem, 0, 16) && !mem_ram_ptr(&mem, 0, 16));
	/* Congruent modulo 2 MiB: blocks can be mapped. */
	CHECK(((uintptr_t)mem_ptr(&mem, GiB(1), 1) & (MiB(2) - 1)) == 0);
	mem_release(&mem);
}

static u64 last_off, last_val;

static u64 dev_read(void *dev, u64 off, unsigned int len __unused)
{
	last_off = off;
	return *(u64 *)dev;
}

static void dev_write(void *dev __unused, u64 off, u64 val,
		      unsigned int len __unused)
{
	last_off = off;
	last_val = val;
}

static void bus_table(void)
{
	static const struct bus_ops ops = { dev_read, dev_write };
	static struct bus bus;
	u64 a = 0x1122334455667788, b = 1, data;

	ktap_mute();
	CHECK(!bus_add(&bus, "b", 0x2000, 0x100, &ops, &b));
	CHECK(!bus_add(&bus, "a", 0x1000, 0x1000, &ops, &a));
	CHECK(bus_add(&bus, "c", 0x1fff, 1, &ops, &a));
	CHECK(bus_add(&bus, "c", 0xfff, 2, &ops, &a));
	ktap_unmute();

	data = 0;
	bus_access(&bus, 0x1ffc, &data, 4, false);
	CHECK(data == 0x55667788 && last_off == 0xffc);
	data = UINT64_MAX;
	bus_access(&bus, 0x1ffe, &data, 4, false);	/* across the end */
	CHECK(data == 0xffffffff00000000);
	bus_access(&bus, 0x20ff, &data, 1, false);
	CHECK(last_off == 0xff);
	bus_access(&bus, 0x2100, &data, 1, false);
	CHECK((data & 0xff) == 0);
	data = UINT64_MAX;
	bus_access(&bus, 0x2000, &data, 2, true);
	CHECK(last_val == 0xffff);
	bus_access(&bus, UINT64_MAX, &data, 8, true);
	CHECK(bus.nowhere == 3);
}

static const struct test tests[] = {
	{ "sizes", sizes },
	{ "ranges", ranges },
	{ "bus_table", bus_table },
};

int main(void)
{
	return ktap_run(tests, ARRAY_SIZE(tests));
}
