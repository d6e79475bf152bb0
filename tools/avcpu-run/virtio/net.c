// SPDX-License-Identifier: GPL-2.0
/*
 * virtio network card on a TAP interface (virtio 1.2, 5.1), no offloads. The
 * kernel's TAP speaks the same packet header, so packets pass through whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../machine.h"
#include "virtio.h"

#define RX		0
#define TX		1
#define TUN_PATH	"/dev/net/tun"
#define HDR_LEN		((int)sizeof(struct virtio_net_hdr_v1))
#define MAX_PACKET	KiB(64)

/**
 * struct net - a network card
 * @dev: the virtio device
 * @config: what the driver reads
 * @name: the TAP interface, for messages
 * @tap: the TAP's descriptor in the device's loop; at rest while the driver
 *	has no receive buffers
 * @rx: the receive request being served
 * @tx: the transmit request being served
 * @packet: the packet being received
 */
struct net {
	struct virtio_dev dev;
	struct virtio_net_config config;
	const char *name;
	struct ev_source tap;
	struct vq_chain rx;
	struct vq_chain tx;
	u8 packet[MAX_PACKET];
};

static struct net *to_net(struct virtio_dev *dev)
{
	return container_of(dev, struct net, dev);
}

static u32 transmit(struct virtio_dev *dev, struct vq_chain *c)
{
	struct net *net = to_net(dev);

	/* A packet that the TAP does not take is lost, as on any wire. */
	if (c->out_len > (u64)HDR_LEN && c->out_len <= MAX_PACKET &&
	    writev(net->tap.fd, c->iov, (int)c->nr_out) < 0 && verbose)
		say("%s: packet dropped: %s", net->name, strerror(errno));
	return 0;
}

/* Return: false when there are no more packets or no more buffers. */
static bool receive_one(struct net *net, struct virtqueue *vq)
{
	struct virtio_net_hdr_v1 *hdr = (void *)net->packet;
	u32 written = 0;
	ssize_t len;

	len = read(net->tap.fd, net->packet, sizeof(net->packet));
	if (len < HDR_LEN)
		return false;
	if (vq_pop(vq, &net->rx) <= 0)
		return false;
	/* Without mergeable buffers this is one, always (5.1.6.4). */
	hdr->num_buffers = 1;
	if (net->rx.in_len >= (u64)len)
		written = (u32)iov_write(vq_in(&net->rx), net->rx.nr_in, 0,
					 net->packet, (size_t)len);
	vq_push(vq, net->rx.head, written);
	return true;
}

static void receive(struct net *net)
{
	struct virtqueue *vq = &net->dev.vq[RX];
	bool any = false;

	vq_quiet(vq);
	while (!vq_empty(vq) && receive_one(net, vq))
		any = true;
	if (any)
		virtio_interrupt(&net->dev, vq);
	/* The driver's notification wakes the TAP again. */
	if (vq->error || (vq_empty(vq) && !vq_rearm(vq)))
		ev_set_events(&net->dev.loop, &net->tap, 0);
}

static void on_packet(struct ev_source *src, short revents __unused)
{
	struct net *net = src->data;
	struct virtio_dev *dev = &net->dev;

	pthread_mutex_lock(&dev->lock);
	if (virtio_live(dev) && dev->vq[RX].ready && !dev->vq[RX].error)
		receive(net);
	else
		ev_set_events(&dev->loop, src, 0);
	if (dev->vq[RX].error)
		virtio_broken(dev, dev->vq[RX].error);
	pthread_mutex_unlock(&dev->lock);
}

static void net_serve(struct virtio_dev *dev, unsigned int queue)
{
	struct net *net = to_net(dev);

	if (queue == TX)
		virtio_serve(dev, &dev->vq[TX], &net->tx, transmit);
	else
		ev_set_events(&dev->loop, &net->tap, POLLIN);
}

static void net_destroy(struct virtio_dev *dev)
{
	struct net *net = to_net(dev);

	if (net->tap.fd >= 0)
		close(net->tap.fd);
	free(net);
}

static const struct virtio_type net_type = {
	.name = "net",
	.id = VIRTIO_ID_NET,
	.nr_queues = 2,
	.features = BIT_ULL(VIRTIO_NET_F_MAC),
	.serve = net_serve,
	.destroy = net_destroy,
};

static int open_tap(struct net *net)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int hdr_len = HDR_LEN;

	if (strlen(net->name) >= sizeof(ifr.ifr_name))
		return fail("--net tap=%s: no interface has so long a name", net->name);
	memcpy(ifr.ifr_name, net->name, strlen(net->name));
	net->tap.fd = open(TUN_PATH, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (net->tap.fd < 0 && (errno == ENOENT || errno == ENODEV))
		return fail("%s: %s; --net needs the host's TUN/TAP driver: modprobe tun",
			    TUN_PATH, strerror(errno));
	if (net->tap.fd < 0)
		return fail("%s: %s", TUN_PATH, strerror(errno));
	if (ioctl(net->tap.fd, TUNSETIFF, &ifr) < 0)
		return fail("--net tap=%s: %s; make it with: ip tuntap add %s mode tap user $USER",
			    net->name, strerror(errno), net->name);
	if (ioctl(net->tap.fd, TUNSETVNETHDRSZ, &hdr_len) < 0)
		return fail("--net tap=%s: TUNSETVNETHDRSZ: %s", net->name,
			    strerror(errno));
	return 0;
}

/* Locally administered, unicast, and unlike any other guest's. */
static int random_mac(u8 *mac)
{
	if (random_bytes(mac, 6))
		return fail("no random MAC address to be had");
	mac[0] = (u8)((mac[0] & 0xfe) | 2);
	return 0;
}

/**
 * virtio_net_create() - a network card
 * @m: the machine
 * @tap: name of the host's TAP interface, which is made if the user may
 *
 * Return: 0, or -1 with the error reported.
 */
int virtio_net_create(struct machine *m, const char *tap)
{
	struct net *net = calloc(1, sizeof(*net));

	if (!net)
		return fail("net: no memory");
	net->name = tap;
	net->tap = (struct ev_source) { .fd = -1, .fn = on_packet, .data = net };
	net->dev.config = &net->config;
	net->dev.config_len = sizeof(net->config);
	if (open_tap(net) || random_mac(net->config.mac)) {
		net_destroy(&net->dev);
		return -1;
	}
	if (virtio_add(m, &net->dev, &net_type))
		return -1;
	return ev_add(&net->dev.loop, &net->tap);
}
