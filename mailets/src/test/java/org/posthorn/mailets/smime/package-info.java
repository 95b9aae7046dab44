@NullMarked
package org.posthorn.mailets.smime;

import org.jspecify.annotations.NullMarked;
