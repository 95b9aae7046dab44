/// The engine contract: ordered key spaces with versions, committed durably. Knows rows, not mail.
@NullMarked
package org.posthorn.storage.engine;

import org.jspecify.annotations.NullMarked;
