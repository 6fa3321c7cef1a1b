/*
 * The key and the answer of a WebSocket's handshake (RFC 6455, 4.1 and 4.2.2).
 * They prove that the other side speaks the protocol, and nothing else.
 */
#ifndef COMMON_HANDSHAKE_H
#define COMMON_HANDSHAKE_H

#define HANDSHAKE_KEY_SIZE	25	/* 16 bytes in base64, with NUL */
#define HANDSHAKE_ANSWER_SIZE	29	/* 20 bytes in base64, with NUL */

/* A new random Sec-WebSocket-Key. */
void	handshake_key(char[HANDSHAKE_KEY_SIZE]);
/* The Sec-WebSocket-Accept that answers a key, of whatever length. */
void	handshake_answer(const char *key, char[HANDSHAKE_ANSWER_SIZE]);

#endif
