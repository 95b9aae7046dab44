@NullMarked
package org.posthorn.app.dns;

import org.jspecify.annotations.NullMarked;
