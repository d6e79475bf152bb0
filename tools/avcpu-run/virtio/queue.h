/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_VIRTIO_QUEUE_H
#define AVCPU_RUN_VIRTIO_QUEUE_H

#include <sys/uio.h>

#include "../memory.h"

#define VQ_MAX_SIZE	256
#define VQ_MAX_SEGS	1024	/* buffers in a chain; IOV_MAX */

/**
 * struct virtqueue - a split virtqueue (virtio 1.2, 2.7), device side
 * @mem: guest memory
 * @desc_gpa: as the driver set it
 * @avail_gpa: likewise
 * @used_gpa: likewise
 * @size: entries, a power of two
 * @ready: QueueReady
 * @event_idx: VIRTIO_F_EVENT_IDX was negotiated
 * @indirect: VIRTIO_F_INDIRECT_DESC was negotiated
 * @desc: the rings, valid while @ready
 * @avail: likewise
 * @used: likewise
 * @last_avail: next available entry to take
 * @used_idx: our copy of the used index: the driver could change its own
 * @signalled: @used_idx when the driver was last interrupted
 * @signalled_valid: @signalled means something
 * @error: what the driver did wrong, NULL if nothing
 */
struct virtqueue {
	const struct memory *mem;
	u64 desc_gpa;
	u64 avail_gpa;
	u64 used_gpa;
	u32 size;
	bool ready;
	bool event_idx;
	bool indirect;
	const u8 *desc;
	const u16 *avail;
	u8 *used;
	u16 last_avail;
	u16 used_idx;
	u16 signalled;
	bool signalled_valid;
	const char *error;
};

/**
 * struct vq_chain - one request of the driver
 * @head: its first descriptor, which names it when it is given back
 * @nr_out: buffers for the device to read, the first in @iov
 * @nr_in: buffers for the device to write, behind those
 * @out_len: bytes in the former
 * @in_len: bytes in the latter
 * @iov: the buffers, in our address space, checked
 */
struct vq_chain {
	u16 head;
	unsigned int nr_out;
	unsigned int nr_in;
	u64 out_len;
	u64 in_len;
	struct iovec iov[VQ_MAX_SEGS];
};

void vq_reset(struct virtqueue *vq);
int vq_enable(struct virtqueue *vq);
int vq_pop(struct virtqueue *vq, struct vq_chain *chain);
void vq_push(struct virtqueue *vq, u16 head, u32 len);
void vq_quiet(struct virtqueue *vq);
bool vq_rearm(struct virtqueue *vq);
bool vq_empty(const struct virtqueue *vq);
bool vq_wants_interrupt(struct virtqueue *vq);

static inline struct iovec *vq_in(struct vq_chain *chain)
{
	return chain->iov + chain->nr_out;
}

size_t iov_read(const struct iovec *iov, unsigned int n, u64 off, void *buf,
		size_t len);
size_t iov_write(const struct iovec *iov, unsigned int n, u64 off,
		 const void *buf, size_t len);
unsigned int iov_slice(const struct iovec *iov, unsigned int n, u64 off,
		       u64 len, struct iovec *out);

#endif
