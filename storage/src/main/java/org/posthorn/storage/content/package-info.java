/// The bytes of messages, written once and named by a content id.
@NullMarked
package org.posthorn.storage.content;

import org.jspecify.annotations.NullMarked;
