/// Tests of the room of the same name.
@NullMarked
package org.posthorn.imap.command;

import org.jspecify.annotations.NullMarked;
