/// Small values that are kept over restarts and forgotten in time: what gates know of the world
/// outside.
@NullMarked
package org.posthorn.storage.remember;

import org.jspecify.annotations.NullMarked;
