/*
 * The control port: plain HTTP, every parameter in the query, JSON answers
 * (README.md says what there is).
 */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

struct http_request;

/* The handler of the control port; arg is the struct sim. */
void	control_arrived(struct http_request *, void *);

#endif
