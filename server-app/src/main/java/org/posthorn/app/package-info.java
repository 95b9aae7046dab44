/// The composition root: knows everybody, known by nobody.
@NullMarked
package org.posthorn.app;

import org.jspecify.annotations.NullMarked;
