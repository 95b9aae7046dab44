/// A client's conversation: its state, who it is, what each command leads to, and how refusals
/// become answers. The rooms below know none of it.
@NullMarked
package org.posthorn.imap.session;

import org.jspecify.annotations.NullMarked;
