/// How well connections to other servers were encrypted, day by day, and the reports about it to
/// their domains (RFC 8460).
@NullMarked
package org.posthorn.app.tlsreport;

import org.jspecify.annotations.NullMarked;
