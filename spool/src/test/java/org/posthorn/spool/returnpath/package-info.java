@NullMarked
package org.posthorn.spool.returnpath;

import org.jspecify.annotations.NullMarked;
