/// Keys of encryption at rest: the master key from a file, what it wraps, and how rows are sealed.
@NullMarked
package org.posthorn.storage.keys;

import org.jspecify.annotations.NullMarked;
