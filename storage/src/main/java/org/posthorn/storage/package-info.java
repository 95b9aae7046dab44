/// Wiring and configuration of the store, and the failure that all its rooms share.
@NullMarked
package org.posthorn.storage;

import org.jspecify.annotations.NullMarked;
