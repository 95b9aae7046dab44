/// Who is who: domains, users, aliases, passwords.
@NullMarked
package org.posthorn.storage.directory;

import org.jspecify.annotations.NullMarked;
