/// Tests of the words of mail: addresses, domains, headers.
@NullMarked
package org.posthorn.message;

import org.jspecify.annotations.NullMarked;
