/// The text of attachments: a child process that reads it, how it is kept in its bounds, and what
/// becomes of a document.
@NullMarked
package org.posthorn.storage.extract;

import org.jspecify.annotations.NullMarked;
