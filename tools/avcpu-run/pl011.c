// SPDX-License-Identifier: GPL-2.0
/*
 * PL011 UART, after Arm's technical reference manual DDI 0183.
 *
 * Transmission takes no time. What needs care is reception: drivers throw away
 * what arrives while they are not listening (Linux drains the FIFO when it
 * opens the port, u-boot's ctrlc() swallows a byte between two lines of
 * output), and a pipe has no human behind it who would type it again. So bytes
 * go from the console into the FIFO only when the guest shows that it wants
 * them: it enables a receive interrupt while the receiver is on, or it polls
 * for input and does nothing else. In the second case it gets one byte at a
 * time.
 */
#include "pl011.h"

#include <string.h>

#include "primecell.h"

#define DR		0x00
#define RSR		0x04
#define FR		0x18
#define ILPR		0x20
#define IBRD		0x24
#define FBRD		0x28
#define LCRH		0x2c
#define CR		0x30
#define IFLS		0x34
#define IMSC		0x38
#define RIS		0x3c
#define MIS		0x40
#define ICR		0x44
#define DMACR		0x48

#define FR_CTS		BIT(0)
#define FR_DSR		BIT(1)
#define FR_DCD		BIT(2)
#define FR_RXFE		BIT(4)
#define FR_RXFF		BIT(6)
#define FR_TXFE		BIT(7)

#define LCRH_FEN	BIT(4)

#define CR_UARTEN	BIT(0)
#define CR_RXE		BIT(9)
#define CR_RECEIVES	(CR_UARTEN | CR_RXE)
#define CR_RESET	0x300	/* TXE, RXE */
#define IFLS_RESET	0x12	/* both FIFOs at one half */

#define INT_RX		BIT(4)
#define INT_TX		BIT(5)
#define INT_RT		BIT(6)
#define INT_MASK	0x7ff

#define PERIPH_ID	0xb105f00d00341011ULL	/* part 0x011, designer Arm, r1p5 */

/* A guest that reads "empty" so often, doing nothing else, waits for input. */
#define IDLE_POLLS	16

static unsigned int rx_count(const struct pl011 *uart)
{
	return uart->head - uart->tail;
}

static unsigned int rx_depth(const struct pl011 *uart)
{
	return uart->lcrh & LCRH_FEN ? PL011_FIFO : 1;
}

/* UARTIFLS[5:3]: 1/8, 1/4, 1/2, 3/4, 7/8 of the FIFO; others reserved. */
static unsigned int rx_trigger(const struct pl011 *uart)
{
	static const u8 eighths[8] = { 1, 2, 4, 6, 7, 4, 4, 4 };

	if (!(uart->lcrh & LCRH_FEN))
		return 1;
	return PL011_FIFO * eighths[uart->ifls >> 3 & 7] / 8;
}

static void update_irq(struct pl011 *uart)
{
	irq_set(&uart->irq, uart->ris & uart->imsc);
}

/*
 * Move up to @max bytes from the console into the FIFO. As the wire is then
 * silent, the receive timeout follows at once.
 */
static void rx_fill(struct pl011 *uart, unsigned int max)
{
	unsigned int depth = rx_depth(uart);
	bool got = false;

	while (!uart->deaf && max-- && rx_count(uart) < depth) {
		int c = console_getc(uart->con);

		if (c < 0)
			break;
		uart->fifo[uart->head++ % PL011_FIFO] = (u8)c;
		got = true;
	}
	if (!got)
		return;
	uart->ris |= INT_RT;
	if (rx_count(uart) >= rx_trigger(uart))
		uart->ris |= INT_RX;
}

static bool rx_by_interrupt(const struct pl011 *uart)
{
	return uart->imsc & (INT_RX | INT_RT);
}

static bool rx_on(const struct pl011 *uart)
{
	return (uart->cr & CR_RECEIVES) == CR_RECEIVES;
}

static void rx_refill(struct pl011 *uart)
{
	if (uart->listening && rx_on(uart))
		rx_fill(uart, PL011_FIFO);
}

/* The guest looked for input and saw none: see whether it does only that. */
static void rx_polled(struct pl011 *uart)
{
	if (rx_by_interrupt(uart) || rx_count(uart))
		return;
	if (++uart->idle_polls < IDLE_POLLS)
		return;
	uart->idle_polls = 0;
	rx_fill(uart, 1);
}

static u32 read_dr(struct pl011 *uart)
{
	u32 c = 0;

	uart->idle_polls = 0;
	if (!rx_count(uart))
		return 0;
	c = uart->fifo[uart->tail++ % PL011_FIFO];
	if (rx_count(uart) < rx_trigger(uart))
		uart->ris &= ~INT_RX;
	if (!rx_count(uart))
		uart->ris &= ~INT_RT;
	rx_refill(uart);
	return c;
}

static u32 read_fr(struct pl011 *uart)
{
	u32 fr = FR_CTS | FR_DSR | FR_DCD | FR_TXFE;

	rx_polled(uart);
	if (!rx_count(uart))
		fr |= FR_RXFE;
	if (rx_count(uart) >= rx_depth(uart))
		fr |= FR_RXFF;
	return fr;
}

static u32 read_mis(struct pl011 *uart)
{
	return uart->ris & uart->imsc;
}

static void write_dr(struct pl011 *uart, u32 val)
{
	u8 c = (u8)val;

	uart->idle_polls = 0;
	console_write(uart->con, &c, 1);
	/* The transmit FIFO has drained through its trigger level already. */
	uart->ris |= INT_TX;
}

/*
 * Linux opens the port by enabling the receive interrupts, then the receiver,
 * then draining the FIFO, then enabling the interrupts again: only the last
 * of these means that it listens.
 */
static void write_imsc(struct pl011 *uart, u32 val)
{
	uart->imsc = val & INT_MASK;
	uart->listening = rx_by_interrupt(uart) && rx_on(uart);
	rx_refill(uart);
}

static void write_icr(struct pl011 *uart, u32 val)
{
	uart->ris &= ~val;
}

/**
 * struct reg - a register
 * @off: byte offset
 * @mask: writable bits of a register that is storage only
 * @field: that storage, offset in struct pl011; 0 if there is none
 * @read: instead of @field
 * @write: instead of @field and @mask
 */
struct reg {
	u32 off;
	u32 mask;
	size_t field;
	u32 (*read)(struct pl011 *uart);
	void (*write)(struct pl011 *uart, u32 val);
};

#define FIELD(name)	.field = offsetof(struct pl011, name)

static const struct reg regs[] = {
	{ DR,	 .read = read_dr, .write = write_dr },
	{ RSR,	 0, FIELD(rsr) },	/* no line errors here; any write clears them */
	{ FR,	 .read = read_fr },
	{ ILPR,	 0xff, FIELD(ilpr) },
	{ IBRD,	 0xffff, FIELD(ibrd) },
	{ FBRD,	 0x3f, FIELD(fbrd) },
	{ LCRH,	 0xff, FIELD(lcrh) },
	{ CR,	 0xff87, FIELD(cr) },
	{ IFLS,	 0x3f, FIELD(ifls) },
	{ IMSC,	 0, FIELD(imsc), .write = write_imsc },
	{ RIS,	 0, FIELD(ris) },
	{ MIS,	 .read = read_mis },
	{ ICR,	 .write = write_icr },
	{ DMACR, 7, FIELD(dmacr) },	/* no DMA controller listens */
};

static const struct reg *find_reg(u64 off)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		if (regs[i].off == off)
			return &regs[i];
	return NULL;
}

static u32 *reg_storage(struct pl011 *uart, const struct reg *reg)
{
	return (u32 *)((char *)uart + reg->field);
}

static u32 reg_read(struct pl011 *uart, u64 off)
{
	const struct reg *reg = find_reg(off);

	if (!reg)
		return off >= PRIMECELL_ID_BASE ? primecell_id(PERIPH_ID, off) : 0;
	if (reg->read)
		return reg->read(uart);
	return reg->field ? *reg_storage(uart, reg) : 0;
}

static void reg_write(struct pl011 *uart, u64 off, u32 val)
{
	const struct reg *reg = find_reg(off);

	if (!reg)
		return;
	if (reg->write)
		reg->write(uart, val);
	else if (reg->mask)
		*reg_storage(uart, reg) = val & reg->mask;
}

static u64 pl011_read(void *dev, u64 off, unsigned int len __unused)
{
	struct pl011 *uart = dev;
	u32 val;

	pthread_mutex_lock(&uart->lock);
	val = reg_read(uart, off & ~3ULL);
	update_irq(uart);
	pthread_mutex_unlock(&uart->lock);
	return primecell_part(val, off);
}

static void pl011_write(void *dev, u64 off, u64 val, unsigned int len __unused)
{
	struct pl011 *uart = dev;

	pthread_mutex_lock(&uart->lock);
	reg_write(uart, off, (u32)val);
	update_irq(uart);
	pthread_mutex_unlock(&uart->lock);
}

const struct bus_ops pl011_ops = { pl011_read, pl011_write };

/**
 * pl011_input() - the console has bytes
 * @dev: the UART
 */
void pl011_input(void *dev)
{
	struct pl011 *uart = dev;

	pthread_mutex_lock(&uart->lock);
	rx_refill(uart);
	update_irq(uart);
	pthread_mutex_unlock(&uart->lock);
}

/**
 * pl011_init() - reset state
 * @uart: the UART
 * @con: where it leads
 * @deaf: output only, the console's input belongs to another device
 * @vm: whose GIC takes the interrupt
 * @spi: at this input
 */
void pl011_init(struct pl011 *uart, struct console *con, bool deaf,
		struct vm *vm, unsigned int spi)
{
	memset(uart, 0, sizeof(*uart));
	pthread_mutex_init(&uart->lock, NULL);
	irq_init(&uart->irq, vm, spi);
	uart->con = con;
	uart->deaf = deaf;
	uart->cr = CR_RESET;
	uart->ifls = IFLS_RESET;
}
