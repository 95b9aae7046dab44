/// `posthorn demo`: a whole server in a temporary folder, and a message that makes the round.
@NullMarked
package org.posthorn.app.demo;

import org.jspecify.annotations.NullMarked;
