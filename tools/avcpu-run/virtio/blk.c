// SPDX-License-Identifier: GPL-2.0
/*
 * virtio block device on a file or block device (virtio 1.2, 5.2).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_ids.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../machine.h"
#include "virtio.h"

#define SECTOR		512
#define SEG_MAX		(VQ_MAX_SIZE - 2)	/* header and status take two */
#define MAX_ERASE	(GiB(1) / SECTOR)	/* sectors in one discard */

/**
 * struct blk - a disk
 * @dev: the virtio device
 * @config: what the driver reads
 * @path: the file, for messages
 * @fd: the file
 * @sectors: its size
 * @readonly: writes are errors
 * @chain: the request being served
 * @slice: its data, without header and status
 */
struct blk {
	struct virtio_dev dev;
	struct virtio_blk_config config;
	char *path;
	int fd;
	u64 sectors;
	bool readonly;
	struct vq_chain chain;
	struct iovec slice[VQ_MAX_SEGS];
};

static struct blk *to_blk(struct virtio_dev *dev)
{
	return container_of(dev, struct blk, dev);
}

static bool in_range(const struct blk *blk, u64 sector, u64 nr)
{
	return sector <= blk->sectors && nr <= blk->sectors - sector;
}

static u8 io_error(const struct blk *blk, const char *what)
{
	fail("%s: %s: %s", blk->path, what, strerror(errno));
	return VIRTIO_BLK_S_IOERR;
}

/* Cut @done bytes off the front of @iov; returns the entries left. */
static unsigned int advance(struct iovec **iov, unsigned int n, size_t done)
{
	while (n && done >= (*iov)->iov_len) {
		done -= (*iov)->iov_len;
		(*iov)++;
		n--;
	}
	if (n) {
		(*iov)->iov_base = (u8 *)(*iov)->iov_base + done;
		(*iov)->iov_len -= done;
	}
	return n;
}

typedef ssize_t (*vector_io)(int fd, const struct iovec *iov, int n, off_t off);

static u8 transfer(struct blk *blk, unsigned int n, u64 off, vector_io io,
		   const char *what)
{
	struct iovec *iov = blk->slice;

	while (n) {
		ssize_t done = io(blk->fd, iov, (int)n, (off_t)off);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return io_error(blk, what);
		if (!done) {
			errno = EIO;	/* the file became shorter */
			return io_error(blk, what);
		}
		off += (u64)done;
		n = advance(&iov, n, (size_t)done);
	}
	return VIRTIO_BLK_S_OK;
}

static u8 sync_data(const struct blk *blk)
{
	return fdatasync(blk->fd) < 0 ? io_error(blk, "fdatasync") : VIRTIO_BLK_S_OK;
}

static u8 do_in(struct blk *blk, const struct virtio_blk_outhdr *hdr, u32 *written)
{
	struct vq_chain *c = &blk->chain;
	u64 len = c->in_len - 1;
	unsigned int n;
	u8 status;

	if (len % SECTOR || !in_range(blk, hdr->sector, len / SECTOR))
		return VIRTIO_BLK_S_IOERR;
	n = iov_slice(vq_in(c), c->nr_in, 0, len, blk->slice);
	status = transfer(blk, n, hdr->sector * SECTOR, preadv, "read");
	if (status == VIRTIO_BLK_S_OK)
		*written = (u32)len;
	return status;
}

static u8 do_out(struct blk *blk, const struct virtio_blk_outhdr *hdr,
		 u32 *written __unused)
{
	struct vq_chain *c = &blk->chain;
	u64 len = c->out_len - sizeof(*hdr);
	unsigned int n;
	u8 status;

	if (blk->readonly || len % SECTOR ||
	    !in_range(blk, hdr->sector, len / SECTOR))
		return VIRTIO_BLK_S_IOERR;
	n = iov_slice(c->iov, c->nr_out, sizeof(*hdr), len, blk->slice);
	status = transfer(blk, n, hdr->sector * SECTOR, pwritev, "write");
	/* A driver that cannot flush expects write-through (5.2.6.2). */
	if (status == VIRTIO_BLK_S_OK && !virtio_has(&blk->dev, VIRTIO_BLK_F_FLUSH))
		status = sync_data(blk);
	return status;
}

static u8 do_flush(struct blk *blk, const struct virtio_blk_outhdr *hdr __unused,
		   u32 *written __unused)
{
	return sync_data(blk);
}

static u8 do_get_id(struct blk *blk, const struct virtio_blk_outhdr *hdr __unused,
		    u32 *written)
{
	struct vq_chain *c = &blk->chain;
	char id[VIRTIO_BLK_ID_BYTES] = { 0 };

	memcpy(id, blk->dev.name, min_u64(strlen(blk->dev.name), sizeof(id)));
	*written = (u32)iov_write(vq_in(c), c->nr_in, 0, id,
				  min_u64(sizeof(id), c->in_len - 1));
	return VIRTIO_BLK_S_OK;
}

/* The one segment of a discard or write-zeroes request, if it is valid. */
static u8 get_segment(struct blk *blk, u32 allowed_flags,
		      struct virtio_blk_discard_write_zeroes *seg)
{
	struct vq_chain *c = &blk->chain;

	if (blk->readonly ||
	    c->out_len != sizeof(struct virtio_blk_outhdr) + sizeof(*seg))
		return VIRTIO_BLK_S_IOERR;
	iov_read(c->iov, c->nr_out, sizeof(struct virtio_blk_outhdr), seg,
		 sizeof(*seg));
	if (seg->flags & ~allowed_flags)
		return VIRTIO_BLK_S_UNSUPP;
	if (seg->num_sectors > MAX_ERASE ||
	    !in_range(blk, seg->sector, seg->num_sectors))
		return VIRTIO_BLK_S_IOERR;
	return VIRTIO_BLK_S_OK;
}

static int erase(const struct blk *blk, int mode,
		 const struct virtio_blk_discard_write_zeroes *seg)
{
	if (!seg->num_sectors)
		return 0;
	return fallocate(blk->fd, mode | FALLOC_FL_KEEP_SIZE,
			 (off_t)(seg->sector * SECTOR),
			 (off_t)seg->num_sectors * SECTOR);
}

static u8 do_discard(struct blk *blk, const struct virtio_blk_outhdr *hdr __unused,
		     u32 *written __unused)
{
	struct virtio_blk_discard_write_zeroes seg;
	u8 status = get_segment(blk, 0, &seg);

	/* Discard is advice: a file system that cannot is no error. */
	if (status == VIRTIO_BLK_S_OK && erase(blk, FALLOC_FL_PUNCH_HOLE, &seg) &&
	    errno != EOPNOTSUPP)
		status = io_error(blk, "fallocate");
	return status;
}

static u8 do_write_zeroes(struct blk *blk,
			  const struct virtio_blk_outhdr *hdr __unused,
			  u32 *written __unused)
{
	struct virtio_blk_discard_write_zeroes seg;
	u8 status = get_segment(blk, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP, &seg);

	/* A punched hole reads as zeroes too; tmpfs knows only that. */
	if (status == VIRTIO_BLK_S_OK && erase(blk, FALLOC_FL_ZERO_RANGE, &seg) &&
	    erase(blk, FALLOC_FL_PUNCH_HOLE, &seg))
		status = errno == EOPNOTSUPP ? VIRTIO_BLK_S_UNSUPP :
					       io_error(blk, "fallocate");
	return status;
}

struct request {
	u32 type;
	u8 (*serve)(struct blk *blk, const struct virtio_blk_outhdr *hdr,
		    u32 *written);
};

static const struct request requests[] = {
	{ VIRTIO_BLK_T_IN, do_in },
	{ VIRTIO_BLK_T_OUT, do_out },
	{ VIRTIO_BLK_T_FLUSH, do_flush },
	{ VIRTIO_BLK_T_GET_ID, do_get_id },
	{ VIRTIO_BLK_T_DISCARD, do_discard },
	{ VIRTIO_BLK_T_WRITE_ZEROES, do_write_zeroes },
};

static u8 serve_type(struct blk *blk, const struct virtio_blk_outhdr *hdr,
		     u32 *written)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(requests); i++)
		if (requests[i].type == hdr->type)
			return requests[i].serve(blk, hdr, written);
	return VIRTIO_BLK_S_UNSUPP;
}

/* Header, data, status: where the buffers begin and end does not matter. */
static u32 serve_request(struct virtio_dev *dev, struct vq_chain *c)
{
	struct blk *blk = to_blk(dev);
	struct virtio_blk_outhdr hdr;
	u32 written = 0;
	u8 status;

	/* Without a place for the status there is nothing to be said. */
	if (!c->in_len)
		return 0;
	if (iov_read(c->iov, c->nr_out, 0, &hdr, sizeof(hdr)) == sizeof(hdr))
		status = serve_type(blk, &hdr, &written);
	else
		status = VIRTIO_BLK_S_IOERR;
	iov_write(vq_in(c), c->nr_in, c->in_len - 1, &status, 1);
	return written + 1;
}

static void blk_serve(struct virtio_dev *dev, unsigned int queue)
{
	virtio_serve(dev, &dev->vq[queue], &to_blk(dev)->chain, serve_request);
}

static void blk_destroy(struct virtio_dev *dev)
{
	struct blk *blk = to_blk(dev);

	if (blk->fd >= 0)
		close(blk->fd);
	free(blk->path);
	free(blk);
}

static const struct virtio_type blk_type = {
	.name = "blk",
	.id = VIRTIO_ID_BLOCK,
	.nr_queues = 1,
	.features = BIT_ULL(VIRTIO_BLK_F_SEG_MAX) | BIT_ULL(VIRTIO_BLK_F_FLUSH) |
		    BIT_ULL(VIRTIO_BLK_F_BLK_SIZE),
	.serve = blk_serve,
	.destroy = blk_destroy,
};

static int open_disk(struct blk *blk)
{
	struct stat st;
	u64 size = 0;

	blk->fd = open(blk->path, (blk->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (blk->fd < 0 && (errno == EACCES || errno == EROFS) && !blk->readonly)
		return fail("%s: %s; --disk %s,ro needs no write access",
			    blk->path, strerror(errno), blk->path);
	if (blk->fd < 0 || fstat(blk->fd, &st) < 0)
		return fail("%s: %s", blk->path, strerror(errno));
	if (S_ISREG(st.st_mode))
		size = (u64)st.st_size;
	else if (!S_ISBLK(st.st_mode) || ioctl(blk->fd, BLKGETSIZE64, &size) < 0)
		return fail("%s: neither a file nor a block device", blk->path);
	blk->sectors = size / SECTOR;
	if (!blk->sectors)
		return fail("%s: too small for a disk", blk->path);
	return 0;
}

static void fill_config(struct blk *blk)
{
	blk->config = (struct virtio_blk_config) {
		.capacity = blk->sectors,
		.seg_max = SEG_MAX,
		.blk_size = SECTOR,
		.max_discard_sectors = MAX_ERASE,
		.max_discard_seg = 1,
		.discard_sector_alignment = 1,
		.max_write_zeroes_sectors = MAX_ERASE,
		.max_write_zeroes_seg = 1,
		.write_zeroes_may_unmap = 1,
	};
	blk->dev.config = &blk->config;
	blk->dev.config_len = sizeof(blk->config);
	if (blk->readonly)
		blk->dev.extra_features = BIT_ULL(VIRTIO_BLK_F_RO);
	else
		blk->dev.extra_features = BIT_ULL(VIRTIO_BLK_F_DISCARD) |
					  BIT_ULL(VIRTIO_BLK_F_WRITE_ZEROES);
}

/**
 * virtio_blk_create() - a disk
 * @m: the machine
 * @spec: FILE or FILE,ro
 *
 * Return: 0, or -1 with the error reported.
 */
int virtio_blk_create(struct machine *m, const char *spec)
{
	struct blk *blk = calloc(1, sizeof(*blk));
	size_t len = strlen(spec);

	if (!blk)
		return fail("%s: no memory", spec);
	blk->fd = -1;
	if (len > 3 && !strcmp(spec + len - 3, ",ro")) {
		blk->readonly = true;
		len -= 3;
	}
	blk->path = strndup(spec, len);
	if (!blk->path || open_disk(blk)) {
		blk_destroy(&blk->dev);
		return -1;
	}
	fill_config(blk);
	return virtio_add(m, &blk->dev, &blk_type);
}
