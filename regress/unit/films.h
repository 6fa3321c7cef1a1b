/*
 * One person's endpoints on three servers, and the films that are there, on a
 * database in memory: what the tests of the store begin with.  What fails ends
 * the test.
 */
#ifndef REGRESS_FILMS_H
#define REGRESS_FILMS_H

#include "hear.h"
#include "message.h"
#include "plan.h"
#include "store.h"
#include "text.h"

#define MINUTE		(60 * TICKS_PER_SECOND)
#define SERVERS		3
#define MATCH_BY	(MATCH_PROVIDER_IDS | MATCH_SERIES_EPISODE)

struct fixture {
	struct store		*store;
	int64_t			 servers[SERVERS];
	int64_t			 endpoints[SERVERS];
	int64_t			 rounds[SERVERS];	/* of reading */
	int64_t			 now;			/* seconds */
	struct plan_counts	 counts;
};

/* An item of a server, by its number there; imdb and tmdb 0: none. */
struct film {
	unsigned	number;
	unsigned	imdb;
	unsigned	tmdb;
};

extern const struct merge_options all_fields;
extern const struct userdata untouched;
extern const struct userdata played;	/* once */

/* Before and after each test; its state is the fixture. */
int		 setup(void **);
int		 teardown(void **);
/* In a file rather than in memory; of a fixture without a store. */
void		 open_store(struct fixture *, const char *path);

/* An identity reading that shows these films, up to one with number 0. */
void		 list_only(struct fixture *, int server, const struct film *);
/* Works are made of what could not be told at once. */
void		 form(struct fixture *, int server);
/* Both, and the endpoint read in full after them. */
void		 list(struct fixture *, int server, const struct film *);
/* The same film, number 1, on all three servers, read in full. */
void		 one_film_everywhere(struct fixture *);

struct jellyfin_id film_id(unsigned number);
/* A provider's id of these two parts; of number 0, none. */
void		 add_id(struct item_record *, const char *name,
		    const char *prefix, unsigned number);
int64_t		 item_of(struct fixture *, int server, unsigned number);
struct copy_row	 copy_of(struct fixture *, int server, unsigned number);
/* What its person has agreed for its work. */
struct agreed_row agreed_of(struct fixture *, int server, unsigned number);
/* The same, compared. */
void		 assert_agreed(struct fixture *, unsigned number,
		    const struct userdata *);
void		 assert_base(struct fixture *, int server, unsigned number,
		    const struct userdata *);
/* What a query says, which is one number. */
int64_t		 count(struct fixture *, const char *sql);

/* A server shows this of a film. */
void		 hear_it(struct fixture *, int server, unsigned number,
		    struct userdata);
/* The next writes that are owed to a server; how many. */
size_t		 batch_of(struct fixture *, int server,
		    struct message_write *);
/* A write to a server is answered. */
void		 answer(struct fixture *, int server, unsigned number,
		    enum write_result, struct userdata);
/* An endpoint has been read in full; two may be taken back. */
void		 decide(struct fixture *, int server);

#endif
