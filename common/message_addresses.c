/* What the resolver tells a fetcher. */
#include "wire.h"

static size_t	 address_size(enum address_family);

static size_t
address_size(enum address_family family)
{
	return family == ADDRESS_4 ? 4 : 16;
}

static void
put_addresses(struct wire_writer *w, const struct message_addresses *m)
{
	const struct address *address;
	uint32_t i;

	if ((m->n == 0) != (m->error[0] != '\0') || (m->n > 0 && m->temporary))
		wire_bug(w, "addresses and an error, or neither");
	wire_put_number(w, m->n, 0, ADDRESSES_MAX);
	for (i = 0; i < m->n; i++) {
		address = &m->addresses[i];
		wire_put_enum(w, address->family, ADDRESS_FAMILY_COUNT);
		wire_put_bytes(w, address->bytes,
		    address_size(address->family));
	}
	wire_put_bool(w, m->temporary);
	wire_put_text(w, m->error, sizeof(m->error));
}

static int
get_address(struct ibuf_reader *r, struct address *address)
{
	unsigned int family;

	if (wire_get_enum(r, &family, ADDRESS_FAMILY_COUNT) == -1)
		return -1;
	address->family = (enum address_family)family;
	return ibuf_get(r, address->bytes, address_size(address->family));
}

static int
get_addresses(struct ibuf_reader *r, struct message_addresses *m)
{
	uint32_t i;

	if (wire_get_number(r, &m->n, 0, ADDRESSES_MAX) == -1)
		return -1;
	for (i = 0; i < m->n; i++) {
		if (get_address(r, &m->addresses[i]) == -1)
			return -1;
	}
	if (wire_get_bool(r, &m->temporary) == -1 ||
	    wire_get_text(r, m->error, sizeof(m->error)) == -1)
		return -1;
	if ((m->n == 0) != (m->error[0] != '\0') || (m->n > 0 && m->temporary))
		return wire_nonsense();
	return 0;
}

MESSAGE_DEFINE(addresses, MESSAGE_ADDRESSES, message_addresses);
