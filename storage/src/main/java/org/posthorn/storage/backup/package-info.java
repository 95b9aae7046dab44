/// Backups: copies of all accounts and domains in a folder, incremental, taken while the server
/// runs, on any engine; proving them, and bringing accounts back. The queue is not part of them.
@NullMarked
package org.posthorn.storage.backup;

import org.jspecify.annotations.NullMarked;
