/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AVCPU_RUN_STATS_H
#define AVCPU_RUN_STATS_H

struct machine;

void stats_print(const struct machine *m);

#endif
