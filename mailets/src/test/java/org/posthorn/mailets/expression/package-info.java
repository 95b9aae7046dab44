@NullMarked
package org.posthorn.mailets.expression;

import org.jspecify.annotations.NullMarked;
