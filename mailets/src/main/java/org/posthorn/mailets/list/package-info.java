/// Mailing lists: what becomes of mail to a list and to the addresses that are made of its name.
@NullMarked
package org.posthorn.mailets.list;

import org.jspecify.annotations.NullMarked;
