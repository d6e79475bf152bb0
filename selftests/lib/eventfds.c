// SPDX-License-Identifier: GPL-2.0
/* See eventfds.h. */
#include <sys/eventfd.h>

#include "eventfds.h"
#include "harness.h"

int eventfd_new(void)
{
	return ASSERT_OK(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

void eventfd_signal(int fd)
{
	const u64 one = 1;

	ASSERT_EQ(write(fd, &one, sizeof(one)), sizeof(one));
}

u64 eventfd_take(int fd)
{
	u64 count;

	if (read(fd, &count, sizeof(count)) == sizeof(count))
		return count;
	ASSERT_EQ(errno, EAGAIN);
	return 0;
}
