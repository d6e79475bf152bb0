// SPDX-License-Identifier: GPL-2.0
/* KVM_IRQFD, edge and level with resampling, and KVM_SET_GSI_ROUTING. */
#define _GNU_SOURCE
#include <fcntl.h>

#include "eventfds.h"
#include "gic.h"
#include "its_abi.h"

#define RESAMPLE	KVM_IRQFD_FLAG_RESAMPLE
#define DEASSIGN	KVM_IRQFD_FLAG_DEASSIGN

#define NR_IRQS	128
#define GSI	5
#define SPI	(GIC_SPI_BASE + GSI)
#define LEVEL	false
#define EDGE	true

static int irqfd(const struct vm *vm, int fd, u32 gsi, u32 flags, int resamplefd)
{
	struct kvm_irqfd args = {
		.fd = fd, .gsi = gsi, .flags = flags, .resamplefd = resamplefd,
	};

	return ioctl(vm->fd, KVM_IRQFD, &args);
}

static struct vm *vm_with_gic(void)
{
	struct vm *vm = vm_create_guest(1);

	gic_new(vm, NR_IRQS);
	return vm;
}

/* What the guest of irq_poll() has pending. */
static u64 poll_guest(const struct vm *vm)
{
	return vcpu_run_to_sync((struct vcpu *)&vm->vcpus[0]).val[0];
}

static struct vm *vm_polling(u64 spi, bool edge)
{
	struct vm *vm = vm_with_gic();

	/* With an exit between the beginning and the end of a level-triggered one. */
	vcpu_call(&vm->vcpus[0], irq_poll, spi, edge, !edge);
	poll_guest(vm);
	return vm;
}

TEST(capabilities)
{
	ASSERT_EQ(device_cap(KVM_CAP_IRQFD), 1);
	ASSERT_EQ(device_cap(KVM_CAP_IRQFD_RESAMPLE), 1);
	ASSERT_EQ(device_cap(KVM_CAP_IRQ_ROUTING), 4096);
}

TEST(before_init)
{
	struct vm *vm = vm_create_guest(1);
	int fd = eventfd_new();
	int gic;

	ASSERT_ERRNO(irqfd(vm, fd, GSI, 0, 0), EAGAIN);
	gic = gic_place(vm, NR_IRQS);
	ASSERT_ERRNO(irqfd(vm, fd, GSI, 0, 0), EAGAIN);
	ASSERT_ERRNO(irqfd(vm, fd, GSI, 1U << 2, 0), EINVAL);
	gic_init(gic);
	ASSERT_OK(irqfd(vm, fd, GSI, 0, 0));
}

TEST(arguments)
{
	struct vm *vm = vm_with_gic();
	int null = ASSERT_OK(open("/dev/null", O_RDWR));
	int fd = eventfd_new();

	ASSERT_ERRNO(irqfd(vm, fd, GSI, 1U << 2, 0), EINVAL);
	ASSERT_ERRNO(irqfd(vm, fd, GSI, 1U << 31 | DEASSIGN, 0), EINVAL);
	ASSERT_ERRNO(irqfd(vm, -1, GSI, 0, 0), EBADF);
	ASSERT_ERRNO(irqfd(vm, null, GSI, 0, 0), EINVAL);
	ASSERT_ERRNO(irqfd(vm, fd, GSI, RESAMPLE, -1), EBADF);
	ASSERT_ERRNO(irqfd(vm, fd, GSI, RESAMPLE, null), EINVAL);
	ASSERT_ERRNO(irqfd(vm, -1, GSI, DEASSIGN, 0), EBADF);
	ASSERT_ERRNO(irqfd(vm, null, GSI, DEASSIGN, 0), EINVAL);
	/* Any GSI; what it leads to is another matter. */
	ASSERT_OK(irqfd(vm, fd, ~0U, 0, 0));
	eventfd_signal(fd);
	ASSERT_OK(irqfd(vm, eventfd_new(), 4096, RESAMPLE, eventfd_new()));
}

TEST(duplicates)
{
	struct vm *vm = vm_with_gic();
	int fd = eventfd_new();
	int copy = ASSERT_OK(dup(fd));

	ASSERT_OK(irqfd(vm, fd, GSI, 0, 0));
	ASSERT_ERRNO(irqfd(vm, fd, GSI, 0, 0), EBUSY);
	ASSERT_ERRNO(irqfd(vm, fd, GSI + 1, 0, 0), EBUSY);
	ASSERT_ERRNO(irqfd(vm, copy, GSI, RESAMPLE, eventfd_new()), EBUSY);
	/* Two of one GSI. */
	ASSERT_OK(irqfd(vm, eventfd_new(), GSI, 0, 0));

	/* To deassign one that is not there is no error. */
	ASSERT_OK(irqfd(vm, fd, GSI + 1, DEASSIGN, 0));
	ASSERT_ERRNO(irqfd(vm, fd, GSI, 0, 0), EBUSY);
	ASSERT_OK(irqfd(vm, copy, GSI, DEASSIGN, 0));
	ASSERT_OK(irqfd(vm, fd, GSI, DEASSIGN, 0));
	ASSERT_OK(irqfd(vm, fd, GSI, 0, 0));
}

TEST(edge)
{
	struct vm *vm = vm_polling(SPI, EDGE);
	int fd = eventfd_new();
	unsigned int i;

	ASSERT_OK(irqfd(vm, fd, GSI, 0, 0));
	ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
	for (i = 0; i < 10; i++) {
		eventfd_signal(fd);
		ASSERT_EQ(poll_guest(vm), SPI);
		ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
	}
	/* The signal is consumed. */
	ASSERT_EQ(eventfd_take(fd), 0);

	ASSERT_OK(irqfd(vm, fd, GSI, DEASSIGN, 0));
	eventfd_signal(fd);
	ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
	ASSERT_EQ(eventfd_take(fd), 1);
}

/* Two edges before the guest looks are one interrupt. */
TEST(edges_merge)
{
	struct vm *vm = vm_polling(SPI, EDGE);
	int a = eventfd_new(), b = eventfd_new();

	ASSERT_OK(irqfd(vm, a, GSI, 0, 0));
	ASSERT_OK(irqfd(vm, b, GSI, 0, 0));
	eventfd_signal(a);
	eventfd_signal(a);
	eventfd_signal(b);
	ASSERT_EQ(poll_guest(vm), SPI);
	ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
}

TEST(signalled_before)
{
	struct vm *vm = vm_polling(SPI, EDGE);
	int fd = eventfd_new();

	eventfd_signal(fd);
	ASSERT_OK(irqfd(vm, fd, GSI, 0, 0));
	/* KVM injects it from a thread. */
	sleep_ms(50);
	ASSERT_EQ(poll_guest(vm), SPI);
}

TEST(closed_file)
{
	struct vm *vm = vm_polling(SPI, EDGE);
	unsigned int i;
	int fd;

	for (i = 0; i < 50; i++) {
		fd = eventfd_new();
		ASSERT_OK(irqfd(vm, fd, GSI, i & 1 ? RESAMPLE : 0, fd));
		close(fd);
	}
	fd = eventfd_new();
	ASSERT_OK(irqfd(vm, fd, GSI, 0, 0));
	eventfd_signal(fd);
	ASSERT_EQ(poll_guest(vm), SPI);
}

TEST(vm_closed_before_eventfd)
{
	struct vm *vm = vm_with_gic();
	int fd = eventfd_new();

	ASSERT_OK(irqfd(vm, fd, GSI, RESAMPLE, eventfd_new()));
	close(vm->fd);
	/* A vCPU is left, and the eventfd is nobody's. */
	eventfd_signal(fd);
	ASSERT_EQ(eventfd_take(fd), 1);
	close(vm->vcpus[0].fd);
	eventfd_signal(fd);
}

TEST(level)
{
	struct vm *vm = vm_polling(SPI, LEVEL);
	int fd = eventfd_new(), resamplefd = eventfd_new();
	unsigned int i;

	ASSERT_OK(irqfd(vm, fd, GSI, RESAMPLE, resamplefd));
	for (i = 0; i < 10; i++) {
		eventfd_signal(fd);
		ASSERT_EQ(eventfd_take(resamplefd), 0);
		ASSERT_EQ(poll_guest(vm), SPI);
		ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
		ASSERT_EQ(eventfd_take(resamplefd), 1);
	}
}

/* Acknowledged and ended without an exit in between. */
TEST(level_at_once)
{
	struct vm *vm = vm_with_gic();
	int fd = eventfd_new(), resamplefd = eventfd_new();

	if (kvm_before(999, 0) && !kvm_before(6, 13))
		SKIP("KVM takes no notice of an end whose beginning it has not seen");
	vcpu_call(&vm->vcpus[0], irq_poll, SPI, LEVEL, false);
	poll_guest(vm);
	ASSERT_OK(irqfd(vm, fd, GSI, RESAMPLE, resamplefd));
	eventfd_signal(fd);
	ASSERT_EQ(poll_guest(vm), SPI);
	ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
	ASSERT_EQ(eventfd_take(resamplefd), 1);
}

TEST(level_shared)
{
	struct vm *vm = vm_polling(SPI, LEVEL);
	int fd[2], resamplefd[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		fd[i] = eventfd_new();
		resamplefd[i] = eventfd_new();
		ASSERT_OK(irqfd(vm, fd[i], GSI, RESAMPLE, resamplefd[i]));
	}
	eventfd_signal(fd[0]);
	eventfd_signal(fd[1]);
	ASSERT_EQ(poll_guest(vm), SPI);
	ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
	ASSERT_EQ(eventfd_take(resamplefd[0]), 1);
	ASSERT_EQ(eventfd_take(resamplefd[1]), 1);

	/* One goes, the other still works. */
	ASSERT_OK(irqfd(vm, fd[0], GSI, DEASSIGN, 0));
	eventfd_signal(fd[1]);
	ASSERT_EQ(poll_guest(vm), SPI);
	ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
	ASSERT_EQ(eventfd_take(resamplefd[0]), 0);
	ASSERT_EQ(eventfd_take(resamplefd[1]), 1);
}

/* With the last one the line goes low, though the guest has not seen it. */
TEST(level_deassigned)
{
	struct vm *vm = vm_polling(SPI, LEVEL);
	int fd = eventfd_new();

	ASSERT_OK(irqfd(vm, fd, GSI, RESAMPLE, eventfd_new()));
	eventfd_signal(fd);
	ASSERT_OK(irqfd(vm, fd, GSI, DEASSIGN, 0));
	ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
}

/* The eventfd that is told is one that interrupts: a chain without end but the guest's. */
TEST(level_to_itself)
{
	struct vm *vm = vm_polling(SPI, LEVEL);
	int fd = eventfd_new();
	unsigned int i;

	ASSERT_OK(irqfd(vm, fd, GSI, RESAMPLE, fd));
	eventfd_signal(fd);
	for (i = 0; i < 5; i++)
		ASSERT_EQ(poll_guest(vm), SPI);
	ASSERT_OK(irqfd(vm, fd, GSI, DEASSIGN, 0));
	ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
}

/* KVM_SET_GSI_ROUTING */

#define MAX_ROUTES	5000

static int set_routes(const struct vm *vm, const struct kvm_irq_routing_entry *entries,
		      u32 nr, u32 flags)
{
	static struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry entries[MAX_ROUTES];
	} arg;

	arg.head.nr = nr;
	arg.head.flags = flags;
	memcpy(arg.entries, entries, nr * sizeof(*entries));
	return ioctl(vm->fd, KVM_SET_GSI_ROUTING, &arg);
}

static struct kvm_irq_routing_entry irqchip_route(u32 gsi, u32 pin)
{
	return (struct kvm_irq_routing_entry) {
		.gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip.pin = pin,
	};
}

struct route {
	const char *name;
	struct kvm_irq_routing_entry entries[2];
	u32 nr;
	int err;
};

#define CHIP	KVM_IRQ_ROUTING_IRQCHIP
#define MSI	KVM_IRQ_ROUTING_MSI

static const struct route routes[] = {
	{ "none", { }, 0, 0 },
	{ "pin 0", { { 0, CHIP } }, 1, 0 },
	{ "last GSI", { { 4095, CHIP } }, 1, 0 },
	{ "GSI too large", { { 4096, CHIP } }, 1, EINVAL },
	{ "GSI all ones", { { ~0U, CHIP } }, 1, EINVAL },
	{ "last pin", { { 0, CHIP, .u.irqchip.pin = 987 } }, 1, 0 },
	{ "pin too large", { { 0, CHIP, .u.irqchip.pin = 988 } }, 1, EINVAL },
	{ "another irqchip", { { 0, CHIP, .u.irqchip.irqchip = 1 } }, 1, EINVAL },
	{ "flags of a pin", { { 0, CHIP, KVM_MSI_VALID_DEVID } }, 1, EINVAL },
	{ "MSI", { { 0, MSI } }, 1, 0 },
	{ "MSI with DeviceID", { { 0, MSI, KVM_MSI_VALID_DEVID } }, 1, 0 },
	{ "unknown flags of an MSI", { { 0, MSI, 2 } }, 1, EINVAL },
	{ "type 0", { { 0, 0 } }, 1, EINVAL },
	{ "type 3", { { 0, 3 } }, 1, EINVAL },
	{ "type all ones", { { 0, ~0U } }, 1, EINVAL },
	{ "a GSI twice", { { 1, CHIP }, { 1, CHIP, .u.irqchip.pin = 1 } }, 2, EINVAL },
	{ "a GSI as pin and MSI", { { 1, CHIP }, { 1, MSI } }, 2, EINVAL },
	{ "a GSI as MSI and pin", { { 1, MSI }, { 1, CHIP } }, 2, EINVAL },
	{ "a pin twice", { { 1, CHIP }, { 2, CHIP } }, 2, 0 },
};

TEST_EACH(routing_arguments, struct route, routes)
{
	struct vm *vm = vm_create();

	if (row->err)
		ASSERT_ERRNO(set_routes(vm, row->entries, row->nr, 0), row->err);
	else
		ASSERT_OK(set_routes(vm, row->entries, row->nr, 0));
	ASSERT_ERRNO(set_routes(vm, row->entries, row->nr, 1), EINVAL);
}

TEST(routing_limits)
{
	static struct kvm_irq_routing_entry entries[MAX_ROUTES];
	struct vm *vm = vm_create();
	struct kvm_irq_routing *end;
	u32 i;

	for (i = 0; i < MAX_ROUTES; i++)
		entries[i] = irqchip_route(i, i % 988);
	ASSERT_OK(set_routes(vm, entries, 4096, 0));
	ASSERT_ERRNO(set_routes(vm, entries, 4097, 0), EINVAL);
	ASSERT_OK(set_routes(vm, entries, 0, 0));

	/* Entries that are not there, at the end of a page before a hole. */
	end = mmap(NULL, 2 * getpagesize(), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT(end != MAP_FAILED);
	ASSERT_OK(munmap((char *)end + getpagesize(), getpagesize()));
	end = (void *)((char *)end + getpagesize() - sizeof(*end));
	end->nr = 1;
	ASSERT_ERRNO(ioctl(vm->fd, KVM_SET_GSI_ROUTING, end), EFAULT);
	end->nr = 0;
	ASSERT_OK(ioctl(vm->fd, KVM_SET_GSI_ROUTING, end));
}

/* A failed call leaves the old routes. */
TEST(routing)
{
	struct vm *vm = vm_polling(SPI, EDGE);
	struct kvm_irq_routing_entry route = irqchip_route(100, GSI);
	int fd = eventfd_new();

	ASSERT_OK(irqfd(vm, fd, 100, 0, 0));
	/* GSI 100 is beyond the SPIs that there are. */
	eventfd_signal(fd);
	ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);

	ASSERT_OK(set_routes(vm, &route, 1, 0));
	eventfd_signal(fd);
	ASSERT_EQ(poll_guest(vm), SPI);

	route.u.irqchip.pin = 2000;
	ASSERT_ERRNO(set_routes(vm, &route, 1, 0), EINVAL);
	eventfd_signal(fd);
	ASSERT_EQ(poll_guest(vm), SPI);

	/* To another SPI, which the guest has not enabled, and back. */
	route.u.irqchip.pin = GSI + 1;
	ASSERT_OK(set_routes(vm, &route, 1, 0));
	eventfd_signal(fd);
	ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
	route.u.irqchip.pin = GSI;
	ASSERT_OK(set_routes(vm, &route, 1, 0));
	eventfd_signal(fd);
	ASSERT_EQ(poll_guest(vm), SPI);

	ASSERT_OK(set_routes(vm, NULL, 0, 0));
	eventfd_signal(fd);
	ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
}

TEST(routing_moves_resampling)
{
	struct vm *vm = vm_polling(SPI, LEVEL);
	struct kvm_irq_routing_entry route = irqchip_route(0, GSI);
	int fd = eventfd_new(), resamplefd = eventfd_new();

	ASSERT_OK(irqfd(vm, fd, 0, RESAMPLE, resamplefd));
	ASSERT_OK(set_routes(vm, &route, 1, 0));
	eventfd_signal(fd);
	ASSERT_EQ(poll_guest(vm), SPI);
	ASSERT_EQ(poll_guest(vm), SPURIOUS_INTID);
	ASSERT_EQ(eventfd_take(resamplefd), 1);
}

/* Without an ITS an MSI goes nowhere, whether there is a GIC or not. */
TEST(msi_without_its)
{
	struct kvm_irq_routing_entry route = {
		.gsi = 1, .type = MSI, .flags = KVM_MSI_VALID_DEVID,
		.u.msi.address_lo = GIC_ITS_BASE + GITS_TRANSLATER,
	};
	struct kvm_msi msi = { .address_lo = GIC_ITS_BASE + GITS_TRANSLATER };
	struct vm *vm = vm_create_guest(1);
	int fd = eventfd_new();

	ASSERT_ERRNO(ioctl(vm->fd, KVM_SIGNAL_MSI, &msi), EINVAL);
	gic_new(vm, NR_IRQS);
	ASSERT_ERRNO(ioctl(vm->fd, KVM_SIGNAL_MSI, &msi), ENODEV);
	msi.flags = 2;
	ASSERT_ERRNO(ioctl(vm->fd, KVM_SIGNAL_MSI, &msi), EINVAL);
	ASSERT_OK(set_routes(vm, &route, 1, 0));
	ASSERT_OK(irqfd(vm, fd, 1, 0, 0));
	eventfd_signal(fd);
}

/* Everything at once: the guest must still get its last interrupt. */

#define LAST	(GIC_SPI_BASE + 60)

struct storm {
	struct vm *vm;
	int fd;
	u64 end;
};

static void *storm_signal(void *arg)
{
	struct storm *storm = arg;

	while (now_ns() < storm->end)
		eventfd_signal(storm->fd);
	return NULL;
}

static void *storm_assign(void *arg)
{
	struct storm *storm = arg;

	while (now_ns() < storm->end) {
		ASSERT_OK(irqfd(storm->vm, storm->fd, GSI, 0, 0));
		ASSERT_OK(irqfd(storm->vm, storm->fd, GSI, DEASSIGN, 0));
	}
	return NULL;
}

static void *storm_route(void *arg)
{
	struct kvm_irq_routing_entry entries[64];
	struct storm *storm = arg;
	u32 i, n = 0;

	while (now_ns() < storm->end) {
		for (i = 0; i < 64; i++)
			entries[i] = irqchip_route(i, n++ % 2 ? i : GSI);
		entries[61] = irqchip_route(61, 60);
		ASSERT_OK(set_routes(storm->vm, entries, 64, 0));
	}
	for (i = 0; i < 64; i++)
		entries[i] = irqchip_route(i, i);
	ASSERT_OK(set_routes(storm->vm, entries, 64, 0));
	return NULL;
}

static void *run_guest(void *arg)
{
	vcpu_run_to_end(arg);
	return NULL;
}

TEST_FLAGS(storm, TEST_SLOW)
{
	struct vm *vm = vm_with_gic();
	struct storm storm = { vm, eventfd_new(), now_ns() + 2000000000 };
	int last = eventfd_new();
	pthread_t threads[3], guest;
	unsigned int i;

	vcpu_call(&vm->vcpus[0], irq_count_until, LAST, SPI);
	vcpu_run_to_sync(&vm->vcpus[0]);
	guest = thread_start(run_guest, &vm->vcpus[0]);
	threads[0] = thread_start(storm_signal, &storm);
	threads[1] = thread_start(storm_assign, &storm);
	threads[2] = thread_start(storm_route, &storm);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		thread_join(threads[i]);
	ASSERT_OK(irqfd(vm, last, LAST - GIC_SPI_BASE, 0, 0));
	eventfd_signal(last);
	thread_join(guest);
	ASSERT_GE(*guest_var(vm, u64, spin_count), 1);
}
