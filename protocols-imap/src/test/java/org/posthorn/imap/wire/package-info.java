/// Tests of the room of the same name.
@NullMarked
package org.posthorn.imap.wire;

import org.jspecify.annotations.NullMarked;
