@NullMarked
package org.posthorn.app.tls;

import org.jspecify.annotations.NullMarked;
