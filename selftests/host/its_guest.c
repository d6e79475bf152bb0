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

	vcpu_call(&its->vm->vcpus[0], irq_poll, 0, 0);
	poll_guest(its);
	return its;
}

TEST(guest_takes_lpis)
{
	struct its *its = its_polling();
	u32 i;

	ASSERT_EQ(poll_guest(its), GIC_SPURIOUS);
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT_EQ(poll_guest(its), LPI);
	ASSERT_EQ(poll_guest(its), GIC_SPURIOUS);

	/* More than there are list registers. */
	for (i = 0; i < 20; i++)
		mapti(its, DEV, i + 6, LPI + 6 + i, 0);
	for (i = 0; i < 20; i++)
		ASSERT(is_mapped(its, DEV, i + 6));
	for (i = 0; i < 20; i++)
		ASSERT_GE(poll_guest(its), LPI + 6);
	ASSERT_EQ(poll_guest(its), GIC_SPURIOUS);
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
	ASSERT_EQ(poll_guest(its), GIC_SPURIOUS);
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
	ASSERT_EQ(poll_guest(its), GIC_SPURIOUS);
	ASSERT(is_pending(its, 0, LPI));
	*prop_of(its, LPI) = PROP_ON;
	inv(its, DEV, EVENT);
	ASSERT_EQ(poll_guest(its), LPI);

	*prop_of(its, LPI) = PROP_OFF;
	invall(its, 5);
	invall(its, 0);
	ASSERT(is_mapped(its, DEV, EVENT));
	ASSERT_EQ(poll_guest(its), GIC_SPURIOUS);
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

	vgic_rd_write(its->gic, 0, GICR_CTLR, 0);
	((u8 *)gpa_to_hva(its->vm, PEND_TABLE(0)))[LPI / 8] = BIT(LPI % 8);
	vgic_rd_write(its->gic, 0, GICR_CTLR, GICR_CTLR_ENABLE_LPIS);
	ASSERT_EQ(poll_guest(its), LPI);
	ASSERT_EQ(poll_guest(its), GIC_SPURIOUS);
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
	ASSERT_EQ(poll_guest(its), GIC_SPURIOUS);
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

TEST_FLAGS(storm, TEST_SLOW)
{
	struct its *its = its_ready(2);
	struct vcpu *vcpu = &its->vm->vcpus[1];
	struct storm storm = { its, now_ns() + 3000000000 };
	pthread_t threads[2];
	u32 n = 1, dev, event;

	threads[0] = thread_start(storm_signal, &storm);
	threads[1] = thread_start(storm_signal, &storm);
	while (now_ns() < storm.end) {
		n = n * 1103515245 + 12345;
		dev = n >> 16 & 3;
		event = n >> 20 & 15;
		switch (n >> 28) {
		case 0:
			put_command(its, 0x08 | (u64)dev << 32, 3, VALID | ITT(dev), 0);
			break;
		case 1:
			if (!(n >> 24 & 7))
				put_command(its, 0x08 | (u64)dev << 32, 0, 0, 0);
			break;
		case 2:
			put_command(its, 0x0f | (u64)dev << 32, event, 0, 0);
			break;
		case 3:
		case 4:
			put_command(its, 0x01 | (u64)dev << 32, event, n >> 24 & 1, 0);
			break;
		case 5:
			put_command(its, 0x04 | (u64)dev << 32, event, 0, 0);
			break;
		case 6:
			put_command(its, 0x0d, 0, n >> 24 & 1, 0);
			break;
		case 7:
			put_command(its, 0x0e, 0, (n >> 24 & 1) << 16, (n >> 25 & 1) << 16);
			break;
		case 8:
			put_command(its, 0x09, 0, VALID | (n >> 24 & 1) << 16 | (n >> 25 & 1), 0);
			break;
		default:
			/* Few INTIDs, so that one comes back while it is still going. */
			put_command(its, 0x0a | (u64)dev << 32,
				    (u64)(LPI + (n >> 24 & 7)) << 32 | event, n >> 27 & 1, 0);
		}
		/* By a guest's write, beside which MSIs come in. */
		if (!(n >> 16 & 15))
			vcpu_eval(vcpu, bus_store, GIC_ITS_BASE + GITS_CWRITER, 8,
				  its->cwriter);
		if (!(n >> 16 & 255))
			vcpu_eval(vcpu, bus_store, GIC_REDIST_BASE +
				  (n >> 24 & 1) * GIC_REDIST_SIZE + GICR_CTLR, 4, n >> 25 & 1);
	}
	thread_join(threads[0]);
	thread_join(threads[1]);
	ASSERT_OK(ctrl(its, SAVE));
}
