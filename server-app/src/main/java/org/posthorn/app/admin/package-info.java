/// The admin API: HTTP and JSON over a Unix domain socket in the data directory. What the command
/// line can do, a program can do. Knows nothing of how the server is composed.
@NullMarked
package org.posthorn.app.admin;

import org.jspecify.annotations.NullMarked;
