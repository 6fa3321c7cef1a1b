/*
 * A database that is moved out of the way because somebody asks for it, and
 * that can be moved back.
 */
#ifndef JELLYPORTERD_ASIDE_H
#define JELLYPORTERD_ASIDE_H

/*
 * The file at path and those that are part of it get other names, in the same
 * directory, and it is printed how that is undone.  -1, a message in the log,
 * and nothing has changed, if one of them cannot be moved, if there is none,
 * or if some other program has it open.
 */
int	aside_move(const char *path);

#endif
