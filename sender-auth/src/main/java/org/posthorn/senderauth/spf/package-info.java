/// SPF (RFC 7208): whether a host may use a domain's name in MAIL and HELO. One check reads records
/// that strangers wrote, and asks the DNS what they say; it has budgets for all of that.
@NullMarked
package org.posthorn.senderauth.spf;

import org.jspecify.annotations.NullMarked;
