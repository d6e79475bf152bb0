/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_PL031_H
#define AVCPU_RUN_PL031_H

#include <pthread.h>

#include "bus.h"
#include "event.h"
#include "irq.h"

/**
 * struct pl031 - Arm's PrimeCell real time clock (DDI 0224)
 * @lock: guards all that follows
 * @irq: RTCINTR
 * @alarm: timerfd that fires when the clock matches RTCMR
 * @offset: clock minus the host's time of day, seconds, modulo 2^32
 * @mr...ris: the registers of these names
 */
struct pl031 {
	pthread_mutex_t lock;
	struct irq_line irq;
	struct ev_source alarm;
	u32 offset;
	u32 mr;
	u32 lr;
	u32 imsc;
	u32 ris;
};

extern const struct bus_ops pl031_ops;

int pl031_init(struct pl031 *rtc, struct ev_loop *loop, struct vm *vm,
	       unsigned int spi);
void pl031_destroy(struct pl031 *rtc);

#endif
