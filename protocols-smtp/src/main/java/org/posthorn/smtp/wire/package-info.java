/// SMTP and LMTP as bytes: commands and replies as records, the text of a message as a stream.
/// Knows no session, no store and no policy.
@NullMarked
package org.posthorn.smtp.wire;

import org.jspecify.annotations.NullMarked;
