/// The processors: ordered steps of matcher and mailet, built from configuration, run over one
/// mail.
@NullMarked
package org.posthorn.spool.chain;

import org.jspecify.annotations.NullMarked;
