/// Tests of the SASL mechanisms.
@NullMarked
package org.posthorn.net.sasl;

import org.jspecify.annotations.NullMarked;
