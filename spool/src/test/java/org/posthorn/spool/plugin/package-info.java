@NullMarked
package org.posthorn.spool.plugin;

import org.jspecify.annotations.NullMarked;
