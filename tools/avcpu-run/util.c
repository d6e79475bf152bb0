// SPDX-License-Identifier: GPL-2.0
/*
 * Messages, number parsing, time and randomness.
 */
#include "util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

bool verbose;

/*
 * A message is one write: several vCPU threads may speak at once, and a line
 * must not be torn.
 */
static void message(const char *fmt, va_list ap)
{
	char line[1024];
	int len = vsnprintf(line, sizeof(line), fmt, ap);

	if (len >= 0)
		fprintf(stderr, "avcpu-run: %s\n", line);
}

/**
 * fail() - report an error
 * @fmt: what failed and, where there is one, the remedy; no newline
 *
 * Return: -1, so that a caller can say "return fail(...)".
 */
int fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(fmt, ap);
	va_end(ap);
	return -1;
}

/**
 * say() - tell the user something that is no error
 * @fmt: the message, no newline
 */
void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(fmt, ap);
	va_end(ap);
}

/**
 * parse_u64() - a whole non-negative number, decimal or 0x hexadecimal
 * @s: the text
 * @out: where the number goes
 *
 * Return: 0, or -1 if @s is not such a number or does not fit.
 */
int parse_u64(const char *s, u64 *out)
{
	char *end;

	if (*s < '0' || *s > '9')
		return -1;
	errno = 0;
	*out = strtoull(s, &end, 0);
	return errno || *end ? -1 : 0;
}

/**
 * parse_size() - a size in bytes with a suffix K, M, G or T
 * @s: the text; a number without suffix counts MiB, as in other VMMs
 * @out: bytes
 *
 * Return: 0, or -1 if @s is not a size or overflows.
 */
int parse_size(const char *s, u64 *out)
{
	static const char units[] = "KMGT";
	unsigned int shift = 20;
	const char *unit;
	char *end;
	u64 n;

	if (*s < '0' || *s > '9')
		return -1;
	errno = 0;
	n = strtoull(s, &end, 0);
	if (errno)
		return -1;
	if (*end) {
		unit = strchr(units, *end & ~0x20);
		if (!unit || end[1])
			return -1;
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	if (n > UINT64_MAX >> shift)
		return -1;
	*out = n << shift;
	return 0;
}

u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000ULL + (u64)ts.tv_nsec;
}

/**
 * random_bytes() - bytes from the host's random number generator
 * @buf: where they go
 * @len: how many
 *
 * Return: 0, or -1 if the host has none to give.
 */
int random_bytes(void *buf, size_t len)
{
	u8 *p = buf;

	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}
