@NullMarked
package org.posthorn.mailets.auth;

import org.jspecify.annotations.NullMarked;
