/// What is asked of the operating system directly, since Java has no word for it. Where the system
/// has no such call nothing happens, and all works as without.
@NullMarked
package org.posthorn.storage.system;

import org.jspecify.annotations.NullMarked;
