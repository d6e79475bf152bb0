// SPDX-License-Identifier: GPL-2.0
/*
 * virtio console with one port (virtio 1.2, 5.3). It has the terminal's input
 * when --console virtio says so; its output goes to standard output.
 *
 * Control messages are offered although there is one port only: with them the
 * driver says when it has opened the port. Linux throws away what comes
 * before, and a pipe would lose its first lines.
 */
#include <linux/virtio_console.h>
#include <linux/virtio_ids.h>
#include <stdlib.h>
#include <unistd.h>

#include "../machine.h"
#include "virtio.h"

#define RX		0
#define TX		1
#define CONTROL_RX	2	/* from the device to the driver */
#define CONTROL_TX	3
#define NR_QUEUES	4

/**
 * struct vcon - the console
 * @dev: the virtio device
 * @config: what the driver reads
 * @con: the terminal
 * @pending: control messages to be sent, a bit for each in @messages
 * @open: the driver has opened the port
 * @chain: the request being served
 */
struct vcon {
	struct virtio_dev dev;
	struct virtio_console_config config;
	struct console *con;
	u32 pending;
	bool open;
	struct vq_chain chain;
};

/* What we may have to tell the driver, in the order in which it goes. */
static const struct virtio_console_control messages[] = {
	{ .event = VIRTIO_CONSOLE_PORT_ADD, .value = 1 },
	{ .event = VIRTIO_CONSOLE_CONSOLE_PORT, .value = 1 },
	{ .event = VIRTIO_CONSOLE_PORT_OPEN, .value = 1 },
};

#define SEND_PORT_ADD	BIT(0)
#define SEND_OPEN	(BIT(1) | BIT(2))

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

/* Fill one buffer of the driver's. Return: false if there is nothing to fill. */
static bool receive_one(struct vcon *vcon, struct virtqueue *vq)
{
	struct vq_chain *chain = &vcon->chain;
	u8 buf[256];
	u32 len = 0;
	int c;

	/* A byte may be taken only when there is a place for it. */
	if (vq_empty(vq))
		return false;
	c = console_getc(vcon->con);
	if (c < 0 || vq_pop(vq, chain) <= 0)
		return false;
	do {
		buf[len++] = (u8)c;
	} while (len < min_u64(sizeof(buf), chain->in_len) &&
		 (c = console_getc(vcon->con)) >= 0);
	len = (u32)iov_write(vq_in(chain), chain->nr_in, 0, buf, len);
	vq_push(vq, chain->head, len);
	return true;
}

/* As much typed input as the driver's buffers take. */
static void receive(struct vcon *vcon)
{
	struct virtqueue *vq = &vcon->dev.vq[RX];
	bool any = false;

	if (!vq->ready ||
	    (virtio_has(&vcon->dev, VIRTIO_CONSOLE_F_MULTIPORT) && !vcon->open))
		return;
	do {
		while (receive_one(vcon, vq))
			any = true;
	} while (!vq->error && vq_empty(vq) && vq_rearm(vq));
	if (any)
		virtio_interrupt(&vcon->dev, vq);
}

static void send_control(struct vcon *vcon)
{
	struct virtqueue *vq = &vcon->dev.vq[CONTROL_RX];
	struct vq_chain *c = &vcon->chain;
	bool any = false;
	unsigned int i;

	if (!vq->ready)
		return;
	do {
		for (i = 0; i < ARRAY_SIZE(messages); i++) {
			if (!(vcon->pending & BIT(i)) || vq_pop(vq, c) <= 0)
				continue;
			vcon->pending &= ~BIT(i);
			vq_push(vq, c->head,
				(u32)iov_write(vq_in(c), c->nr_in, 0,
					       &messages[i], sizeof(messages[i])));
			any = true;
		}
	} while (!vq->error && vcon->pending && vq_rearm(vq));
	if (any)
		virtio_interrupt(&vcon->dev, vq);
}

static u32 take_control(struct virtio_dev *dev, struct vq_chain *c)
{
	struct vcon *vcon = to_vcon(dev);
	struct virtio_console_control msg;

	if (iov_read(c->iov, c->nr_out, 0, &msg, sizeof(msg)) != sizeof(msg))
		return 0;
	switch (msg.event) {
	case VIRTIO_CONSOLE_DEVICE_READY:
		vcon->pending |= SEND_PORT_ADD;
		break;
	case VIRTIO_CONSOLE_PORT_READY:
		vcon->pending |= SEND_OPEN;
		break;
	case VIRTIO_CONSOLE_PORT_OPEN:
		vcon->open = msg.value;
		break;
	}
	return 0;
}

static void vcon_serve(struct virtio_dev *dev, unsigned int queue)
{
	struct vcon *vcon = to_vcon(dev);

	if (queue == TX)
		virtio_serve(dev, &dev->vq[TX], &vcon->chain, transmit);
	if (queue == CONTROL_TX)
		virtio_serve(dev, &dev->vq[CONTROL_TX], &vcon->chain, take_control);
	if (queue == CONTROL_TX || queue == CONTROL_RX)
		send_control(vcon);
	if (queue == CONTROL_TX || queue == RX)
		receive(vcon);
}

static void vcon_reset(struct virtio_dev *dev)
{
	to_vcon(dev)->pending = 0;
	to_vcon(dev)->open = false;
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
	.nr_queues = NR_QUEUES,
	.features = BIT_ULL(VIRTIO_CONSOLE_F_MULTIPORT),
	.serve = vcon_serve,
	.reset = vcon_reset,
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
	vcon->config.max_nr_ports = 1;
	vcon->dev.config = &vcon->config;
	vcon->dev.config_len = sizeof(vcon->config);
	con->sink = on_typed;
	con->sink_data = vcon;
	return virtio_add(m, &vcon->dev, &vcon_type);
}
