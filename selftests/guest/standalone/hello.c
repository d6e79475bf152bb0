// SPDX-License-Identifier: GPL-2.0
/* The least: a line on the console, and off. */
#include "console.h"

u64 main(void)
{
	put_string("Hello from a guest at EL");
	put_number(read_sysreg(currentel) >> 2);
	put_string("\n");
	return 0;
}
