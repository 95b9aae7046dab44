/// Where log lines go and how they look.
@NullMarked
package org.posthorn.app.log;

import org.jspecify.annotations.NullMarked;
