/* SPDX-License-Identifier: GPL-2.0 */
/* Event file descriptors, which never block. */
#ifndef SELFTESTS_EVENTFDS_H
#define SELFTESTS_EVENTFDS_H

#include "types.h"

int eventfd_new(void);
void eventfd_signal(int fd);
/* How often it was signalled since the last time. */
u64 eventfd_take(int fd);

#endif
