// SPDX-License-Identifier: GPL-2.0
/*
 * The module comes and goes: not while it is in use, and without a trace otherwise.
 * For avcpu only; it must be loadable from --module.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "vm.h"

#define MODULE	"avcpu"

static int unload(void)
{
	return syscall(__NR_delete_module, MODULE, O_NONBLOCK);
}

static int load(void)
{
	int fd = ASSERT_OK(open(options.module, O_RDONLY | O_CLOEXEC));
	int ret = syscall(__NR_finit_module, fd, "", 0);
	int err = errno;

	close(fd);
	errno = err;
	return ret;
}

static bool mentions(const char *path, const char *text)
{
	FILE *file = fopen(path, "r");
	bool found = false;
	char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) >= 0)
		found |= !!strstr(line, text);
	free(line);
	if (file)
		fclose(file);
	return found;
}

static void need_module(void)
{
	if (!strcmp(options.device, "/dev/kvm"))
		SKIP("KVM is no module here");
	if (access(options.module, R_OK))
		SKIP("no %s to load again", options.module);
	if (!mentions("/proc/modules", MODULE " "))
		SKIP("%s is not loaded", MODULE);
}

static int open_again(void)
{
	unsigned int ms;
	int fd;

	/* devtmpfs has the node at once; where udev makes it, soon. */
	for (ms = 0; ms < 2000; ms++) {
		fd = open(options.device, O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		sleep_ms(1);
	}
	FAIL("%s did not come back: %s", options.device, strerror(errno));
}

static void assert_in_use(void)
{
	if (!unload())
		FAIL("the module went while it was in use");
	/* EWOULDBLOCK says that it has users. */
	if (errno != EBUSY && errno != EWOULDBLOCK)
		FAIL("delete_module: %s", strerror(errno));
}

/* Each descriptor holds the module, alone too. */

TEST(stays_while_the_device_is_open)
{
	need_module();
	device_open();
	assert_in_use();
}

TEST(stays_while_a_vm_is_open)
{
	struct vm *vm;

	need_module();
	vm = vm_create();
	close(device_open());
	assert_in_use();
	close(vm->fd);
}

TEST(stays_while_a_vcpu_is_open)
{
	struct vcpu *vcpu;

	need_module();
	vcpu = vm_add_vcpu(vm_create(), 0);
	close(vcpu->vm->fd);
	close(device_open());
	assert_in_use();
}

TEST(stays_while_a_run_page_is_mapped)
{
	struct vcpu *vcpu;

	need_module();
	vcpu = vm_add_vcpu(vm_create(), 0);
	close(vcpu->fd);
	close(vcpu->vm->fd);
	close(device_open());
	assert_in_use();
}

TEST(goes_and_comes_back)
{
	need_module();
	ASSERT_OK(unload());
	ASSERT(access(options.device, F_OK));
	ASSERT(!mentions("/proc/interrupts", MODULE));
	ASSERT_OK(load());
	close(open_again());
	ASSERT_EQ(vcpu_eval(&vm_create_guest(1)->vcpus[0], guest_add, 1, 2), 3);
}

TEST(cannot_be_loaded_twice)
{
	need_module();
	ASSERT_ERRNO(load(), EEXIST);
}

/* A guest in a process of its own: with its end nothing of it holds the module. */
static void run_guest_in_child(void)
{
	const pid_t pid = ASSERT_OK(fork());
	int status;

	if (!pid) {
		close(open_again());
		ASSERT_EQ(vcpu_eval(&vm_create_guest(1)->vcpus[0], guest_add, 1, 2), 3);
		_exit(0);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_EQ(status, 0);
}

static void cycle(unsigned int n)
{
	unsigned int i;

	need_module();
	for (i = 0; i < n; i++) {
		ASSERT_OK(unload());
		ASSERT_OK(load());
		if (i % 10 == 0)
			run_guest_in_child();
	}
}

TEST(ten_cycles)
{
	cycle(10);
}

TEST_FLAGS(two_hundred_cycles, TEST_SLOW)
{
	cycle(200);
}
