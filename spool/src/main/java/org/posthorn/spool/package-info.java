/// Custody of mail in transit: taken over durably, led through the chain, retried, handed on or
/// given back.
@NullMarked
package org.posthorn.spool;

import org.jspecify.annotations.NullMarked;
