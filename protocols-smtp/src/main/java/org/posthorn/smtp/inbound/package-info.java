/// Mail that comes in by SMTP and LMTP: one class of session for the three roles that a server has
/// towards other servers, its users' mail programs, and programs beside it.
@NullMarked
package org.posthorn.smtp.inbound;

import org.jspecify.annotations.NullMarked;
