/// The life of the keys by which domains sign their mail: made, seen in the DNS, used, replaced,
/// forgotten.
@NullMarked
package org.posthorn.app.dkim;

import org.jspecify.annotations.NullMarked;
