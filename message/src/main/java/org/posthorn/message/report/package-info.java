/// Delivery status notifications (RFC 3461-3464, 6522, 6533): from what happened to a mail to the
/// bytes of the report. Who gets one, and when, is decided elsewhere.
@NullMarked
package org.posthorn.message.report;

import org.jspecify.annotations.NullMarked;
