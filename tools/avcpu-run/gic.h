/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_GIC_H
#define AVCPU_RUN_GIC_H

#include "vm.h"

unsigned int gic_low_cpus(unsigned int nr_cpus);
u64 gic_top_gpa(unsigned int nr_cpus);
int gic_create(struct vm *vm, unsigned int nr_cpus);

#endif
