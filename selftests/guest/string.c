// SPDX-License-Identifier: GPL-2.0
/* The memory functions that a compiler may call even in freestanding code. */
#include <stddef.h>

void *memset(void *to, int c, size_t n)
{
	char *p = to;

	while (n--)
		*p++ = c;
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	const char *src = from;
	char *p = to;

	while (n--)
		*p++ = *src++;
	return to;
}
