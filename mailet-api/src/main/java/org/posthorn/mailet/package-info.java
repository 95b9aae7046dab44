/// The plugin contract: what a mailet or matcher sees of a mail, what it may decide, how it is
/// made. Depends on `org.posthorn.message`, JSpecify and the JDK, nothing else, ever.
@NullMarked
package org.posthorn.mailet;

import org.jspecify.annotations.NullMarked;
