/// Followers: whoever reads what happens in the accounts and makes something of it, such as the
/// search index. A follower has no share in a change, and a change never waits for it.
@NullMarked
package org.posthorn.storage.follow;

import org.jspecify.annotations.NullMarked;
