/// An identity provider beside the directory: keys, signed tokens, and questions about tokens.
@NullMarked
package org.posthorn.app.oauth;

import org.jspecify.annotations.NullMarked;
