// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "../pl011.h"
#include "ktap.h"
#include "stubs.h"

#define DR	0x00
#define FR	0x18
#define LCRH	0x2c
#define CR	0x30
#define IMSC	0x38
#define RIS	0x3c
#define MIS	0x40
#define ICR	0x44

#define RXFE	0x10
#define RX_INTS	0x50
#define ENABLE	0x301

static struct pl011 uart;
static struct vm *const vm;

static u32 rd(u64 off)
{
	return (u32)pl011_ops.read(&uart, off, 4);
}

static void wr(u64 off, u32 val)
{
	pl011_ops.write(&uart, off, val, 4);
}

static void setup(const char *input)
{
	memset(&stub_irq, 0, sizeof(stub_irq));
	stub_out_len = 0;
	stub_in = input;
	pl011_init(&uart, NULL, false, vm, 1);
}

static void identification(void)
{
	static const u8 id[] = { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	unsigned int i;

	setup("");
	for (i = 0; i < sizeof(id); i++)
		CHECK(rd(0xfe0 + 4 * i) == id[i]);
	CHECK(rd(CR) == 0x300);
}

static void transmit(void)
{
	setup("");
	wr(DR, 'o');
	wr(DR, 'k');
	CHECK(stub_out_len == 2 && !memcmp(stub_out, "ok", 2));
	CHECK(!stub_irq.level);
	wr(IMSC, 0x20);
	CHECK(stub_irq.level && rd(MIS) == 0x20);
	wr(ICR, 0x20);
	CHECK(!stub_irq.level);
}

/* A guest that looks between two writes, as u-boot's ctrlc(), gets nothing. */
static void poll_between_output(void)
{
	unsigned int i;

	setup("abc");
	for (i = 0; i < 100; i++) {
		CHECK(rd(FR) & RXFE);
		wr(DR, '.');
	}
	CHECK(!strcmp(stub_in, "abc"));
}

static unsigned int polls_for_byte(void)
{
	unsigned int n = 0;

	while (rd(FR) & RXFE && n < 1000)
		n++;
	return n;
}

static void poll_one_at_a_time(void)
{
	setup("ab");
	CHECK(polls_for_byte() < 1000);
	CHECK(rd(DR) == 'a');
	CHECK(rd(FR) & RXFE);
	CHECK(polls_for_byte() < 1000);
	CHECK(rd(DR) == 'b');
	CHECK(polls_for_byte() == 1000);
}

/* What Linux does when it opens the port: nothing may be drained away. */
static void linux_open(void)
{
	unsigned int i;

	setup("one\ntwo\n");
	wr(IMSC, RX_INTS);
	wr(LCRH, 0x70);
	CHECK(rd(FR) & RXFE);
	wr(CR, ENABLE);
	wr(ICR, RX_INTS);
	pl011_input(&uart);
	for (i = 0; i < 64 && !(rd(FR) & RXFE); i++)
		rd(DR);
	CHECK(i == 0);
	wr(IMSC, RX_INTS);
	CHECK(stub_irq.level && rd(MIS) & RX_INTS);
	for (i = 0; !(rd(FR) & RXFE); i++)
		CHECK(rd(DR) == (u8)"one\ntwo\n"[i]);
	CHECK(i == 8);
	CHECK(!stub_irq.level);
}

static void interrupt_on_new_input(void)
{
	setup("");
	wr(LCRH, 0x70);
	wr(CR, ENABLE);
	wr(IMSC, RX_INTS);
	CHECK(!stub_irq.level);
	stub_in = "x";
	pl011_input(&uart);
	CHECK(stub_irq.level && stub_irq.spi == 1);
	CHECK(rd(DR) == 'x');
	CHECK(!stub_irq.level);
}

/* The receiver is switched off and on, as when the line speed is changed. */
static void pause_and_go_on(void)
{
	setup("");
	wr(CR, ENABLE);
	wr(IMSC, RX_INTS);
	wr(CR, 0);
	stub_in = "y";
	pl011_input(&uart);
	CHECK(!stub_irq.level);
	wr(CR, ENABLE);
	pl011_input(&uart);
	CHECK(stub_irq.level && rd(DR) == 'y');
}

static void fifo_depth(void)
{
	setup("abcdef");
	wr(CR, ENABLE);
	wr(IMSC, RX_INTS);
	CHECK(!strcmp(stub_in, "bcdef"));	/* FIFO disabled: one byte */
	CHECK(rd(FR) & 0x40);
	wr(LCRH, 0x10);
	CHECK(rd(DR) == 'a');
	CHECK(!*stub_in);
	CHECK(!(rd(FR) & 0x40));
}

static void narrow_and_wild_accesses(void)
{
	unsigned int i;

	setup("");
	CHECK(pl011_ops.read(&uart, CR + 1, 1) == 0x3);
	for (i = 0; i < 10000; i++) {
		u64 off = ktap_random() % 0x1000;

		pl011_ops.write(&uart, off, ktap_random(), 8);
		pl011_ops.read(&uart, ktap_random() % 0x1000, 1);
	}
	CHECK(rd(0xfe0) == 0x11);
}

static const struct test tests[] = {
	{ "identification", identification },
	{ "transmit", transmit },
	{ "poll_between_output", poll_between_output },
	{ "poll_one_at_a_time", poll_one_at_a_time },
	{ "linux_open", linux_open },
	{ "interrupt_on_new_input", interrupt_on_new_input },
	{ "pause_and_go_on", pause_and_go_on },
	{ "fifo_depth", fifo_depth },
	{ "narrow_and_wild_accesses", narrow_and_wild_accesses },
};

int main(void)
{
	return ktap_run(tests, ARRAY_SIZE(tests));
}
