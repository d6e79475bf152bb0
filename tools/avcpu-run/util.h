/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every file of avcpu-run may use: short integer types, bit helpers and
 * the one way in which messages reach the user.
 */
#ifndef AVCPU_RUN_UTIL_H
#define AVCPU_RUN_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1U << (n))
#define BIT_ULL(n)	(1ULL << (n))
#define KiB(n)		((u64)(n) << 10)
#define MiB(n)		((u64)(n) << 20)
#define GiB(n)		((u64)(n) << 30)

#define __printf(f, a)	__attribute__((format(printf, f, a)))
#define __unused	__attribute__((unused))

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

static inline u64 align_up(u64 v, u64 to)
{
	return (v + to - 1) & ~(to - 1);
}

static inline u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 max_u64(u64 a, u64 b)
{
	return a > b ? a : b;
}

int fail(const char *fmt, ...) __printf(1, 2);
void say(const char *fmt, ...) __printf(1, 2);
int parse_u64(const char *s, u64 *out);
int parse_size(const char *s, u64 *out);
u64 now_ns(void);
int random_bytes(void *buf, size_t len);

extern bool verbose;

#endif
