/// Who may use what of others: rights in mailboxes by login and group, and the accounts that have
/// shared something with somebody.
@NullMarked
package org.posthorn.storage.share;

import org.jspecify.annotations.NullMarked;
