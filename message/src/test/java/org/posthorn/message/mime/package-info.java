/// Tests of the structure of messages: awkward mail, random mail, hostile mail.
@NullMarked
package org.posthorn.message.mime;

import org.jspecify.annotations.NullMarked;
