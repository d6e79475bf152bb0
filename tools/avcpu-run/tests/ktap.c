// SPDX-License-Identifier: GPL-2.0
#include "ktap.h"

#include <fcntl.h>
#include <unistd.h>

unsigned int ktap_failures;

static int muted = -1;

void ktap_mute(void)
{
	int null = open("/dev/null", O_WRONLY);

	fflush(stderr);
	muted = dup(STDERR_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
}

void ktap_unmute(void)
{
	fflush(stderr);
	dup2(muted, STDERR_FILENO);
	close(muted);
	muted = -1;
}

/* xorshift64, Marsaglia 2003 */
u64 ktap_random(void)
{
	static u64 s = 0x9e3779b97f4a7c15ULL;

	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return s;
}

int ktap_run(const struct test *tests, unsigned int n)
{
	unsigned int i, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%u\n", n);
	for (i = 0; i < n; i++) {
		unsigned int before = ktap_failures;

		tests[i].fn();
		printf("%sok %u %s\n", ktap_failures == before ? "" : "not ",
		       i + 1, tests[i].name);
		bad += ktap_failures != before;
	}
	printf("%u passed, %u failed, 0 skipped\n", n - bad, bad);
	return bad ? 1 : 0;
}
