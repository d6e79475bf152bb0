/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_OUTPUT_H
#define AVCPU_RUN_OUTPUT_H

#include <pthread.h>

#include "event.h"

#define OUTPUT_BUF	4096

/**
 * struct output - standard output, written a line at a time
 * @lock: guards the rest; taken by vCPU threads, devices' and the loop's
 * @buf: what the guest has sent and nobody has seen
 * @len: bytes in @buf
 * @late: timer that ends the wait for the rest of a line
 * @closed: standard output went away; the guest is not told
 */
struct output {
	pthread_mutex_t lock;
	u8 buf[OUTPUT_BUF];
	size_t len;
	struct ev_source late;
	bool closed;
};

void output_init(struct output *out);
int output_attach(struct output *out, struct ev_loop *loop);
void output_detach(struct output *out);
void output_write(struct output *out, const void *buf, size_t len);
void output_flush(struct output *out);

#endif
