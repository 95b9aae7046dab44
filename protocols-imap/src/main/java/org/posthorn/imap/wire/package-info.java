/// IMAP's bytes and records: commands are read here and responses are written here (RFC 3501 §9).
/// Knows no session, no store and no policy but the budgets of its own loops.
@NullMarked
package org.posthorn.imap.wire;

import org.jspecify.annotations.NullMarked;
