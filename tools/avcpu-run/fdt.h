/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_FDT_H
#define AVCPU_RUN_FDT_H

#include "util.h"

struct machine;

#define FDT_MAX		MiB(2)	/* the most that arm64's boot protocol allows */

int fdt_generate(const struct machine *m, void *buf, size_t size);
int fdt_take(const struct machine *m, void *buf, size_t size);

#endif
