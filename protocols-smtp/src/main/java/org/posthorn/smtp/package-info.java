/// SMTP's module root: configuration and wiring.
@NullMarked
package org.posthorn.smtp;

import org.jspecify.annotations.NullMarked;
