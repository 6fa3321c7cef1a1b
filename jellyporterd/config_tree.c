/*
 * YAML text into a tree of nodes that know where they stand.  The tree is made
 * from libyaml's events rather than from its documents, so that nesting, size
 * and aliases are bounded before anything is built of them.
 */
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "config_yaml.h"
#include "log.h"
#include "text.h"

#define DEPTH_MAX	16
#define NODES_MAX	10000
#define TEXT_MAX	4096	/* bytes of one value; no valid one is longer */
#define SECRET_DIGITS	16	/* of base 16: half of a server's key */

/* A text that an alias can stand for; NULL: a list or a mapping. */
struct anchor {
	TAILQ_ENTRY(anchor)	 entry;
	char			*name;
	char			*text;
	bool			 none;
};

struct builder {
	struct loader		*loader;
	struct node		*root;
	struct node		*open;	/* the innermost that is not closed */
	char			*key;	/* it waits for its value, or NULL */
	int			 key_line;
	int			 key_column;
	int			 depth;
	size_t			 n_nodes;
	size_t			 n_documents;
	TAILQ_HEAD(, anchor)	 anchors;	/* the latest first */
};

static int	 on_nothing(struct builder *, const yaml_event_t *);
static int	 on_document(struct builder *, const yaml_event_t *);
static int	 on_alias(struct builder *, const yaml_event_t *);
static int	 on_scalar(struct builder *, const yaml_event_t *);
static int	 on_sequence(struct builder *, const yaml_event_t *);
static int	 on_mapping(struct builder *, const yaml_event_t *);
static int	 on_end(struct builder *, const yaml_event_t *);
static int	 next_event(struct builder *, yaml_parser_t *);
static void	 delete_parser(yaml_parser_t *);
static void	 syntax_error(struct loader *, const yaml_parser_t *,
		    const char *, size_t);
static void	 reader_error(struct loader *, const yaml_parser_t *,
		    const char *, size_t);
static int	 open_node(struct builder *, enum node_kind,
		    const yaml_event_t *, const yaml_char_t *,
		    const yaml_char_t *);
static int	 add_text(struct builder *, const char *, bool,
		    const yaml_mark_t *);
static void	 set_key(struct builder *, const char *, const yaml_mark_t *);
static struct node *attach(struct builder *, enum node_kind,
		    const yaml_mark_t *);
static void	 attach_key(struct builder *, struct node *);
static int	 refuse(struct builder *, const yaml_mark_t *, const char *);
static void	 add_anchor(struct builder *, const yaml_char_t *, const char *,
		    bool);
static void	 builder_clear(struct builder *);
static char	*find_secret(char *);
static bool	 is_none(const char *);
static void	 wipe(char *);

/* By the event that they answer to. */
static int	(*const on_event[])(struct builder *, const yaml_event_t *) = {
	[YAML_NO_EVENT]			= on_nothing,
	[YAML_STREAM_START_EVENT]	= on_nothing,
	[YAML_STREAM_END_EVENT]		= on_nothing,
	[YAML_DOCUMENT_START_EVENT]	= on_document,
	[YAML_DOCUMENT_END_EVENT]	= on_nothing,
	[YAML_ALIAS_EVENT]		= on_alias,
	[YAML_SCALAR_EVENT]		= on_scalar,
	[YAML_SEQUENCE_START_EVENT]	= on_sequence,
	[YAML_SEQUENCE_END_EVENT]	= on_end,
	[YAML_MAPPING_START_EVENT]	= on_mapping,
	[YAML_MAPPING_END_EVENT]	= on_end,
};

struct node *
config_tree_read(struct loader *l, const char *text, size_t len)
{
	struct builder b;
	yaml_parser_t parser;
	int more;

	/* libyaml would count a byte order mark as the first column. */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	memset(&b, 0, sizeof(b));
	b.loader = l;
	TAILQ_INIT(&b.anchors);
	if (!yaml_parser_initialize(&parser))
		fatal_memory("yaml_parser_initialize");
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	do {
		more = next_event(&b, &parser);
	} while (more == 1);
	if (more == -1 && parser.error != YAML_NO_ERROR)
		syntax_error(l, &parser, text, len);
	delete_parser(&parser);
	if (more == 0 && (b.root == NULL || b.root->none)) {
		config_problem(l, false, 1, 1, "the configuration is empty; "
		    "it needs clients, with at least one server");
		more = -1;
	}
	if (more == -1) {
		config_tree_free(b.root);
		b.root = NULL;
	}
	builder_clear(&b);
	return b.root;
}

/* With what it holds of the text: there are keys in it. */
static void
delete_parser(yaml_parser_t *parser)
{
	yaml_token_t *token;

	explicit_bzero(parser->raw_buffer.start,
	    (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
	explicit_bzero(parser->buffer.start,
	    (size_t)(parser->buffer.end - parser->buffer.start));
	for (token = parser->tokens.head; token != parser->tokens.tail; token++)
		if (token->type == YAML_SCALAR_TOKEN)
			explicit_bzero(token->data.scalar.value,
			    token->data.scalar.length);
	yaml_parser_delete(parser);
}

/* 1: go on; 0: that was the last one; -1: it ends here. */
static int
next_event(struct builder *b, yaml_parser_t *parser)
{
	yaml_event_t event;
	int more;

	if (!yaml_parser_parse(parser, &event))
		return -1;
	more = on_event[event.type](b, &event) == -1 ? -1 :
	    event.type != YAML_STREAM_END_EVENT;
	/* It may have been a key. */
	if (event.type == YAML_SCALAR_EVENT)
		explicit_bzero(event.data.scalar.value,
		    event.data.scalar.length);
	yaml_event_delete(&event);
	return more;
}

static void
syntax_error(struct loader *l, const yaml_parser_t *parser, const char *text,
    size_t len)
{
	const char *hint = "";
	const yaml_mark_t *mark = &parser->problem_mark;
	size_t at = mark->index;

	if (parser->error == YAML_MEMORY_ERROR)
		fatal_memory("yaml_parser_parse");
	if (parser->error == YAML_READER_ERROR) {
		reader_error(l, parser, text, len);
		return;
	}
	/* The index counts characters: right as long as all before is ASCII,
	 * and a hint less is no harm. */
	if (at < len && text[at] == '\t')
		hint = "; a tab cannot indent, use spaces";
	if (parser->context == NULL || parser->context_mark.line == mark->line)
		config_problem(l, false, (int)mark->line + 1,
		    (int)mark->column + 1, "this is not YAML: %s%s",
		    parser->problem, hint);
	else
		config_problem(l, false, (int)mark->line + 1,
		    (int)mark->column + 1, "this is not YAML: %s, %s that "
		    "began in line %zu%s", parser->problem, parser->context,
		    parser->context_mark.line + 1, hint);
}

/* What cannot be text has no mark, only an offset in bytes. */
static void
reader_error(struct loader *l, const yaml_parser_t *parser, const char *text,
    size_t len)
{
	size_t i, end = parser->problem_offset;
	int line = 1, column = 1;

	if (end > len)
		end = len;
	for (i = 0; i < end; i++) {
		if (text[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80)
			column++;
	}
	config_problem(l, false, line, column,
	    "this is not text in UTF-8: %s; save the file as UTF-8",
	    parser->problem);
}

static int
on_nothing(struct builder *b, const yaml_event_t *event)
{
	(void)b;
	(void)event;
	return 0;
}

static int
on_document(struct builder *b, const yaml_event_t *event)
{
	if (b->n_documents++ > 0)
		return refuse(b, &event->start_mark, "a second document begins "
		    "here; keep one configuration in the file");
	return 0;
}

static int
on_alias(struct builder *b, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	struct anchor *anchor;

	TAILQ_FOREACH(anchor, &b->anchors, entry)
		if (strcmp(anchor->name, name) == 0)
			break;
	if (anchor == NULL)
		return refuse(b, &event->start_mark, "this alias has no "
		    "anchor before it; write the value out");
	if (anchor->text == NULL)
		return refuse(b, &event->start_mark, "an alias can stand for "
		    "a single value only, not for a list or a mapping; "
		    "write it out");
	return add_text(b, anchor->text, anchor->none, &event->start_mark);
}

static int
on_scalar(struct builder *b, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	const yaml_mark_t *mark = &event->start_mark;
	bool none;

	if (event->data.scalar.tag != NULL)
		return refuse(b, mark, "tags have no meaning here; "
		    "remove what begins with an exclamation mark");
	if (event->data.scalar.length > TEXT_MAX)
		return refuse(b, mark, "this value is longer than 4096 bytes; "
		    "shorten it");
	if (strlen(text) != event->data.scalar.length)
		return refuse(b, mark, "this value holds a NUL character; "
		    "remove it");
	none = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    is_none(text);
	add_anchor(b, event->data.scalar.anchor, text, none);
	return add_text(b, text, none, mark);
}

static int
on_sequence(struct builder *b, const yaml_event_t *event)
{
	return open_node(b, NODE_LIST, event,
	    event->data.sequence_start.anchor, event->data.sequence_start.tag);
}

static int
on_mapping(struct builder *b, const yaml_event_t *event)
{
	return open_node(b, NODE_MAPPING, event,
	    event->data.mapping_start.anchor, event->data.mapping_start.tag);
}

static int
on_end(struct builder *b, const yaml_event_t *event)
{
	struct node *parent = NULL, *n;

	(void)event;
	/* The way back up is by what the parents hold, as theirs is const. */
	for (n = b->root; n != b->open; n = TAILQ_LAST(&n->children, node_list))
		parent = n;
	b->open = parent;
	b->depth--;
	return 0;
}

static int
open_node(struct builder *b, enum node_kind kind, const yaml_event_t *event,
    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	const yaml_mark_t *mark = &event->start_mark;
	struct node *n;

	if (tag != NULL)
		return refuse(b, mark, "tags have no meaning here; "
		    "remove what begins with an exclamation mark");
	if (b->open != NULL && b->open->kind == NODE_MAPPING && b->key == NULL)
		return refuse(b, mark, "a key must be a single word, not a "
		    "list or a mapping; put quotes around text in braces");
	if (b->depth == DEPTH_MAX)
		return refuse(b, mark, "this is nested too deeply; no key is "
		    "more than 16 levels down");
	add_anchor(b, anchor, NULL, false);
	if ((n = attach(b, kind, mark)) == NULL)
		return -1;
	b->open = n;
	b->depth++;
	return 0;
}

/* A key, if the mapping that is open waits for one; else a value. */
static int
add_text(struct builder *b, const char *text, bool none,
    const yaml_mark_t *mark)
{
	struct node *n;

	if (b->open != NULL && b->open->kind == NODE_MAPPING &&
	    b->key == NULL) {
		set_key(b, text, mark);
		return 0;
	}
	if ((n = attach(b, NODE_VALUE, mark)) == NULL)
		return -1;
	n->text = config_copy(text);
	n->none = none;
	return 0;
}

static void
set_key(struct builder *b, const char *text, const yaml_mark_t *mark)
{
	b->key = config_copy(text);
	b->key_line = (int)mark->line + 1;
	b->key_column = (int)mark->column + 1;
}

/* A new node at its place in the tree; NULL if there are too many. */
static struct node *
attach(struct builder *b, enum node_kind kind, const yaml_mark_t *mark)
{
	struct node *n;

	if (b->n_nodes++ == NODES_MAX) {
		refuse(b, mark, "there are more than 10000 values; "
		    "no configuration needs that many");
		return NULL;
	}
	if ((n = calloc(1, sizeof(*n))) == NULL)
		fatal("calloc");
	TAILQ_INIT(&n->children);
	n->kind = kind;
	n->parent = b->open;
	n->line = (int)mark->line + 1;
	n->column = (int)mark->column + 1;
	n->key_line = n->line;
	n->key_column = n->column;
	if (b->open == NULL) {
		b->root = n;
		return n;
	}
	if (b->open->kind == NODE_MAPPING)
		attach_key(b, n);
	TAILQ_INSERT_TAIL(&b->open->children, n, entry);
	return n;
}

static void
attach_key(struct builder *b, struct node *n)
{
	const struct node *first;

	n->key = b->key;
	b->key = NULL;
	n->key_line = b->key_line;
	n->key_column = b->key_column;
	if ((first = config_node_child(b->open, n->key)) == NULL)
		return;
	n->duplicate = true;
	config_wrong_key(b->loader, n, "stands twice, first in line %d; "
	    "keep one of the two", first->key_line);
}

static int
refuse(struct builder *b, const yaml_mark_t *mark, const char *why)
{
	config_problem(b->loader, false, (int)mark->line + 1,
	    (int)mark->column + 1, "%s", why);
	return -1;
}

static void
add_anchor(struct builder *b, const yaml_char_t *name, const char *text,
    bool none)
{
	struct anchor *anchor;

	if (name == NULL)
		return;
	if ((anchor = calloc(1, sizeof(*anchor))) == NULL)
		fatal("calloc");
	anchor->name = config_copy((const char *)name);
	if (text != NULL)
		anchor->text = config_copy(text);
	anchor->none = none;
	TAILQ_INSERT_HEAD(&b->anchors, anchor, entry);
}

static void
builder_clear(struct builder *b)
{
	struct anchor *anchor;

	while ((anchor = TAILQ_FIRST(&b->anchors)) != NULL) {
		TAILQ_REMOVE(&b->anchors, anchor, entry);
		free(anchor->name);
		wipe(anchor->text);
		free(anchor);
	}
	wipe(b->key);
}

void
config_tree_free(struct node *n)
{
	struct node *child;

	if (n == NULL)
		return;
	while ((child = TAILQ_FIRST(&n->children)) != NULL) {
		TAILQ_REMOVE(&n->children, child, entry);
		config_tree_free(child);
	}
	wipe(n->key);
	wipe(n->text);
	free(n);
}

const struct node *
config_node_child(const struct node *n, const char *key)
{
	const struct node *child;

	TAILQ_FOREACH(child, &n->children, entry)
		if (child->key != NULL && strcmp(child->key, key) == 0)
			return child;
	return NULL;
}

void
config_node_path(const struct node *n, char path[NODE_PATH_SIZE])
{
	char part[NODE_KEY_SIZE];

	if (n->parent == NULL)
		path[0] = '\0';
	else
		config_node_path(n->parent, path);
	if (n->key == NULL)
		return;
	config_key_text(n->key, part);
	/* DEPTH_MAX parts and as many dots always fit. */
	if ((path[0] != '\0' && strlcat(path, ".", NODE_PATH_SIZE) >=
	    NODE_PATH_SIZE) ||
	    strlcat(path, part, NODE_PATH_SIZE) >= NODE_PATH_SIZE)
		fatalx("configuration: a key's path is too long");
}

/* Where what looks like a key begins; NULL: nowhere. */
static char *
find_secret(char *text)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	static const char *const names[] = { "key", "token" };
	char *found;
	size_t i, n;

	/* In "api_key:0123" nothing behind the colon is ours to show. */
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((found = strcasestr(text, names[i])) != NULL &&
		    (found = strpbrk(found, ":=")) != NULL)
			return found;
	}
	for (found = text; *found != '\0'; found += n) {
		found += strcspn(found, digits);
		if ((n = strspn(found, digits)) >= SECRET_DIGITS)
			return found;
	}
	return NULL;
}

bool
config_key_text(const char *key, char text[NODE_KEY_SIZE])
{
	char *secret;

	text_safe(text, NODE_KEY_SIZE - 3, key);
	if ((secret = find_secret(text)) == NULL)
		return true;
	*secret = '\0';
	if (strlcat(text, "...", NODE_KEY_SIZE) >= NODE_KEY_SIZE)
		fatalx("configuration: a key is too long");
	return false;
}

static bool
is_none(const char *text)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

/* Any text of the file may be a key that stands in the wrong place. */
static void
wipe(char *text)
{
	if (text != NULL)
		freezero(text, strlen(text));
}
