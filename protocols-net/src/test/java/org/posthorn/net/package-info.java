/// Tests of the network room, and the conversations that every protocol's tests are made of.
@NullMarked
package org.posthorn.net;

import org.jspecify.annotations.NullMarked;
