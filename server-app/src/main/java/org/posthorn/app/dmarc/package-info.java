/// Reports about DMARC (RFC 9990): those that this server sends to the domains whose mail it has
/// judged, and those that others send about ours.
@NullMarked
package org.posthorn.app.dmarc;

import org.jspecify.annotations.NullMarked;
