/// Tests of the room of the same name.
@NullMarked
package org.posthorn.imap.session;

import org.jspecify.annotations.NullMarked;
