/* SPDX-License-Identifier: GPL-2.0 */
/* Standalone guests: the console, and the way out. */
#ifndef SELFTESTS_CONSOLE_H
#define SELFTESTS_CONSOLE_H

#include "guest.h"

/* Guest text goes to the PL011 of QEMU's virt machine. */
void put_char(char c);
void put_string(const char *s);
void put_hex(u64 value);
void put_number(u64 value);
/* "name: 0x..." on a line. */
void put_value(const char *name, u64 value);

/* Off by PSCI. */
void power_off(void);

/* What a standalone guest defines; its end is the end of the machine. */
u64 main(void);

#endif
