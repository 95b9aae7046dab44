/// The durable rows of mail in transit: what was taken over, one row per recipient with its state,
/// and an index of what is due when. Knows no chain and no protocol; `spool` decides what the rows
/// become.
@NullMarked
package org.posthorn.storage.queue;

import org.jspecify.annotations.NullMarked;
