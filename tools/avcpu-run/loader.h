/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_LOADER_H
#define AVCPU_RUN_LOADER_H

#include "memory.h"

/**
 * struct blob - a file, or what came out of one, in our memory
 * @name: the file, for messages
 * @data: its bytes
 * @len: how many
 */
struct blob {
	const char *name;
	u8 *data;
	u64 len;
};

/**
 * struct loaded - what a loader put into guest memory
 * @kind: the format, for messages
 * @entry: where the boot vCPU starts
 * @end: first address behind the image and all it says it needs
 * @firmware: mapped as ROM at 0; its device tree belongs at the start of RAM
 */
struct loaded {
	const char *kind;
	u64 entry;
	u64 end;
	bool firmware;
};

#define LOAD_ANYWHERE	UINT64_MAX

/**
 * struct load_request - what the user asked for
 * @path: the file
 * @addr: where a flat binary goes, LOAD_ANYWHERE if not said
 * @entry: where to start, LOAD_ANYWHERE if not said
 * @firmware: it is firmware whatever it looks like
 */
struct load_request {
	const char *path;
	u64 addr;
	u64 entry;
	bool firmware;
};

int blob_read(struct blob *blob, const char *path);
int blob_gunzip(const struct blob *in, struct blob *out);
void blob_free(struct blob *blob);

bool elf_match(const struct blob *blob);
int elf_load(const struct blob *blob, struct memory *mem, struct loaded *out);
bool image_match(const struct blob *blob);
int image_load(const struct blob *blob, struct memory *mem, struct loaded *out);

int load_copy(struct memory *mem, const char *name, u64 gpa, const void *data,
	      u64 len);
int load_file(struct memory *mem, const char *path, u64 gpa, u64 *len);
int load_guest(const struct load_request *req, struct memory *mem,
	       struct loaded *out);

#endif
