/// Envelope senders of ours to which bounces come back: for mail that is sent on (SRS) and for mail
/// with an own return path for each recipient (VERP). Nobody else can make them.
@NullMarked
package org.posthorn.spool.returnpath;

import org.jspecify.annotations.NullMarked;
