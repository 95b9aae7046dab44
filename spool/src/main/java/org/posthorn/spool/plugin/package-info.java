/// Code of others: found in jars, kept apart from the server and from each other, watched while it
/// runs, and let go of again.
@NullMarked
package org.posthorn.spool.plugin;

import org.jspecify.annotations.NullMarked;
