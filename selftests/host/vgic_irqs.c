// SPDX-License-Identifier: GPL-2.0
/* Interrupts of a GICv3 on their way to the guest, and what it does with them. */
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>

#include "gic.h"

#define NR_IRQS		256
#define SPI		40

static u64 ack(struct vcpu *vcpu)
{
	return vcpu_eval(vcpu, gic_ack);
}

static void eoi(struct vcpu *vcpu, u64 intid)
{
	vcpu_eval(vcpu, gic_eoi, intid);
}

static const u32 *seen(const struct vm *vm)
{
	return guest_var(vm, u32, gic_seen);
}

TEST(nothing_pending)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);

	ASSERT_EQ(ack(&gic.vm->vcpus[0]), SPURIOUS_INTID);
}

TEST(edge_spi)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, SPI, true, 0x80);
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(vcpu_eval(vcpu, gic_highest_pending), SPI);
	ASSERT_EQ(ack(vcpu), SPI);
	ASSERT_EQ(vcpu_eval(vcpu, gic_running_priority), 0x80);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
	eoi(vcpu, SPI);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
	ASSERT_EQ(vcpu_eval(vcpu, gic_running_priority), 0xff);
}

TEST(edge_spi_again_while_active)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, SPI, true, 0x80);
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(ack(vcpu), SPI);
	spi_pulse(gic.vm, SPI);
	spi_pulse(gic.vm, SPI);
	ASSERT(gicd_bit(vcpu, GICD_ISPENDR, SPI));
	ASSERT(gicd_bit(vcpu, GICD_ISACTIVER, SPI));
	eoi(vcpu, SPI);
	ASSERT_EQ(ack(vcpu), SPI);
	eoi(vcpu, SPI);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
}

TEST(level_spi)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, SPI, false, 0x80);
	spi_line(gic.vm, SPI, 1);
	ASSERT_EQ(ack(vcpu), SPI);
	eoi(vcpu, SPI);
	/* The line is still high. */
	ASSERT_EQ(ack(vcpu), SPI);
	spi_line(gic.vm, SPI, 0);
	eoi(vcpu, SPI);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
}

/* Ended and high again without an exit of the guest's own in between. */
TEST(level_spi_comes_again_at_once)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, SPI, false, 0x80);
	spi_line(gic.vm, SPI, 1);
	ASSERT_EQ(vcpu_eval(vcpu, gic_drain, 10), 10);
	spi_line(gic.vm, SPI, 0);
	ASSERT_EQ(vcpu_eval(vcpu, gic_drain, 10), 0);
}

TEST(level_spi_lowered_before_it_is_taken)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, SPI, false, 0x80);
	spi_line(gic.vm, SPI, 1);
	ASSERT(gicd_bit(vcpu, GICD_ISPENDR, SPI));
	spi_line(gic.vm, SPI, 0);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
}

TEST(ppi)
{
	struct gic_vm gic = gic_vm_create(2, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[1];

	gicr_write(vcpu, 1, GICR_SGI + GICD_ISENABLER, BIT(20));
	ppi_line(gic.vm, 1, 20, 1);
	ASSERT_EQ(ack(&gic.vm->vcpus[0]), SPURIOUS_INTID);
	ASSERT_EQ(ack(vcpu), 20);
	ppi_line(gic.vm, 1, 20, 0);
	eoi(vcpu, 20);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
}

TEST(disabled_until_enabled)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, SPI, true, 0x80);
	gicd_write(vcpu, IRQ_REG(GICD_ICENABLER, SPI), IRQ_BIT(SPI));
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
	ASSERT(gicd_bit(vcpu, GICD_ISPENDR, SPI));
	gicd_write(vcpu, IRQ_REG(GICD_ISENABLER, SPI), IRQ_BIT(SPI));
	ASSERT_EQ(ack(vcpu), SPI);
}

/* Comes while the distributor is off, and goes on when it is on again. */
TEST(distributor_off_and_on)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	if (kvm_before(99, 0))
		SKIP("KVM forgets it");
	spi_setup(vcpu, SPI, false, 0x80);
	spi_line(gic.vm, SPI, 1);
	gicd_write(vcpu, GICD_CTLR, 0);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
	gicd_write(vcpu, GICD_CTLR, GICD_CTLR_GRP1);
	ASSERT_EQ(ack(vcpu), SPI);
}

TEST(pending_set_and_cleared_by_the_guest)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	int level;

	for (level = 0; level < 2; level++) {
		spi_setup(vcpu, SPI, !level, 0x80);
		gicd_write(vcpu, IRQ_REG(GICD_ISPENDR, SPI), IRQ_BIT(SPI));
		ASSERT(gicd_bit(vcpu, GICD_ISPENDR, SPI));
		ASSERT(gicd_bit(vcpu, GICD_ICPENDR, SPI));
		gicd_write(vcpu, IRQ_REG(GICD_ICPENDR, SPI), IRQ_BIT(SPI));
		ASSERT(!gicd_bit(vcpu, GICD_ISPENDR, SPI));
		ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);

		gicd_write(vcpu, IRQ_REG(GICD_ISPENDR, SPI), IRQ_BIT(SPI));
		ASSERT_EQ(ack(vcpu), SPI);
		eoi(vcpu, SPI);
		ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
	}
}

/* GICD_ICPENDR does not lower the line (IHI 0069, 4.1.2). */
TEST(clearing_pending_leaves_the_line)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, SPI, false, 0x80);
	spi_line(gic.vm, SPI, 1);
	gicd_write(vcpu, IRQ_REG(GICD_ICPENDR, SPI), IRQ_BIT(SPI));
	ASSERT(gicd_bit(vcpu, GICD_ISPENDR, SPI));
	ASSERT_EQ(ack(vcpu), SPI);
}

TEST(active_read_set_and_cleared_by_the_guest)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, SPI, true, 0x80);
	spi_pulse(gic.vm, SPI);
	ASSERT(!gicd_bit(vcpu, GICD_ISACTIVER, SPI));
	ASSERT_EQ(ack(vcpu), SPI);
	ASSERT(gicd_bit(vcpu, GICD_ISACTIVER, SPI));
	ASSERT(gicd_bit(vcpu, GICD_ICACTIVER, SPI));
	eoi(vcpu, SPI);
	ASSERT(!gicd_bit(vcpu, GICD_ISACTIVER, SPI));

	/* Active, it is not taken. */
	gicd_write(vcpu, IRQ_REG(GICD_ISACTIVER, SPI), IRQ_BIT(SPI));
	ASSERT(gicd_bit(vcpu, GICD_ISACTIVER, SPI));
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
	gicd_write(vcpu, IRQ_REG(GICD_ICACTIVER, SPI), IRQ_BIT(SPI));
	ASSERT(!gicd_bit(vcpu, GICD_ISACTIVER, SPI));
	ASSERT_EQ(ack(vcpu), SPI);
}

TEST(priority_mask)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, SPI, true, 0x80);
	vcpu_eval(vcpu, gic_set_pmr, 0x80);
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
	vcpu_eval(vcpu, gic_set_pmr, 0x88);
	ASSERT_EQ(ack(vcpu), SPI);
}

/* More than any CPU has list registers for, taken in the order of priority. */
TEST(many_pending_by_priority)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	const unsigned int count = 31;
	unsigned int i;

	/* The later the higher; priority 0xf8 is masked by no mask of 0xff. */
	for (i = 0; i < count; i++)
		spi_setup(vcpu, SPI + i, true, 0xf0 - i * 8);
	for (i = 0; i < count; i++)
		spi_pulse(gic.vm, SPI + i);
	ASSERT_EQ(vcpu_eval(vcpu, gic_drain, 100), count);
	for (i = 0; i < count; i++)
		ASSERT_EQ(seen(gic.vm)[i], SPI + count - 1 - i);
}

TEST(all_spis_pending)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	static u8 taken[NR_IRQS];
	unsigned int i;

	for (i = 32; i < NR_IRQS; i += 32) {
		gicd_write(vcpu, IRQ_REG(GICD_ISENABLER, i), ~0U);
		gicd_write(vcpu, IRQ_REG(GICD_ISPENDR, i), ~0U);
	}
	ASSERT_EQ(vcpu_eval(vcpu, gic_drain, GIC_MAX_SEEN), NR_IRQS - 32);
	for (i = 0; i < NR_IRQS - 32; i++)
		taken[seen(gic.vm)[i]]++;
	for (i = 32; i < NR_IRQS; i++)
		ASSERT_EQ(taken[i], 1);
}

TEST(preemption)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, SPI, true, 0x80);
	spi_setup(vcpu, SPI + 1, true, 0x80);
	spi_setup(vcpu, SPI + 2, true, 0x40);
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(ack(vcpu), SPI);
	spi_pulse(gic.vm, SPI + 1);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
	spi_pulse(gic.vm, SPI + 2);
	ASSERT_EQ(ack(vcpu), SPI + 2);
	eoi(vcpu, SPI + 2);
	eoi(vcpu, SPI);
	ASSERT_EQ(ack(vcpu), SPI + 1);
}

/* Active all at once: more than list registers (KVM: since 6.19 only). */
TEST(nested_deeper_than_list_registers)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	const unsigned int count = 24;
	unsigned int i, round;

	if (kvm_before(6, 19))
		SKIP("KVM lost track of them");
	for (i = 0; i < count; i++)
		spi_setup(vcpu, SPI + i, true, 0xf0 - i * 8);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < count; i++) {
			spi_pulse(gic.vm, SPI + i);
			ASSERT_EQ(ack(vcpu), SPI + i);
		}
		for (i = 0; i < count; i++)
			ASSERT(gicd_bit(vcpu, GICD_ISACTIVER, SPI + i));
		ASSERT_EQ(vcpu_eval(vcpu, gic_running_priority), 0xf0 - (count - 1) * 8);
		for (i = count; i--;) {
			eoi(vcpu, SPI + i);
			ASSERT(!gicd_bit(vcpu, GICD_ISACTIVER, SPI + i));
		}
		ASSERT_EQ(vcpu_eval(vcpu, gic_running_priority), 0xff);
	}
}

/* The same, ended without an exit in between. */
TEST(nested_deeper_ended_in_one_go)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	const unsigned int count = 24;
	unsigned int i;

	if (kvm_before(6, 19))
		SKIP("KVM lost track of them");
	for (i = 0; i < count; i++) {
		spi_setup(vcpu, SPI + i, true, 0xf0 - i * 8);
		spi_pulse(gic.vm, SPI + i);
		ASSERT_EQ(ack(vcpu), SPI + i);
		guest_var(gic.vm, u32, gic_seen)[count - 1 - i] = SPI + i;
	}
	vcpu_eval(vcpu, gic_eoi_many, count);
	ASSERT_EQ(vcpu_eval(vcpu, gic_running_priority), 0xff);
	for (i = 0; i < count; i++)
		ASSERT(!gicd_bit(vcpu, GICD_ISACTIVER, SPI + i));
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(ack(vcpu), SPI);
}

TEST(eoi_mode_1)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	vcpu_eval(vcpu, gic_cpu_setup, 1, 0xff);
	spi_setup(vcpu, SPI, true, 0x80);
	spi_setup(vcpu, SPI + 1, true, 0x80);
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(ack(vcpu), SPI);
	eoi(vcpu, SPI);
	/* The priority is dropped, the interrupt is active. */
	ASSERT(gicd_bit(vcpu, GICD_ISACTIVER, SPI));
	spi_pulse(gic.vm, SPI + 1);
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(ack(vcpu), SPI + 1);
	eoi(vcpu, SPI + 1);
	vcpu_eval(vcpu, gic_deactivate, SPI + 1);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
	vcpu_eval(vcpu, gic_deactivate, SPI);
	ASSERT_EQ(ack(vcpu), SPI);
}

/* Deactivated in the order of arrival, which is not that of list registers. */
TEST(eoi_mode_1_with_many_active)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	const unsigned int count = 40;
	unsigned int i;

	if (kvm_before(6, 19))
		SKIP("KVM lost track of them");
	vcpu_eval(vcpu, gic_cpu_setup, 1, 0xff);
	for (i = 0; i < count; i++) {
		spi_setup(vcpu, SPI + i, true, 0x80);
		spi_pulse(gic.vm, SPI + i);
	}
	ASSERT_EQ(vcpu_eval(vcpu, gic_take_many, 100), count);
	for (i = 0; i < count; i++)
		ASSERT(gicd_bit(vcpu, GICD_ISACTIVER, SPI + i));
	/* A pending one finds its way although so many are active. */
	spi_setup(vcpu, SPI + count, true, 0x40);
	spi_pulse(gic.vm, SPI + count);
	ASSERT_EQ(ack(vcpu), SPI + count);
	eoi(vcpu, SPI + count);
	vcpu_eval(vcpu, gic_deactivate, SPI + count);

	vcpu_eval(vcpu, gic_deactivate_many, count);
	for (i = 0; i <= count; i++)
		ASSERT(!gicd_bit(vcpu, GICD_ISACTIVER, SPI + i));
}

TEST(group_0_is_fiq_and_group_1_is_irq)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, SPI, true, 0x80);
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(vcpu_eval(vcpu, gic_take_exception), VECTOR_IRQ);
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack0), SPURIOUS_INTID);
	ASSERT_EQ(ack(vcpu), SPI);
	eoi(vcpu, SPI);

	vcpu_eval(vcpu, gic_set_groups, 1, 1);
	gicd_write(vcpu, IRQ_REG(GICD_IGROUPR, SPI),
		   gicd_read(vcpu, IRQ_REG(GICD_IGROUPR, SPI)) & ~IRQ_BIT(SPI));
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(vcpu_eval(vcpu, gic_take_exception), VECTOR_FIQ);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack0), SPI);
	vcpu_eval(vcpu, gic_eoi0, SPI);
}

/* Those of a group that is off do not keep others from the guest. */
TEST(disabled_group_gives_way)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	unsigned int i;

	if (kvm_before(6, 19))
		SKIP("KVM fills list registers with them");
	gicd_write(vcpu, IRQ_REG(GICD_IGROUPR, 64), 0);
	for (i = 64; i < 96; i++) {
		spi_setup(vcpu, i, true, 0x40);
		spi_pulse(gic.vm, i);
	}
	spi_setup(vcpu, SPI, true, 0x80);
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(ack(vcpu), SPI);
	eoi(vcpu, SPI);
	vcpu_eval(vcpu, gic_set_groups, 1, 1);
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack0), 64);
}

TEST(routing_of_spis)
{
	struct gic_vm gic = gic_vm_create(3, NR_IRQS);
	struct vcpu *vcpus = gic.vm->vcpus;
	unsigned int i;

	spi_setup(&vcpus[0], SPI, true, 0x80);
	for (i = 0; i < 3; i++) {
		gicd_write(&vcpus[0], GICD_IROUTER + 8 * SPI, i);
		spi_pulse(gic.vm, SPI);
		ASSERT_EQ(ack(&vcpus[(i + 1) % 3]), SPURIOUS_INTID);
		ASSERT_EQ(ack(&vcpus[(i + 2) % 3]), SPURIOUS_INTID);
		ASSERT_EQ(ack(&vcpus[i]), SPI);
		eoi(&vcpus[i], SPI);
	}
	/* To no one, then back. */
	gicd_write(&vcpus[0], GICD_IROUTER + 8 * SPI, 7);
	spi_pulse(gic.vm, SPI);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(ack(&vcpus[i]), SPURIOUS_INTID);
	gicd_write(&vcpus[0], GICD_IROUTER + 8 * SPI, 1);
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(ack(&vcpus[1]), SPI);
}

/* Routed anew, a pending interrupt moves; an active one stays where it is. */
TEST(routing_moves_what_is_pending)
{
	struct gic_vm gic = gic_vm_create(2, NR_IRQS);
	struct vcpu *vcpus = gic.vm->vcpus;

	spi_setup(&vcpus[0], SPI, true, 0x80);
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(vcpu_eval(&vcpus[0], gic_highest_pending), SPI);
	gicd_write(&vcpus[0], GICD_IROUTER + 8 * SPI, 1);
	ASSERT_EQ(vcpu_eval(&vcpus[0], gic_highest_pending), SPURIOUS_INTID);
	ASSERT_EQ(ack(&vcpus[1]), SPI);

	gicd_write(&vcpus[0], GICD_IROUTER + 8 * SPI, 0);
	spi_pulse(gic.vm, SPI);
	ASSERT_EQ(ack(&vcpus[0]), SPURIOUS_INTID);
	eoi(&vcpus[1], SPI);
	ASSERT_EQ(ack(&vcpus[1]), SPURIOUS_INTID);
	ASSERT_EQ(ack(&vcpus[0]), SPI);
}

static u64 sgi(u64 intid, u64 aff321, u64 rs, u64 targets)
{
	return intid << 24 | targets | (aff321 & 0xff) << 16 |
	       (aff321 >> 8 & 0xff) << 32 | (aff321 >> 16 & 0xff) << 48 | rs << 44;
}

#define SGI_TO_OTHERS	BIT(40)

TEST(sgis)
{
	struct gic_vm gic = gic_vm_create(3, NR_IRQS);
	struct vcpu *vcpus = gic.vm->vcpus;

	vcpu_eval(&vcpus[0], gic_send, 1, sgi(5, 0, 0, BIT(0) | BIT(2)));
	ASSERT_EQ(ack(&vcpus[0]), 5);
	ASSERT_EQ(ack(&vcpus[1]), SPURIOUS_INTID);
	ASSERT_EQ(ack(&vcpus[2]), 5);
	eoi(&vcpus[0], 5);
	eoi(&vcpus[2], 5);

	vcpu_eval(&vcpus[1], gic_send, 1, sgi(15, 0, 0, 0) | SGI_TO_OTHERS);
	ASSERT_EQ(ack(&vcpus[0]), 15);
	ASSERT_EQ(ack(&vcpus[1]), SPURIOUS_INTID);
	ASSERT_EQ(ack(&vcpus[2]), 15);
	eoi(&vcpus[0], 15);
	eoi(&vcpus[2], 15);

	/* To those who are not there. */
	vcpu_eval(&vcpus[1], gic_send, 1, sgi(1, 1, 0, 0xffff));
	vcpu_eval(&vcpus[1], gic_send, 1, sgi(1, 0x100, 0, 0xffff));
	vcpu_eval(&vcpus[1], gic_send, 1, sgi(1, 0x10000, 0, 0xffff));
	vcpu_eval(&vcpus[1], gic_send, 1, sgi(1, 0, 0, 0xfff8));
	ASSERT_EQ(ack(&vcpus[0]), SPURIOUS_INTID);
	ASSERT_EQ(ack(&vcpus[1]), SPURIOUS_INTID);
	ASSERT_EQ(ack(&vcpus[2]), SPURIOUS_INTID);

	/* Sent twice, taken once: an SGI is pending or not. */
	vcpu_eval(&vcpus[1], gic_send, 1, sgi(3, 0, 0, BIT(0)));
	vcpu_eval(&vcpus[2], gic_send, 1, sgi(3, 0, 0, BIT(0)));
	ASSERT_EQ(vcpu_eval(&vcpus[0], gic_drain, 10), 1);
}

/* With one security state group 0 accesses make SGIs of group 0 only. */
TEST(sgis_of_group_0)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	vcpu_eval(vcpu, gic_send, 0, sgi(4, 0, 0, BIT(0)));
	vcpu_eval(vcpu, gic_send, 2, sgi(4, 0, 0, BIT(0)));
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);

	vcpu_eval(vcpu, gic_set_groups, 1, 1);
	gicr_write(vcpu, 0, GICR_SGI + GICD_IGROUPR, ~IRQ_BIT(4));
	vcpu_eval(vcpu, gic_send, 0, sgi(4, 0, 0, BIT(0)));
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack0), 4);
	vcpu_eval(vcpu, gic_eoi0, 4);
	vcpu_eval(vcpu, gic_send, 1, sgi(4, 0, 0, BIT(0)));
	ASSERT_EQ(vcpu_eval(vcpu, gic_ack0), 4);
}

struct poller {
	struct vcpu *vcpu;
	u64 intid;
	bool wait;
};

static void *poller(void *arg)
{
	struct poller *p = arg;

	p->intid = p->wait ? vcpu_eval(p->vcpu, gic_wait_and_take) :
			     vcpu_eval(p->vcpu, gic_poll_and_take);
	return NULL;
}

/* The guest is in WFI, or runs and does not exit of itself. */
TEST(interrupts_reach_a_guest_that_waits_or_runs)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct poller p = { .vcpu = &gic.vm->vcpus[0] };
	pthread_t thread;
	unsigned int i;

	spi_setup(p.vcpu, SPI, true, 0x80);
	for (i = 0; i < 20; i++) {
		p.wait = i & 1;
		p.intid = 0;
		thread = thread_start(poller, &p);
		sleep_ms(i < 10 ? 10 : 0);
		spi_pulse(gic.vm, SPI);
		thread_join(thread);
		ASSERT_EQ(p.intid, SPI);
	}
}

struct off {
	const char *name;
	u64 off_reg, off, on_reg, on;
	u64 result;
};

static const struct off offs[] = {
	{ "which is on", .result = 1 },
	{ "which is disabled", GICD_BASE + IRQ_REG(GICD_ICENABLER, SPI), IRQ_BIT(SPI),
	  GICD_BASE + IRQ_REG(GICD_ISENABLER, SPI), IRQ_BIT(SPI), .result = 16 },
	{ "while the distributor is off", GICD_BASE + GICD_CTLR, 0,
	  GICD_BASE + GICD_CTLR, GICD_CTLR_GRP1, .result = 16 },
};

struct again {
	struct vcpu *vcpu;
	const struct off *row;
	u64 result;
};

static void *again_while_off(void *arg)
{
	struct again *a = arg;

	a->result = vcpu_eval(a->vcpu, gic_again_while_off, a->row->off_reg, a->row->off,
			      a->row->on_reg, a->row->on);
	return NULL;
}

/* Sent twice to a vCPU that has it active, and that does not leave the guest of itself. */
TEST_EACH(edge_to_a_running_guest, struct off, offs)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct again a = { .vcpu = &gic.vm->vcpus[0], .row = row };
	u64 *phase = guest_var(gic.vm, u64, gic_count);
	pthread_t thread;

	if (row->off_reg && kvm_before(99, 0))
		SKIP("KVM does not ask whether what is active is enabled");
	spi_setup(a.vcpu, SPI, true, 0x80);
	WRITE_ONCE(*phase, 0);
	thread = thread_start(again_while_off, &a);
	spi_pulse(gic.vm, SPI);
	while (READ_ONCE(*phase) != 1)
		sched_yield();
	spi_pulse(gic.vm, SPI);
	spi_pulse(gic.vm, SPI);
	WRITE_ONCE(*phase, 2);
	thread_join(thread);
	ASSERT_EQ(a.result, row->result);
}

struct pair {
	struct vcpu *vcpu;
	bool pong;
	u64 result;
};

#define ROUNDS	2000

static void *ping_pong(void *arg)
{
	struct pair *p = arg;

	p->result = p->pong ? vcpu_eval(p->vcpu, gic_pong, 0, ROUNDS) :
			      vcpu_eval(p->vcpu, gic_ping, 1, ROUNDS);
	return NULL;
}

TEST(ping_pong_by_sgi)
{
	struct gic_vm gic = gic_vm_create(2, NR_IRQS);
	struct pair pair[2] = {
		{ .vcpu = &gic.vm->vcpus[0] },
		{ .vcpu = &gic.vm->vcpus[1], .pong = true },
	};
	pthread_t threads[2];
	unsigned int i;

	for (i = 0; i < 2; i++)
		threads[i] = thread_start(ping_pong, &pair[i]);
	for (i = 0; i < 2; i++) {
		thread_join(threads[i]);
		ASSERT_EQ(pair[i].result, ROUNDS);
	}
}

/* Until stop_runner(): what it runs has no end. */
static void *run_vcpu(void *arg)
{
	struct vcpu *vcpu = arg;

	while (!READ_ONCE(vcpu->run->immediate_exit))
		vcpu_run(vcpu);
	return NULL;
}

static pthread_t start_runner(struct vcpu *vcpu)
{
	kick_setup();
	return thread_start(run_vcpu, vcpu);
}

static void stop_runner(struct vcpu *vcpu, pthread_t thread)
{
	vcpu->run->immediate_exit = 1;
	kick_thread(thread);
	thread_join(thread);
}

static void move_runner(pthread_t thread, unsigned int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	ASSERT_EQ(pthread_setaffinity_np(thread, sizeof(cpus), &cpus), 0);
}

/* One more, which the vCPU is to take before the next is sent. */
static void pulse_and_wait(struct vm *vm)
{
	const u64 *count = guest_var(vm, u64, gic_count);
	u64 deadline = now_ns() + 20000000000ULL;
	u64 before = READ_ONCE(*count);

	spi_pulse(vm, SPI);
	while (READ_ONCE(*count) == before) {
		ASSERT(now_ns() < deadline);
		sched_yield();
	}
	ASSERT_EQ(READ_ONCE(*count), before + 1);
}

static pthread_t start_counter(struct vcpu *vcpu)
{
	spi_setup(vcpu, SPI, true, 0x80);
	*guest_var(vcpu->vm, u64, gic_count) = 0;
	vcpu_call(vcpu, gic_count_forever);
	return start_runner(vcpu);
}

/* None may be lost while the vCPU moves. */
TEST_FLAGS(storm_against_migration, TEST_SLOW)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	pthread_t thread;
	u64 i;

	if (nr_cpus_online() < 2)
		SKIP("one CPU only");
	thread = start_counter(vcpu);
	for (i = 0; i < 400; i++) {
		if (i % 4 == 0)
			move_runner(thread, i / 4 % nr_cpus_online());
		pulse_and_wait(gic.vm);
	}
	stop_runner(vcpu, thread);
}

/* Each call interrupts the CPUs that run threads of this process. */
static void *call_all_cpus(void *arg)
{
	const bool *stop = arg;

	while (!READ_ONCE(*stop))
		ASSERT_OK(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	return NULL;
}

/*
 * The host's own interrupts, which it waits for, come at the same time as those that
 * tell the vCPU of the guest's: neither may hide the other.
 */
TEST_FLAGS(among_the_hosts_interrupts, TEST_SLOW)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];
	pthread_t thread, caller;
	bool stop = false;
	u64 i;

	if (nr_cpus_online() < 2)
		SKIP("one CPU only");
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		SKIP("no membarrier() to interrupt the CPUs with");
	thread = start_counter(vcpu);
	caller = thread_start(call_all_cpus, &stop);
	for (i = 0; i < 400; i++)
		pulse_and_wait(gic.vm);
	WRITE_ONCE(stop, true);
	thread_join(caller);
	stop_runner(vcpu, thread);
}

#define MAX_SENDERS	7

/* A CPU that is interrupted for its guest all the time has the host's interrupts, too. */
TEST_FLAGS(flood_of_sgis, TEST_SLOW)
{
	unsigned int i, nr = nr_cpus_online() - 1;
	pthread_t threads[MAX_SENDERS + 1];
	struct gic_vm gic;
	u64 start;

	if (!nr)
		SKIP("one CPU only");
	if (nr > MAX_SENDERS)
		nr = MAX_SENDERS;
	gic = gic_vm_create(1 + nr, NR_IRQS);
	vcpu_call(&gic.vm->vcpus[0], gic_count_forever);
	for (i = 1; i <= nr; i++)
		vcpu_call(&gic.vm->vcpus[i], gic_send_forever, 0);
	for (i = 0; i <= nr; i++) {
		threads[i] = start_runner(&gic.vm->vcpus[i]);
		move_runner(threads[i], i);
	}
	pin_to_cpu(0);
	start = now_ns();
	for (i = 0; i < 100; i++)
		sleep_ms(1);
	ASSERT(now_ns() - start < 10000000000ULL);
	for (i = 0; i <= nr; i++)
		stop_runner(&gic.vm->vcpus[i], threads[i]);
	ASSERT(READ_ONCE(*guest_var(gic.vm, u64, gic_count)) > 0);
}
