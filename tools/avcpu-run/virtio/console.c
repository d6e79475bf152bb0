// SPDX-License-Identifier: GPL-2.0
/*
 * virtio console, one port (virtio 1.2, 5.3). It has the terminal's input when
 * --console virtio says so, and its output always goes to standard output.
 */
#include <linux/virtio_ids.h>
#include <stdlib.h>
#include <unistd.h>

#include "../machine.h"
#include "virtio.h"

#define RX	0
#define TX	1

/**
 * struct vcon - the console
 * @dev: the virtio device
 * @con: the terminal
 * @chain: the request being served
 */
struct vcon {
	struct virtio_dev dev;
	struct console *con;
	struct vq_chain chain;
};

static struct vcon *to_vcon(struct virtio_dev *dev)
{
	return container_of(dev, struct vcon, dev);
}

static u32 transmit(struct virtio_dev *dev, struct vq_chain *c)
{
	unsigned int i;

	for (i = 0; i < c->nr_out; i++)
		console_write(to_vcon(dev)->con, c->iov[i].iov_base,
			      c->iov[i].iov_len);
	return 0;
}

/* As much typed input as the driver's buffers take. */
static void receive(struct vcon *vcon, struct virtqueue *vq)
{
	bool any = false;
	int c;

	do {
		/* A byte may be taken only when there is a place for it. */
		while (!vq_empty(vq) && (c = console_getc(vcon->con)) >= 0) {
			u8 buf[256];
			u32 len = 0;

			if (vq_pop(vq, &vcon->chain) <= 0)
				return;
			do {
				buf[len++] = (u8)c;
			} while (len < min_u64(sizeof(buf), vcon->chain.in_len) &&
				 (c = console_getc(vcon->con)) >= 0);
			len = (u32)iov_write(vq_in(&vcon->chain),
					     vcon->chain.nr_in, 0, buf, len);
			vq_push(vq, vcon->chain.head, len);
			any = true;
		}
	} while (vq_empty(vq) && vq_rearm(vq));
	if (any)
		virtio_interrupt(&vcon->dev, vq);
}

static void vcon_serve(struct virtio_dev *dev, unsigned int queue)
{
	struct vcon *vcon = to_vcon(dev);

	if (queue == TX)
		virtio_serve(dev, &dev->vq[TX], &vcon->chain, transmit);
	else
		receive(vcon, &dev->vq[RX]);
}

/* On the main thread: the device's own does the work. */
static void on_typed(void *data)
{
	struct vcon *vcon = data;
	u64 one = 1;

	if (write(vcon->dev.kick[RX].src.fd, &one, sizeof(one)) < 0)
		return;	/* counter full: a kick is pending */
}

static void vcon_destroy(struct virtio_dev *dev)
{
	free(to_vcon(dev));
}

static const struct virtio_type vcon_type = {
	.name = "console",
	.id = VIRTIO_ID_CONSOLE,
	.nr_queues = 2,
	.serve = vcon_serve,
	.destroy = vcon_destroy,
};

/**
 * virtio_console_create() - a console that takes the terminal's input
 * @m: the machine
 * @con: the terminal
 *
 * Return: 0, or -1 with the error reported.
 */
int virtio_console_create(struct machine *m, struct console *con)
{
	struct vcon *vcon = calloc(1, sizeof(*vcon));

	if (!vcon)
		return fail("console: no memory");
	vcon->con = con;
	con->sink = on_typed;
	con->sink_data = vcon;
	return virtio_add(m, &vcon->dev, &vcon_type);
}
