/* SPDX-License-Identifier: GPL-2.0 */
/* What bench/ and its guests (guest/bench*.c) agree on. */
#ifndef SELFTESTS_BENCH_ABI_H
#define SELFTESTS_BENCH_ABI_H

#define BENCH_SAMPLES	31	/* elements of bench_samples[] */

#define BENCH_SPI	40

#endif
