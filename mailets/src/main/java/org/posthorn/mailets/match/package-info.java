/// The matchers that ship, one file each.
@NullMarked
package org.posthorn.mailets.match;

import org.jspecify.annotations.NullMarked;
