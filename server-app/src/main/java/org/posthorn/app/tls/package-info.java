/// The server's certificates: read from files, read again when the files change, and made when
/// there are none.
@NullMarked
package org.posthorn.app.tls;

import org.jspecify.annotations.NullMarked;
