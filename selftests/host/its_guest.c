// SPDX-License-Identifier: GPL-2.0
/* LPIs as a guest takes them, and an ITS that it programs. */
#define _GNU_SOURCE
#include <sys/eventfd.h>

#include "its.h"

/* The registers as a guest reads them. */
TEST(guest_reads_registers)
{
	struct its *its = its_ready(1);
	struct vcpu *vcpu = &its->vm->vcpus[0];

	ASSERT_EQ(vcpu_eval(vcpu, bus_load64, GIC_ITS_BASE + GITS_TYPER), 0x1ef71);
	ASSERT_EQ(vcpu_eval(vcpu, bus_load32, GIC_ITS_BASE + GITS_TYPER), 0x1ef71);
	ASSERT_EQ(vcpu_eval(vcpu, bus_load32, GIC_ITS_BASE + GITS_TYPER + 4), 0);
	ASSERT_EQ(vcpu_eval(vcpu, bus_load32, GIC_ITS_BASE + GITS_CTLR), 0x80000001);
	ASSERT_EQ(vcpu_eval(vcpu, bus_load32, GIC_ITS_BASE + GITS_PIDR2), 0x3b);
	ASSERT_EQ(vcpu_eval(vcpu, bus_load32, GIC_ITS_BASE + GITS_CBASER + 4),
		  reg_get(its, GITS_CBASER) >> 32);
	ASSERT_EQ(vcpu_eval(vcpu, bus_load64, GIC_ITS_BASE + GITS_BASER0),
		  reg_get(its, GITS_BASER0));
	/* Where nothing is: RAZ/WI, the translation frame too. */
	ASSERT_EQ(vcpu_eval(vcpu, bus_load32, GIC_ITS_BASE + 0x800), 0);
	ASSERT_EQ(vcpu_eval(vcpu, bus_load32, GIC_ITS_BASE + GITS_TRANSLATER), 0);
	vcpu_eval(vcpu, bus_store, GIC_ITS_BASE + GITS_TRANSLATER, 4, EVENT);
	vcpu_eval(vcpu, bus_store, GIC_ITS_BASE + GITS_TYPER, 8, 0);
	/* A width that the register has not. */
	ASSERT_EQ(vcpu_eval(vcpu, bus_load64, GIC_ITS_BASE + GITS_CTLR), 0);
	/* A half is a half. */
	reg_set(its, GITS_CTLR, 0);
	vcpu_eval(vcpu, bus_store, GIC_ITS_BASE + GITS_BASER0, 4, DEV_TABLE2 | 1);
	ASSERT_EQ(reg_get(its, GITS_BASER0) & (VALID | GENMASK(47, 16) | 0xff),
		  VALID | DEV_TABLE2 | 1);
}

TEST(guest_runs_the_queue)
{
	struct its *its = its_ready(1);

	put_command(its, 0x08 | (u64)DEV << 32, 4, VALID | ITT(0), 0);
	put_command(its, 0x0a | (u64)DEV << 32, (u64)LPI << 32 | EVENT, 0, 0);
	ASSERT(!is_mapped(its, DEV, EVENT));
	vcpu_eval(&its->vm->vcpus[0], bus_store, GIC_ITS_BASE + GITS_CWRITER, 8,
		  its->cwriter);
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT_EQ(vcpu_eval(&its->vm->vcpus[0], bus_load64, GIC_ITS_BASE + GITS_CREADR),
		  its->cwriter);
}

static u64 poll_guest(const struct its *its)
{
	return vcpu_run_to_sync(&its->vm->vcpus[0]).val[0];
}

static struct its *its_polling(void)
{
	struct its *its = its_mapped(1);

	vcpu_call(&its->vm->vcpus[0], irq_poll, 0, 0, false);
	poll_guest(its);
	return its;
}

TEST(guest_takes_lpis)
{
	struct its *its = its_polling();
	u32 i;

	ASSERT_EQ(poll_guest(its), SPURIOUS_INTID);
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT_EQ(poll_guest(its), LPI);
	ASSERT_EQ(poll_guest(its), SPURIOUS_INTID);

	/* More than there are list registers. */
	for (i = 0; i < 20; i++)
		mapti(its, DEV, i + 6, LPI + 6 + i, 0);
	for (i = 0; i < 20; i++)
		ASSERT(is_mapped(its, DEV, i + 6));
	for (i = 0; i < 20; i++)
		ASSERT_GE(poll_guest(its), LPI + 6);
	ASSERT_EQ(poll_guest(its), SPURIOUS_INTID);
}

TEST(guest_takes_irqfd)
{
	struct its *its = its_polling();
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry entry;
	} routing = {
		.head.nr = 1,
		.entry = {
			.gsi = 200, .type = KVM_IRQ_ROUTING_MSI,
			.flags = KVM_MSI_VALID_DEVID,
			.u.msi.address_lo = GIC_ITS_BASE + GITS_TRANSLATER,
			.u.msi.data = EVENT, .u.msi.devid = DEV,
		},
	};
	struct kvm_irqfd irqfd = { .gsi = 200 };
	const u64 one = 1;
	int i;

	irqfd.fd = ASSERT_OK(eventfd(0, EFD_NONBLOCK));
	ASSERT_OK(ioctl(its->vm->fd, KVM_SET_GSI_ROUTING, &routing));
	ASSERT_OK(ioctl(its->vm->fd, KVM_IRQFD, &irqfd));
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(write(irqfd.fd, &one, sizeof(one)), sizeof(one));
		/* KVM's first one takes a thread. */
		sleep_ms(20);
		ASSERT_EQ(poll_guest(its), LPI);
	}
	discard(its, DEV, EVENT);
	ASSERT_EQ(write(irqfd.fd, &one, sizeof(one)), sizeof(one));
	sleep_ms(20);
	ASSERT_EQ(poll_guest(its), SPURIOUS_INTID);
}

static u8 *prop_of(const struct its *its, u32 lpi)
{
	return (u8 *)gpa_to_hva(its->vm, PROP_TABLE) + lpi - GIC_LPI_BASE;
}

/* A changed configuration is seen at INV and INVALL. */
TEST(guest_sees_configuration)
{
	struct its *its = its_polling();

	*prop_of(its, LPI) = PROP_OFF;
	inv(its, DEV, EVENT + 1);
	inv(its, DEV, EVENT);
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT_EQ(poll_guest(its), SPURIOUS_INTID);
	ASSERT(is_pending(its, 0, LPI));
	*prop_of(its, LPI) = PROP_ON;
	inv(its, DEV, EVENT);
	ASSERT_EQ(poll_guest(its), LPI);

	*prop_of(its, LPI) = PROP_OFF;
	invall(its, 5);
	invall(its, 0);
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT_EQ(poll_guest(its), SPURIOUS_INTID);
	*prop_of(its, LPI) = PROP_ON;
	invall(its, 0);
	ASSERT_EQ(poll_guest(its), LPI);
}

/* The more urgent one first. */
TEST(guest_sees_priorities)
{
	struct its *its = its_polling();

	mapti(its, DEV, EVENT + 1, LPI + 1, 0);
	*prop_of(its, LPI + 1) = 0x21;
	inv(its, DEV, EVENT + 1);
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT(is_mapped(its, DEV, EVENT + 1));
	ASSERT_EQ(poll_guest(its), LPI + 1);
	ASSERT_EQ(poll_guest(its), LPI);
}

/* What the pending table says as LPIs are enabled. */
TEST(guest_sees_pending_table)
{
	struct its *its = its_polling();

	gicr_set(its->gic, 0, GICR_CTLR, 0);
	((u8 *)gpa_to_hva(its->vm, PEND_TABLE(0)))[LPI / 8] = BIT(LPI % 8);
	gicr_set(its->gic, 0, GICR_CTLR, GICR_CTLR_ENABLE_LPIS);
	ASSERT_EQ(poll_guest(its), LPI);
	ASSERT_EQ(poll_guest(its), SPURIOUS_INTID);
}

/* A saved VM goes on with what was pending. */
TEST(guest_is_restored)
{
	struct its *its = its_polling();

	ASSERT(is_mapped(its, DEV, EVENT));
	save_pending(its);
	ASSERT_OK(ctrl(its, SAVE));
	ASSERT_OK(reset_and_restore(its));
	ASSERT_EQ(poll_guest(its), LPI);
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT_EQ(poll_guest(its), LPI);
	ASSERT_EQ(poll_guest(its), SPURIOUS_INTID);
}

TEST(two_itss)
{
	struct its *its = its_new(1);
	struct its *other = its_create(its->vm, its->gic, ITS2_BASE);

	its_start(its);
	mapd(its, DEV, ITT(0), 5);
	mapti(its, DEV, EVENT, LPI, 0);
	its_set_tables(other, DEV_TABLE2, COLL_TABLE2, QUEUE2);
	reg_set(other, GITS_CTLR, 1);
	ASSERT(!is_mapped(other, DEV, EVENT));
	mapc(other, 0, 0);
	mapd(other, DEV, ITT(5), 5);
	mapti(other, DEV, EVENT, LPI + 1, 0);
	ASSERT(is_mapped(other, DEV, EVENT));
	ASSERT(is_pending(its, 0, LPI + 1));
	ASSERT(!is_pending(its, 0, LPI));
	unmapd(its, DEV);
	ASSERT(is_mapped(other, DEV, EVENT));
}

/* Commands, MSIs and a guest that takes them, all at once. */

#define STORM_DEVS	4
#define STORM_EVENTS	16
#define STORM_LPIS	8	/* few, so that one comes back while it is still going */
#define LAST_DEV	9
#define LAST_LPI	(LPI + 50)

struct storm {
	struct its *its;
	u64 end;
};

static void *storm_signal(void *arg)
{
	struct storm *storm = arg;
	u32 n = 0;

	while (now_ns() < storm->end) {
		n = n * 1103515245 + 12345;
		if (signal_msi(storm->its, n >> 16 & 3, n >> 20 & 15) < 0)
			ASSERT_EQ(errno, EBUSY);
	}
	return NULL;
}

static void *storm_take(void *arg)
{
	return (void *)vcpu_run_to_end(arg);
}

static void storm_command(struct its *its, u32 n)
{
	const u64 dev = n >> 16 & (STORM_DEVS - 1), event = n >> 20 & (STORM_EVENTS - 1);
	const u64 a = n >> 24 & 1, b = n >> 25 & 1;

	switch (n >> 27) {
	case 0:
		put_command(its, 0x08 | dev << 32, 3, VALID | ITT(dev), 0);
		break;
	case 1:
		put_command(its, 0x08 | dev << 32, 0, 0, 0);
		break;
	case 2 ... 5:
		put_command(its, 0x0f | dev << 32, event, 0, 0);
		break;
	case 6 ... 9:
		put_command(its, 0x01 | dev << 32, event, a, 0);
		break;
	case 10:
		put_command(its, 0x04 | dev << 32, event, 0, 0);
		break;
	case 11:
		put_command(its, 0x0d, 0, a, 0);
		break;
	case 12:
		put_command(its, 0x0e, 0, a << 16, b << 16);
		break;
	case 13:
		put_command(its, 0x09, 0, VALID | a << 16 | b, 0);
		break;
	case 14:
		put_command(its, 0x03 | dev << 32, event, 0, 0);
		break;
	default:
		put_command(its, 0x0a | dev << 32,
			    (u64)(LPI + n % STORM_LPIS) << 32 | event, a, 0);
	}
}

/* By a vCPU: while another one runs, user space has no access to the registers. */
static void guest_store(struct vcpu *vcpu, u64 addr, u64 len, u64 val)
{
	vcpu_eval(vcpu, bus_store, addr, len, val);
}

static void run_queue(struct vcpu *vcpu, const struct its *its)
{
	guest_store(vcpu, GIC_ITS_BASE + GITS_CWRITER, 8, its->cwriter);
}

static void set_lpis(struct vcpu *vcpu, unsigned int cpu, bool on)
{
	guest_store(vcpu, GICR_BASE + cpu * GICR_STRIDE + GICR_CTLR, 4, on);
}

TEST_FLAGS(storm, TEST_SLOW)
{
	struct its *its = its_ready(2);
	struct vcpu *taker = &its->vm->vcpus[0], *commander = &its->vm->vcpus[1];
	struct storm storm = { its, now_ns() + 4000000000 };
	pthread_t threads[2], guest;
	u32 n = 1, i = 0;

	vcpu_call(taker, irq_take_until, LAST_LPI);
	vcpu_run_to_sync(taker);
	guest = thread_start(storm_take, taker);
	threads[0] = thread_start(storm_signal, &storm);
	threads[1] = thread_start(storm_signal, &storm);
	while (now_ns() < storm.end) {
		n = n * 1103515245 + 12345;
		storm_command(its, n);
		if (++i % 16 == 0)
			run_queue(commander, its);
		if (i % 256 == 0)
			set_lpis(commander, n >> 24 & 1, n >> 25 & 1);
	}
	thread_join(threads[0]);
	thread_join(threads[1]);

	/* All is in order still: an LPI of its own comes through. */
	run_queue(commander, its);
	set_lpis(commander, 0, true);
	put_command(its, 0x09, 0, VALID, 0);
	put_command(its, 0x08 | (u64)LAST_DEV << 32, 3, VALID | ITT(LAST_DEV), 0);
	put_command(its, 0x0a | (u64)LAST_DEV << 32, (u64)LAST_LPI << 32, 0, 0);
	run_queue(commander, its);
	ASSERT(is_mapped(its, LAST_DEV, 0));
	ASSERT_GE((u64)thread_join(guest), 1);
	ASSERT_OK(ctrl(its, SAVE));
	ASSERT_OK(reset_and_restore(its));
}
