// SPDX-License-Identifier: GPL-2.0
/*
 * Files in memory: reading, with a progress line when it takes long, and
 * unpacking.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader.h"

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

#define READ_CHUNK	MiB(1)
#define PATIENCE_NS	500000000ULL	/* silent for so long */
#define REDRAW_NS	100000000ULL
#define GUNZIP_MAX	GiB(1)

/**
 * struct progress - the line that says how far a file is
 * @next: time of the next line
 * @shown: there is one on the screen
 */
struct progress {
	const char *path;
	u64 total;
	u64 next;
	bool shown;
};

static void progress_at(struct progress *p, u64 done)
{
	bool tty = isatty(STDERR_FILENO);
	u64 now = now_ns();

	if (now < p->next || (p->shown && !tty))
		return;
	p->next = now + REDRAW_NS;
	p->shown = true;
	if (!tty)
		say("loading %s (%llu MiB)", p->path,
		    (unsigned long long)(p->total >> 20));
	else
		fprintf(stderr, "\ravcpu-run: loading %s: %llu of %llu MiB ",
			p->path, (unsigned long long)(done >> 20),
			(unsigned long long)(p->total >> 20));
}

static void progress_end(const struct progress *p)
{
	if (p->shown && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
}

static int read_all(int fd, const char *path, u8 *data, u64 len)
{
	struct progress p = {
		.path = path, .total = len, .next = now_ns() + PATIENCE_NS,
	};
	u64 done = 0;
	int ret = 0;

	while (!ret && done < len) {
		ssize_t n = read(fd, data + done, min_u64(len - done, READ_CHUNK));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = fail("%s: read: %s", path, strerror(errno));
		else if (!n)
			ret = fail("%s: became shorter while it was read", path);
		else
			done += (u64)n;
		progress_at(&p, done);
	}
	progress_end(&p);
	return ret;
}

static int open_regular(const char *path, u64 *len)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail("%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0) {
		close(fd);
		return fail("%s: not a regular file with something in it", path);
	}
	*len = (u64)st.st_size;
	return fd;
}

static u8 *blob_alloc(u64 len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/**
 * blob_read() - read a whole file
 * @blob: filled in; blob_free() it
 * @path: the file
 *
 * Return: 0, or -1 with the error reported.
 */
int blob_read(struct blob *blob, const char *path)
{
	u64 len;
	int fd = open_regular(path, &len);
	int ret;

	*blob = (struct blob) { .name = path };
	if (fd < 0)
		return -1;
	blob->data = blob_alloc(len);
	blob->len = len;
	ret = blob->data ? read_all(fd, path, blob->data, len) :
			   fail("%s: no memory to read it", path);
	close(fd);
	if (ret)
		blob_free(blob);
	return ret;
}

void blob_free(struct blob *blob)
{
	if (blob->data)
		munmap(blob->data, blob->len);
	blob->data = NULL;
}

/**
 * load_file() - read a file straight into guest memory
 * @mem: the guest's memory
 * @path: the file
 * @gpa: where it goes
 * @len: bytes read
 *
 * Return: 0, or -1 with the error reported.
 */
int load_file(struct memory *mem, const char *path, u64 gpa, u64 *len)
{
	int fd = open_regular(path, len);
	void *to;
	int ret;

	if (fd < 0)
		return -1;
	to = mem_ptr(mem, gpa, *len);
	if (to)
		ret = read_all(fd, path, to, *len);
	else
		ret = fail("%s: its %llu KiB do not fit into guest memory at 0x%llx; use a larger --mem",
			   path, (unsigned long long)(*len >> 10),
			   (unsigned long long)gpa);
	close(fd);
	return ret;
}

#ifdef HAVE_ZLIB

/* The last four bytes of a gzip file: the size modulo 2^32, RFC 1952 2.3.1. */
static u64 gzip_size(const struct blob *in)
{
	const u8 *p = in->data + in->len - 4;

	return p[0] | (u64)p[1] << 8 | (u64)p[2] << 16 | (u64)p[3] << 24;
}

static int inflate_all(const struct blob *in, struct blob *out)
{
	z_stream z = {
		.next_in = in->data, .avail_in = (uInt)in->len,
		.next_out = out->data, .avail_out = (uInt)out->len,
	};
	int ret = inflateInit2(&z, 16 + MAX_WBITS);	/* 16: gzip header */

	if (ret == Z_OK) {
		ret = inflate(&z, Z_FINISH);
		inflateEnd(&z);
	}
	if (ret != Z_STREAM_END || z.avail_out)
		return fail("%s: damaged gzip data%s%s", in->name,
			    z.msg ? ": " : "", z.msg ? z.msg : "");
	return 0;
}

/**
 * blob_gunzip() - unpack gzip data
 * @in: the packed bytes
 * @out: filled in; blob_free() it
 *
 * Return: 0, or -1 with the error reported.
 */
int blob_gunzip(const struct blob *in, struct blob *out)
{
	*out = (struct blob) { .name = in->name };
	if (in->len < 18 || in->len > GUNZIP_MAX)
		return fail("%s: damaged gzip data: impossible size", in->name);
	out->len = gzip_size(in);
	if (!out->len || out->len > GUNZIP_MAX)
		return fail("%s: claims to unpack to %llu bytes", in->name,
			    (unsigned long long)out->len);
	out->data = blob_alloc(out->len);
	if (!out->data)
		return fail("%s: no memory to unpack it", in->name);
	if (!inflate_all(in, out))
		return 0;
	blob_free(out);
	return -1;
}

#else

int blob_gunzip(const struct blob *in, struct blob *out)
{
	*out = (struct blob) { .name = in->name };
	return fail("%s: is gzip-compressed, which this avcpu-run was built without; unpack it with gunzip",
		    in->name);
}

#endif
