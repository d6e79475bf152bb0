// SPDX-License-Identifier: GPL-2.0
/* Standalone guests: the console, and the way out. */
#include "console.h"
#include "smccc.h"

#define PL011_BASE	0x09000000
#define PL011_DR	(PL011_BASE + 0x00)
#define PL011_FR	(PL011_BASE + 0x18)
#define PL011_FR_TXFF	(1 << 5)

/* avcpu-run ends with the status that is stored here; other machines have a hole. */
#define EXIT_DEVICE	0x090f0000

void put_char(char c)
{
	while (mmio_read32(PL011_FR) & PL011_FR_TXFF)
		cpu_relax();
	mmio_write32(PL011_DR, c);
}

void put_string(const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			put_char('\r');
		put_char(*s);
	}
}

void put_hex(u64 value)
{
	int shift;

	put_string("0x");
	for (shift = 60; shift > 0 && !(value >> shift); shift -= 4)
		;
	for (; shift >= 0; shift -= 4)
		put_char("0123456789abcdef"[(value >> shift) & 0xf]);
}

void put_number(u64 value)
{
	if (value >= 10)
		put_number(value / 10);
	put_char('0' + value % 10);
}

void put_value(const char *name, u64 value)
{
	put_string(name);
	put_string(": ");
	put_hex(value);
	put_string("\n");
}

void power_off(void)
{
	for (;;)
		hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
}

/* A report has nobody to read it here: it is printed, and the machine goes off. */
void guest_report(const struct report *report)
{
	put_string("FAILED: ");
	if (report->kind == REPORT_ASSERT) {
		put_string((const char *)report->file);
		put_char(':');
		put_number(report->line);
		put_string(": ");
		put_string((const char *)report->text);
		put_string("\n");
		put_value("got", report->val[0]);
		put_value("due", report->val[1]);
	} else {
		put_string("unexpected exception\n");
		put_value("vector", report->val[0]);
		put_value("ESR", report->val[1]);
		put_value("FAR", report->val[2]);
		put_value("ELR", report->val[3]);
		put_value("SPSR", report->val[4]);
	}
	GUEST_TRY(mmio_write32(EXIT_DEVICE, 1));
	power_off();
}

void guest_assert_failed(const char *file, int line, const char *text, u64 got,
			 u64 want)
{
	const struct report report = {
		.kind = REPORT_ASSERT, .line = line, .file = (u64)file,
		.text = (u64)text, .val = { got, want },
	};

	guest_report(&report);
}

/* start.S comes here when main() has returned, or a secondary CPU's function has. */
void guest_done(u64 value)
{
	(void)value;
	power_off();
}
