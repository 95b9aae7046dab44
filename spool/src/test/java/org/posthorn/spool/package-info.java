@NullMarked
package org.posthorn.spool;

import org.jspecify.annotations.NullMarked;
