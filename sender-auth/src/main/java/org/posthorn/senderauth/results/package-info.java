/// What a method of authentication found, and the header field Authentication-Results (RFC 8601) in
/// which it is said. The other rooms use this one, and it none of them.
@NullMarked
package org.posthorn.senderauth.results;

import org.jspecify.annotations.NullMarked;
