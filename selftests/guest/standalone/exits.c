// SPDX-License-Identifier: GPL-2.0
/*
 * So many exits of one kind: a line on the console, "hypercall 1000", says which
 * and how many. For counting what an exit costs elsewhere, by the difference of
 * two runs.
 */
#include "console.h"
#include "smccc.h"

#define PL011_DR	0x09000000
#define PL011_FR	0x09000018
#define PL011_FR_RXFE	(1 << 4)
#define PL011_ID	0x09000fe0

#define PAGE		4096
#define FRESH_MEMORY	0x44000000UL	/* far behind image, stack and device tree */

/* In place: the answer is a constant. */
static void hypercall(u64 n)
{
	(void)n;
	hvc(SMCCC_VERSION, 0, 0, 0);
}

/* In the kernel: memory that nobody has touched. */
static void fault(u64 n)
{
	mmio_write32(FRESH_MEMORY + n * PAGE, 1);
}

/* To user space: a device's register. */
static void mmio(u64 n)
{
	(void)n;
	mmio_read32(PL011_ID);
}

static const struct {
	const char *name;
	void (*once)(u64 n);
} kinds[] = {
	{ "hypercall", hypercall },
	{ "fault", fault },
	{ "mmio", mmio },
};

/* As every kernel and its programs do. */
static void use_fp(void)
{
	asm volatile("fmov d0, xzr");
}

static char get_char(void)
{
	while (mmio_read32(PL011_FR) & PL011_FR_RXFE)
		cpu_relax();
	return (char)mmio_read32(PL011_DR);
}

/* Up to a space or the end of the line */
static void get_word(char *word, unsigned int size)
{
	unsigned int len = 0;
	char c;

	while ((c = get_char()) != ' ' && c != '\n' && len < size - 1)
		word[len++] = c;
	word[len] = '\0';
}

static u64 get_number(void)
{
	char digits[20], *d;
	u64 n = 0;

	get_word(digits, sizeof(digits));
	for (d = digits; *d >= '0' && *d <= '9'; d++)
		n = n * 10 + (u64)(*d - '0');
	return n;
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

u64 main(void)
{
	char word[16];
	unsigned int i;
	u64 n, count;

	get_word(word, sizeof(word));
	count = get_number();
	use_fp();
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (same(word, kinds[i].name))
			for (n = 0; n < count; n++)
				kinds[i].once(n);
	return 0;
}
