/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_CONSOLE_H
#define AVCPU_RUN_CONSOLE_H

#include <pthread.h>

#include "event.h"
#include "output.h"

#define CONSOLE_BUF	4096	/* power of two */

/**
 * struct console - standard input and output as the guest's terminal
 * @lock: guards the ring
 * @ring: bytes read from standard input that the guest has not taken
 * @head: next to be written, free running
 * @tail: next to be taken, free running
 * @in: standard input in the event loop
 * @loop: the loop
 * @tty: standard input is a terminal, in raw mode: Ctrl-A commands work
 * @escape: the last key was Ctrl-A
 * @out: standard output
 * @sink: called (on the loop's thread) when bytes have come in
 * @command: called for the key after Ctrl-A
 */
struct console {
	pthread_mutex_t lock;
	u8 ring[CONSOLE_BUF];
	u32 head;
	u32 tail;
	struct ev_source in;
	struct ev_loop *loop;
	bool tty;
	bool escape;
	struct output out;
	void (*sink)(void *data);
	void *sink_data;
	void (*command)(void *data, char key);
	void *command_data;
};

void console_init(struct console *con);
int console_attach(struct console *con, struct ev_loop *loop);
void console_detach(struct console *con);
int console_start(struct console *con);
int console_getc(struct console *con);
void console_write(struct console *con, const void *buf, size_t len);

bool console_stdin_is_tty(void);
int console_raw(void);
void console_restore(void);

#endif
