@NullMarked
package org.posthorn.mailets.gate;

import org.jspecify.annotations.NullMarked;
