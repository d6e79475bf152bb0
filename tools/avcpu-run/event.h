/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_EVENT_H
#define AVCPU_RUN_EVENT_H

#include "util.h"

#define EV_MAX_SOURCES	32

/**
 * struct ev_source - a file descriptor that a loop watches
 * @fd: the descriptor
 * @events: POLLIN and so on; 0 while of no interest. Another thread that
 *	changes it calls ev_wake() afterwards.
 * @fn: called on the loop's thread when @fd is ready
 * @data: for @fn
 */
struct ev_source {
	int fd;
	short events;
	void (*fn)(struct ev_source *src, short revents);
	void *data;
};

/**
 * struct ev_loop - one thread's event loop
 * @source: what it watches; filled before ev_run()
 * @wake: eventfd that interrupts the poll
 * @stop: set by ev_stop()
 */
struct ev_loop {
	struct ev_source *source[EV_MAX_SOURCES];
	unsigned int nr;
	int wake;
	bool stop;
};

int ev_init(struct ev_loop *loop);
void ev_destroy(struct ev_loop *loop);
int ev_add(struct ev_loop *loop, struct ev_source *src);
void ev_set_events(struct ev_loop *loop, struct ev_source *src, short events);
void ev_wake(struct ev_loop *loop);
void ev_stop(struct ev_loop *loop);
void ev_run(struct ev_loop *loop);

#endif
