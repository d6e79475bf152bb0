// SPDX-License-Identifier: GPL-2.0
/*
 * virtio devices driven through their registers, by a driver that is right,
 * and by ones that are not.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/virtio_blk.h>

#include "../machine.h"
#include "../virtio/virtio.h"
#include "ktap.h"
#include "stubs.h"

#define RAM		MAP_RAM_BASE
#define RAM_SIZE	MiB(4)
#define QSIZE		8
#define SECTORS		64

/* Where the driver keeps things in guest memory. */
#define DESC		(RAM + 0x1000)
#define AVAIL		(RAM + 0x2000)
#define USED		(RAM + 0x3000)
#define INDIRECT	(RAM + 0x4000)
#define HDR		(RAM + 0x5000)
#define STATUS		(RAM + 0x6000)
#define DATA		(RAM + 0x10000)

#define NEXT		1
#define WRITE		2
#define INDIR		4

#define NEEDS_RESET	0x40
#define DRIVER_OK	0x0f

struct vdesc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

static struct machine m;
static struct console con;
static char disk[64];
static u16 avail_idx;
static u64 base = MAP_VIRTIO_BASE;	/* the device under test */

static void *at(u64 gpa)
{
	return mem_ptr(&m.mem, gpa, 1);
}

static u32 rd(u64 reg)
{
	u32 val = 0;

	bus_access(&m.bus, base + reg, &val, 4, false);
	return val;
}

static void wr(u64 reg, u32 val)
{
	bus_access(&m.bus, base + reg, &val, 4, true);
}

/* The device's loop runs on its own thread: wait until a condition holds. */
#define WAIT(cond)						\
	({							\
		unsigned int i_;				\
		for (i_ = 0; i_ < 5000 && !(cond); i_++)	\
			usleep(1000);				\
		(cond);						\
	})

static u16 used_idx(void)
{
	return __atomic_load_n((u16 *)at(USED + 2), __ATOMIC_ACQUIRE);
}

/* Negotiate @features (beside VERSION_1) and enable queue 0. */
static void init_driver(u32 features)
{
	wr(0x70, 0);
	memset(at(RAM), 0, 0x20000);
	avail_idx = 0;
	wr(0x70, 1);
	wr(0x70, 3);
	wr(0x24, 0);
	wr(0x20, features);
	wr(0x24, 1);
	wr(0x20, 1);
	wr(0x70, 0xb);
	CHECK(rd(0x70) == 0xb);
	wr(0x30, 0);
	wr(0x38, QSIZE);
	wr(0x80, (u32)DESC);
	wr(0x90, (u32)AVAIL);
	wr(0xa0, (u32)USED);
	wr(0x44, 1);
	wr(0x70, DRIVER_OK);
}

static void set_desc(u64 table, unsigned int i, u64 addr, u32 len, u16 flags,
		     u16 next)
{
	struct vdesc d = { addr, len, flags, next };

	memcpy((u8 *)at(table) + i * sizeof(d), &d, sizeof(d));
}

static void submit(u16 head)
{
	u16 *avail = at(AVAIL);

	avail[2 + avail_idx % QSIZE] = head;
	__atomic_store_n(&avail[1], ++avail_idx, __ATOMIC_RELEASE);
	wr(0x50, 0);
}

static void set_hdr(u32 type, u64 sector)
{
	struct virtio_blk_outhdr hdr = { .type = type, .sector = sector };

	memcpy(at(HDR), &hdr, sizeof(hdr));
	*(u8 *)at(STATUS) = 0xff;
}

/* A request in three descriptors. Return: its status. */
static u8 request(u32 type, u64 sector, u32 len, bool in)
{
	u16 before = used_idx();

	set_hdr(type, sector);
	set_desc(DESC, 0, HDR, 16, NEXT, 1);
	set_desc(DESC, 1, DATA, len, NEXT | (in ? WRITE : 0), 2);
	set_desc(DESC, 2, STATUS, 1, WRITE, 0);
	submit(0);
	CHECK(WAIT(used_idx() != before));
	return *(u8 *)at(STATUS);
}

static void identification(void)
{
	CHECK(rd(0) == 0x74726976 && rd(4) == 2 && rd(8) == 2);
	wr(0x14, 1);
	CHECK(rd(0x10) == 1);
	wr(0x14, 2);
	CHECK(rd(0x10) == 0);
	CHECK(rd(0x100) == SECTORS && rd(0x104) == 0);
	wr(0x30, 0);
	CHECK(rd(0x34) == VQ_MAX_SIZE);
	wr(0x30, 1);
	CHECK(rd(0x34) == 0);
}

static void features_refused(void)
{
	wr(0x70, 0);
	wr(0x70, 3);
	wr(0x24, 0);
	wr(0x20, 0xffffffff);
	wr(0x24, 1);
	wr(0x20, 1);
	wr(0x70, 0xb);
	CHECK(!(rd(0x70) & 8));
	/* Without VERSION_1 neither: this is no legacy device. */
	wr(0x70, 0);
	wr(0x70, 0xb);
	CHECK(!(rd(0x70) & 8));
}

static void read_and_write(void)
{
	unsigned int i;
	u8 *data = at(DATA);

	init_driver(BIT(VIRTIO_BLK_F_FLUSH));
	for (i = 0; i < 1024; i++)
		data[i] = (u8)(i * 7);
	CHECK(request(VIRTIO_BLK_T_OUT, 5, 1024, false) == 0);
	CHECK(request(VIRTIO_BLK_T_FLUSH, 0, 0, false) == 0);
	memset(data, 0, 1024);
	CHECK(request(VIRTIO_BLK_T_IN, 5, 1024, true) == 0);
	for (i = 0; i < 1024 && data[i] == (u8)(i * 7); i++)
		;
	CHECK(i == 1024);
	CHECK(request(VIRTIO_BLK_T_GET_ID, 0, 20, true) == 0);
	CHECK(!strcmp((char *)data, "blk0"));
	CHECK(WAIT(rd(0x60) == 1));
	wr(0x64, 1);
	CHECK(rd(0x60) == 0);
}

static void bad_requests(void)
{
	init_driver(BIT(VIRTIO_BLK_F_FLUSH));
	CHECK(request(VIRTIO_BLK_T_IN, SECTORS, 512, true) == 1);
	CHECK(request(VIRTIO_BLK_T_IN, SECTORS - 1, 1024, true) == 1);
	CHECK(request(VIRTIO_BLK_T_OUT, UINT64_MAX, 512, false) == 1);
	CHECK(request(VIRTIO_BLK_T_IN, 0, 511, true) == 1);
	CHECK(request(77, 0, 512, true) == 2);
	CHECK(!(rd(0x70) & NEEDS_RESET));

	/* No header, no status. */
	set_desc(DESC, 0, DATA, 4, 0, 0);
	submit(0);
	CHECK(WAIT(used_idx() == 6));
	set_desc(DESC, 0, STATUS, 1, WRITE, 0);
	submit(0);
	CHECK(WAIT(used_idx() == 7));
	CHECK(*(u8 *)at(STATUS) == 1);
}

static void erase(void)
{
	struct virtio_blk_discard_write_zeroes seg = { .sector = 5, .num_sectors = 2 };

	init_driver(BIT(VIRTIO_BLK_F_FLUSH));
	memset(at(DATA), 0xaa, 1024);
	CHECK(request(VIRTIO_BLK_T_OUT, 5, 1024, false) == 0);
	memcpy(at(DATA), &seg, sizeof(seg));
	CHECK(request(VIRTIO_BLK_T_WRITE_ZEROES, 0, sizeof(seg), false) == 0);
	CHECK(request(VIRTIO_BLK_T_IN, 5, 1024, true) == 0);
	CHECK(*(u64 *)at(DATA) == 0 && *(u64 *)at(DATA + 1016) == 0);
	seg.num_sectors = UINT32_MAX;
	memcpy(at(DATA), &seg, sizeof(seg));
	CHECK(request(VIRTIO_BLK_T_DISCARD, 0, sizeof(seg), false) == 1);
	seg.flags = 0x80;
	memcpy(at(DATA), &seg, sizeof(seg));
	CHECK(request(VIRTIO_BLK_T_DISCARD, 0, sizeof(seg), false) == 2);
}

static void indirect(void)
{
	init_driver(BIT(28) | BIT(VIRTIO_BLK_F_FLUSH));
	set_hdr(VIRTIO_BLK_T_IN, 0);
	set_desc(INDIRECT, 0, HDR, 16, NEXT, 1);
	set_desc(INDIRECT, 1, DATA, 512, NEXT | WRITE, 2);
	set_desc(INDIRECT, 2, STATUS, 1, WRITE, 0);
	set_desc(DESC, 3, INDIRECT, 48, INDIR, 0);
	submit(3);
	CHECK(WAIT(used_idx() == 1));
	CHECK(*(u8 *)at(STATUS) == 0);
}

/*
 * The index at which the device wants to be notified next. It is written when
 * a batch is done, interrupt included.
 */
static u16 avail_event(void)
{
	return __atomic_load_n((u16 *)at(USED + 4 + 8 * QSIZE), __ATOMIC_ACQUIRE);
}

static void event_idx(void)
{
	unsigned int before;

	init_driver(BIT(29) | BIT(VIRTIO_BLK_F_FLUSH));
	/* The driver wants no interrupt before index 3. */
	((u16 *)at(AVAIL))[2 + QSIZE] = 2;
	CHECK(request(VIRTIO_BLK_T_FLUSH, 0, 0, false) == 0);
	CHECK(WAIT(avail_event() == 1));
	before = __atomic_load_n(&stub_irq.edges, __ATOMIC_RELAXED);
	CHECK(request(VIRTIO_BLK_T_FLUSH, 0, 0, false) == 0);
	CHECK(WAIT(avail_event() == 2));
	CHECK(__atomic_load_n(&stub_irq.edges, __ATOMIC_RELAXED) == before);
	CHECK(request(VIRTIO_BLK_T_FLUSH, 0, 0, false) == 0);
	CHECK(WAIT(avail_event() == 3));
	CHECK(__atomic_load_n(&stub_irq.edges, __ATOMIC_RELAXED) == before + 1);
}

/* Submit descriptor 0 as it stands and expect DEVICE_NEEDS_RESET. */
static void expect_reset(const char *what)
{
	submit(0);
	if (!WAIT(rd(0x70) & NEEDS_RESET)) {
		printf("# not noticed: %s\n", what);
		ktap_failures++;
	}
	CHECK(rd(0x60) & 2);
	CHECK(used_idx() == 0);
	/* It does nothing more until reset. */
	wr(0x50, 0);
	wr(0x70, 0);
	CHECK(rd(0x70) == 0);
	init_driver(BIT(28));
}

static void corrupted_chains(void)
{
	unsigned int i;

	ktap_mute();
	init_driver(BIT(28));
	for (i = 0; i < QSIZE; i++)
		set_desc(DESC, i, DATA, 16, NEXT, (u16)((i + 1) % QSIZE));
	expect_reset("loop");
	set_desc(DESC, 0, DATA, 16, NEXT, 0);
	expect_reset("loop of one");
	set_desc(DESC, 0, DATA, 16, NEXT, QSIZE);
	expect_reset("next outside the table");
	set_desc(DESC, 0, 0x1000, 16, 0, 0);
	expect_reset("address outside memory");
	set_desc(DESC, 0, RAM + RAM_SIZE - 8, 16, 0, 0);
	expect_reset("across the end of memory");
	set_desc(DESC, 0, UINT64_MAX - 4, 16, 0, 0);
	expect_reset("address that wraps");
	set_desc(DESC, 0, RAM, UINT32_MAX, WRITE, 0);
	expect_reset("huge length");
	set_desc(DESC, 0, DATA, 16, WRITE | NEXT, 1);
	set_desc(DESC, 1, DATA, 16, 0, 0);
	expect_reset("readable behind writable");
	set_desc(DESC, 0, MAP_FLASH0_BASE, 16, WRITE, 0);
	expect_reset("read-only memory");
	ktap_unmute();
}

static void corrupted_indirect(void)
{
	ktap_mute();
	init_driver(BIT(28));
	set_desc(DESC, 0, INDIRECT, 47, INDIR, 0);
	expect_reset("odd table size");
	set_desc(DESC, 0, INDIRECT, 0, INDIR, 0);
	expect_reset("empty table");
	set_desc(DESC, 0, INDIRECT, 0xfffffff0, INDIR, 0);
	expect_reset("huge table");
	set_desc(DESC, 0, INDIRECT + 4, 48, INDIR, 0);
	expect_reset("misaligned table");
	set_desc(DESC, 0, RAM + RAM_SIZE - 16, 48, INDIR, 0);
	expect_reset("table across the end of memory");
	set_desc(DESC, 0, INDIRECT, 48, INDIR | NEXT, 1);
	expect_reset("table with a successor");
	set_desc(DESC, 0, INDIRECT, 16, INDIR, 0);
	set_desc(INDIRECT, 0, INDIRECT, 16, INDIR, 0);
	expect_reset("table in a table");
	set_desc(DESC, 0, INDIRECT, 32, INDIR, 0);
	set_desc(INDIRECT, 0, DATA, 16, NEXT, 0);
	expect_reset("loop in a table");
	wr(0x70, 0);
	init_driver(0);
	set_desc(DESC, 0, INDIRECT, 48, INDIR, 0);
	expect_reset("not negotiated");
	ktap_unmute();
}

static void corrupted_rings(void)
{
	static const u64 bad[] = { 0x1000, RAM + 1, RAM + RAM_SIZE - 8, UINT64_MAX };
	unsigned int i;

	ktap_mute();
	init_driver(0);
	avail_idx = QSIZE;	/* more than there can be */
	expect_reset("available index");
	((u16 *)at(AVAIL))[2] = QSIZE;
	avail_idx = 0;
	submit(QSIZE);
	CHECK(WAIT(rd(0x70) & NEEDS_RESET));

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		wr(0x70, 0);
		wr(0x70, 3);
		wr(0x24, 1);
		wr(0x20, 1);
		wr(0x70, 0xb);
		wr(0x38, QSIZE);
		wr(0x80, (u32)bad[i]);
		wr(0x84, (u32)(bad[i] >> 32));
		wr(0x90, (u32)AVAIL);
		wr(0xa0, (u32)USED);
		wr(0x44, 1);
		CHECK(rd(0x44) == 0 && rd(0x70) & NEEDS_RESET);
		wr(0x70, DRIVER_OK);
		wr(0x50, 0);
	}
	for (i = 0; i < 4; i++) {
		static const u32 sizes[] = { 0, 3, 512, UINT32_MAX };

		wr(0x70, 0);
		wr(0x80, (u32)DESC);
		wr(0x90, (u32)AVAIL);
		wr(0xa0, (u32)USED);
		wr(0x38, sizes[i]);
		wr(0x44, 1);
		CHECK(rd(0x44) == 0);
	}
	ktap_unmute();
}

/*
 * The console says what it is when asked, and takes input for the guest only
 * when the driver has opened the port.
 */
#define MULTIPORT	BIT(1)
#define RING(q)		(RAM + 0x8000 + (q) * 0x1000)

static void setup_queue(unsigned int q)
{
	wr(0x30, q);
	wr(0x38, QSIZE);
	wr(0x80, (u32)RING(q));
	wr(0x90, (u32)RING(q) + 0x400);
	wr(0xa0, (u32)RING(q) + 0x800);
	wr(0x44, 1);
}

/* Make buffer @i of queue @q available, @len bytes at @addr. */
static void give(unsigned int q, u16 i, u64 addr, u32 len, u16 flags)
{
	u16 *avail = at(RING(q) + 0x400);

	set_desc(RING(q), i, addr, len, flags, 0);
	avail[2 + i] = i;
	__atomic_store_n(&avail[1], i + 1, __ATOMIC_RELEASE);
	wr(0x50, q);
}

static u16 given_back(unsigned int q)
{
	return __atomic_load_n((u16 *)at(RING(q) + 0x802), __ATOMIC_ACQUIRE);
}

struct control {
	u32 id;
	u16 event;
	u16 value;
};

static void send_event(u16 i, u16 event)
{
	struct control msg = { .event = event, .value = 1 };

	memcpy(at(HDR + i * 16), &msg, sizeof(msg));
	give(3, i, HDR + i * 16, sizeof(msg), 0);
	CHECK(WAIT(given_back(3) == i + 1));
}

static u16 told(unsigned int i)
{
	return ((struct control *)at(STATUS + i * 16))->event;
}

static void console_opens(void)
{
	unsigned int i;

	base = MAP_VIRTIO_BASE + 2 * MAP_VIRTIO_STRIDE;
	stub_in = "typed";
	init_driver(MULTIPORT);
	for (i = 2; i < 4; i++)
		setup_queue(i);
	wr(0x70, 0xb);		/* queue 0 was enabled elsewhere: begin anew */
	wr(0x30, 0);
	wr(0x44, 0);
	setup_queue(0);
	wr(0x70, DRIVER_OK);
	give(0, 0, DATA, 64, WRITE);
	for (i = 0; i < 3; i++)
		give(2, (u16)i, STATUS + i * 16, 8, WRITE);

	send_event(0, 0);	/* DEVICE_READY */
	CHECK(WAIT(given_back(2) == 1) && told(0) == 1);	/* PORT_ADD */
	send_event(1, 3);	/* PORT_READY */
	CHECK(WAIT(given_back(2) == 3) && told(1) == 4 && told(2) == 6);
	CHECK(given_back(0) == 0 && !strcmp(stub_in, "typed"));
	send_event(2, 6);	/* PORT_OPEN */
	CHECK(WAIT(given_back(0) == 1));
	CHECK(!memcmp(at(DATA), "typed", 5) && !*stub_in);
	wr(0x70, 0);
	base = MAP_VIRTIO_BASE;
}

/* Random rings and registers, changed while the device works on them. */
static void fuzz_device(unsigned int rounds)
{
	unsigned int round, i;

	for (round = 0; round < rounds; round++) {
		init_driver(BIT(28) | (round & 1 ? BIT(29) : 0));
		for (i = 0; i < QSIZE; i++)
			set_desc(DESC, i, RAM + ktap_random() % (RAM_SIZE + 64),
				 (u32)ktap_random() >> (ktap_random() % 32),
				 (u16)(ktap_random() % 8), (u16)(ktap_random() % 9));
		for (i = 0; i < 64; i++) {
			u64 r = ktap_random();

			if (r % 4 == 0)
				set_hdr((u32)(r >> 8) % 15, (r >> 16) % (SECTORS + 2));
			else if (r % 4 == 1)
				*(u8 *)at(DESC + (r >> 8) % 0x80) = (u8)(r >> 32);
			else
				submit((u16)((r >> 8) % QSIZE));
		}
		for (i = 0; i < 16; i++)
			wr(ktap_random() % 64 * 4, (u32)ktap_random());
	}
	wr(0x70, 0);
}

static void fuzz(void)
{
	unsigned int i;

	ktap_mute();
	for (i = 0; i < m.nr_virtio; i++) {
		base = MAP_VIRTIO_BASE + i * MAP_VIRTIO_STRIDE;
		stub_in = "some input";
		fuzz_device(300);
	}
	base = MAP_VIRTIO_BASE;
	ktap_unmute();
	/* And it still works. */
	init_driver(BIT(VIRTIO_BLK_F_FLUSH));
	CHECK(request(VIRTIO_BLK_T_IN, 0, 512, true) == 0);
}

static const struct test tests[] = {
	{ "identification", identification },
	{ "features_refused", features_refused },
	{ "read_and_write", read_and_write },
	{ "bad_requests", bad_requests },
	{ "erase", erase },
	{ "indirect", indirect },
	{ "event_idx", event_idx },
	{ "corrupted_chains", corrupted_chains },
	{ "corrupted_indirect", corrupted_indirect },
	{ "corrupted_rings", corrupted_rings },
	{ "console_opens", console_opens },
	{ "fuzz", fuzz },
};

static int make_disk(void)
{
	int fd;

	snprintf(disk, sizeof(disk), "/tmp/avcpu-run-test.XXXXXX");
	fd = mkstemp(disk);
	if (fd < 0 || ftruncate(fd, SECTORS * 512) < 0)
		return -1;
	return close(fd);
}

static int make_machine(void)
{
	unsigned int i;

	m.vm.gic = -1;
	if (make_disk() || mem_add(&m.mem, "RAM", RAM, RAM_SIZE, false) ||
	    mem_add(&m.mem, "flash", MAP_FLASH0_BASE, MiB(2), true) ||
	    virtio_blk_create(&m, disk) || virtio_rng_create(&m) ||
	    virtio_console_create(&m, &con))
		return -1;
	for (i = 0; i < m.nr_virtio; i++)
		if (virtio_start(m.virtio[i]))
			return -1;
	return 0;
}

int main(void)
{
	unsigned int i;
	int ret;

	if (make_machine())
		return 1;
	ret = ktap_run(tests, ARRAY_SIZE(tests));
	for (i = 0; i < m.nr_virtio; i++) {
		virtio_stop(m.virtio[i]);
		virtio_destroy(m.virtio[i]);
	}
	mem_release(&m.mem);
	unlink(disk);
	return ret;
}
