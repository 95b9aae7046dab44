/// The story of each mail: what happened to it from the connection to the mailbox or the remote's
/// answer, in files of its own beside the store. It is for people who ask, and no delivery waits
/// for it: what cannot be written is left out, and that is said.
@NullMarked
package org.posthorn.storage.story;

import org.jspecify.annotations.NullMarked;
