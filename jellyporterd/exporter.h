/*
 * The exporter: posts the metrics of the daemon, every so often, to who
 * receives OTLP over HTTP.
 */
#ifndef JELLYPORTERD_EXPORTER_H
#define JELLYPORTERD_EXPORTER_H

_Noreturn void	exporter_main(void);

#endif
