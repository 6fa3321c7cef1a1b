/*
 * The parent's side of a child: from start to up, what becomes of one that
 * ends, and of one that does not.  The children are this program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "process.h"
#include "process_report.h"

#define PATIENCE	20000		/* ms for what takes some seconds */

static char program[PATH_MAX];
static const struct programs programs = { program, program };
static struct event_base *base;
static struct processes *processes;
static int misconfigured;

/* As a child, by its name. */

static void
answer_for_ever(void)
{
	struct imsgbuf parent;
	struct imsg imsg;

	if (imsgbuf_init(&parent, CHILD_FD) == -1)
		_exit(2);
	while (imsgbuf_read(&parent) == 1) {
		while (imsg_get(&parent, &imsg) > 0) {
			if (imsg_get_type(&imsg) == MESSAGE_ALIVE)
				message_put_empty(&parent, MESSAGE_ALIVE, 0);
			imsg_free(&imsg);
		}
		if (imsgbuf_flush(&parent) == -1)
			_exit(2);
	}
	_exit(0);
}

static void
be_child(const char *name)
{
	if (strcmp(name, "answers") == 0)
		answer_for_ever();
	if (strcmp(name, "silent") == 0) {
		for (;;)
			pause();
	}
	_exit(strcmp(name, "wrong") == 0 ? EX_CONFIG : 3);
}

/* As the parent. */

static int
ignore_message(struct child *child, struct imsg *imsg, void *arg)
{
	(void)child;
	(void)imsg;
	(void)arg;
	return -1;
}

static void
ignore(struct child *child, void *arg)
{
	(void)child;
	(void)arg;
}

static void
count_misconfigured(struct child *child, void *arg)
{
	(void)arg;
	misconfigured += child->misconfigured;
}

static void
turn(void)
{
	static const struct timespec tick = { 0, 5000000 };

	(void)event_base_loop(base, EVLOOP_NONBLOCK);
	processes_reap(processes);
	nanosleep(&tick, NULL);
}

static void
turn_for(int64_t ms)
{
	int64_t end = clock_ms() + ms;

	while (clock_ms() < end)
		turn();
}

static void
wait_for_state(const struct child *child, const char *state)
{
	int64_t end = clock_ms() + PATIENCE;

	while (strcmp(process_state(child), state) != 0 && clock_ms() < end)
		turn();
	assert_string_equal(process_state(child), state);
}

static void
test_up(void **state)
{
	struct child *child = process_add(processes, ROLE_FETCHER, "answers");

	(void)state;
	process_start(child);
	assert_string_equal(child->title, "fetcher answers");
	assert_string_equal(process_state(child), "starting");
	wait_for_state(child, "up");
	assert_int_equal(child->restarts, 0);
	assert_string_equal(child->last_end, "");
}

/* Up is who has answered, not who runs. */
static void
test_silent(void **state)
{
	struct child *child = process_add(processes, ROLE_FETCHER, "silent");
	pid_t pid;

	(void)state;
	process_start(child);
	turn_for(300);
	assert_string_equal(process_state(child), "starting");
	/* It does not hear that it is to end, so it is killed. */
	pid = child->pid;
	process_renew(child);
	assert_string_equal(process_state(child), "ending");
	wait_for_state(child, "starting");
	assert_int_not_equal(child->pid, pid);
	/* Nothing of that was its own doing. */
	assert_int_equal(child->restarts, 0);
	assert_string_equal(child->last_end, "");
}

static void
test_dies(void **state)
{
	struct child *child = process_add(processes, ROLE_FETCHER, "dies");
	int64_t began, seconds;

	(void)state;
	process_start(child);
	wait_for_state(child, "waiting");
	began = clock_ms();
	seconds = (int64_t)time(NULL);
	assert_string_equal(child->last_end, "ended with status 3");
	assert_in_range(child->ended, seconds - 1, seconds);
	assert_in_range(child->next_start, child->ended + 1,
	    child->ended + 2);
	while (child->restarts == 0 && clock_ms() < began + PATIENCE)
		turn();
	assert_int_equal(child->restarts, 1);
	assert_true(clock_ms() - began >= 900);
	wait_for_state(child, "waiting");
	assert_in_range(child->next_start, child->ended + 2,
	    child->ended + 3);
	process_remove(child);
}

/* Only when it is told something else is it started again. */
static void
test_wrong(void **state)
{
	struct child *child = process_add(processes, ROLE_FETCHER, "wrong");

	(void)state;
	process_start(child);
	wait_for_state(child, "waiting for a reload");
	assert_int_equal(misconfigured, 1);
	assert_string_equal(child->last_end, "ended with status 78");
	turn_for(2000);
	assert_string_equal(process_state(child), "waiting for a reload");
	assert_int_equal(child->restarts, 0);
	assert_int_equal(child->next_start, 0);
	process_renew(child);
	assert_string_equal(process_state(child), "starting");
	wait_for_state(child, "waiting for a reload");
	assert_int_equal(misconfigured, 2);
}

static int
setup(void **state)
{
	static const struct child_handlers handlers = {
		ignore, ignore_message, count_misconfigured
	};

	(void)state;
	if ((base = event_base_new()) == NULL)
		return -1;
	processes = processes_new(base, &programs, true, false, &handlers,
	    NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	processes_stop(processes);
	event_base_free(base);
	return 0;
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_up),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_dies),
		cmocka_unit_test(test_wrong)
	};

	if (argc > 2 && strcmp(argv[1], "-X") == 0)
		be_child(argv[argc - 1]);
	if (realpath(argv[0], program) == NULL)
		return 1;
	log_init("test", 1, 0);
	return cmocka_run_group_tests(tests, setup, teardown);
}
