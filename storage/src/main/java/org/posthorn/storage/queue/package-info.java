/// The durable rows of mail in transit, one per recipient.
@NullMarked
package org.posthorn.storage.queue;

import org.jspecify.annotations.NullMarked;
