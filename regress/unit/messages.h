/*
 * One of each message, filled with all that it may hold, for tests that go
 * through all of them.
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "message.h"

/* Room for any message's struct. */
union any_message {
	struct message_hello		hello;
	struct message_link		link;
	struct message_identity		identity;
	struct message_engine_options	engine_options;
	struct message_server		server;
	struct message_endpoint		endpoint;
	struct message_fetcher_options	fetcher_options;
	struct message_certificates	certificates;
	struct message_library		library;
	struct message_listener_options	listener_options;
	struct message_resolver_options	resolver_options;
	struct message_host		host;
	struct message_addresses	addresses;
	struct message_renewed		renewed;
	struct message_log		log;
	struct message_once_done	once_done;
	struct message_list		list;
	struct message_activity		activity;
	struct message_acted		acted;
	struct message_alternates	alternates;
	struct message_read		read;
	struct message_write		write;
	struct message_server_info	server_info;
	struct message_user		user;
	struct item_record		item;
	struct alternate_record		alternate;
	struct message_userdata		userdata;
	struct message_written		written;
	struct message_result		result;
	struct message_playing		playing;
	struct message_watch		watch;
	struct message_live		live;
	struct message_dirty		dirty;
	struct message_event		event;
	struct message_command		command;
	struct message_called		called;
	struct message_metric		metric;
	struct message_exporter_options	exporter_options;
	struct message_exported		exported;
	struct message_row		row;
	struct message_history		history;
	struct message_command_result	command_result;
};

struct message_sample {
	const char	*name;
	uint32_t	 type;
	size_t		 size;
	void		(*put)(struct imsgbuf *, const union any_message *);
	int		(*get)(const struct imsg *, union any_message *);
	void		(*fill)(union any_message *);
};

extern const struct message_sample	message_samples[];
extern const size_t			n_message_samples;

/* By what it is filled with; the test fails if there is none. */
const struct message_sample	*message_sample(const char *name);

#endif
