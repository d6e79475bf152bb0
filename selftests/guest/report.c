// SPDX-License-Identifier: GPL-2.0
/* Reports to the host program. See guest.h. */
#include "guest.h"

void guest_report(const struct report *report)
{
	/* The host reads the report while this CPU waits for the store to end. */
	dsb();
	mmio_write64(REPORT_BASE, (u64)report);
}

void guest_done(u64 value)
{
	const struct report report = { .kind = REPORT_DONE, .val = { value } };

	guest_report(&report);
}

void guest_sync(u64 v0, u64 v1, u64 v2, u64 v3)
{
	const struct report report = {
		.kind = REPORT_SYNC, .val = { v0, v1, v2, v3 },
	};

	guest_report(&report);
}

void guest_assert_failed(const char *file, int line, const char *text, u64 got,
			 u64 want)
{
	const struct report report = {
		.kind = REPORT_ASSERT, .line = line, .file = (u64)file,
		.text = (u64)text, .val = { got, want },
	};

	for (;;)
		guest_report(&report);
}
