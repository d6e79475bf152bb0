// SPDX-License-Identifier: GPL-2.0
/*
 * PL031 real time clock, after Arm's technical reference manual DDI 0224. It
 * starts with the host's time of day; what the guest sets stays in the guest.
 */
#include "pl031.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "primecell.h"

#define DR	0x00
#define MR	0x04
#define LR	0x08
#define CR	0x0c
#define IMSC	0x10
#define RIS	0x14
#define MIS	0x18
#define ICR	0x1c

#define PERIPH_ID	0xb105f00d00041031ULL	/* part 0x031, designer Arm */

static u32 clock_now(const struct pl031 *rtc)
{
	return (u32)time(NULL) + rtc->offset;
}

static void update_irq(struct pl031 *rtc)
{
	irq_set(&rtc->irq, rtc->ris & rtc->imsc);
}

/* Arm the host's timer for the second at which the clock equals RTCMR. */
static void arm_alarm(struct pl031 *rtc)
{
	u32 delta = rtc->mr - clock_now(rtc);
	struct itimerspec when = { .it_value.tv_sec = (time_t)time(NULL) + delta };

	if (timerfd_settime(rtc->alarm.fd, TFD_TIMER_ABSTIME, &when, NULL) < 0)
		fail("timerfd: %s", strerror(errno));
}

static void on_alarm(struct ev_source *src, short revents __unused)
{
	struct pl031 *rtc = src->data;
	u64 expirations;

	if (read(src->fd, &expirations, sizeof(expirations)) < 0)
		return;	/* set again meanwhile */
	pthread_mutex_lock(&rtc->lock);
	rtc->ris = 1;
	update_irq(rtc);
	pthread_mutex_unlock(&rtc->lock);
}

static u32 reg_read(struct pl031 *rtc, u64 off)
{
	switch (off) {
	case DR:	return clock_now(rtc);
	case MR:	return rtc->mr;
	case LR:	return rtc->lr;
	case CR:	return 1;	/* it cannot be stopped */
	case IMSC:	return rtc->imsc;
	case RIS:	return rtc->ris;
	case MIS:	return rtc->ris & rtc->imsc;
	}
	return off >= PRIMECELL_ID_BASE ? primecell_id(PERIPH_ID, off) : 0;
}

static void reg_write(struct pl031 *rtc, u64 off, u32 val)
{
	switch (off) {
	case MR:
		rtc->mr = val;
		arm_alarm(rtc);
		break;
	case LR:
		rtc->lr = val;
		rtc->offset = val - (u32)time(NULL);
		arm_alarm(rtc);
		break;
	case IMSC:
		rtc->imsc = val & 1;
		break;
	case ICR:
		rtc->ris &= ~val;
		break;
	}
}

static u64 pl031_read(void *dev, u64 off, unsigned int len __unused)
{
	struct pl031 *rtc = dev;
	u32 val;

	pthread_mutex_lock(&rtc->lock);
	val = reg_read(rtc, off & ~3ULL);
	pthread_mutex_unlock(&rtc->lock);
	return primecell_part(val, off);
}

static void pl031_write(void *dev, u64 off, u64 val, unsigned int len __unused)
{
	struct pl031 *rtc = dev;

	pthread_mutex_lock(&rtc->lock);
	reg_write(rtc, off, (u32)val);
	update_irq(rtc);
	pthread_mutex_unlock(&rtc->lock);
}

const struct bus_ops pl031_ops = { pl031_read, pl031_write };

/**
 * pl031_init() - a clock that shows the host's time
 * @rtc: the clock
 * @loop: what waits for the alarm
 * @vm: whose GIC takes the interrupt
 * @spi: at this input
 *
 * Return: 0, or -1 with the error reported.
 */
int pl031_init(struct pl031 *rtc, struct ev_loop *loop, struct vm *vm,
	       unsigned int spi)
{
	int fd;

	memset(rtc, 0, sizeof(*rtc));
	pthread_mutex_init(&rtc->lock, NULL);
	irq_init(&rtc->irq, vm, spi);
	fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	rtc->alarm = (struct ev_source) {
		.fd = fd, .events = POLLIN, .fn = on_alarm, .data = rtc,
	};
	if (fd < 0)
		return fail("timerfd: %s", strerror(errno));
	return ev_add(loop, &rtc->alarm);
}

void pl031_destroy(struct pl031 *rtc)
{
	if (rtc->alarm.fd > 0)
		close(rtc->alarm.fd);
	rtc->alarm.fd = -1;
}
