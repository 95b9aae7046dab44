/// Tests of POP3.
@NullMarked
package org.posthorn.pop3;

import org.jspecify.annotations.NullMarked;
