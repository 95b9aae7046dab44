/// ARC chains (RFC 8617), verified only: who has passed a message on, and what they say it looked
/// like when it came to them. A hint for policy, no more; nothing is sealed here.
@NullMarked
package org.posthorn.senderauth.arc;

import org.jspecify.annotations.NullMarked;
