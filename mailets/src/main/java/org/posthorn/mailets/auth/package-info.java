/// Sender authentication at SMTP time: the gate that checks who a message is from, writes it on top
/// of the message, and does what the author's domain wants.
@NullMarked
package org.posthorn.mailets.auth;

import org.jspecify.annotations.NullMarked;
