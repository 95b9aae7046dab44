/// Words that every room uses: addresses, domains, names of contents and of mails. Values only: no
/// I/O beyond reading a stream that was handed in, no policy.
@NullMarked
package org.posthorn.message;

import org.jspecify.annotations.NullMarked;
