/// The processors: ordered steps of matcher and mailet, built from configuration, run over one
/// mail. Knows no queue and no disk: [Chain#run] tells a [Journal] what became of the recipients.
@NullMarked
package org.posthorn.spool.chain;

import org.jspecify.annotations.NullMarked;
