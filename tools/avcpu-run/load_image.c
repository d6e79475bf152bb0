// SPDX-License-Identifier: GPL-2.0
/*
 * The arm64 kernel Image, by the header that the kernel's booting.rst defines.
 */
#include <string.h>

#include "loader.h"
#include "map.h"

#define IMAGE_MAGIC	"ARM\x64"
#define IMAGE_FLAG_BE	BIT_ULL(0)
#define OLD_TEXT_OFFSET	0x80000		/* before 3.17, marked by image_size 0 */

struct image_header {
	u32 code[2];
	u64 text_offset;
	u64 image_size;
	u64 flags;
	u64 reserved[3];
	char magic[4];
	u32 pe_offset;
};

bool image_match(const struct blob *blob)
{
	return blob->len >= sizeof(struct image_header) &&
	       !memcmp(blob->data + offsetof(struct image_header, magic),
		       IMAGE_MAGIC, 4);
}

/**
 * image_load() - load an arm64 kernel Image at the start of RAM
 * @blob: the file
 * @mem: guest memory
 * @out: entry and end filled in
 *
 * Return: 0, or -1 with the error reported.
 */
int image_load(const struct blob *blob, struct memory *mem, struct loaded *out)
{
	struct image_header h;
	u64 size;

	memcpy(&h, blob->data, sizeof(h));
	if (h.flags & IMAGE_FLAG_BE)
		return fail("%s: a big-endian kernel", blob->name);
	if (!h.image_size)
		h.text_offset = OLD_TEXT_OFFSET;
	size = max_u64(h.image_size, blob->len);
	if (h.text_offset >= MiB(2) ||
	    !mem_ptr(mem, MAP_RAM_BASE + h.text_offset, size))
		return fail("%s: the kernel needs %llu MiB of memory; use a larger --mem",
			    blob->name, (unsigned long long)(size >> 20));
	out->entry = MAP_RAM_BASE + h.text_offset;
	out->end = out->entry + size;
	return load_copy(mem, blob->name, out->entry, blob->data, blob->len);
}
