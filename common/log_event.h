/* What libevent has to say goes where our own words go. */
#ifndef COMMON_LOG_EVENT_H
#define COMMON_LOG_EVENT_H

void	log_event_init(void);

#endif
