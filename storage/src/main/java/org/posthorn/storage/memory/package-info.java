/// Engine and content store in the heap: real, shipped, used by tests.
@NullMarked
package org.posthorn.storage.memory;

import org.jspecify.annotations.NullMarked;
