/// DMARC (RFC 9989, and RFC 7489 before it): whether the author's domain is one for which SPF or
/// DKIM has passed, and what that domain wants to happen otherwise.
@NullMarked
package org.posthorn.senderauth.dmarc;

import org.jspecify.annotations.NullMarked;
