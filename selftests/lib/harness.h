/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small test harness: named cases, KTAP output, kselftest's exit codes.
 *
 * A test program is a file of TEST() and TEST_EACH() blocks and nothing else;
 * main() is the harness's. Each case runs in a child process with a time limit,
 * so that a case that crashes or hangs is one "not ok" and not the end of the
 * program. A failed assertion ends its case.
 *
 *	TEST(version_is_12)
 *	{
 *		ASSERT_EQ(ioctl(device_open(), KVM_GET_API_VERSION, 0), 12);
 *	}
 *
 * TEST_EACH() makes every row of a table a case of its own. A row's first
 * member is its name. The rows of one table share a process for as long as none
 * of them fails: a static VM set up by the first row serves them all.
 */
#ifndef SELFTESTS_HARNESS_H
#define SELFTESTS_HARNESS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "types.h"

/* kselftest's exit codes. */
enum {
	KSFT_PASS = 0,
	KSFT_FAIL = 1,
	KSFT_SKIP = 4,
};

/* A case that takes more than a second or two; --quick leaves it out. */
#define TEST_SLOW	(1U << 0)

struct test {
	const char *name;
	void (*fn)(const void *row);
	const void *rows;	/* NULL: one case without a row */
	size_t nr_rows;
	size_t row_size;
	unsigned int flags;
	struct test *next;
};

void test_register(struct test *test);

#define __TEST(id, fn_, rows_, nr_, size_, flags_)			\
	static struct test id##_test = {				\
		.name = #id, .fn = fn_, .rows = rows_,			\
		.nr_rows = nr_, .row_size = size_, .flags = flags_,	\
	};								\
	__attribute__((constructor)) static void id##_register(void)	\
	{								\
		test_register(&id##_test);				\
	}

#define TEST_FLAGS(id, flags)						\
	static void test_##id(void);					\
	static void id##_case(const void *row)				\
	{								\
		(void)row;						\
		test_##id();						\
	}								\
	__TEST(id, id##_case, NULL, 1, 0, flags)			\
	static void test_##id(void)

#define TEST(id)	TEST_FLAGS(id, 0)

#define TEST_EACH_FLAGS(id, type, table, flags)				\
	_Static_assert(offsetof(type, name) == 0, "a row begins with its name"); \
	static void test_##id(const type *row);				\
	static void id##_case(const void *row)				\
	{								\
		test_##id(row);						\
	}								\
	__TEST(id, id##_case, table, ARRAY_SIZE(table), sizeof(type), flags) \
	static void test_##id(const type *row)

#define TEST_EACH(id, type, table)	TEST_EACH_FLAGS(id, type, table, 0)

/* What the command line asked for. */
struct options {
	const char *device;	/* --device: the device under test */
	const char *module;	/* --module: the module behind it, for load tests */
	unsigned int timeout;	/* --timeout: seconds that a case may take */
	bool quick;		/* --quick: without the slow cases */
};

extern struct options options;

/* Print a diagnostic line ("# ..."). */
void test_note(const char *fmt, ...) __printf(1, 2);

/* End the running case: failed, or skipped for a reason. Callable from any thread. */
void test_fail(const char *file, int line, const char *fmt, ...)
	__printf(3, 4) __noreturn;
void test_skip(const char *fmt, ...) __printf(1, 2) __noreturn;

#define FAIL(...)	test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define SKIP(...)	test_skip(__VA_ARGS__)

#define ASSERT(cond)							\
	do {								\
		if (!(cond))						\
			FAIL("%s is false", #cond);			\
	} while (0)

#define __ASSERT_CMP(got, op, want)					\
	do {								\
		u64 __got = (u64)(got), __want = (u64)(want);		\
									\
		if (!(__got op __want))					\
			FAIL("%s %s %s: 0x%llx against 0x%llx",		\
			     #got, #op, #want,				\
			     (unsigned long long)__got,			\
			     (unsigned long long)__want);		\
	} while (0)

#define ASSERT_EQ(got, want)	__ASSERT_CMP(got, ==, want)
#define ASSERT_NE(got, want)	__ASSERT_CMP(got, !=, want)
#define ASSERT_GE(got, want)	__ASSERT_CMP(got, >=, want)
#define ASSERT_LE(got, want)	__ASSERT_CMP(got, <=, want)

/* A call that follows the errno convention succeeds; gives its value. */
#define ASSERT_OK(call)							\
	({								\
		long __ret = (long)(call);				\
									\
		if (__ret < 0)						\
			FAIL("%s: %s", #call, strerror(errno));		\
		__ret;							\
	})

/* A call that follows the errno convention fails, with just this errno. */
#define ASSERT_ERRNO(call, want)					\
	do {								\
		long __ret = (long)(call);				\
		int __errno = errno;					\
									\
		if (__ret >= 0)						\
			FAIL("%s = %ld, where %s was due", #call,	\
			     __ret, strerrorname(want));		\
		if (__errno != (want))					\
			FAIL("%s: %s, where %s was due", #call,		\
			     strerrorname(__errno), strerrorname(want)); \
	} while (0)

/* The name of an errno value, such as "EINVAL". */
const char *strerrorname(int err);

#endif
