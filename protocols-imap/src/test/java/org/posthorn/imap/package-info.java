/// IMAP as clients see it: conversations over real connections.
@NullMarked
package org.posthorn.imap;

import org.jspecify.annotations.NullMarked;
