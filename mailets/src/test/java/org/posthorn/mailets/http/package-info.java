@NullMarked
package org.posthorn.mailets.http;

import org.jspecify.annotations.NullMarked;
