@NullMarked
package org.posthorn.mailet.test;

import org.jspecify.annotations.NullMarked;
