/// Tests of SMTP as a client, against servers that play a script, a real one, and a DNS of their
/// own.
@NullMarked
package org.posthorn.smtp.outbound;

import org.jspecify.annotations.NullMarked;
