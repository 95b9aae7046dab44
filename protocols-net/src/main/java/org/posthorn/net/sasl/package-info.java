/// SASL mechanisms as exchanges of bytes (RFC 4422), the same for every protocol; who may log in is
/// decided elsewhere.
@NullMarked
package org.posthorn.net.sasl;

import org.jspecify.annotations.NullMarked;
