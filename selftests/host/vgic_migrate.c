// SPDX-License-Identifier: GPL-2.0
/* A GICv3 saved in one VM in the middle of things, restored into another. */
#include "gic.h"
#include "vm_copy.h"

#define NR_IRQS		96
#define NR_VCPUS	2

static u64 ack(struct vcpu *vcpu)
{
	return vcpu_eval(vcpu, gic_ack);
}

static void eoi(struct vcpu *vcpu, u64 intid)
{
	vcpu_eval(vcpu, gic_eoi, intid);
}

enum { EDGE_ACTIVE = 40, EDGE_BOTH, EDGE_PENDING, LEVEL_HIGH, LEVEL_LATCHED, LEVEL_ACTIVE,
       EDGE_OFF, OTHERS };

/* One of each state there is. */
static void make_state(struct gic_vm gic)
{
	struct vcpu *vcpus = gic.vm->vcpus;

	spi_setup(&vcpus[0], LEVEL_ACTIVE, false, 0xb0);
	spi_line(gic.vm, LEVEL_ACTIVE, 1);
	ASSERT_EQ(ack(&vcpus[0]), LEVEL_ACTIVE);
	spi_setup(&vcpus[0], EDGE_ACTIVE, true, 0xa0);
	spi_pulse(gic.vm, EDGE_ACTIVE);
	ASSERT_EQ(ack(&vcpus[0]), EDGE_ACTIVE);
	spi_setup(&vcpus[0], EDGE_BOTH, true, 0x90);
	spi_pulse(gic.vm, EDGE_BOTH);
	ASSERT_EQ(ack(&vcpus[0]), EDGE_BOTH);
	spi_pulse(gic.vm, EDGE_BOTH);

	spi_setup(&vcpus[0], EDGE_PENDING, true, 0x80);
	spi_pulse(gic.vm, EDGE_PENDING);
	spi_setup(&vcpus[0], LEVEL_HIGH, false, 0x70);
	spi_line(gic.vm, LEVEL_HIGH, 1);
	spi_setup(&vcpus[0], LEVEL_LATCHED, false, 0x60);
	gicd_write(&vcpus[0], IRQ_REG(GICD_ISPENDR, LEVEL_LATCHED), IRQ_BIT(LEVEL_LATCHED));
	spi_setup(&vcpus[0], EDGE_OFF, true, 0x50);
	gicd_write(&vcpus[0], IRQ_REG(GICD_ICENABLER, EDGE_OFF), IRQ_BIT(EDGE_OFF));
	spi_pulse(gic.vm, EDGE_OFF);
	spi_setup(&vcpus[0], OTHERS, true, 0x50);
	gicd_write(&vcpus[0], GICD_IROUTER + 8 * OTHERS, 1);
	spi_pulse(gic.vm, OTHERS);

	vcpu_eval(&vcpus[0], gic_send, 1, 7ULL << 24 | 3);
	gicr_write(&vcpus[0], 1, GICR_SGI + GICD_ISENABLER, BIT(20));
	ppi_line(gic.vm, 1, 20, 1);
	ASSERT_EQ(ack(&vcpus[1]), 7);
}

static void check_attrs(int fd)
{
	u32 latch = gicd_get(fd, GICD_ISPENDR + 4);

	/* The latch, not the line. */
	ASSERT_EQ(latch, IRQ_BIT(EDGE_BOTH) | IRQ_BIT(EDGE_PENDING) | IRQ_BIT(LEVEL_LATCHED) |
			 IRQ_BIT(EDGE_OFF) | IRQ_BIT(OTHERS));
	ASSERT_EQ(gicd_get(fd, GICD_ICPENDR + 4), 0);
	ASSERT_EQ(gic_level_get(fd, 0, 32), IRQ_BIT(LEVEL_HIGH) | IRQ_BIT(LEVEL_ACTIVE));
	ASSERT_EQ(gicd_get(fd, GICD_ISACTIVER + 4),
		  IRQ_BIT(EDGE_ACTIVE) | IRQ_BIT(EDGE_BOTH) | IRQ_BIT(LEVEL_ACTIVE));
	ASSERT_EQ(gic_level_get(fd, 1, 0), BIT(20));
	ASSERT_EQ(gicr_get(fd, 0, GICR_SGI + GICD_ISPENDR), BIT(7));
	ASSERT_EQ(gicr_get(fd, 1, GICR_SGI + GICD_ISACTIVER), BIT(7));
}

/* The guest goes on as if nothing had been. */
static void check_guest(struct gic_vm gic)
{
	struct vcpu *vcpus = gic.vm->vcpus;

	ASSERT_EQ(vcpu_eval(&vcpus[0], gic_running_priority), 0x90);
	ASSERT_EQ(ack(&vcpus[0]), 7);
	eoi(&vcpus[0], 7);
	ASSERT_EQ(ack(&vcpus[0]), LEVEL_LATCHED);
	eoi(&vcpus[0], LEVEL_LATCHED);
	ASSERT_EQ(ack(&vcpus[0]), LEVEL_HIGH);
	spi_line(gic.vm, LEVEL_HIGH, 0);
	eoi(&vcpus[0], LEVEL_HIGH);
	ASSERT_EQ(ack(&vcpus[0]), EDGE_PENDING);
	eoi(&vcpus[0], EDGE_PENDING);
	ASSERT_EQ(ack(&vcpus[0]), SPURIOUS_INTID);
	eoi(&vcpus[0], EDGE_BOTH);
	ASSERT_EQ(ack(&vcpus[0]), EDGE_BOTH);
	eoi(&vcpus[0], EDGE_BOTH);
	ASSERT_EQ(vcpu_eval(&vcpus[0], gic_running_priority), 0xa0);
	eoi(&vcpus[0], EDGE_ACTIVE);
	eoi(&vcpus[0], LEVEL_ACTIVE);
	ASSERT_EQ(ack(&vcpus[0]), LEVEL_ACTIVE);
	spi_line(gic.vm, LEVEL_ACTIVE, 0);
	eoi(&vcpus[0], LEVEL_ACTIVE);
	ASSERT_EQ(ack(&vcpus[0]), SPURIOUS_INTID);
	gicd_write(&vcpus[0], IRQ_REG(GICD_ISENABLER, EDGE_OFF), IRQ_BIT(EDGE_OFF));
	ASSERT_EQ(ack(&vcpus[0]), EDGE_OFF);

	/* SGI 7 is active, and of the same priority as the PPI: first in, first out. */
	ASSERT_EQ(vcpu_eval(&vcpus[1], gic_running_priority), 0);
	eoi(&vcpus[1], 7);
	ASSERT_EQ(ack(&vcpus[1]), 20);
	ppi_line(gic.vm, 1, 20, 0);
	eoi(&vcpus[1], 20);
	ASSERT_EQ(ack(&vcpus[1]), OTHERS);
}

TEST(state_as_user_space_sees_it)
{
	struct gic_vm gic = gic_vm_create(NR_VCPUS, NR_IRQS);

	make_state(gic);
	check_attrs(gic.fd);
	/* Looking does not change anything. */
	check_attrs(gic.fd);
	check_guest(gic);
}

TEST(saved_and_restored)
{
	struct gic_vm from = gic_vm_create(NR_VCPUS, NR_IRQS);
	struct gic_vm to = gic_vm_create_reset(NR_VCPUS, NR_IRQS);

	make_state(from);
	gic_copy(from.fd, to.fd, NR_VCPUS);
	check_attrs(to.fd);
	check_guest(to);
}

/* Written twice, as a VMM does at each reset. */
TEST(restored_twice)
{
	struct gic_vm from = gic_vm_create(NR_VCPUS, NR_IRQS);
	struct gic_vm to = gic_vm_create_reset(NR_VCPUS, NR_IRQS);

	make_state(from);
	gic_copy(from.fd, to.fd, NR_VCPUS);
	gic_copy(from.fd, to.fd, NR_VCPUS);
	check_guest(to);
}

/* GICD_ISPENDR from user space sets both values, of the latch. */
TEST(latch_written_by_user_space)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, 50, true, 0x80);
	gicd_set(gic.fd, GICD_ISPENDR + 4, IRQ_BIT(50));
	ASSERT(gicd_bit(vcpu, GICD_ISPENDR, 50));
	gicd_set(gic.fd, GICD_ICPENDR + 4, ~0U);
	ASSERT_EQ(gicd_get(gic.fd, GICD_ISPENDR + 4), IRQ_BIT(50));
	gicd_set(gic.fd, GICD_ISPENDR + 4, 0);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
	gicd_set(gic.fd, GICD_ISPENDR + 4, IRQ_BIT(50));
	ASSERT_EQ(ack(vcpu), 50);
}

TEST(line_written_by_user_space)
{
	struct gic_vm gic = gic_vm_create(1, NR_IRQS);
	struct vcpu *vcpu = &gic.vm->vcpus[0];

	spi_setup(vcpu, 50, false, 0x80);
	gic_level_set(gic.fd, 0, 32, IRQ_BIT(50));
	ASSERT_EQ(gicd_get(gic.fd, GICD_ISPENDR + 4), 0);
	ASSERT(gicd_bit(vcpu, GICD_ISPENDR, 50));
	ASSERT_EQ(ack(vcpu), 50);
	gic_level_set(gic.fd, 0, 32, 0);
	eoi(vcpu, 50);
	ASSERT_EQ(ack(vcpu), SPURIOUS_INTID);
}
