/// SASL mechanisms as exchanges of bytes (RFC 4422), the same for every protocol.
@NullMarked
package org.posthorn.storage.login;

import org.jspecify.annotations.NullMarked;
