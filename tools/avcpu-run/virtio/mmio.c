// SPDX-License-Identifier: GPL-2.0
/*
 * virtio over MMIO, version 2 (virtio 1.2, 4.2), and what all devices share:
 * negotiation, notification, interrupts, the device's thread.
 *
 * A driver that breaks the rules finds DEVICE_NEEDS_RESET in Status
 * (2.1.2) and a configuration interrupt; the device does nothing more until it
 * is reset.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../machine.h"
#include "virtio.h"

#define MAGIC_VALUE		0x74726976	/* "virt" */
#define VERSION			2
#define VENDOR_ID		0x55504356	/* "VCPU" */

#define R_MAGIC			0x000
#define R_VERSION		0x004
#define R_DEVICE_ID		0x008
#define R_VENDOR_ID		0x00c
#define R_DEVICE_FEATURES	0x010
#define R_DEVICE_FEATURES_SEL	0x014
#define R_DRIVER_FEATURES	0x020
#define R_DRIVER_FEATURES_SEL	0x024
#define R_QUEUE_SEL		0x030
#define R_QUEUE_NUM_MAX		0x034
#define R_QUEUE_NUM		0x038
#define R_QUEUE_READY		0x044
#define R_QUEUE_NOTIFY		0x050
#define R_INTERRUPT_STATUS	0x060
#define R_INTERRUPT_ACK		0x064
#define R_STATUS		0x070
#define R_QUEUE_DESC_LOW	0x080
#define R_QUEUE_DESC_HIGH	0x084
#define R_QUEUE_DRIVER_LOW	0x090
#define R_QUEUE_DRIVER_HIGH	0x094
#define R_QUEUE_DEVICE_LOW	0x0a0
#define R_QUEUE_DEVICE_HIGH	0x0a4
#define R_SHM_LEN_LOW		0x0b0
#define R_SHM_LEN_HIGH		0x0b4
#define R_SHM_BASE_LOW		0x0b8
#define R_SHM_BASE_HIGH		0x0bc
#define R_CONFIG_GENERATION	0x0fc
#define R_CONFIG		0x100

#define S_ACKNOWLEDGE		BIT(0)
#define S_DRIVER		BIT(1)
#define S_DRIVER_OK		BIT(2)
#define S_FEATURES_OK		BIT(3)
#define S_NEEDS_RESET		BIT(6)
#define S_FAILED		BIT(7)

#define ISR_VRING		BIT(0)
#define ISR_CONFIG		BIT(1)

#define F_INDIRECT_DESC		28
#define F_EVENT_IDX		29
#define F_VERSION_1		32

#define COMMON_FEATURES		(BIT_ULL(F_INDIRECT_DESC) | \
				 BIT_ULL(F_EVENT_IDX) | BIT_ULL(F_VERSION_1))

static u64 offered(const struct virtio_dev *dev)
{
	return COMMON_FEATURES | dev->type->features | dev->extra_features;
}

/* Was the feature negotiated? */
bool virtio_has(const struct virtio_dev *dev, unsigned int feature)
{
	return dev->driver_features >> feature & 1;
}

/* May the device use its queues? */
bool virtio_live(const struct virtio_dev *dev)
{
	return (dev->status & (S_DRIVER_OK | S_NEEDS_RESET)) == S_DRIVER_OK;
}

static void raise_irq(struct virtio_dev *dev, u32 why)
{
	__atomic_fetch_or(&dev->isr, why, __ATOMIC_SEQ_CST);
	irq_pulse(&dev->irq);
}

/**
 * virtio_interrupt() - tell the driver of pushed buffers, if it wants to know
 * @dev: the device, its lock held
 * @vq: the queue that they were pushed to
 */
void virtio_interrupt(struct virtio_dev *dev, struct virtqueue *vq)
{
	if (vq_wants_interrupt(vq))
		raise_irq(dev, ISR_VRING);
}

/**
 * virtio_broken() - the driver broke the rules
 * @dev: the device, its lock held
 * @what: which one
 */
void virtio_broken(struct virtio_dev *dev, const char *what)
{
	if (dev->status & S_NEEDS_RESET)
		return;
	say("%s: the guest's driver broke the rules (%s): it needs to reset the device",
	    dev->name, what);
	dev->status |= S_NEEDS_RESET;
	raise_irq(dev, ISR_CONFIG);
}

/**
 * virtio_serve() - carry out all requests of a queue
 * @dev: the device, its lock held
 * @vq: the queue
 * @chain: room for a request
 * @fn: carries one out; returns how many bytes it wrote to the guest's buffers
 */
void virtio_serve(struct virtio_dev *dev, struct virtqueue *vq,
		  struct vq_chain *chain,
		  u32 (*fn)(struct virtio_dev *dev, struct vq_chain *chain))
{
	do {
		bool any = false;

		vq_quiet(vq);
		while (vq_pop(vq, chain) > 0) {
			vq_push(vq, chain->head, fn(dev, chain));
			any = true;
		}
		if (any)
			virtio_interrupt(dev, vq);
	} while (!vq->error && vq_rearm(vq));
}

static struct virtqueue *selected(struct virtio_dev *dev)
{
	return dev->queue_sel < dev->type->nr_queues ?
	       &dev->vq[dev->queue_sel] : NULL;
}

static void reset(struct virtio_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->type->nr_queues; i++)
		vq_reset(&dev->vq[i]);
	dev->status = 0;
	dev->device_sel = 0;
	dev->driver_sel = 0;
	dev->queue_sel = 0;
	dev->driver_features = 0;
	__atomic_store_n(&dev->isr, 0, __ATOMIC_SEQ_CST);
	if (dev->type->reset)
		dev->type->reset(dev);
}

static u32 read_device_features(struct virtio_dev *dev)
{
	return dev->device_sel > 1 ? 0 :
	       (u32)(offered(dev) >> (32 * dev->device_sel));
}

static u32 read_queue_num_max(struct virtio_dev *dev)
{
	return selected(dev) ? VQ_MAX_SIZE : 0;
}

static u32 read_queue_ready(struct virtio_dev *dev)
{
	return selected(dev) ? selected(dev)->ready : 0;
}

static u32 read_status(struct virtio_dev *dev)
{
	return dev->status;
}

static void write_device_sel(struct virtio_dev *dev, u32 val)
{
	dev->device_sel = val;
}

static void write_driver_sel(struct virtio_dev *dev, u32 val)
{
	dev->driver_sel = val;
}

static void write_driver_features(struct virtio_dev *dev, u32 val)
{
	unsigned int shift = 32 * dev->driver_sel;

	if (dev->driver_sel > 1 || dev->status & S_FEATURES_OK)
		return;
	dev->driver_features &= ~((u64)UINT32_MAX << shift);
	dev->driver_features |= (u64)val << shift;
}

static void write_queue_sel(struct virtio_dev *dev, u32 val)
{
	dev->queue_sel = val;
}

static void write_queue_num(struct virtio_dev *dev, u32 val)
{
	struct virtqueue *vq = selected(dev);

	if (vq && !vq->ready)
		vq->size = val;
}

static void write_queue_ready(struct virtio_dev *dev, u32 val)
{
	struct virtqueue *vq = selected(dev);

	if (!vq)
		return;
	if (!val) {
		vq_reset(vq);
		return;
	}
	if (vq->ready)
		return;
	vq->event_idx = virtio_has(dev, F_EVENT_IDX);
	vq->indirect = virtio_has(dev, F_INDIRECT_DESC);
	if (vq_enable(vq))
		virtio_broken(dev, vq->error);
}

/* Without ioeventfd; with it the kernel does this. */
static void write_queue_notify(struct virtio_dev *dev, u32 val)
{
	u64 one = 1;

	if (val < dev->type->nr_queues &&
	    write(dev->kick[val].src.fd, &one, sizeof(one)) < 0 &&
	    errno != EAGAIN)
		fail("eventfd write: %s", strerror(errno));
}

static void kick_all(struct virtio_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->type->nr_queues; i++)
		write_queue_notify(dev, i);
}

static void write_status(struct virtio_dev *dev, u32 val)
{
	u32 before = dev->status;

	if (!val) {
		reset(dev);
		return;
	}
	/* The device refuses features by not keeping the bit (3.1.1). */
	if (val & ~before & S_FEATURES_OK &&
	    (dev->driver_features & ~offered(dev) ||
	     !virtio_has(dev, F_VERSION_1)))
		val &= ~S_FEATURES_OK;
	dev->status = (val & ~S_NEEDS_RESET) | (before & S_NEEDS_RESET);
	/* Buffers may have been made available before DRIVER_OK. */
	if (val & ~before & S_DRIVER_OK)
		kick_all(dev);
}

/* The queues' addresses: three pairs of registers, low and high. */
static void write_queue_addr(struct virtio_dev *dev, u64 off, u32 val)
{
	struct virtqueue *vq = selected(dev);
	u64 *addr;

	if (!vq || vq->ready)
		return;
	if (off < R_QUEUE_DRIVER_LOW)
		addr = &vq->desc_gpa;
	else if (off < R_QUEUE_DEVICE_LOW)
		addr = &vq->avail_gpa;
	else
		addr = &vq->used_gpa;
	if (off & 4)
		*addr = (*addr & UINT32_MAX) | (u64)val << 32;
	else
		*addr = (*addr & ~(u64)UINT32_MAX) | val;
}

/**
 * struct vreg - a register
 * @off: byte offset
 * @val: what it reads as, if @read is NULL
 * @read: may be NULL
 * @write: may be NULL: writes are ignored
 */
struct vreg {
	u32 off;
	u32 val;
	u32 (*read)(struct virtio_dev *dev);
	void (*write)(struct virtio_dev *dev, u32 val);
};

static const struct vreg vregs[] = {
	{ R_MAGIC,		 MAGIC_VALUE, NULL, NULL },
	{ R_VERSION,		 VERSION, NULL, NULL },
	{ R_VENDOR_ID,		 VENDOR_ID, NULL, NULL },
	{ R_DEVICE_FEATURES,	 0, read_device_features, NULL },
	{ R_DEVICE_FEATURES_SEL, 0, NULL, write_device_sel },
	{ R_DRIVER_FEATURES,	 0, NULL, write_driver_features },
	{ R_DRIVER_FEATURES_SEL, 0, NULL, write_driver_sel },
	{ R_QUEUE_SEL,		 0, NULL, write_queue_sel },
	{ R_QUEUE_NUM_MAX,	 0, read_queue_num_max, NULL },
	{ R_QUEUE_NUM,		 0, NULL, write_queue_num },
	{ R_QUEUE_READY,	 0, read_queue_ready, write_queue_ready },
	{ R_STATUS,		 0, read_status, write_status },
	/* No shared memory regions: length and base are all ones (4.2.2). */
	{ R_SHM_LEN_LOW,	 UINT32_MAX, NULL, NULL },
	{ R_SHM_LEN_HIGH,	 UINT32_MAX, NULL, NULL },
	{ R_SHM_BASE_LOW,	 UINT32_MAX, NULL, NULL },
	{ R_SHM_BASE_HIGH,	 UINT32_MAX, NULL, NULL },
};

static const struct vreg *find_vreg(u64 off)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vregs); i++)
		if (vregs[i].off == off)
			return &vregs[i];
	return NULL;
}

static u64 config_read(const struct virtio_dev *dev, u64 off, unsigned int len)
{
	u64 val = 0;

	if (off < dev->config_len)
		memcpy(&val, (const u8 *)dev->config + off,
		       min_u64(len, dev->config_len - off));
	return val;
}

static u64 mmio_read(void *opaque, u64 off, unsigned int len)
{
	struct virtio_dev *dev = opaque;
	const struct vreg *reg;
	u64 val = 0;

	if (off >= R_CONFIG)
		return config_read(dev, off - R_CONFIG, len);
	/* Only aligned words are defined below (4.2.2.2). */
	if (len != 4 || off & 3)
		return 0;
	/* These are asked at each interrupt: without the lock, which may be
	 * held for as long as a request takes.
	 */
	if (off == R_INTERRUPT_STATUS)
		return __atomic_load_n(&dev->isr, __ATOMIC_SEQ_CST);
	if (off == R_DEVICE_ID)
		return dev->type->id;
	reg = find_vreg(off);
	if (!reg)
		return 0;
	pthread_mutex_lock(&dev->lock);
	val = reg->read ? reg->read(dev) : reg->val;
	pthread_mutex_unlock(&dev->lock);
	return val;
}

static void mmio_write(void *opaque, u64 off, u64 val, unsigned int len)
{
	struct virtio_dev *dev = opaque;
	const struct vreg *reg;

	if (len != 4 || off & 3 || off >= R_CONFIG)
		return;
	if (off == R_INTERRUPT_ACK) {
		__atomic_fetch_and(&dev->isr, ~(u32)val, __ATOMIC_SEQ_CST);
		return;
	}
	if (off == R_QUEUE_NOTIFY) {
		write_queue_notify(dev, (u32)val);
		return;
	}
	reg = find_vreg(off);
	pthread_mutex_lock(&dev->lock);
	if (reg && reg->write)
		reg->write(dev, (u32)val);
	else if (off >= R_QUEUE_DESC_LOW && off <= R_QUEUE_DEVICE_HIGH)
		write_queue_addr(dev, off, (u32)val);
	pthread_mutex_unlock(&dev->lock);
}

static const struct bus_ops mmio_ops = { mmio_read, mmio_write };

static void check_queues(struct virtio_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->type->nr_queues; i++)
		if (dev->vq[i].error)
			virtio_broken(dev, dev->vq[i].error);
}

static void on_kick(struct ev_source *src, short revents __unused)
{
	struct virtio_kick *kick = src->data;
	struct virtio_dev *dev = kick->dev;
	u64 count;

	if (read(src->fd, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&dev->lock);
	if (virtio_live(dev) && dev->vq[kick->queue].ready)
		dev->type->serve(dev, kick->queue);
	check_queues(dev);
	pthread_mutex_unlock(&dev->lock);
}

static int add_kick(struct machine *m, struct virtio_dev *dev, unsigned int i,
		    u64 base)
{
	struct virtio_kick *kick = &dev->kick[i];
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	kick->dev = dev;
	kick->queue = i;
	kick->src = (struct ev_source) {
		.fd = fd, .events = POLLIN, .fn = on_kick, .data = kick,
	};
	if (fd < 0)
		return fail("eventfd: %s", strerror(errno));
	if (m->vm.has_ioeventfd &&
	    vm_ioeventfd(&m->vm, base + R_QUEUE_NOTIFY, i, fd) < 0)
		return fail("%s: KVM_IOEVENTFD: %s", m->vm.path, strerror(errno));
	return ev_add(&dev->loop, &kick->src);
}

/**
 * virtio_add() - put a device into the next slot of the machine
 * @m: the machine; its GIC exists already, if it gets one
 * @dev: the device, @config and @extra_features set, the rest zero
 * @type: its kind
 *
 * From here on the machine owns @dev, whatever the result.
 *
 * Return: 0, or -1 with the error reported.
 */
int virtio_add(struct machine *m, struct virtio_dev *dev,
	       const struct virtio_type *type)
{
	unsigned int slot = m->nr_virtio, i;
	u64 base = MAP_VIRTIO_BASE + slot * MAP_VIRTIO_STRIDE;

	dev->type = type;
	pthread_mutex_init(&dev->lock, NULL);
	if (slot == MAP_VIRTIO_MAX) {
		type->destroy(dev);
		return fail("more than %d virtio devices", MAP_VIRTIO_MAX);
	}
	m->virtio[m->nr_virtio++] = dev;
	snprintf(dev->name, sizeof(dev->name), "%s%u", type->name, slot);
	for (i = 0; i < type->nr_queues; i++) {
		dev->vq[i].mem = &m->mem;
		dev->kick[i].src.fd = -1;
	}
	dev->irq.eventfd = -1;
	dev->loop.wake = -1;
	reset(dev);
	if (irq_init_edge(&dev->irq, &m->vm, MAP_SPI_VIRTIO + slot) ||
	    ev_init(&dev->loop))
		return -1;
	for (i = 0; i < type->nr_queues; i++)
		if (add_kick(m, dev, i, base))
			return -1;
	return bus_add(&m->bus, dev->name, base, MAP_VIRTIO_STRIDE, &mmio_ops, dev);
}

static void *device_main(void *arg)
{
	struct virtio_dev *dev = arg;

	ev_run(&dev->loop);
	return NULL;
}

/**
 * virtio_start() - start the device's thread
 * @dev: the device
 *
 * Return: 0, or -1 with the error reported.
 */
int virtio_start(struct virtio_dev *dev)
{
	int ret = pthread_create(&dev->thread, NULL, device_main, dev);

	if (ret)
		return fail("thread of %s: %s", dev->name, strerror(ret));
	dev->running = true;
	return 0;
}

/**
 * virtio_stop() - end the device's thread, after the request it is at
 * @dev: the device
 */
void virtio_stop(struct virtio_dev *dev)
{
	if (!dev->running)
		return;
	ev_stop(&dev->loop);
	pthread_join(dev->thread, NULL);
	dev->running = false;
}

/**
 * virtio_destroy() - free the device
 * @dev: the device, its thread stopped
 */
void virtio_destroy(struct virtio_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->type->nr_queues; i++)
		if (dev->kick[i].src.fd >= 0)
			close(dev->kick[i].src.fd);
	irq_destroy(&dev->irq);
	if (dev->loop.wake >= 0)
		ev_destroy(&dev->loop);
	pthread_mutex_destroy(&dev->lock);
	dev->type->destroy(dev);
}
