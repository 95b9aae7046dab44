/// IMAP's module root: configuration and wiring.
@NullMarked
package org.posthorn.imap;

import org.jspecify.annotations.NullMarked;
