// SPDX-License-Identifier: GPL-2.0
/*
 * Split virtqueues, device side (virtio 1.2, 2.7).
 *
 * The rings are in memory that the guest may change at any time, and their
 * contents are whatever it likes. So: each field is read once, into a copy of
 * ours, and then checked; every address goes through mem_ram_ptr(); the number
 * of descriptors in a chain is bounded, which ends loops. What breaks a rule
 * sets @error and the queue is used no more until it is reset.
 */
#include "queue.h"

#include <string.h>

#define DESC_SIZE	16
#define DESC_F_NEXT	1
#define DESC_F_WRITE	2
#define DESC_F_INDIRECT	4

#define AVAIL_F_NO_INTERRUPT	1
#define USED_F_NO_NOTIFY	1

/* In units of u16: flags, idx, ring[size], used_event. */
#define AVAIL_FLAGS		0
#define AVAIL_IDX		1
#define AVAIL_RING		2

/* In bytes: flags, idx, ring[size] of { u32 id, u32 len }, avail_event. */
#define USED_FLAGS		0
#define USED_IDX		2
#define USED_RING		4
#define USED_ELEM		8

struct desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

static u16 load16(const u16 *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void store16(u8 *p, u16 val)
{
	__atomic_store_n((u16 *)(void *)p, val, __ATOMIC_RELEASE);
}

static void full_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/*
 * Read once: the volatile accesses keep the compiler from going back to
 * memory for a field after it was checked.
 */
static struct desc read_desc(const u8 *table, u32 i)
{
	const volatile u64 *p = (const volatile u64 *)
				(const void *)(table + (size_t)i * DESC_SIZE);
	u64 addr = p[0], rest = p[1];

	return (struct desc) {
		.addr = addr, .len = (u32)rest, .flags = (u16)(rest >> 32),
		.next = (u16)(rest >> 48),
	};
}

static int broken(struct virtqueue *vq, const char *what)
{
	vq->error = what;
	return -1;
}

/**
 * vq_reset() - the state after reset
 * @vq: the queue
 */
void vq_reset(struct virtqueue *vq)
{
	const struct memory *mem = vq->mem;

	memset(vq, 0, sizeof(*vq));
	vq->mem = mem;
	vq->size = VQ_MAX_SIZE;
}

static const void *ring(const struct virtqueue *vq, u64 gpa, u64 len, u64 align)
{
	return gpa % align ? NULL : mem_ram_ptr(vq->mem, gpa, len);
}

/**
 * vq_enable() - take the rings into use, after checking them
 * @vq: the queue, its addresses and size set by the driver
 *
 * Return: 0, or -1 with @vq->error set.
 */
int vq_enable(struct virtqueue *vq)
{
	u64 n = vq->size;

	if (!n || n > VQ_MAX_SIZE || n & (n - 1))
		return broken(vq, "queue size");
	vq->desc = ring(vq, vq->desc_gpa, n * DESC_SIZE, 16);
	vq->avail = ring(vq, vq->avail_gpa, 2 * (AVAIL_RING + n + 1), 2);
	vq->used = (void *)ring(vq, vq->used_gpa, USED_RING + n * USED_ELEM + 2, 4);
	if (!vq->desc || !vq->avail || !vq->used)
		return broken(vq, "ring addresses");
	vq->last_avail = 0;
	vq->used_idx = 0;
	vq->signalled_valid = false;
	vq->ready = true;
	return 0;
}

static int add_buffer(struct virtqueue *vq, struct vq_chain *chain,
		      const struct desc *d)
{
	unsigned int n = chain->nr_out + chain->nr_in;
	bool in = d->flags & DESC_F_WRITE;
	void *host;

	if (!in && chain->nr_in)
		return broken(vq, "readable buffer behind a writable one");
	if (n == VQ_MAX_SEGS)
		return broken(vq, "chain too long");
	if (!d->len)
		return 0;
	host = mem_ram_ptr(vq->mem, d->addr, d->len);
	if (!host)
		return broken(vq, "buffer outside memory");
	chain->iov[n] = (struct iovec) { .iov_base = host, .iov_len = d->len };
	if (in) {
		chain->nr_in++;
		chain->in_len += d->len;
	} else {
		chain->nr_out++;
		chain->out_len += d->len;
	}
	return 0;
}

/*
 * Follow a chain through @table. It has at most as many descriptors as the
 * table: more means a loop. @table is the indirect one if @nested.
 */
static int walk(struct virtqueue *vq, struct vq_chain *chain, const u8 *table,
		u32 size, u32 i, bool nested);

static int walk_indirect(struct virtqueue *vq, struct vq_chain *chain,
			 const struct desc *d)
{
	const u8 *table;

	if (!vq->indirect)
		return broken(vq, "indirect descriptor not negotiated");
	if (d->flags & DESC_F_NEXT)
		return broken(vq, "indirect descriptor with a successor");
	if (!d->len || d->len % DESC_SIZE || d->len / DESC_SIZE > VQ_MAX_SEGS)
		return broken(vq, "size of an indirect table");
	if (d->addr % sizeof(u64))
		return broken(vq, "alignment of an indirect table");
	table = mem_ram_ptr(vq->mem, d->addr, d->len);
	if (!table)
		return broken(vq, "indirect table outside memory");
	return walk(vq, chain, table, d->len / DESC_SIZE, 0, true);
}

static int walk(struct virtqueue *vq, struct vq_chain *chain, const u8 *table,
		u32 size, u32 i, bool nested)
{
	u32 seen;

	for (seen = 0; seen < size; seen++) {
		struct desc d;

		if (i >= size)
			return broken(vq, "descriptor index");
		d = read_desc(table, i);
		if (d.flags & DESC_F_INDIRECT)
			return nested ? broken(vq, "nested indirect descriptor") :
					walk_indirect(vq, chain, &d);
		if (add_buffer(vq, chain, &d))
			return -1;
		if (!(d.flags & DESC_F_NEXT))
			return 0;
		i = d.next;
	}
	return broken(vq, "descriptor loop");
}

/**
 * vq_empty() - is there nothing to take?
 * @vq: a queue that is ready
 */
bool vq_empty(const struct virtqueue *vq)
{
	return load16(&vq->avail[AVAIL_IDX]) == vq->last_avail;
}

/**
 * vq_pop() - take the next request
 * @vq: the queue
 * @chain: filled in
 *
 * Return: 1; 0 if there is none or the queue is not in use; -1 if the driver
 * broke the rules, with @vq->error set.
 */
int vq_pop(struct virtqueue *vq, struct vq_chain *chain)
{
	u16 avail;
	u32 head;

	if (!vq->ready || vq->error)
		return 0;
	avail = (u16)(load16(&vq->avail[AVAIL_IDX]) - vq->last_avail);
	if (!avail)
		return 0;
	if (avail > vq->size)
		return broken(vq, "available index");
	head = load16(&vq->avail[AVAIL_RING + (vq->last_avail & (vq->size - 1))]);
	if (head >= vq->size)
		return broken(vq, "available entry");

	chain->head = (u16)head;
	chain->nr_out = 0;
	chain->nr_in = 0;
	chain->out_len = 0;
	chain->in_len = 0;
	if (walk(vq, chain, vq->desc, vq->size, head, false))
		return -1;
	vq->last_avail++;
	return 1;
}

/**
 * vq_push() - give a request back
 * @vq: the queue
 * @head: the request's name
 * @len: bytes written to its writable buffers
 */
void vq_push(struct virtqueue *vq, u16 head, u32 len)
{
	u32 elem[2] = { head, len };

	memcpy(vq->used + USED_RING +
	       (size_t)(vq->used_idx & (vq->size - 1)) * USED_ELEM,
	       elem, sizeof(elem));
	vq->used_idx++;
	store16(vq->used + USED_IDX, vq->used_idx);
}

/**
 * vq_quiet() - tell the driver that it need not notify
 * @vq: a queue that is ready
 *
 * With event indices there is nothing to say: the driver notifies once for
 * the index that vq_rearm() names.
 */
void vq_quiet(struct virtqueue *vq)
{
	if (!vq->event_idx)
		store16(vq->used + USED_FLAGS, USED_F_NO_NOTIFY);
}

/**
 * vq_rearm() - ask the driver to notify again
 * @vq: a queue that is ready
 *
 * Return: true if requests came in before it could know.
 */
bool vq_rearm(struct virtqueue *vq)
{
	if (vq->event_idx)
		store16(vq->used + USED_RING + (size_t)vq->size * USED_ELEM,
			vq->last_avail);
	else
		store16(vq->used + USED_FLAGS, 0);
	full_barrier();
	return !vq_empty(vq);
}

/**
 * vq_wants_interrupt() - does the driver want to hear of what was pushed?
 * @vq: a queue that is ready
 */
bool vq_wants_interrupt(struct virtqueue *vq)
{
	u16 old = vq->signalled, new = vq->used_idx, event;
	bool valid = vq->signalled_valid;

	/* The used index must be seen before the driver's wish is read. */
	full_barrier();
	if (!vq->event_idx)
		return !(load16(&vq->avail[AVAIL_FLAGS]) & AVAIL_F_NO_INTERRUPT);
	vq->signalled = new;
	vq->signalled_valid = true;
	if (!valid)
		return true;
	/* virtio 1.2, 2.7.10.1, in arithmetic modulo 2^16 */
	event = load16(&vq->avail[AVAIL_RING + vq->size]);
	return (u16)(new - event - 1) < (u16)(new - old);
}

/**
 * iov_slice() - a part of a buffer list
 * @iov: the list
 * @n: its entries
 * @off: first byte
 * @len: bytes; less come out if the list ends before
 * @out: room for @n entries
 *
 * Return: entries in @out.
 */
unsigned int iov_slice(const struct iovec *iov, unsigned int n, u64 off,
		       u64 len, struct iovec *out)
{
	unsigned int i, k = 0;

	for (i = 0; i < n && len; i++) {
		u64 have = iov[i].iov_len;

		if (off >= have) {
			off -= have;
			continue;
		}
		out[k].iov_base = (u8 *)iov[i].iov_base + off;
		out[k].iov_len = min_u64(have - off, len);
		len -= out[k++].iov_len;
		off = 0;
	}
	return k;
}

static size_t iov_copy(const struct iovec *iov, unsigned int n, u64 off,
		       u8 *buf, size_t len, bool to_iov)
{
	size_t done = 0;
	unsigned int i;

	for (i = 0; i < n && done < len; i++) {
		size_t chunk;
		u8 *p;

		if (off >= iov[i].iov_len) {
			off -= iov[i].iov_len;
			continue;
		}
		p = (u8 *)iov[i].iov_base + off;
		chunk = min_u64(iov[i].iov_len - off, len - done);
		memcpy(to_iov ? p : buf + done, to_iov ? buf + done : p, chunk);
		done += chunk;
		off = 0;
	}
	return done;
}

/* Copy out of a buffer list. Return: bytes copied. */
size_t iov_read(const struct iovec *iov, unsigned int n, u64 off, void *buf,
		size_t len)
{
	return iov_copy(iov, n, off, buf, len, false);
}

/* Copy into a buffer list. Return: bytes copied. */
size_t iov_write(const struct iovec *iov, unsigned int n, u64 off,
		 const void *buf, size_t len)
{
	return iov_copy(iov, n, off, (u8 *)(uintptr_t)buf, len, true);
}
