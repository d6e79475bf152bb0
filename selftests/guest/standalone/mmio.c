// SPDX-License-Identifier: GPL-2.0
/*
 * MMIO at every width, on a device that is the same everywhere: the PrimeCell
 * identification registers of the PL011 (0xfe0-0xffc), whose bytes are
 * 11 10 14 00 0d f0 05 b1 (DDI 0183 3.3.13 on).
 */
#include "console.h"

#define PL011_ID	0x09000fe0

u64 main(void)
{
	unsigned int i;

	put_string("PL011 identification:");
	for (i = 0; i < 8; i++) {
		put_char(' ');
		put_hex(mmio_read32(PL011_ID + 4 * i) & 0xff);
	}
	put_string("\n");
	put_value("8 bits", mmio_read8(PL011_ID));
	put_value("16 bits", mmio_read16(PL011_ID) & 0xff);
	put_value("32 bits", mmio_read32(PL011_ID) & 0xff);
	return 0;
}
