// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory as this process sees it. Nothing here knows KVM: vm.c makes
 * memory slots of the regions.
 */
#include "memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* A stage-2 block needs host and guest address congruent modulo 2 MiB. */
#define BLOCK_SIZE	MiB(2)

/**
 * mem_add() - give the guest a range of memory, zeroed
 * @mem: the guest's memory
 * @name: what it is, for messages
 * @gpa: guest physical address, page aligned
 * @size: bytes, page aligned
 * @rom: the guest may only read it
 *
 * Memory is reserved by use: a page costs nothing before it is touched.
 *
 * Return: 0, or -1 with the error reported.
 */
int mem_add(struct memory *mem, const char *name, u64 gpa, u64 size, bool rom)
{
	struct mem_region *r = &mem->region[mem->nr];
	u64 map_size = size + 2 * BLOCK_SIZE;
	u64 slack;
	u8 *map;

	if (mem->nr == MEM_MAX_REGIONS || map_size < size)
		return fail("%s: no room for this memory region", name);
	map = mmap(NULL, map_size, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return fail("%s: cannot map %llu MiB: %s; use less with --mem",
			    name, (unsigned long long)(size >> 20), strerror(errno));

	/* What lies before and behind the region stays inaccessible. */
	slack = (gpa - (uintptr_t)map) & (BLOCK_SIZE - 1);
	if (!slack)
		slack = BLOCK_SIZE;
	*r = (struct mem_region) {
		.gpa = gpa, .size = size, .name = name, .rom = rom,
		.map = map, .map_size = map_size, .host = map + slack,
	};
	if (mprotect(r->host, size, PROT_READ | PROT_WRITE) < 0) {
		munmap(map, map_size);
		return fail("%s: cannot use %llu MiB: %s; use less with --mem",
			    name, (unsigned long long)(size >> 20), strerror(errno));
	}
	/* A hint: without transparent huge pages the guest only runs slower. */
	if (!rom)
		madvise(r->host, size, MADV_HUGEPAGE);
	mem->nr++;
	return 0;
}

static void *find(const struct memory *mem, u64 gpa, u64 len, bool rom_too)
{
	unsigned int i;

	for (i = 0; i < mem->nr; i++) {
		const struct mem_region *r = &mem->region[i];

		if (r->rom && !rom_too)
			continue;
		/* Written so that no sum can overflow. */
		if (gpa >= r->gpa && len <= r->size &&
		    gpa - r->gpa <= r->size - len)
			return r->host + (gpa - r->gpa);
	}
	return NULL;
}

/**
 * mem_ptr() - host address of a guest range, for loaders
 * @mem: the guest's memory
 * @gpa: start
 * @len: bytes; the whole range must lie in one region
 *
 * Return: the address, or NULL if the range is not memory.
 */
void *mem_ptr(const struct memory *mem, u64 gpa, u64 len)
{
	return find(mem, gpa, len, true);
}

/**
 * mem_ram_ptr() - host address of a guest range that the guest may write
 * @mem: the guest's memory
 * @gpa: start, any value a guest may have made up
 * @len: bytes
 *
 * What devices use: a guest must not have a device write its ROM.
 *
 * Return: the address, or NULL if the range is not RAM.
 */
void *mem_ram_ptr(const struct memory *mem, u64 gpa, u64 len)
{
	return find(mem, gpa, len, false);
}

void mem_release(struct memory *mem)
{
	while (mem->nr) {
		struct mem_region *r = &mem->region[--mem->nr];

		munmap(r->map, r->map_size);
	}
}
