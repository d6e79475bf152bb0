// SPDX-License-Identifier: GPL-2.0
/*
 * virtio entropy device (virtio 1.2, 5.4).
 */
#include <linux/virtio_ids.h>
#include <stdlib.h>

#include "../machine.h"
#include "virtio.h"

#define MAX_BYTES	KiB(64)	/* in one request: a short answer is allowed */

struct rng {
	struct virtio_dev dev;
	struct vq_chain chain;
};

static u32 fill(struct virtio_dev *dev __unused, struct vq_chain *c)
{
	struct iovec *iov = vq_in(c);
	u64 left = MAX_BYTES;
	unsigned int i;
	u32 done = 0;

	for (i = 0; i < c->nr_in && left; i++) {
		u64 len = min_u64(iov[i].iov_len, left);

		if (random_bytes(iov[i].iov_base, len))
			break;
		left -= len;
		done += (u32)len;
	}
	return done;
}

static void rng_serve(struct virtio_dev *dev, unsigned int queue)
{
	struct rng *rng = container_of(dev, struct rng, dev);

	virtio_serve(dev, &dev->vq[queue], &rng->chain, fill);
}

static void rng_destroy(struct virtio_dev *dev)
{
	free(container_of(dev, struct rng, dev));
}

static const struct virtio_type rng_type = {
	.name = "rng",
	.id = VIRTIO_ID_RNG,
	.nr_queues = 1,
	.serve = rng_serve,
	.destroy = rng_destroy,
};

/**
 * virtio_rng_create() - a source of randomness
 * @m: the machine
 *
 * Return: 0, or -1 with the error reported.
 */
int virtio_rng_create(struct machine *m)
{
	struct rng *rng = calloc(1, sizeof(*rng));

	if (!rng)
		return fail("rng: no memory");
	return virtio_add(m, &rng->dev, &rng_type);
}
