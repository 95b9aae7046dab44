@NullMarked
package org.posthorn.app.transfer.imap;

import org.jspecify.annotations.NullMarked;
