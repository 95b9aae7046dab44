/// Whether the name of a client's address leads back to it (RFC 8601 §3).
@NullMarked
package org.posthorn.senderauth.iprev;

import org.jspecify.annotations.NullMarked;
