/// The structure of a message as byte ranges, found in one pass and in bounded memory (RFC 5322,
/// RFC 2045-2047, 2231). The bytes themselves are never changed here.
@NullMarked
package org.posthorn.message.mime;

import org.jspecify.annotations.NullMarked;
