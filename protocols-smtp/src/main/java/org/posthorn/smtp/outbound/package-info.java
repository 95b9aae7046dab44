/// SMTP as a client: finds the servers of a domain, hands them a mail, and says for each recipient
/// what they answered. When to try again, and what becomes of the answers, is the spool's.
@NullMarked
package org.posthorn.smtp.outbound;

import org.jspecify.annotations.NullMarked;
