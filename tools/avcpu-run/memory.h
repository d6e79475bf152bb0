/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_MEMORY_H
#define AVCPU_RUN_MEMORY_H

#include "util.h"

#define MEM_MAX_REGIONS	8

/**
 * struct mem_region - a range of guest physical addresses backed by our memory
 * @gpa: first guest physical address
 * @size: bytes
 * @host: where it is mapped in this process
 * @map: start of the mapping that holds @host (alignment slack included)
 * @map_size: bytes of that mapping
 * @name: for messages
 * @rom: the guest may only read
 */
struct mem_region {
	u64 gpa;
	u64 size;
	u8 *host;
	void *map;
	u64 map_size;
	const char *name;
	bool rom;
};

struct memory {
	struct mem_region region[MEM_MAX_REGIONS];
	unsigned int nr;
};

int mem_add(struct memory *mem, const char *name, u64 gpa, u64 size, bool rom);
void *mem_ptr(const struct memory *mem, u64 gpa, u64 len);
void *mem_ram_ptr(const struct memory *mem, u64 gpa, u64 len);
void mem_release(struct memory *mem);

#endif
