/// What all sources of mail have in common: which messages of theirs are not known yet, which names
/// their folders get here, and what was odd. Knows no format.
@NullMarked
package org.posthorn.app.transfer.intake;

import org.jspecify.annotations.NullMarked;
