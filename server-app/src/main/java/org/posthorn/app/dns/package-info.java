/// What a domain must publish in the DNS for this server to be trusted, and whether it does.
@NullMarked
package org.posthorn.app.dns;

import org.jspecify.annotations.NullMarked;
