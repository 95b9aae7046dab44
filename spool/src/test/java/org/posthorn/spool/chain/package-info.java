@NullMarked
package org.posthorn.spool.chain;

import org.jspecify.annotations.NullMarked;
