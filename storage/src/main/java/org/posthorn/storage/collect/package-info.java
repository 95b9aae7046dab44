/// Frees the bytes of messages that nobody has any more: finds out which contents rows still name,
/// and has the content store reclaim the others. Knows accounts and queue as sources of content
/// ids.
@NullMarked
package org.posthorn.storage.collect;

import org.jspecify.annotations.NullMarked;
