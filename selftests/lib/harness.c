// SPDX-License-Identifier: GPL-2.0
/* The harness: runs each case in a child, prints KTAP. See harness.h. */
#define _GNU_SOURCE
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "harness.h"

#define REASON_MAX	160
#define SLOW_SECONDS	3	/* a case that takes longer says so */

/* What a child tells its parent at the end of each row. */
struct verdict {
	int status;		/* KSFT_* */
	char reason[REASON_MAX];
};

struct options options = {
	.device = "/dev/avcpu",
	.module = "/avcpu/avcpu.ko",
	.timeout = 60,
};

static struct test *tests, **tests_end = &tests;
static int verdict_fd = -1;		/* the child's end of the pipe */
static unsigned int counts[KSFT_SKIP + 1];
static unsigned int case_nr;

void test_register(struct test *test)
{
	*tests_end = test;
	tests_end = &test->next;
}

static void vnote(const char *fmt, va_list ap)
{
	char buf[1024], *line, *rest = buf;

	vsnprintf(buf, sizeof(buf), fmt, ap);
	while ((line = strsep(&rest, "\n")))
		dprintf(STDOUT_FILENO, "# %s\n", line);
}

void test_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vnote(fmt, ap);
	va_end(ap);
}

static void tell_parent(const struct verdict *verdict)
{
	if (write(verdict_fd, verdict, sizeof(*verdict)) != sizeof(*verdict))
		_exit(KSFT_FAIL);
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	const struct verdict verdict = { .status = KSFT_FAIL };
	char buf[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	test_note("%s:%d: %s", file, line, buf);
	tell_parent(&verdict);
	_exit(KSFT_FAIL);
}

void test_skip(const char *fmt, ...)
{
	struct verdict verdict = { .status = KSFT_SKIP };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(verdict.reason, sizeof(verdict.reason), fmt, ap);
	va_end(ap);
	tell_parent(&verdict);
	_exit(KSFT_SKIP);
}

const char *strerrorname(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "an unknown errno";
}

static const void *test_row(const struct test *test, size_t i)
{
	return test->rows ? (const char *)test->rows + i * test->row_size : NULL;
}

static const char *case_name(const struct test *test, size_t i)
{
	static char buf[256];

	if (!test->rows)
		return test->name;
	snprintf(buf, sizeof(buf), "%s: %s", test->name,
		 *(const char *const *)test_row(test, i));
	return buf;
}

/* The child: rows from @first on, until the end or the first that does not pass. */
static void __noreturn
run_rows(const struct test *test, const bool *wanted, size_t first)
{
	const struct verdict pass = { .status = KSFT_PASS };
	size_t i;

	for (i = first; i < test->nr_rows; i++) {
		if (!wanted[i])
			continue;
		test->fn(test_row(test, i));
		tell_parent(&pass);
	}
	_exit(KSFT_PASS);
}

/* Wait for one verdict; false when the child died or ran out of time. */
static bool next_verdict(int fd, struct verdict *verdict)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int ret;

	ret = poll(&pfd, 1, options.timeout * 1000);
	if (ret == 0) {
		test_note("no end after %u seconds", options.timeout);
		return false;
	}
	return ret > 0 && read(fd, verdict, sizeof(*verdict)) == sizeof(*verdict);
}

static void print_result(const struct test *test, size_t i,
			 const struct verdict *verdict)
{
	const bool ok = verdict->status != KSFT_FAIL;

	counts[verdict->status]++;
	printf("%sok %u %s%s%s\n", ok ? "" : "not ", ++case_nr,
	       case_name(test, i),
	       verdict->status == KSFT_SKIP ? " # SKIP " : "", verdict->reason);
	fflush(stdout);
}

static void reap(pid_t pid)
{
	int status;

	/* Whatever the case started goes with it. */
	kill(-pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		test_note("ended by signal %d (%s)", WTERMSIG(status),
			  strsignal(WTERMSIG(status)));
}

static pid_t start_child(const struct test *test, const bool *wanted,
			 size_t first, int *fd)
{
	pid_t pid;
	int pipefd[2];

	if (pipe(pipefd)) {
		perror("pipe");
		exit(KSFT_FAIL);
	}
	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(KSFT_FAIL);
	}
	if (!pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pipefd[0]);
		verdict_fd = pipefd[1];
		run_rows(test, wanted, first);
	}
	setpgid(pid, pid);
	close(pipefd[1]);
	*fd = pipefd[0];
	return pid;
}

static void run_test(const struct test *test, const bool *wanted)
{
	size_t i = 0;

	while (i < test->nr_rows) {
		struct verdict verdict;
		pid_t pid;
		int fd;

		if (!wanted[i]) {
			i++;
			continue;
		}
		pid = start_child(test, wanted, i, &fd);
		do {
			const time_t start = time(NULL);

			memset(&verdict, 0, sizeof(verdict));
			if (!next_verdict(fd, &verdict))
				verdict.status = KSFT_FAIL;
			if (verdict.status == KSFT_FAIL)
				reap(pid);
			if (time(NULL) - start > SLOW_SECONDS)
				test_note("took %ld seconds", (long)(time(NULL) - start));
			print_result(test, i++, &verdict);
			while (i < test->nr_rows && !wanted[i])
				i++;
		} while (i < test->nr_rows && verdict.status == KSFT_PASS);
		if (verdict.status != KSFT_FAIL)
			reap(pid);
		close(fd);
	}
}

/* No pattern: everything. Otherwise a case whose name holds one of them. */
static bool is_wanted(const struct test *test, size_t i, char *const *patterns)
{
	if (options.quick && (test->flags & TEST_SLOW))
		return false;
	if (!*patterns)
		return true;
	for (; *patterns; patterns++)
		if (strstr(case_name(test, i), *patterns))
			return true;
	return false;
}

static void for_each_wanted(char *const *patterns,
			    void (*fn)(const struct test *test, const bool *wanted))
{
	const struct test *test;
	size_t i;

	for (test = tests; test; test = test->next) {
		bool *wanted = calloc(test->nr_rows, sizeof(*wanted));

		for (i = 0; i < test->nr_rows; i++)
			wanted[i] = is_wanted(test, i, patterns);
		fn(test, wanted);
		free(wanted);
	}
}

static unsigned int nr_wanted;

static void count_test(const struct test *test, const bool *wanted)
{
	size_t i;

	for (i = 0; i < test->nr_rows; i++)
		nr_wanted += wanted[i];
}

static void list_test(const struct test *test, const bool *wanted)
{
	size_t i;

	for (i = 0; i < test->nr_rows; i++)
		if (wanted[i])
			puts(case_name(test, i));
}

static void usage(FILE *out, const char *prog)
{
	fprintf(out,
		"usage: %s [options] [PATTERN...]\n"
		"Runs the cases whose names hold a PATTERN, or all; prints KTAP.\n"
		"  --device PATH    device under test (%s)\n"
		"  --module PATH    the module behind it, for tests that load it (%s)\n"
		"  --timeout SECS   time that one case may take (%u)\n"
		"  --quick          without the slow cases\n"
		"  --list           print the names of the cases and stop\n"
		"  --help           print this and stop\n"
		"Exit status: 0 passed, 1 failed, 4 all skipped, 2 wrong usage.\n",
		prog, options.device, options.module, options.timeout);
}

/* Returns whether to list only; does not return after --help or an error. */
static bool parse_options(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "module", required_argument, NULL, 'm' },
		{ "timeout", required_argument, NULL, 't' },
		{ "quick", no_argument, NULL, 'q' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	bool list = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "d:m:t:qlh", longopts, NULL)) != -1) {
		switch (opt) {
		case 'd':
			options.device = optarg;
			break;
		case 'm':
			options.module = optarg;
			break;
		case 't':
			options.timeout = strtoul(optarg, NULL, 0);
			break;
		case 'q':
			options.quick = true;
			break;
		case 'l':
			list = true;
			break;
		case 'h':
			usage(stdout, argv[0]);
			exit(KSFT_PASS);
		default:
			usage(stderr, argv[0]);
			exit(2);
		}
	}
	return list;
}

int main(int argc, char **argv)
{
	const bool list = parse_options(argc, argv);
	char *const *patterns = argv + optind;

	if (list) {
		for_each_wanted(patterns, list_test);
		return KSFT_PASS;
	}
	puts("TAP version 13");
	if (access(options.device, R_OK | W_OK)) {
		printf("1..0 # SKIP %s: %s\n", options.device, strerror(errno));
		return KSFT_SKIP;
	}
	for_each_wanted(patterns, count_test);
	printf("1..%u\n", nr_wanted);
	for_each_wanted(patterns, run_test);
	printf("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:%u error:0\n",
	       counts[KSFT_PASS], counts[KSFT_FAIL], counts[KSFT_SKIP]);
	if (counts[KSFT_FAIL])
		return KSFT_FAIL;
	return counts[KSFT_PASS] || !case_nr ? KSFT_PASS : KSFT_SKIP;
}
