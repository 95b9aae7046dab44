/// The command line. Commands that talk to a running server are clients of the admin API and load
/// nothing of the server, so that they answer fast enough for scripts.
@NullMarked
package org.posthorn.app.cli;

import org.jspecify.annotations.NullMarked;
