/// Mailets that only compute on a mail: its header, its notes, its recipients, its content. One
/// file each.
@NullMarked
package org.posthorn.mailets.content;

import org.jspecify.annotations.NullMarked;
