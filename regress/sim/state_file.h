/*
 * What a server must not forget over a restart: userdata, users, changes of
 * items, the activity log, its id.  As JSON, a line for each thing.
 */
#ifndef SIM_STATE_FILE_H
#define SIM_STATE_FILE_H

struct sim;

/* Replaces the file as a whole.  -1 and errno. */
int	state_file_write(const struct sim *, const char *path);
/*
 * Puts what the file says over what was drawn; a file that is not there is
 * fine.  Ends the program if it is for another library.
 */
void	state_file_read(struct sim *, const char *path);

#endif
