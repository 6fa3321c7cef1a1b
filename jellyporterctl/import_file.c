/* Reading an import: once to check it, once more to send it. */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "history_line.h"
#include "import_file.h"

#define LINE_SIZE	65536		/* of one line, with its end */
#define LINES_MAX	100000000	/* of a file */
#define PERSONS_MAX	1000

struct person {
	char		 name[NAME_SIZE];
	uint32_t	 line;		/* that names him first */
	bool		 known;		/* to the daemon */
};

struct import_file {
	FILE			*file;
	char			 name[PATH_SIZE];	/* for messages */
	long			 start;		/* where the file begins */
	struct stat		 checked;	/* when it was */
	struct person		*persons;
	size_t			 n_persons;
	char			 known[ERROR_SIZE / 2];	/* persons, as text */
	const struct screen	*screen;	/* or NULL */
	uint32_t		 number;	/* of the line read last */
	uint32_t		 lines;		/* of history, in all of it */
	bool			 began;		/* to send */
	bool			 drawn;
	char			 text[LINE_SIZE];
};

enum reading {
	READ_LINE,
	READ_END,
	READ_WRONG		/* and a message for people */
};

static int	 failed(const struct import_file *, char *, size_t,
		    const char *, ...)
		    __attribute__((__format__(printf, 4, 5)));
static int	 line_wrong(const struct import_file *, char *, size_t,
		    const char *);
static FILE	*keep(FILE *);
static int	 open_file(struct import_file *, const char *, char *, size_t);
static enum reading read_bytes(struct import_file *, size_t *, char *,
		    size_t);
static int	 check_place(const struct import_file *, enum history_line,
		    char *, size_t);
static enum reading read_history(struct import_file *,
		    struct message_history *, char *, size_t);
static int	 note_person(struct import_file *, const char *, char *,
		    size_t);
static int	 check_all(struct import_file *, char *, size_t);
static int	 start_again(struct import_file *);
static void	 know_person(struct import_file *, const char *);
static int	 check_persons(struct import_file *, char *, size_t);
static void	 draw(struct import_file *, int64_t);
static int	 send_batch(struct import_file *, struct imsgbuf *, char *,
		    size_t);
static int	 take_row(void *, const struct message_row *,
		    struct imsgbuf *, char *, size_t);

static int
failed(const struct import_file *import, char *error, size_t size,
    const char *format, ...)
{
	va_list ap;
	int n;

	n = snprintf(error, size, "%s: ", import->name);
	if (n < 0 || (size_t)n >= size)
		return -1;
	va_start(ap, format);
	vsnprintf(error + n, size - (size_t)n, format, ap);
	va_end(ap);
	return -1;
}

/* "FILE:17: what is wrong" */
static int
line_wrong(const struct import_file *import, char *error, size_t size,
    const char *what)
{
	snprintf(error, size, "%s:%" PRIu32 ": %s", import->name,
	    import->number, what);
	return -1;
}

struct import_file *
import_file_open(const char *path, char *error, size_t size)
{
	struct import_file *import;

	if ((import = calloc(1, sizeof(*import))) == NULL)
		err(1, NULL);
	if (open_file(import, path, error, size) == -1 ||
	    check_all(import, error, size) == -1) {
		import_file_close(import);
		return NULL;
	}
	return import;
}

void
import_file_close(struct import_file *import)
{
	if (import == NULL)
		return;
	if (import->file != NULL && import->file != stdin)
		fclose(import->file);
	free(import->persons);
	free(import);
}

/* What cannot be read twice is kept in a file without a name. */
static FILE *
keep(FILE *from)
{
	static char bytes[65536];
	FILE *to;
	size_t n;

	if ((to = tmpfile()) == NULL)
		return NULL;
	while ((n = fread(bytes, 1, sizeof(bytes), from)) > 0) {
		if (fwrite(bytes, 1, n, to) != n)
			break;
	}
	if (!ferror(from) && !ferror(to) && fflush(to) == 0)
		return to;
	fclose(to);
	return NULL;
}

static int
open_file(struct import_file *import, const char *path, char *error,
    size_t size)
{
	FILE *kept;
	bool is_stdin = strcmp(path, "-") == 0;

	/* A name of which there is no end would leave no room for what is
	 * wrong. */
	(void)snprintf(import->name, sizeof(import->name), "%.200s",
	    is_stdin ? "stdin" : path);
	import->file = is_stdin ? stdin : fopen(path, "re");
	if (import->file == NULL ||
	    fstat(fileno(import->file), &import->checked) == -1)
		return failed(import, error, size, "%s", strerror(errno));
	if (S_ISREG(import->checked.st_mode)) {
		if ((import->start = ftell(import->file)) == -1)
			return failed(import, error, size, "%s",
			    strerror(errno));
		return 0;
	}
	errno = 0;
	if ((kept = keep(import->file)) == NULL)
		return failed(import, error, size, "cannot be read: %s",
		    strerror(errno));
	if (!is_stdin)
		fclose(import->file);
	import->file = kept;
	rewind(kept);
	if (fstat(fileno(kept), &import->checked) == -1)
		return failed(import, error, size, "%s", strerror(errno));
	return 0;
}

/* The next line, without its end, into import->text. */
static enum reading
read_bytes(struct import_file *import, size_t *len, char *error, size_t size)
{
	int c;

	*len = 0;
	errno = 0;
	import->number++;
	while ((c = getc_unlocked(import->file)) != EOF && c != '\n') {
		if (*len == LINE_SIZE - 1) {
			(void)line_wrong(import, error, size,
			    "the line is too long (at most 65535 bytes)");
			return READ_WRONG;
		}
		import->text[(*len)++] = (char)c;
	}
	import->text[*len] = '\0';
	if (ferror(import->file)) {
		(void)failed(import, error, size, "%s", strerror(errno));
		return READ_WRONG;
	}
	return c == EOF && *len == 0 ? READ_END : READ_LINE;
}

/* What has to be true of any line, beside what it says. */
static int
check_place(const struct import_file *import, enum history_line what,
    char *error, size_t size)
{
	if (import->number == 1 && what != LINE_HEADER)
		return line_wrong(import, error, size, "the first line is no "
		    "header (\"format\": \"" HISTORY_FORMAT "\"), so this "
		    "is no history");
	if (import->number > LINES_MAX)
		return line_wrong(import, error, size,
		    "more lines than anybody's history has");
	return 0;
}

/* The next line that is history. */
static enum reading
read_history(struct import_file *import, struct message_history *line,
    char *error, size_t size)
{
	enum history_line what;
	enum reading reading;
	char reason[ERROR_SIZE / 2];
	size_t len;

	do {
		reading = read_bytes(import, &len, error, size);
		if (reading == READ_END && import->number == 1) {
			(void)failed(import, error, size, "it is empty");
			return READ_WRONG;
		}
		if (reading != READ_LINE)
			return reading;
		if (import_line_parse(import->text, len, &what, line, reason,
		    sizeof(reason)) == -1) {
			(void)line_wrong(import, error, size, reason);
			return READ_WRONG;
		}
		if (check_place(import, what, error, size) == -1)
			return READ_WRONG;
	} while (what != LINE_HISTORY);
	return READ_LINE;
}

static int
note_person(struct import_file *import, const char *name, char *error,
    size_t size)
{
	struct person *persons;
	size_t i;

	for (i = 0; i < import->n_persons; i++) {
		if (strcmp(import->persons[i].name, name) == 0)
			return 0;
	}
	if (import->n_persons == PERSONS_MAX)
		return line_wrong(import, error, size, "more than 1000 people");
	persons = reallocarray(import->persons, import->n_persons + 1,
	    sizeof(*persons));
	if (persons == NULL)
		err(1, NULL);
	import->persons = persons;
	persons += import->n_persons++;
	memset(persons, 0, sizeof(*persons));
	strlcpy(persons->name, name, sizeof(persons->name));
	persons->line = import->number;
	return 0;
}

static int
check_all(struct import_file *import, char *error, size_t size)
{
	struct message_history line;
	enum reading reading;

	while ((reading = read_history(import, &line, error, size)) ==
	    READ_LINE) {
		if (note_person(import, line.person, error, size) == -1)
			return -1;
		import->lines++;
	}
	return reading == READ_WRONG ? -1 : 0;
}

/* -1 if it is not what was checked. */
static int
start_again(struct import_file *import)
{
	struct stat st;

	if (fstat(fileno(import->file), &st) == -1 ||
	    fseek(import->file, import->start, SEEK_SET) == -1 ||
	    st.st_size != import->checked.st_size ||
	    st.st_mtim.tv_sec != import->checked.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != import->checked.st_mtim.tv_nsec)
		return -1;
	clearerr(import->file);
	import->number = 0;
	import->began = true;
	return 0;
}

void
import_file_exchange(struct import_file *import, const struct screen *screen,
    struct exchange *exchange)
{
	memset(exchange, 0, sizeof(*exchange));
	import->screen = screen;
	exchange->arg = import;
	exchange->row = take_row;
}

/* The daemon has a person of that name. */
static void
know_person(struct import_file *import, const char *name)
{
	size_t i;

	for (i = 0; i < import->n_persons; i++) {
		if (strcmp(import->persons[i].name, name) == 0)
			import->persons[i].known = true;
	}
	if (import->known[0] != '\0')
		strlcat(import->known, ", ", sizeof(import->known));
	strlcat(import->known, name, sizeof(import->known));
}

static int
check_persons(struct import_file *import, char *error, size_t size)
{
	const struct person *person;
	char what[ERROR_SIZE];

	for (person = import->persons;
	    person < import->persons + import->n_persons; person++) {
		if (person->known)
			continue;
		import->number = person->line;
		snprintf(what, sizeof(what), "there is no person \"%.100s\" "
		    "in the configuration; there is: %s", person->name,
		    import->known);
		return line_wrong(import, error, size, what);
	}
	return 0;
}

/* One line, in place; nothing at all elsewhere. */
static void
draw(struct import_file *import, int64_t lines)
{
	if (import->screen == NULL || !import->screen->live)
		return;
	if (import->lines < 10 * HISTORY_BATCH)
		return;
	fprintf(import->screen->file, "\r%" PRId64 " of %" PRIu32
	    " lines\033[K", lines, import->lines);
	import->drawn = true;
	(void)fflush(import->screen->file);
}

static int
send_batch(struct import_file *import, struct imsgbuf *imsgbuf, char *error,
    size_t size)
{
	static struct message_history line;
	enum reading reading = READ_LINE;
	int i;

	for (i = 0; i < HISTORY_BATCH; i++) {
		reading = read_history(import, &line, error, size);
		if (reading != READ_LINE)
			break;
		message_put_history(imsgbuf, import->number, &line);
	}
	if (reading == READ_WRONG)
		return failed(import, error, size, "it was changed while it "
		    "was imported; what stood before line %" PRIu32 " has "
		    "been imported", import->number);
	if (reading == READ_END)
		message_put_empty(imsgbuf, MESSAGE_HISTORY_END, 0);
	return 0;
}

static int
take_row(void *arg, const struct message_row *row, struct imsgbuf *imsgbuf,
    char *error, size_t size)
{
	struct import_file *import = arg;
	const struct row_value *value;

	if (strcmp(row->kind, "person") == 0) {
		if ((value = row_get(row, "name")) != NULL)
			know_person(import, value->text);
		return 1;
	}
	if (strcmp(row->kind, "ready") != 0) {
		if (import->drawn)
			fputs("\r\033[K", import->screen->file);
		import->drawn = false;
		return 0;
	}
	if (!import->began) {
		if (check_persons(import, error, size) == -1)
			return -1;
		if (start_again(import) == -1)
			return failed(import, error, size, "it was changed "
			    "while it was checked; nothing was imported");
	}
	if ((value = row_get(row, "lines")) != NULL)
		draw(import, value->number);
	return send_batch(import, imsgbuf, error, size) == -1 ? -1 : 1;
}
