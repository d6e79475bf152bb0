// SPDX-License-Identifier: GPL-2.0
/*
 * The parts of vm.c and console.c that devices call, without a device: level
 * changes are counted, the terminal is a buffer.
 */
#include "stubs.h"

#include <string.h>

#include "../console.h"
#include "../vm.h"

struct stub_irq stub_irq;
char stub_out[4096];
unsigned int stub_out_len;
const char *stub_in = "";

int vm_irq_line(struct vm *vm __unused, unsigned int spi, bool level)
{
	stub_irq.spi = spi;
	stub_irq.level = level;
	__atomic_fetch_add(&stub_irq.edges, level, __ATOMIC_RELAXED);
	return 0;
}

int vm_irqfd(struct vm *vm __unused, unsigned int spi __unused, int fd __unused)
{
	return 0;
}

int vm_ioeventfd(struct vm *vm __unused, u64 addr __unused, u32 match __unused,
		 int fd __unused)
{
	return 0;
}

int console_getc(struct console *con __unused)
{
	return *stub_in ? (u8)*stub_in++ : -1;
}

void console_write(struct console *con __unused, const void *buf, size_t len)
{
	len = min_u64(len, sizeof(stub_out) - stub_out_len);
	memcpy(stub_out + stub_out_len, buf, len);
	stub_out_len += (unsigned int)len;
}
