/// The mailets and matchers that ship, one file each.
@NullMarked
package org.posthorn.mailets;

import org.jspecify.annotations.NullMarked;
