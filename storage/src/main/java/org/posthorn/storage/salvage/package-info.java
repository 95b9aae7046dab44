/// Accounts rebuilt from contents and the notes beside them, when the rows are lost.
@NullMarked
package org.posthorn.storage.salvage;

import org.jspecify.annotations.NullMarked;
