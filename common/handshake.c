/* The key and the answer of a WebSocket's handshake. */
#include <sys/types.h>

#include <sha1.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "handshake.h"

#define KEY_BYTES	16

static void	base64(const uint8_t *, size_t, char *);

/* dst has room for four characters per three bytes begun, and a NUL. */
static void
base64(const uint8_t *bytes, size_t n, char *dst)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t three;
	size_t i;
	int k;

	for (i = 0; i < n; i += 3) {
		three = (uint32_t)bytes[i] << 16;
		if (i + 1 < n)
			three |= (uint32_t)bytes[i + 1] << 8;
		if (i + 2 < n)
			three |= bytes[i + 2];
		for (k = 0; k < 4; k++)
			*dst++ = i + (size_t)k > n ? '=' :
			    digits[three >> (18 - 6 * k) & 63];
	}
	*dst = '\0';
}

void
handshake_key(char key[HANDSHAKE_KEY_SIZE])
{
	uint8_t bytes[KEY_BYTES];

	arc4random_buf(bytes, sizeof(bytes));
	base64(bytes, sizeof(bytes), key);
}

void
handshake_answer(const char *key, char answer[HANDSHAKE_ANSWER_SIZE])
{
	/* The protocol's own constant. */
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	uint8_t digest[SHA1_DIGEST_LENGTH];
	SHA1_CTX context;

	SHA1Init(&context);
	SHA1Update(&context, (const uint8_t *)key, strlen(key));
	SHA1Update(&context, (const uint8_t *)magic, sizeof(magic) - 1);
	SHA1Final(digest, &context);
	base64(digest, sizeof(digest), answer);
}
