@NullMarked
package org.posthorn.app.transfer.eml;

import org.jspecify.annotations.NullMarked;
