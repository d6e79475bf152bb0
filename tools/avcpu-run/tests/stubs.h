/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_STUBS_H
#define AVCPU_RUN_STUBS_H

#include "../util.h"

/**
 * struct stub_irq - what devices did to the GIC
 * @spi: the last line touched
 * @level: its level
 * @edges: how often any line rose
 */
struct stub_irq {
	unsigned int spi;
	bool level;
	unsigned int edges;
};

extern struct stub_irq stub_irq;
extern char stub_out[4096];
extern unsigned int stub_out_len;
extern const char *stub_in;

#endif
