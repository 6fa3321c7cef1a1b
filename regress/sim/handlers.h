/*
 * What answers each path of Jellyfin's API (the table is in request.c).
 */
#ifndef SIM_HANDLERS_H
#define SIM_HANDLERS_H

#include "request.h"

/* system.c */
void	handle_health(struct request *);
void	handle_info_public(struct request *);
void	handle_info(struct request *);
void	handle_users(struct request *);
void	handle_user_me(struct request *);
void	handle_user(struct request *);
void	handle_authenticate(struct request *);
void	handle_logout(struct request *);
void	handle_keys(struct request *);
void	handle_key_post(struct request *);
void	handle_key_delete(struct request *);
void	handle_virtual_folders(struct request *);

/* items.c */
void	handle_items(struct request *);
void	handle_resume(struct request *);

/* user_items.c */
void	handle_userdata_get(struct request *);
void	handle_userdata_post(struct request *);
void	handle_played_post(struct request *);
void	handle_played_delete(struct request *);
void	handle_favorite_post(struct request *);
void	handle_favorite_delete(struct request *);

/* sessions.c */
void	handle_playing_start(struct request *);
void	handle_playing_progress(struct request *);
void	handle_playing_stopped(struct request *);
void	handle_sessions(struct request *);
void	handle_activity(struct request *);

/* sockets.c */
void	handle_socket(struct request *);
void	handle_session_user(struct request *);

#endif
