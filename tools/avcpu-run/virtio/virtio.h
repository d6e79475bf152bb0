/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the transport (mmio.c) and the device types share.
 */
#ifndef AVCPU_RUN_VIRTIO_H
#define AVCPU_RUN_VIRTIO_H

#include <pthread.h>

#include "../bus.h"
#include "../console.h"
#include "../event.h"
#include "../irq.h"
#include "../memory.h"
#include "queue.h"

#define VIRTIO_MAX_QUEUES	4

struct machine;
struct virtio_dev;

/**
 * struct virtio_type - a kind of device
 * @name: for messages and statistics
 * @id: virtio device ID
 * @nr_queues: how many virtqueues
 * @features: device-specific feature bits offered
 * @serve: the driver made buffers available in @queue, or the device's own
 *	source of data has some; on the device's thread, its lock held
 * @reset: forget what the driver set up; the device's lock is held; may be NULL
 * @destroy: free the device; its thread has ended
 */
struct virtio_type {
	const char *name;
	u32 id;
	unsigned int nr_queues;
	u64 features;
	void (*serve)(struct virtio_dev *dev, unsigned int queue);
	void (*reset)(struct virtio_dev *dev);
	void (*destroy)(struct virtio_dev *dev);
};

/**
 * struct virtio_kick - a queue's notification
 * @src: the eventfd in the device's loop
 * @dev: the device
 * @queue: the queue's index
 */
struct virtio_kick {
	struct ev_source src;
	struct virtio_dev *dev;
	unsigned int queue;
};

/**
 * struct virtio_dev - the part common to all devices
 * @type: its kind
 * @name: unique in the machine, for the bus
 * @extra_features: offered by this device beside @type's
 * @config: device configuration, read-only for the driver
 * @config_len: its bytes
 * @lock: guards the registers and queues; held while a request is served
 * @loop: the events of the device's thread
 * @thread: that thread
 * @running: it exists
 * @irq: interrupt line
 * @vq: queues
 * @kick: their notifications
 * @status: Status register
 * @isr: InterruptStatus, atomic: read without @lock
 * @device_sel: DeviceFeaturesSel
 * @driver_sel: DriverFeaturesSel
 * @queue_sel: QueueSel
 * @driver_features: what the driver accepted
 */
struct virtio_dev {
	const struct virtio_type *type;
	char name[16];
	u64 extra_features;
	const void *config;
	unsigned int config_len;
	pthread_mutex_t lock;
	struct ev_loop loop;
	pthread_t thread;
	bool running;
	struct irq_line irq;
	struct virtqueue vq[VIRTIO_MAX_QUEUES];
	struct virtio_kick kick[VIRTIO_MAX_QUEUES];
	u32 status;
	u32 isr;
	u32 device_sel;
	u32 driver_sel;
	u32 queue_sel;
	u64 driver_features;
};

/* virtio/mmio.c */
int virtio_add(struct machine *m, struct virtio_dev *dev,
	       const struct virtio_type *type);
int virtio_start(struct virtio_dev *dev);
void virtio_stop(struct virtio_dev *dev);
void virtio_destroy(struct virtio_dev *dev);
bool virtio_has(const struct virtio_dev *dev, unsigned int feature);
bool virtio_live(const struct virtio_dev *dev);
void virtio_interrupt(struct virtio_dev *dev, struct virtqueue *vq);
void virtio_broken(struct virtio_dev *dev, const char *what);
void virtio_serve(struct virtio_dev *dev, struct virtqueue *vq,
		  struct vq_chain *chain,
		  u32 (*fn)(struct virtio_dev *dev, struct vq_chain *chain));

/* A function a device type: make one and put it into the machine. */
int virtio_blk_create(struct machine *m, const char *spec);
int virtio_net_create(struct machine *m, const char *tap);
int virtio_rng_create(struct machine *m);
int virtio_console_create(struct machine *m, struct console *con);

#endif
