// SPDX-License-Identifier: GPL-2.0
/*
 * Finds out what kind of file a guest is and has it loaded.
 */
#include "loader.h"

#include <stdio.h>
#include <string.h>

#include "map.h"

#define MAX_LAYERS	3	/* zboot, gzip, Image: nothing real is deeper */

int load_copy(struct memory *mem, const char *name, u64 gpa, const void *data,
	      u64 len)
{
	void *to = mem_ptr(mem, gpa, len);

	if (!to)
		return fail("%s: 0x%llx-0x%llx is not in guest memory; RAM starts at 0x40000000, its size is --mem",
			    name, (unsigned long long)gpa,
			    (unsigned long long)(gpa + len));
	memcpy(to, data, len);
	return 0;
}

static bool gzip_match(const struct blob *blob)
{
	return blob->len > 2 && blob->data[0] == 0x1f && blob->data[1] == 0x8b;
}

/**
 * struct zboot_header - a compressed EFI kernel (the kernel's zboot-header.S)
 * @mz: DOS signature
 * @magic: "zimg"
 * @offset: of the compressed Image in the file, bytes
 * @size: of it
 * @type: name of the compression, NUL padded
 */
struct zboot_header {
	char mz[4];
	char magic[4];
	u32 offset;
	u32 size;
	u32 reserved[2];
	char type[32];
};

static bool zboot_match(const struct blob *blob)
{
	return blob->len >= sizeof(struct zboot_header) &&
	       !memcmp(blob->data, "MZ", 2) && !memcmp(blob->data + 4, "zimg", 4);
}

static int zboot_unpack(const struct blob *in, struct blob *out)
{
	struct blob payload = { .name = in->name };
	struct zboot_header h;

	memcpy(&h, in->data, sizeof(h));
	if (h.offset > in->len || h.size > in->len - h.offset)
		return fail("%s: damaged EFI zboot header", in->name);
	if (strncmp(h.type, "gzip", sizeof(h.type)))
		return fail("%s: EFI zboot kernel compressed with %.32s, only gzip is supported; unpack it first",
			    in->name, h.type);
	payload.data = in->data + h.offset;
	payload.len = h.size;
	return blob_gunzip(&payload, out);
}

struct packing {
	bool (*match)(const struct blob *blob);
	int (*unpack)(const struct blob *in, struct blob *out);
};

static const struct packing packings[] = {
	{ gzip_match, blob_gunzip },
	{ zboot_match, zboot_unpack },
};

/* Return: 1 if a layer was taken off, 0 if there is none, -1 on error. */
static int unpack_layer(struct blob *blob)
{
	struct blob out;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(packings); i++) {
		if (!packings[i].match(blob))
			continue;
		if (packings[i].unpack(blob, &out))
			return -1;
		blob_free(blob);
		*blob = out;
		return 1;
	}
	return 0;
}

static int unpack(struct blob *blob)
{
	unsigned int layer;
	int ret;

	for (layer = 0; layer < MAX_LAYERS; layer++) {
		ret = unpack_layer(blob);
		if (ret <= 0)
			return ret;
	}
	return fail("%s: packed more than %d times", blob->name, MAX_LAYERS);
}

static int firmware_load(const struct blob *blob, struct memory *mem,
			 struct loaded *out)
{
	if (blob->len > MAP_FLASH_SIZE)
		return fail("%s: firmware larger than its 64 MiB of flash; a flat binary for RAM needs --load ADDR",
			    blob->name);
	out->kind = "firmware";
	out->entry = MAP_FLASH0_BASE;
	out->firmware = true;
	return load_copy(mem, blob->name, MAP_FLASH0_BASE, blob->data, blob->len);
}

static int flat_load(const struct blob *blob, const struct load_request *req,
		     struct memory *mem, struct loaded *out)
{
	out->kind = "flat binary";
	out->entry = req->addr;
	out->end = req->addr + blob->len;
	return load_copy(mem, blob->name, req->addr, blob->data, blob->len);
}

struct format {
	const char *name;
	bool (*match)(const struct blob *blob);
	int (*load)(const struct blob *blob, struct memory *mem,
		    struct loaded *out);
};

static const struct format formats[] = {
	{ "ELF executable", elf_match, elf_load },
	{ "arm64 Image", image_match, image_load },
};

static int load_blob(const struct blob *blob, const struct load_request *req,
		     struct memory *mem, struct loaded *out)
{
	unsigned int i;

	if (req->firmware)
		return firmware_load(blob, mem, out);
	if (req->addr != LOAD_ANYWHERE)
		return flat_load(blob, req, mem, out);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		if (!formats[i].match(blob))
			continue;
		out->kind = formats[i].name;
		return formats[i].load(blob, mem, out);
	}
	return firmware_load(blob, mem, out);
}

/**
 * load_guest() - load the guest's image, whatever its format
 * @req: what the user asked for
 * @mem: guest memory
 * @out: filled in
 *
 * The rule: --firmware and --load decide; else the file's magic does (gzip and
 * EFI zboot are unpacked, then ELF or arm64 Image); what has no magic is
 * firmware for flash at address 0, as with other VMMs' -bios.
 *
 * Return: 0, or -1 with the error reported.
 */
int load_guest(const struct load_request *req, struct memory *mem,
	       struct loaded *out)
{
	struct blob blob;
	int ret;

	*out = (struct loaded) { .entry = LOAD_ANYWHERE };
	if (blob_read(&blob, req->path))
		return -1;
	ret = unpack(&blob);
	if (!ret)
		ret = load_blob(&blob, req, mem, out);
	if (!ret && req->entry != LOAD_ANYWHERE)
		out->entry = req->entry;
	if (!ret && out->entry < MAP_RAM_BASE)
		out->firmware = true;
	blob_free(&blob);
	return ret;
}
