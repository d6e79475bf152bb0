// SPDX-License-Identifier: GPL-2.0
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../loader.h"
#include "../map.h"
#include "ktap.h"

#define RAM_SIZE	MiB(16)

static struct memory mem;
static struct loaded out;
static char path[64];

static int load(const void *data, size_t len, struct load_request req)
{
	int fd, ret;

	snprintf(path, sizeof(path), "/tmp/avcpu-run-test.XXXXXX");
	fd = mkstemp(path);
	CHECK(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	close(fd);
	req.path = path;
	ktap_mute();
	ret = load_guest(&req, &mem, &out);
	ktap_unmute();
	unlink(path);
	return ret;
}

static int load_auto(const void *data, size_t len)
{
	return load(data, len, (struct load_request) {
		.addr = LOAD_ANYWHERE, .entry = LOAD_ANYWHERE });
}

static bool in_ram(u64 gpa, const void *data, size_t len)
{
	return !memcmp(mem_ptr(&mem, gpa, len), data, len);
}

static void flat(void)
{
	static const char code[] = "some machine code";

	CHECK(!load_auto(code, sizeof(code)));
	CHECK(out.entry == 0 && out.firmware);
	CHECK(in_ram(0, code, sizeof(code)));
	CHECK(!load(code, sizeof(code), (struct load_request) {
		.addr = 0x40200000, .entry = 0x40200004 }));
	CHECK(out.entry == 0x40200004 && !out.firmware);
	CHECK(in_ram(0x40200000, code, sizeof(code)));
	CHECK(load(code, sizeof(code), (struct load_request) {
		.addr = 0x80000000, .entry = LOAD_ANYWHERE }));
	CHECK(load(code, sizeof(code), (struct load_request) {
		.addr = UINT64_MAX - 4, .entry = LOAD_ANYWHERE }));
	CHECK(load_auto(code, 0));
}

struct small_elf {
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	u8 code[64];
};

static struct small_elf make_elf(void)
{
	struct small_elf e;

	memset(&e, 0, sizeof(e));
	memcpy(e.eh.e_ident, ELFMAG, SELFMAG);
	e.eh.e_ident[EI_CLASS] = ELFCLASS64;
	e.eh.e_ident[EI_DATA] = ELFDATA2LSB;
	e.eh.e_type = ET_EXEC;
	e.eh.e_machine = EM_AARCH64;
	e.eh.e_phoff = offsetof(struct small_elf, ph);
	e.eh.e_phentsize = sizeof(Elf64_Phdr);
	e.eh.e_phnum = 1;
	e.eh.e_entry = 0xffff800000000008;
	e.ph.p_type = PT_LOAD;
	e.ph.p_offset = offsetof(struct small_elf, code);
	e.ph.p_vaddr = 0xffff800000000000;
	e.ph.p_paddr = 0x40100000;
	e.ph.p_filesz = sizeof(e.code);
	e.ph.p_memsz = 4096;
	memset(e.code, 0xa5, sizeof(e.code));
	return e;
}

static void elf(void)
{
	struct small_elf e = make_elf();

	memset(mem_ptr(&mem, 0x40100000, 4096), 0xff, 4096);
	CHECK(!load_auto(&e, sizeof(e)));
	CHECK(out.entry == 0x40100008 && out.end == 0x40101000);
	CHECK(in_ram(0x40100000, e.code, sizeof(e.code)));
	CHECK(*(u8 *)mem_ptr(&mem, 0x40100000 + sizeof(e.code), 1) == 0);
}

static void elf_damaged(void)
{
	struct small_elf e;
	size_t len;

#define DAMAGED(change)				\
	do {					\
		e = make_elf();			\
		e.change;			\
		CHECK(load_auto(&e, sizeof(e)));	\
	} while (0)

	DAMAGED(eh.e_machine = EM_X86_64);
	DAMAGED(eh.e_ident[EI_CLASS] = ELFCLASS32);
	DAMAGED(eh.e_type = ET_REL);
	DAMAGED(eh.e_phoff = UINT64_MAX - 8);
	DAMAGED(eh.e_phnum = 0xffff);
	DAMAGED(eh.e_phnum = 0);
	DAMAGED(ph.p_offset = UINT64_MAX);
	DAMAGED(ph.p_filesz = 65);
	DAMAGED(ph.p_memsz = 1);
	DAMAGED(ph.p_memsz = UINT64_MAX);
	DAMAGED(ph.p_paddr = 0x90000000);
	DAMAGED(ph.p_paddr = UINT64_MAX - 100);
	for (len = 4; len < sizeof(e); len++) {
		e = make_elf();
		CHECK(load_auto(&e, len));
	}
}

struct small_image {
	u32 code[2];
	u64 text_offset;
	u64 image_size;
	u64 flags;
	u64 reserved[3];
	u8 magic[4];
	u32 pe_offset;
	u8 rest[192];
};

static struct small_image make_image(void)
{
	return (struct small_image) {
		.code = { 0x5a4d, 0x14000000 }, .image_size = MiB(1),
		.magic = { 'A', 'R', 'M', 0x64 }, .rest = { 1, 2, 3 },
	};
}

static void image(void)
{
	struct small_image i = make_image();

	CHECK(!load_auto(&i, sizeof(i)));
	CHECK(out.entry == MAP_RAM_BASE && out.end == MAP_RAM_BASE + MiB(1));
	CHECK(in_ram(MAP_RAM_BASE, &i, sizeof(i)));
	i.image_size = 0;
	CHECK(!load_auto(&i, sizeof(i)));
	CHECK(out.entry == MAP_RAM_BASE + 0x80000);
	i.image_size = RAM_SIZE + 1;
	CHECK(load_auto(&i, sizeof(i)));
	i = make_image();
	i.text_offset = UINT64_MAX;
	CHECK(load_auto(&i, sizeof(i)));
	i = make_image();
	i.flags = 1;
	CHECK(load_auto(&i, sizeof(i)));
}

#ifdef HAVE_ZLIB
#include <zlib.h>

static size_t pack(const void *data, size_t len, u8 *to, size_t room)
{
	z_stream z = {
		.next_in = (void *)(uintptr_t)data, .avail_in = (uInt)len,
		.next_out = to, .avail_out = (uInt)room,
	};

	deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
	CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

static void packed(void)
{
	struct small_image i = make_image();
	u8 buf[1024] = "MZ\0\0zimg";
	const u32 at = 64;
	size_t n, k;
	u32 len;

	n = pack(&i, sizeof(i), buf + at, sizeof(buf) - at);
	len = (u32)n;
	CHECK(!load_auto(buf + at, n));
	CHECK(in_ram(MAP_RAM_BASE, &i, sizeof(i)));

	/* The same within an EFI zboot file. */
	memset(mem_ptr(&mem, MAP_RAM_BASE, 4096), 0, 4096);
	memcpy(buf + 8, &at, 4);
	memcpy(buf + 12, &len, 4);
	memcpy(buf + 24, "gzip", 5);
	CHECK(!load_auto(buf, at + n));
	CHECK(in_ram(MAP_RAM_BASE, &i, sizeof(i)));

	memcpy(buf + 24, "zstd22", 7);
	CHECK(load_auto(buf, at + n));
	memcpy(buf + 24, "gzip", 5);
	len = UINT32_MAX;
	memcpy(buf + 12, &len, 4);
	CHECK(load_auto(buf, at + n));

	for (k = 3; k < n; k++)
		CHECK(load_auto(buf + at, k));
	for (k = 2; k < n; k++) {
		u8 saved = buf[at + k];

		/* Whatever it makes of damage, it must not go wrong. */
		buf[at + k] ^= 0x55;
		load_auto(buf + at, n);
		buf[at + k] = saved;
	}
}
#endif

static void random_headers(void)
{
	struct small_elf e;
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		u8 *p = (u8 *)&e;

		e = make_elf();
		p[4 + ktap_random() % (sizeof(e) - 4)] = (u8)ktap_random();
		p[4 + ktap_random() % (sizeof(e) - 4)] = (u8)ktap_random();
		load_auto(&e, sizeof(e));
	}
}

static const struct test tests[] = {
	{ "flat", flat },
	{ "elf", elf },
	{ "elf_damaged", elf_damaged },
	{ "image", image },
#ifdef HAVE_ZLIB
	{ "packed", packed },
#endif
	{ "random_headers", random_headers },
};

int main(void)
{
	if (mem_add(&mem, "RAM", MAP_RAM_BASE, RAM_SIZE, false) ||
	    mem_add(&mem, "flash", MAP_FLASH0_BASE, MAP_FLASH_SIZE, true))
		return 1;
	return ktap_run(tests, ARRAY_SIZE(tests));
}
