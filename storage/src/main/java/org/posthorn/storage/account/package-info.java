/// The account as a sequence of changes: mailboxes, placements, emails, and who is told of news.
@NullMarked
package org.posthorn.storage.account;

import org.jspecify.annotations.NullMarked;
