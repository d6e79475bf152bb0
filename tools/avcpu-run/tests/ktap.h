/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test program is a list of functions; each reports what it finds wrong
 * with CHECK(). The output is KTAP.
 */
#ifndef AVCPU_RUN_KTAP_H
#define AVCPU_RUN_KTAP_H

#include <stdio.h>

#include "../util.h"

struct test {
	const char *name;
	void (*fn)(void);
};

extern unsigned int ktap_failures;

#define CHECK(cond)							\
	do {								\
		if (!(cond)) {						\
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond); \
			ktap_failures++;				\
		}							\
	} while (0)

int ktap_run(const struct test *tests, unsigned int n);

/* A test that expects error messages need not show them. */
void ktap_mute(void);
void ktap_unmute(void);

/* Repeatable pseudo-random numbers. */
u64 ktap_random(void);

#endif
