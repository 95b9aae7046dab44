/// A program that is given documents and answers with their text. The server runs it as a child
/// with little memory, and ends it when it takes too long: what strangers send may make it loop,
/// run out of memory or die. It uses nothing of the server, opens no file and no connection.
@NullMarked
package org.posthorn.attachment;

import org.jspecify.annotations.NullMarked;
