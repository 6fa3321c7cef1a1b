/* Batches of writes, from what is owed. */
#include "batch.h"
#include "group.h"

size_t
batch_writes(struct store *store, const struct merge_options *options,
    int64_t endpoint, const int64_t *needed, size_t n, size_t max,
    int64_t now, struct message_write *batch, int64_t items[WRITES_MAX])
{
	struct agreed_row agreed;
	struct copy_row row;
	struct write_request *write;
	int64_t asked_at, listed;
	size_t i;

	batch->n_writes = 0;
	if (n == 0)
		return 0;
	/* Readings from before this do not know of these writes. */
	asked_at = store_advance(store);
	for (i = 0; i < n && batch->n_writes < max; i++) {
		if ((listed = store_listed(store, needed[i])) != 0) {
			group_plan(store, options, endpoint, listed, now,
			    asked_at, batch, items);
			continue;
		}
		/* What has an asked is read before it is written again. */
		if (!store_get_copy(store, endpoint, needed[i], &row) ||
		    (row.copy.has_asked && !row.looked) ||
		    row.unlisted == UNLISTED_SEEN)
			continue;
		store_get_agreed(store, row.person, row.work, &agreed);
		write = &batch->writes[batch->n_writes];
		if (!store_item_id(store, row.item, &write->item))
			continue;
		write->alternate = write->joined = false;
		write->unlisted = row.unlisted != UNLISTED_NOT;
		write->expected = *plan_expected(&row);
		row.need = plan_need(&row, &agreed, options, &write->wanted);
		if (row.need == NEED_WRITE)
			plan_ask(&row, &agreed, &write->wanted, asked_at);
		store_put_copy(store, &row);
		if (row.need != NEED_NONE)
			items[batch->n_writes++] = row.item;
	}
	return batch->n_writes;
}
