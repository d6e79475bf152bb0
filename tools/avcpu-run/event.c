// SPDX-License-Identifier: GPL-2.0
/*
 * A small event loop over poll(2): unlike epoll it takes regular files, which
 * standard input may well be.
 */
#include "event.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int ev_init(struct ev_loop *loop)
{
	memset(loop, 0, sizeof(*loop));
	loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake < 0)
		return fail("eventfd: %s", strerror(errno));
	return 0;
}

void ev_destroy(struct ev_loop *loop)
{
	close(loop->wake);
}

/**
 * ev_add() - watch a descriptor
 * @loop: a loop that does not run yet
 * @src: the source, owned by the caller, alive as long as the loop
 *
 * Return: 0, or -1 if there are too many (reported).
 */
int ev_add(struct ev_loop *loop, struct ev_source *src)
{
	if (loop->nr == EV_MAX_SOURCES)
		return fail("too many event sources");
	loop->source[loop->nr++] = src;
	return 0;
}

/* May be called from any thread; wakes the loop only for a change. */
void ev_set_events(struct ev_loop *loop, struct ev_source *src, short events)
{
	if (__atomic_exchange_n(&src->events, events, __ATOMIC_SEQ_CST) != events)
		ev_wake(loop);
}

void ev_wake(struct ev_loop *loop)
{
	u64 one = 1;

	/* EAGAIN means that the counter is full, hence a wake-up pending. */
	if (write(loop->wake, &one, sizeof(one)) < 0 && errno != EAGAIN)
		fail("eventfd write: %s", strerror(errno));
}

void ev_stop(struct ev_loop *loop)
{
	__atomic_store_n(&loop->stop, true, __ATOMIC_SEQ_CST);
	ev_wake(loop);
}

static void ev_dispatch(struct ev_loop *loop, const struct pollfd *pfd)
{
	unsigned int i;
	u64 count;

	if (pfd[loop->nr].revents &&
	    read(loop->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
		fail("eventfd read: %s", strerror(errno));
	for (i = 0; i < loop->nr; i++)
		if (pfd[i].revents)
			loop->source[i]->fn(loop->source[i], pfd[i].revents);
}

/**
 * ev_run() - serve events until ev_stop()
 * @loop: the loop
 */
void ev_run(struct ev_loop *loop)
{
	struct pollfd pfd[EV_MAX_SOURCES + 1];
	unsigned int i;

	while (!__atomic_load_n(&loop->stop, __ATOMIC_SEQ_CST)) {
		for (i = 0; i < loop->nr; i++) {
			short events = __atomic_load_n(&loop->source[i]->events,
						       __ATOMIC_SEQ_CST);

			/* poll() ignores a negative descriptor: a source at
			 * rest must not spin on POLLHUP.
			 */
			pfd[i].fd = events ? loop->source[i]->fd : -1;
			pfd[i].events = events;
			pfd[i].revents = 0;
		}
		pfd[i] = (struct pollfd) { .fd = loop->wake, .events = POLLIN };
		if (poll(pfd, loop->nr + 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			fail("poll: %s", strerror(errno));
			return;
		}
		ev_dispatch(loop, pfd);
	}
}
