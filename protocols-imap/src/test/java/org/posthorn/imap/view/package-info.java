/// Tests of the room of the same name.
@NullMarked
package org.posthorn.imap.view;

import org.jspecify.annotations.NullMarked;
