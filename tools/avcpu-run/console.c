// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's terminal on standard input and output.
 *
 * Bytes wait in a ring until the guest's device takes them, so that a pipe is
 * read no faster than the guest reads its port and nothing is lost. The raw
 * mode of a terminal is undone on every way out, a crash of ours included.
 */
#include "console.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define ESCAPE_KEY	1	/* Ctrl-A */

static struct termios saved;
static volatile sig_atomic_t is_raw;

bool console_stdin_is_tty(void)
{
	return isatty(STDIN_FILENO);
}

/* Safe in signal handlers: tcsetattr() is async-signal-safe. */
void console_restore(void)
{
	if (!is_raw)
		return;
	is_raw = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

static void on_crash(int sig)
{
	console_restore();
	/* SA_RESETHAND has put the default action back. */
	raise(sig);
}

static void catch_crashes(void)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	struct sigaction sa = {
		.sa_handler = on_crash, .sa_flags = SA_RESETHAND | SA_NODEFER,
	};
	unsigned int i;

	sigemptyset(&sa.sa_mask);
	for (i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &sa, NULL);
}

/**
 * console_raw() - hand every key of the terminal to the guest
 *
 * Output processing stays on, so that our own messages are readable.
 *
 * Return: 0, or -1 with the error reported.
 */
int console_raw(void)
{
	static bool hooked;
	struct termios raw;

	if (!hooked) {
		if (tcgetattr(STDIN_FILENO, &saved) < 0)
			return fail("standard input: %s", strerror(errno));
		catch_crashes();
		atexit(console_restore);
		hooked = true;
	}
	raw = saved;
	raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR |
				   IGNCR | ICRNL | IXON);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	is_raw = 1;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0) {
		is_raw = 0;
		return fail("standard input: cannot set raw mode: %s",
			    strerror(errno));
	}
	return 0;
}

static u32 ring_room(const struct console *con)
{
	return CONSOLE_BUF - (con->head - con->tail);
}

static void ring_put(struct console *con, u8 c)
{
	if (ring_room(con))
		con->ring[con->head++ % CONSOLE_BUF] = c;
}

/* Return: what the guest gets for a key, -1 if the key was meant for us. */
static int translate(struct console *con, u8 c)
{
	if (!con->tty)
		return c;
	if (!con->escape) {
		con->escape = c == ESCAPE_KEY;
		return con->escape ? -1 : c;
	}
	con->escape = false;
	if (c == ESCAPE_KEY || c == 'a')
		return ESCAPE_KEY;
	con->command(con->command_data, (char)c);
	return -1;
}

static void on_input(struct ev_source *src, short revents __unused)
{
	struct console *con = src->data;
	u8 buf[256];
	size_t want;
	ssize_t n, i;

	/* A terminal is always read, else Ctrl-A x would not be seen behind
	 * input that the guest does not take; what does not fit is dropped, as
	 * a terminal driver does. A pipe waits.
	 */
	pthread_mutex_lock(&con->lock);
	want = con->tty ? sizeof(buf) : (size_t)min_u64(sizeof(buf), ring_room(con));
	if (!want)
		ev_set_events(con->loop, src, 0);
	pthread_mutex_unlock(&con->lock);
	if (!want)
		return;

	n = read(src->fd, buf, want);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		/* End of input (or a closed descriptor): the guest goes on. */
		ev_set_events(con->loop, src, 0);
		src->fd = -1;
		return;
	}
	for (i = 0; i < n; i++) {
		int c = translate(con, buf[i]);

		if (c < 0)
			continue;
		pthread_mutex_lock(&con->lock);
		ring_put(con, (u8)c);
		pthread_mutex_unlock(&con->lock);
	}
	if (con->sink)
		con->sink(con->sink_data);
}

/**
 * console_init() - a terminal that is neither read nor changed yet
 * @con: the console; it outlives the machines that use it
 */
void console_init(struct console *con)
{
	memset(con, 0, sizeof(*con));
	pthread_mutex_init(&con->lock, NULL);
	output_init(&con->out);
	con->in = (struct ev_source) {
		.fd = STDIN_FILENO, .fn = on_input, .data = con,
	};
}

/**
 * console_attach() - connect the terminal to a machine
 * @con: the console; what was typed ahead stays
 * @loop: the event loop that reads standard input
 *
 * Return: 0, or -1 with the error reported.
 */
int console_attach(struct console *con, struct ev_loop *loop)
{
	con->loop = loop;
	con->in.events = 0;
	con->sink = NULL;
	return ev_add(loop, &con->in) || output_attach(&con->out, loop) ? -1 : 0;
}

/**
 * console_detach() - the machine has stopped: show all that it printed
 * @con: the console
 */
void console_detach(struct console *con)
{
	output_detach(&con->out);
}

/**
 * console_start() - raw mode if it is a terminal, and begin to read
 * @con: the console, its sink and command set
 *
 * Return: 0, or -1 with the error reported.
 */
int console_start(struct console *con)
{
	/* A background job must not touch the terminal: it would be stopped. */
	if (console_stdin_is_tty()) {
		if (tcgetpgrp(STDIN_FILENO) != getpgrp())
			return 0;
		if (console_raw())
			return -1;
		con->tty = true;
	}
	con->in.events = POLLIN;
	return 0;
}

/**
 * console_getc() - the next byte for the guest
 * @con: the console
 *
 * Return: the byte, or -1 if there is none now.
 */
int console_getc(struct console *con)
{
	int c = -1;

	pthread_mutex_lock(&con->lock);
	if (con->head != con->tail)
		c = con->ring[con->tail++ % CONSOLE_BUF];
	/* on_input() rests while the ring is full; there is room now. */
	if (c >= 0 && con->in.fd >= 0)
		ev_set_events(con->loop, &con->in, POLLIN);
	pthread_mutex_unlock(&con->lock);
	return c;
}

/**
 * console_write() - output of the guest
 * @con: the console
 * @buf: bytes
 * @len: how many
 *
 * Blocks as long as standard output does, when a line or a buffer is full.
 */
void console_write(struct console *con, const void *buf, size_t len)
{
	output_write(&con->out, buf, len);
}
