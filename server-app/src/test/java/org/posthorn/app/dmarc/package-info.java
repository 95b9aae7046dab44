@NullMarked
package org.posthorn.app.dmarc;

import org.jspecify.annotations.NullMarked;
