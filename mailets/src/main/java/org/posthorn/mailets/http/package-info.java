/// Mail told to programs over HTTP.
@NullMarked
package org.posthorn.mailets.http;

import org.jspecify.annotations.NullMarked;
