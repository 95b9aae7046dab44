@NullMarked
package org.posthorn.mailets;

import org.jspecify.annotations.NullMarked;
