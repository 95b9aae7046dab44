/// Listener, connection, TLS, limits: what every protocol shares about sockets and nothing about
/// any protocol. One connection is one thread and straight-line blocking code.
@NullMarked
package org.posthorn.net;

import org.jspecify.annotations.NullMarked;
