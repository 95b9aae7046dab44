/// Tests of the SASL mechanisms.
@NullMarked
package org.posthorn.storage.login;

import org.jspecify.annotations.NullMarked;
