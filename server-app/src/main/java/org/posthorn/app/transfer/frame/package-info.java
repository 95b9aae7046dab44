/// The stream that mail travels in between a server and whoever imports or exports: its frames, and
/// the keys that tell messages apart. Knows no mailbox format and no account.
@NullMarked
package org.posthorn.app.transfer.frame;

import org.jspecify.annotations.NullMarked;
