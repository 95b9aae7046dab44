@NullMarked
package org.posthorn.app.transfer.maildir;

import org.jspecify.annotations.NullMarked;
