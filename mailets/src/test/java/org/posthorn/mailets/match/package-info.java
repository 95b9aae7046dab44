@NullMarked
package org.posthorn.mailets.match;

import org.jspecify.annotations.NullMarked;
