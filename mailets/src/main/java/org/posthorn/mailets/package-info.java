/// The mailets that ship, one file each, and their wiring. The matchers are in `match`.
@NullMarked
package org.posthorn.mailets;

import org.jspecify.annotations.NullMarked;
