/// The small language of the matcher `Expression`: read and checked once, when the chain is built,
/// and then asked for each mail. It has no loops, no variables of its own and no way out of the
/// mail that it looks at, so its cost is bounded by its length.
@NullMarked
package org.posthorn.mailets.expression;

import org.jspecify.annotations.NullMarked;
