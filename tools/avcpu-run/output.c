// SPDX-License-Identifier: GPL-2.0
/*
 * What the guest prints. A UART sends one byte an exit; a system call for each
 * would cost more than the exit. So bytes wait for the end of their line, for a
 * full buffer, or for LATE_NS, whichever comes first.
 */
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Too short to be seen in a prompt or an echo. */
#define LATE_NS		5000000

/* Blocks as long as standard output does: that is the guest's flow control. */
static void write_all(struct output *out, const u8 *p, size_t len)
{
	while (len && !out->closed) {
		ssize_t n = write(STDOUT_FILENO, p, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd pfd = { .fd = STDOUT_FILENO, .events = POLLOUT };

			poll(&pfd, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			out->closed = true;
			fail("standard output: %s; the guest runs on without it",
			     strerror(errno));
		} else if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

static void flush_locked(struct output *out)
{
	write_all(out, out->buf, out->len);
	out->len = 0;
}

/* Return: the timer runs; without one nothing may wait. */
static bool arm(struct output *out)
{
	const struct itimerspec when = { .it_value.tv_nsec = LATE_NS };

	return !timerfd_settime(out->late.fd, 0, &when, NULL);
}

static void on_late(struct ev_source *src, short revents __unused)
{
	u64 count;

	/* EAGAIN: it was armed again since; that one will come. */
	if (read(src->fd, &count, sizeof(count)) == sizeof(count))
		output_flush(src->data);
}

/**
 * output_init() - output that is not attached to a loop yet, thus unbuffered
 * @out: the output; it outlives the machines that use it
 */
void output_init(struct output *out)
{
	memset(out, 0, sizeof(*out));
	pthread_mutex_init(&out->lock, NULL);
	out->late = (struct ev_source) { .fd = -1, .fn = on_late, .data = out };
}

/**
 * output_attach() - buffer, with the help of a machine's loop
 * @out: the output
 * @loop: a loop that does not run yet
 *
 * Return: 0, or -1 with the error reported.
 */
int output_attach(struct output *out, struct ev_loop *loop)
{
	out->late.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (out->late.fd < 0)
		return fail("timerfd: %s", strerror(errno));
	out->late.events = POLLIN;
	return ev_add(loop, &out->late);
}

/**
 * output_detach() - write what waits; the loop has ended
 * @out: the output
 */
void output_detach(struct output *out)
{
	output_flush(out);
	if (out->late.fd >= 0)
		close(out->late.fd);
	out->late.fd = -1;
}

/**
 * output_write() - the guest prints
 * @out: the output
 * @buf: bytes
 * @len: how many
 */
void output_write(struct output *out, const void *buf, size_t len)
{
	pthread_mutex_lock(&out->lock);
	if (len > OUTPUT_BUF - out->len)
		flush_locked(out);
	if (len > OUTPUT_BUF) {
		write_all(out, buf, len);
	} else {
		bool first = !out->len;

		memcpy(out->buf + out->len, buf, len);
		out->len += len;
		if (memchr(buf, '\n', len) || (first && !arm(out)))
			flush_locked(out);
	}
	pthread_mutex_unlock(&out->lock);
}

/**
 * output_flush() - write what waits for the end of its line
 * @out: the output
 */
void output_flush(struct output *out)
{
	pthread_mutex_lock(&out->lock);
	flush_locked(out);
	pthread_mutex_unlock(&out->lock);
}
